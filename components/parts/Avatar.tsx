/** Initials on the key's colour; for the notes to oneself a sign. The name stands beside it, so it is decoration; presence is said in words. */
import { avatarColour, initials } from '../../lib/ui/avatar';
import { t } from '../../lib/ui/text';
import type { ContactView } from '../../lib/ui/views';
import { Icon } from './Icon';
import css from './parts.module.css';

export interface AvatarProps {
  contact: Pick<ContactView, 'name' | 'fingerprint' | 'state'>;
  size?: 'small' | 'row' | 'large';
  presence?: 'online' | 'offline' | null;
}

const SIZES = { small: css.avatarSmall, row: '', large: css.avatarLarge };

export function Avatar({ contact, size = 'row', presence = null }: AvatarProps) {
  const { name, fingerprint, state } = contact;
  if (state === 'self')
    return (
      <span class={`${css.avatar} ${css.avatarNotes} ${SIZES[size]}`}>
        <Icon name="note" />
      </span>
    );
  return (
    <span class={`${css.avatar} ${SIZES[size]}`} style={{ '--avatar': avatarColour(fingerprint) }}>
      <span aria-hidden="true">{initials(name)}</span>
      {presence && <span class={`${css.presence} ${presence === 'online' ? css.presenceHere : ''}`} />}
      {presence && <span class={css.visuallyHidden}>{t(presence === 'online' ? 'presence_online' : 'presence_offline')}</span>}
    </span>
  );
}
