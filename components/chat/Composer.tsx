/** Writing a message: where it will wait is said above it. Enter sends, Shift+Enter starts a line. */
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { MAX_TEXT_CHARS } from '../../lib/ui/chat-control';
import type { About, Composing } from '../../lib/ui/composing';
import type { Progress } from '../../lib/ui/progress';
import { inSentence, safeName, shortName, t } from '../../lib/ui/text';
import type { ContactView, Routing } from '../../lib/ui/views';
import type { IconName } from '../../lib/ui/words';
import { IconButton } from '../parts/Button';
import { Icon } from '../parts/Icon';
import { FailureNotice } from '../parts/Notice';
import { AskRouting } from './AskRouting';
import css from './composer.module.css';
import { RoutingLine } from './RoutingLine';

export interface ComposerProps {
  contact: ContactView;
  composing: Composing;
  /** False while the user is being led to a message. */
  takesFocus: boolean;
  /** The draft, or the text that is being changed. */
  text: string;
  progress: Progress;
  /** Of the text's box. */
  box: RefObject<HTMLTextAreaElement | null>;
  /** Where the caret goes once the text that is coming has been drawn; null: where it is. */
  caret: { current: number | null };
  onText: (text: string) => void;
  onSend: () => void;
  /** False when there is nothing to leave. */
  onLeave: () => boolean;
  onAnswer: (routing: Routing) => void;
  onEditLast: () => void;
  onRouting: (anchor: Element) => void;
  onExpiry: () => void;
  onEmoji: () => void;
}

/** Grows with its text where the browser can't do that by itself. */
function growToFit(box: HTMLTextAreaElement): void {
  if (CSS.supports('field-sizing', 'content')) return;
  box.style.blockSize = 'auto';
  box.style.blockSize = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
}

const COUNTED_FROM = 18_000;

export function Composer(props: ComposerProps) {
  const { contact, composing, takesFocus, text, progress, box, caret } = props;
  const { replyTo, editing, isAsking } = composing;
  const about = editing ?? replyTo;
  useEffect(() => {
    if (takesFocus) box.current?.focus({ preventScroll: true });
  }, []);
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current || isAsking) isFirst.current = false;
    else box.current?.focus({ preventScroll: true });
  }, [about?.id, isAsking]);
  useLayoutEffect(() => {
    if (!box.current) return;
    growToFit(box.current);
    if (caret.current === null) return;
    box.current.focus();
    box.current.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  }, [text]);
  const isTooLong = text.length > MAX_TEXT_CHARS;
  const send = (event: Event) => {
    event.preventDefault();
    if (isTooLong) return;
    props.onSend();
    // Asked for where it is, it would still have the browser lay the page out, before what was sent is shown.
    if (document.activeElement !== box.current) box.current?.focus();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) send(event);
    else if (event.key === 'ArrowUp' && text === '' && !editing) {
      event.preventDefault();
      props.onEditLast();
    }
  };
  const left = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.isComposing || !props.onLeave()) return;
    event.preventDefault();
    box.current?.focus();
  };
  return (
    <form class={css.composer} onSubmit={send} onKeyDown={left}>
      <FailureNotice progress={progress} />
      {about && (
        <Context
          icon={editing ? 'edit' : 'reply'}
          title={editing ? t('editing') : replyingWords(about, contact)}
          text={about.message?.text ?? ''}
          leaveLabel={t(editing ? 'editing_leave' : 'replying_leave')}
          onLeave={props.onLeave}
        />
      )}
      {isAsking && <AskRouting contact={contact} onAnswer={props.onAnswer} />}
      {!isAsking && !editing && (
        <RoutingLine contact={contact} composing={composing} onRouting={props.onRouting} onExpiry={props.onExpiry} />
      )}
      <div class={css.write}>
        <IconButton icon="smile" label={t('emoji')} onPress={props.onEmoji} />
        <textarea
          class={css.input}
          ref={box}
          rows={1}
          dir="auto"
          value={text}
          placeholder={contact.state === 'self' ? t('composer_notes') : t('composer', shortName(contact.name))}
          aria-label={contact.state === 'self' ? t('composer_notes') : t('composer', safeName(contact.name))}
          aria-describedby={text.length >= COUNTED_FROM ? 'composer-counter' : undefined}
          autocomplete="off"
          onInput={(event) => props.onText(event.currentTarget.value)}
          onKeyDown={pressed}
        />
        <IconButton
          icon={editing ? 'check' : 'send'}
          label={t(editing ? 'editing_save' : 'send')}
          type="submit"
          isPrimary
          isDisabled={text.trim() === '' || isTooLong}
        />
      </div>
      {text.length >= COUNTED_FROM && <Counter length={text.length} />}
    </form>
  );
}

function Counter({ length }: { length: number }) {
  const isOver = length > MAX_TEXT_CHARS;
  const words = isOver
    ? t('counter_over', (length - MAX_TEXT_CHARS).toLocaleString(), MAX_TEXT_CHARS.toLocaleString())
    : t('counter', length.toLocaleString(), MAX_TEXT_CHARS.toLocaleString());
  return (
    <p class={`${css.counter} ${isOver ? css.counterOver : ''}`} id="composer-counter" role={isOver ? 'alert' : undefined}>
      {words}
    </p>
  );
}

function replyingWords({ message }: About, contact: ContactView): string {
  if (!message) return t('replying_earlier');
  return t('replying', message.isMine ? t('yourself') : inSentence(shortName(contact.name)));
}

interface ContextProps {
  icon: IconName;
  title: string;
  text: string;
  leaveLabel: string;
  onLeave: () => void;
}

/** What the text that is written belongs to. */
function Context({ icon, title, text, leaveLabel, onLeave }: ContextProps) {
  return (
    <div class={css.context}>
      <Icon name={icon} />
      <span class={css.contextWords} dir="auto">
        <span class={css.contextTitle}>{title}</span> {text.slice(0, 200)}
      </span>
      <IconButton icon="close" label={leaveLabel} onPress={onLeave} />
    </div>
  );
}
