/** One message, read in the order who, text, time, state. Text is a text node, whatever it contains. */
import { inSentence, t } from '../../lib/ui/text';
import { timeOfDay } from '../../lib/ui/time';
import type { ContactView, MessageView } from '../../lib/ui/views';
import { messageWords } from '../../lib/ui/words';
import parts from '../parts/parts.module.css';
import { StateLine } from '../parts/StateLine';
import css from './chat.module.css';

export interface MessageBubbleProps {
  message: MessageView;
  contact: ContactView;
  /** It was found, and the user was led to it. */
  isMarked: boolean;
}

export function MessageBubble({ message, contact, isMarked }: MessageBubbleProps) {
  const who = message.isMine ? t('you_say') : t('they_say', inSentence(contact.name));
  const time = timeOfDay(message.sentAtMs);
  const words = messageWords(message, contact);
  return (
    <article class={`${css.message} ${message.isMine ? css.messageMine : ''}`} data-id={message.id} tabIndex={-1}>
      <span class={parts.visuallyHidden}>{who} </span>
      <p class={`${css.bubble} ${message.isMine ? css.bubbleMine : ''} ${isMarked ? css.bubbleFound : ''}`} dir="auto">
        {message.text}
      </p>
      <div class={css.meta}>
        <time class={message.isMine ? parts.visuallyHidden : css.metaTime} dateTime={new Date(message.sentAtMs).toISOString()}>
          {time}
        </time>
        {words && <StateLine words={words} class={css.state} />}
      </div>
    </article>
  );
}
