/** One conversation, top to bottom: who, the string, voice, the messages, the composer; and what lies over it for a while. */
import { useMemo, useRef, useState } from 'preact/hooks';
import type { MessageAction } from '../../lib/ui/message-menu';
import { safeName, t } from '../../lib/ui/text';
import type { ViewModel } from '../../lib/ui/view-model';
import type { ContactView, MessageView } from '../../lib/ui/views';
import { type VoiceAction, voiceOf, voiceWords } from '../../lib/ui/words';
import { later } from '../parts/later';
import parts from '../parts/parts.module.css';
import { BlockedBar } from './BlockedBar';
import { ChangedKey } from './ChangedKey';
import { ChatHeader } from './ChatHeader';
import type { Overlay } from './ChatOverlay';
import { Composer } from './Composer';
import { DeviceHint } from './DeviceHint';
import type { MessageActions } from './MessageBubble';
import { MessageList } from './MessageList';
import { StringLine } from './StringLine';
import { VoiceBar } from './VoiceBar';

const ChatOverlay = later(async () => (await import('./ChatOverlay')).ChatOverlay);

/** What only the browser around the page can do. */
export interface ChatPage {
  copy: (text: string) => Promise<boolean>;
  openPermissions: () => void;
}

export interface ChatProps {
  model: ViewModel;
  contact: ContactView;
  page: ChatPage;
}

const SAID_MS = 2000;

export function Chat({ model, contact, page }: ChatProps) {
  const [overlay, setOverlay] = useState<Overlay | null>(null);
  const [said, setSaid] = useState('');
  const box = useRef<HTMLTextAreaElement>(null);
  const caret = useRef<number | null>(null);
  const { chat, moving, ticking } = model;
  const { id } = contact;
  const messages = model.messages.value;
  const aim = moving.aim.value?.contactId === id ? moving.aim.value : null;

  const copy = async (text: string) => {
    setSaid(t((await page.copy(text)) ? 'copied' : 'copy_refused'));
    ticking.after(SAID_MS, () => setSaid(''));
  };
  const actions = useMemo((): MessageActions => {
    const run: Record<MessageAction, (message: MessageView) => void> = {
      reply: (message) => chat.reply(id, message),
      react: (message) => setOverlay({ kind: 'react', messageId: message.id }),
      copy: (message) => void copy(message.text),
      edit: (message) => chat.edit(id, message),
      forward: (message) => setOverlay({ kind: 'forward', messageId: message.id }),
      details: (message) => setOverlay({ kind: 'details', messageId: message.id }),
      'to-server': (message) => chat.reroute(id, message, 'relay'),
      'to-device': (message) => chat.reroute(id, message, 'device'),
      'take-back': (message) => chat.takeBack(id, message),
      'delete-me': (message) => setOverlay({ kind: 'delete', messageId: message.id, scope: 'me' }),
      'delete-everyone': (message) => setOverlay({ kind: 'delete', messageId: message.id, scope: 'everyone' }),
    };
    return {
      menu: (message, anchor) => setOverlay({ kind: 'menu', messageId: message.id, anchor }),
      run: (action, message) => run[action](message),
      react: (message, emoji) => chat.react(id, message, emoji),
      lead: (sequence) => model.goToMessage({ contactId: id, sequence }),
      ticking,
    };
  }, [model, id]);

  const editLast = () => {
    const last = messages?.findLast(({ isMine, deleted, text, delivery }) => isMine && !deleted && text !== '' && !delivery?.outcome);
    if (last && (last.delivery !== null || contact.state === 'self')) chat.edit(id, last);
  };
  const insert = (emoji: string) => {
    const element = box.current;
    const text = chat.textOf(contact);
    const [from, to] = [element?.selectionStart ?? text.length, element?.selectionEnd ?? text.length];
    chat.write(id, `${text.slice(0, from)}${emoji}${text.slice(to)}`);
    caret.current = from + emoji.length;
  };
  const pressed = (event: KeyboardEvent) => {
    const isWriting = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
    if (event.key !== '?' || isWriting || event.defaultPrevented) return;
    event.preventDefault();
    setOverlay({ kind: 'keys' });
  };

  return (
    <main
      class={parts.screen}
      aria-label={contact.state === 'self' ? t('notes') : t('chat_with', safeName(contact.name))}
      onKeyDown={pressed}
    >
      <Head model={model} contact={contact} onPermissions={page.openPermissions} />
      <MessageList
        contact={contact}
        messages={messages}
        hasEarlier={model.conversation.value?.hasEarlier ?? false}
        hasLater={model.conversation.value?.hasLater ?? false}
        isLoadingEarlier={moving.isLoadingEarlier.value}
        isLoadingLater={moving.isLoadingLater.value}
        aim={aim}
        arrival={model.arrival.value}
        nowMs={model.nowMs.value}
        actions={actions}
        onEarlier={moving.loadEarlier}
        onLater={moving.loadLater}
        onNewest={moving.toNewest}
        onAimShown={moving.shown}
        onSeen={model.seen}
      >
        {model.view.value?.hints.includes('device') === false && (
          <DeviceHint contact={contact} messages={messages} onUnderstood={() => model.learn('device')} />
        )}
      </MessageList>
      {contact.choices.isBlocked ? (
        <BlockedBar
          contact={contact}
          progress={model.progressOf('contact')}
          takesFocus={aim === null}
          onUnblock={() => model.choose(id, { isBlocked: false })}
        />
      ) : (
        <Composer
          contact={contact}
          composing={chat.composingOf(id)}
          takesFocus={aim === null}
          text={chat.textOf(contact)}
          progress={model.progressOf('message')}
          box={box}
          caret={caret}
          onText={(text) => chat.write(id, text)}
          onSend={() => void chat.submit(id)}
          onLeave={() => chat.leave(id)}
          onAnswer={(routing) => void chat.answer(id, routing)}
          onEditLast={editLast}
          onRouting={(anchor) => setOverlay({ kind: 'routing', anchor })}
          onExpiry={() => setOverlay({ kind: 'expiry' })}
          onEmoji={() => setOverlay({ kind: 'emoji' })}
        />
      )}
      <p class={parts.toast} role="status">
        {said}
      </p>
      <ChatOverlay {...{ model, contact, messages, overlay, actions }} onEmoji={insert} onClose={() => setOverlay(null)} />
    </main>
  );
}

interface HeadProps {
  model: ViewModel;
  contact: ContactView;
  onPermissions: () => void;
}

function Head({ model, contact, onPermissions }: HeadProps) {
  const voice = voiceOf(contact, model.captureFailure.value);
  const isVoiceOn = voice.kind === 'on' || voice.kind === 'starting';
  const words = voiceWords(contact, voice);
  const stopVoice = () => model.stopVoice(contact.id);
  const startVoice = () => void model.startVoice(contact.id);
  const act = (action: VoiceAction) => {
    if (action === 'start') startVoice();
    else if (action === 'permission') onPermissions();
    else model.muteVoice(action === 'mute');
  };
  return (
    <>
      <ChatHeader
        contact={contact}
        isVoiceOn={isVoiceOn}
        onBack={model.back}
        onSearch={() => model.go({ kind: 'search', contactId: contact.id })}
        onContact={() => model.go({ kind: 'contact', contactId: contact.id })}
        onVoice={isVoiceOn ? stopVoice : startVoice}
      />
      {contact.state !== 'self' && <StringLine contact={contact} nowMs={model.nowMs.value} />}
      {contact.changedFingerprint !== null && (
        <ChangedKey
          name={contact.name}
          fingerprint={contact.changedFingerprint}
          progress={model.progressOf('contact')}
          onAccept={() => model.acceptIdentity(contact.id, contact.changedFingerprint ?? '')}
        />
      )}
      {words && <VoiceBar words={words} onAction={act} onStop={stopVoice} />}
    </>
  );
}
