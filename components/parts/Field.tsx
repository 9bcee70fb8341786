/** One labelled line or box of text. The browser must neither remember nor complete what is typed here. */
import { useEffect, useId, useRef } from 'preact/hooks';
import css from './parts.module.css';

export interface FieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  /** Rows of a text box; one line without it. */
  rows?: number;
  inputMode?: 'text' | 'url' | 'numeric';
  /** Not to be read over a shoulder. */
  isSecret?: boolean;
  /** Id of words about what is typed. */
  describedBy?: string;
  placeholder?: string;
  maxLength?: number;
  takesFocus?: boolean;
}

export function Field({
  label,
  value,
  onInput,
  rows,
  inputMode = 'text',
  isSecret = false,
  describedBy,
  placeholder,
  maxLength,
  takesFocus = false,
}: FieldProps) {
  const id = useId();
  const line = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (takesFocus) (line.current ?? box.current)?.focus();
  }, [takesFocus]);
  const shared = {
    id,
    value,
    placeholder,
    maxLength,
    autocomplete: 'off',
    spellcheck: false,
    class: css.fieldInput,
    'aria-describedby': describedBy,
  } as const;
  return (
    <div class={css.field}>
      <label class={css.fieldLabel} for={id}>
        {label}
      </label>
      {rows === undefined ? (
        <input
          {...shared}
          ref={line}
          {...(isSecret ? { type: 'password' as const } : {})}
          inputMode={inputMode}
          dir="auto"
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      ) : (
        <textarea
          {...shared}
          ref={box}
          rows={rows}
          dir="auto"
          onInput={(event) => onInput(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.isComposing) return;
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }}
        />
      )}
    </div>
  );
}
