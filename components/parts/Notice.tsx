/** Why something did not happen, and the one thing to do about it. Spoken when it appears. */
import type { Progress } from '../../lib/ui/progress';
import { errorWords } from '../../lib/ui/words';
import { Icon } from './Icon';
import css from './parts.module.css';

export function Notice({ text }: { text: string }) {
  return (
    <p class={css.notice} role="alert">
      <Icon name="alert" />
      <span>{text}</span>
    </p>
  );
}

/** Shows a failed question's cause; nothing for any other progress. */
export function FailureNotice({ progress }: { progress: Progress }) {
  return progress.kind === 'failed' ? <Notice text={errorWords(progress.code)} /> : null;
}
