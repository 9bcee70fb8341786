/** Something that is on or off, and what that means. */
import { useId } from 'preact/hooks';
import css from './parts.module.css';

export interface SwitchProps {
  label: string;
  aside?: string | undefined;
  isOn: boolean;
  onTurn: (isOn: boolean) => void;
}

export function Switch({ label, aside, isOn, onTurn }: SwitchProps) {
  const id = useId();
  return (
    <div class={css.choice}>
      <label class={css.switch}>
        <span class={css.switchWords}>{label}</span>
        <input
          type="checkbox"
          class={css.switchMark}
          checked={isOn}
          onChange={(event) => onTurn(event.currentTarget.checked)}
          {...(aside !== undefined && { 'aria-describedby': id })}
        />
      </label>
      {aside !== undefined && (
        <p class={css.choiceAside} id={id}>
          {aside}
        </p>
      )}
    </div>
  );
}
