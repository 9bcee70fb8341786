/** One contact in the list: who, what was last said or what is waiting, when, and how much is unread. */
import { isMutedNow } from '../../lib/ui/choice-words';
import { safeName, t } from '../../lib/ui/text';
import { whenShort } from '../../lib/ui/time';
import type { ContactView } from '../../lib/ui/views';
import { type IconName, rowWords } from '../../lib/ui/words';
import { Avatar } from '../parts/Avatar';
import { Icon } from '../parts/Icon';
import parts from '../parts/parts.module.css';
import { StateLine } from '../parts/StateLine';
import css from './contacts.module.css';

export interface ContactRowProps {
  contact: ContactView;
  nowMs: number;
  isTabStop: boolean;
  onPress: () => void;
  /** By a right click, the menu key or Shift+F10. */
  onMenu: (anchor: Element) => void;
  onFocus: () => void;
}

export function ContactRow({ contact, nowMs, isTabStop, onPress, onMenu, onFocus }: ContactRowProps) {
  const atMs = contact.last?.atMs ?? contact.addedAtMs;
  const presence = contact.state === 'accepted' ? contact.presence : null;
  const isMuted = isMutedNow(contact, nowMs);
  const tint = contact.state === 'request' ? css.rowRequest : '';
  return (
    <button
      type="button"
      class={`${css.row} ${tint}`}
      tabIndex={isTabStop ? 0 : -1}
      onClick={onPress}
      onContextMenu={(event) => {
        event.preventDefault();
        onMenu(event.currentTarget);
      }}
      onFocus={onFocus}
    >
      <Avatar contact={contact} presence={presence} />
      <span class={css.rowText}>
        <span class={css.rowLine}>
          <span class={css.rowName} dir="auto">
            {safeName(contact.name)}
          </span>
          {contact.choices.isPinned && <Mark icon="pin" words={t('pinned')} />}
          {isMuted && <Mark icon="bell-off" words={t('muted')} />}
          <span class={css.rowTime}>{whenShort(atMs, nowMs)}</span>
        </span>
        <span class={css.rowLine}>
          <StateLine words={rowWords(contact)} class={css.rowWords} />
          {contact.unread === 0 && contact.isMarkedUnread && (
            <span class={`${css.unread} ${css.unreadMark} ${isMuted ? css.unreadMuted : ''}`}>
              <span class={parts.visuallyHidden}>{t('marked_unread')}</span>
            </span>
          )}
          {contact.unread > 0 && (
            <span class={`${css.unread} ${isMuted ? css.unreadMuted : ''}`}>
              <span aria-hidden="true">{contact.unread > 99 ? t('unread_many') : contact.unread}</span>
              <span class={parts.visuallyHidden}>{t('unread', String(contact.unread))}</span>
            </span>
          )}
        </span>
      </span>
    </button>
  );
}

function Mark({ icon, words }: { icon: IconName; words: string }) {
  return (
    <span class={css.rowMark}>
      <Icon name={icon} />
      <span class={parts.visuallyHidden}>{words}</span>
    </span>
  );
}
