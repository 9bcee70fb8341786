/** A labelled list to pick one from. */
import { useId } from 'preact/hooks';
import css from './parts.module.css';

export interface PickerProps<Value> {
  label: string;
  value: Value;
  options: readonly (readonly [value: Value, label: string])[];
  /** What the picked one means. */
  aside?: string | undefined;
  onPick: (value: Value) => void;
}

export function Picker<Value>({ label, value, options, aside, onPick }: PickerProps<Value>) {
  const id = useId();
  const pick = (index: number) => {
    const option = options[index];
    if (option) onPick(option[0]);
  };
  return (
    <div class={css.choice}>
      <label for={id}>{label}</label>
      <select
        id={id}
        class={css.picker}
        value={options.findIndex(([each]) => each === value)}
        onChange={(event) => pick(Number(event.currentTarget.value))}
        {...(aside !== undefined && { 'aria-describedby': `${id}-aside` })}
      >
        {options.map(([, words], index) => (
          <option key={words} value={index}>
            {words}
          </option>
        ))}
      </select>
      {aside !== undefined && (
        <p class={css.choiceAside} id={`${id}-aside`}>
          {aside}
        </p>
      )}
    </div>
  );
}
