/** One conversation, top to bottom: who, the string, voice, the messages, the composer. */
import { safeName, t } from '../../lib/ui/text';
import type { ViewModel } from '../../lib/ui/view-model';
import type { ContactView } from '../../lib/ui/views';
import { type VoiceAction, voiceOf, voiceWords } from '../../lib/ui/words';
import parts from '../parts/parts.module.css';
import { ChangedKey } from './ChangedKey';
import { ChatHeader } from './ChatHeader';
import { Composer } from './Composer';
import { MessageList } from './MessageList';
import { StringLine } from './StringLine';
import { VoiceBar } from './VoiceBar';

export interface ChatProps {
  model: ViewModel;
  contact: ContactView;
  onPermissions: () => void;
}

export function Chat({ model, contact, onPermissions }: ChatProps) {
  const nowMs = model.nowMs.value;
  const voice = voiceOf(contact, model.captureFailure.value);
  const isVoiceOn = voice.kind === 'on' || voice.kind === 'starting';
  const words = voiceWords(contact, voice);
  const { moving } = model;
  const aim = moving.aim.value?.contactId === contact.id ? moving.aim.value : null;
  const stopVoice = () => model.stopVoice(contact.id);
  const startVoice = () => void model.startVoice(contact.id);
  const act = (action: VoiceAction) => {
    if (action === 'start') startVoice();
    else if (action === 'permission') onPermissions();
    else model.muteVoice(action === 'mute');
  };
  return (
    <main class={parts.screen} aria-label={t('chat_with', safeName(contact.name))}>
      <ChatHeader
        contact={contact}
        isVoiceOn={isVoiceOn}
        onBack={model.back}
        onSearch={() => model.go({ kind: 'search', contactId: contact.id })}
        onContact={() => model.go({ kind: 'contact', contactId: contact.id })}
        onVoice={isVoiceOn ? stopVoice : startVoice}
      />
      <StringLine contact={contact} nowMs={nowMs} />
      {contact.changedFingerprint !== null && (
        <ChangedKey
          name={contact.name}
          fingerprint={contact.changedFingerprint}
          progress={model.progressOf('contact')}
          onAccept={() => model.acceptIdentity(contact.id, contact.changedFingerprint ?? '')}
        />
      )}
      {words && <VoiceBar words={words} onAction={act} onStop={stopVoice} />}
      <MessageList
        contact={contact}
        messages={model.messages.value}
        hasEarlier={model.conversation.value?.hasEarlier ?? false}
        hasLater={model.conversation.value?.hasLater ?? false}
        isLoadingEarlier={moving.isLoadingEarlier.value}
        isLoadingLater={moving.isLoadingLater.value}
        aim={aim}
        nowMs={nowMs}
        onEarlier={moving.loadEarlier}
        onLater={moving.loadLater}
        onNewest={moving.toNewest}
        onAimShown={moving.shown}
        onEnd={model.reachEnd}
      />
      <Composer
        contact={contact}
        takesFocus={aim === null}
        draft={model.draftOf(contact)}
        progress={model.progressOf('message')}
        onDraft={(text) => model.writeDraft(contact.id, text)}
        onSend={() => void model.sendMessage(contact.id)}
        onRouting={(routing) => model.setRouting(contact.id, routing)}
      />
    </main>
  );
}
