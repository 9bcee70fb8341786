/** A key's fingerprint in groups of four, for comparing by eye. */
import { groupedFingerprint } from '../../lib/ui/avatar';
import { t } from '../../lib/ui/text';
import css from './parts.module.css';

export function Fingerprint({ value }: { value: string }) {
  return (
    <p class={css.fingerprint} dir="ltr">
      <span class={css.visuallyHidden}>{t('fingerprint')} </span>
      {groupedFingerprint(value)}
    </p>
  );
}
