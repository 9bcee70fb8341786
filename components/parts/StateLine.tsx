/** An icon and words in their tone. */
import type { Tone, Words } from '../../lib/ui/words';
import { Icon } from './Icon';
import css from './parts.module.css';

const TONES: Record<Tone, string | undefined> = {
  plain: css.tonePlain,
  direct: css.toneDirect,
  held: css.toneHeld,
  fail: css.toneFail,
};

export function StateLine({ words, class: outer = '' }: { words: Words; class?: string | undefined }) {
  return (
    <span class={`${TONES[words.tone]} ${outer}`}>
      {words.icon && <Icon name={words.icon} />}
      <span dir="auto">{words.text}</span>
    </span>
  );
}
