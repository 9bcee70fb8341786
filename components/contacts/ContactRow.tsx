/** One contact in the list: who, what was last said or what is waiting, when, and how much is unread. */
import { safeName, t } from '../../lib/ui/text';
import { whenShort } from '../../lib/ui/time';
import type { ContactView } from '../../lib/ui/views';
import { rowWords } from '../../lib/ui/words';
import { Avatar } from '../parts/Avatar';
import parts from '../parts/parts.module.css';
import { StateLine } from '../parts/StateLine';
import css from './contacts.module.css';

export interface ContactRowProps {
  contact: ContactView;
  nowMs: number;
  isTabStop: boolean;
  onPress: () => void;
  onFocus: () => void;
}

export function ContactRow({ contact, nowMs, isTabStop, onPress, onFocus }: ContactRowProps) {
  const atMs = contact.last?.atMs ?? contact.addedAtMs;
  const presence = contact.state === 'accepted' ? contact.presence : null;
  const tint = contact.state === 'request' ? css.rowRequest : '';
  return (
    <button type="button" class={`${css.row} ${tint}`} tabIndex={isTabStop ? 0 : -1} onClick={onPress} onFocus={onFocus}>
      <Avatar name={contact.name} fingerprint={contact.fingerprint} presence={presence} />
      <span class={css.rowText}>
        <span class={css.rowLine}>
          <span class={css.rowName} dir="auto">
            {safeName(contact.name)}
          </span>
          <span class={css.rowTime}>{whenShort(atMs, nowMs)}</span>
        </span>
        <span class={css.rowLine}>
          <StateLine words={rowWords(contact)} class={css.rowWords} />
          {contact.unread > 0 && (
            <span class={css.unread}>
              <span aria-hidden="true">{contact.unread > 99 ? t('unread_many') : contact.unread}</span>
              <span class={parts.visuallyHidden}>{t('unread', String(contact.unread))}</span>
            </span>
          )}
        </span>
      </span>
    </button>
  );
}
