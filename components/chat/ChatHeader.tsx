/** Who this conversation is with, and voice on the string to them. */
import { safeName, t } from '../../lib/ui/text';
import type { ContactView } from '../../lib/ui/views';
import { meetsDirectly } from '../../lib/ui/words';
import { Avatar } from '../parts/Avatar';
import { IconButton } from '../parts/Button';
import css from './header.module.css';

export interface ChatHeaderProps {
  contact: ContactView;
  isVoiceOn: boolean;
  onBack: () => void;
  onSearch: () => void;
  onContact: () => void;
  onVoice: () => void;
}

export function ChatHeader({ contact, isVoiceOn, onBack, onSearch, onContact, onVoice }: ChatHeaderProps) {
  const isAccepted = contact.state === 'accepted';
  const isHere = isAccepted && contact.presence === 'online';
  return (
    <header class={css.header}>
      <IconButton icon="back" label={t('back')} onPress={onBack} />
      <div class={css.who}>
        <Avatar contact={contact} size="small" presence={isAccepted ? contact.presence : null} />
        <div class={css.whoText}>
          <h1>
            <button
              type="button"
              class={css.whoName}
              onClick={onContact}
              title={t(contact.state === 'self' ? 'notes_choices' : 'contact_choices')}
              dir="auto"
            >
              {safeName(contact.name)}
            </button>
          </h1>
          {contact.state !== 'self' && <p class={css.whoState}>{t(isHere ? 'not_verified_online' : 'not_verified')}</p>}
        </div>
      </div>
      <IconButton icon="search" label={t('search_chat')} onPress={onSearch} />
      {isAccepted && meetsDirectly(contact) && (
        <IconButton
          icon={isVoiceOn ? 'phone-off' : 'phone'}
          label={t(isVoiceOn ? 'voice_stop' : 'voice_start')}
          isOn={isVoiceOn}
          onPress={onVoice}
        />
      )}
    </header>
  );
}
