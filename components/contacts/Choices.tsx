/** A question with two answers in full sentences. Nothing is selected before the user selects it. */
import { useId } from 'preact/hooks';
import css from './contacts.module.css';

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly aside: string;
}

export interface ChoicesProps<Value extends string> {
  title: string;
  choices: readonly Choice<Value>[];
  chosen: Value | null;
  onChoose: (value: Value) => void;
}

export function Choices<Value extends string>({ title, choices, chosen, onChoose }: ChoicesProps<Value>) {
  const group = useId();
  return (
    <fieldset class={css.choices}>
      <legend class={css.choicesTitle}>{title}</legend>
      {choices.map(({ value, label, aside }) => (
        <label key={value} class={css.choice}>
          <input
            type="radio"
            class={css.choiceMark}
            name={group}
            value={value}
            checked={chosen === value}
            onChange={() => onChoose(value)}
            aria-describedby={`${group}-${value}`}
          />
          <span class={css.choiceWords}>
            <span>{label}</span>
            <span class={css.choiceAside} id={`${group}-${value}`}>
              {aside}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
