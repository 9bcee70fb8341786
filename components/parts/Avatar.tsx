/** Initials on the key's colour. The name stands beside it, so it is decoration; presence is said in words. */
import { avatarColour, initials } from '../../lib/ui/avatar';
import { t } from '../../lib/ui/text';
import css from './parts.module.css';

export interface AvatarProps {
  name: string;
  fingerprint: string;
  size?: 'small' | 'row' | 'large';
  presence?: 'online' | 'offline' | null;
}

const SIZES = { small: css.avatarSmall, row: '', large: css.avatarLarge };

export function Avatar({ name, fingerprint, size = 'row', presence = null }: AvatarProps) {
  return (
    <span class={`${css.avatar} ${SIZES[size]}`} style={{ '--avatar': avatarColour(fingerprint) }}>
      <span aria-hidden="true">{initials(name)}</span>
      {presence && <span class={`${css.presence} ${presence === 'online' ? css.presenceHere : ''}`} />}
      {presence && <span class={css.visuallyHidden}>{t(presence === 'online' ? 'presence_online' : 'presence_offline')}</span>}
    </span>
  );
}
