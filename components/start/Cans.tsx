/** The product's mark: two cans and the string between them. */
import css from './start.module.css';

export function Cans() {
  return (
    <svg class={css.cans} viewBox="0 0 96 40" aria-hidden="true" focusable="false">
      <path d="M4 9h18v20a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3zM4 15h18M74 9h18v20a3 3 0 0 1-3 3H77a3 3 0 0 1-3-3zM74 15h18" />
      <path d="M22 22c14 9 38 9 52 0" />
    </svg>
  );
}
