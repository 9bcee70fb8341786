/** One message that was found: whose, when, and the line of it in which the words stand. */
import { safeName, t } from '../../lib/ui/text';
import { whenShort } from '../../lib/ui/time';
import type { ContactView, HitView } from '../../lib/ui/views';
import contacts from '../contacts/contacts.module.css';
import { Avatar } from '../parts/Avatar';
import css from './search.module.css';

export interface HitRowProps {
  hit: HitView;
  contact: ContactView;
  /** The conversation it is from is said; otherwise who wrote it. */
  isNamed: boolean;
  nowMs: number;
  isTabStop: boolean;
  onPress: () => void;
  onFocus: () => void;
}

export function HitRow({ hit, contact, isNamed, nowMs, isTabStop, onPress, onFocus }: HitRowProps) {
  const name = isNamed || !hit.isMine ? safeName(contact.name) : t('you');
  return (
    <button type="button" class={`${contacts.row} ${css.hit}`} tabIndex={isTabStop ? 0 : -1} onClick={onPress} onFocus={onFocus}>
      {isNamed && <Avatar contact={contact} size="small" />}
      <span class={contacts.rowText}>
        <span class={contacts.rowLine}>
          <span class={contacts.rowName} dir="auto">
            {name}
          </span>
          <span class={contacts.rowTime}>{whenShort(hit.atMs, nowMs)}</span>
        </span>
        <span class={css.excerpt} dir="auto">
          {isNamed && hit.isMine && contact.state !== 'self' && `${t('you_say')} `}
          {hit.excerpt.map((part, index) => (part.isMatch ? <mark key={index}>{part.text}</mark> : part.text))}
        </span>
      </span>
    </button>
  );
}
