/** The string between two cans: whole while the two browsers hold a direct connection, dashed while they don't. */
import { shortName, t } from '../../lib/ui/text';
import type { ContactView } from '../../lib/ui/views';
import { isTaut, stringWords } from '../../lib/ui/words';
import css from './header.module.css';

export function StringLine({ contact, nowMs }: { contact: ContactView; nowMs: number }) {
  return (
    <div class={`${css.string} ${isTaut(contact.string) ? css.stringTaut : ''}`}>
      <span class={css.stringEnd} aria-hidden="true">
        {t('you')}
      </span>
      <span class={css.strand} />
      <span class={css.stringWords} role="status">
        {stringWords(contact, nowMs)}
      </span>
      <span class={css.strand} />
      <span class={css.stringEnd} aria-hidden="true" dir="auto">
        {shortName(contact.name)}
      </span>
    </div>
  );
}
