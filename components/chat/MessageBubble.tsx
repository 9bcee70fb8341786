/** One message, read in the order who, text, time, state. */

import { expiryWords } from '../../lib/ui/choice-words';
import { goneWords, messageWords } from '../../lib/ui/delivery-words';
import type { MessageAction } from '../../lib/ui/message-menu';
import { inSentence, shortName, t } from '../../lib/ui/text';
import { isoTime, timeOfDay } from '../../lib/ui/time';
import type { ContactView, MessageView, ReplyView } from '../../lib/ui/views';
import { Icon } from '../parts/Icon';
import parts from '../parts/parts.module.css';
import { StateLine } from '../parts/StateLine';
import css from './bubble.module.css';
import { Countdown, type Ticking } from './Countdown';
import { MessageText } from './MessageText';

/** What a message may ask of its conversation. The same object for all of them, as long as the conversation is open. */
export interface MessageActions {
  menu(message: MessageView, anchor: Element): void;
  run(action: MessageAction, message: MessageView): void;
  react(message: MessageView, emoji: string): void;
  lead(sequence: number): void;
  readonly ticking: Ticking;
}

export interface MessageBubbleProps {
  message: MessageView;
  contact: ContactView;
  /** It was found, and the user was led to it. */
  isMarked: boolean;
  /** Tab stops here, and then at what can be pressed in it. */
  isStop: boolean;
  actions: MessageActions;
}

export function MessageBubble({ message, contact, isMarked, isStop, actions }: MessageBubbleProps) {
  const { isMine, text, reply } = message;
  const who = isMine ? t('you_say') : t('they_say', inSentence(contact.name));
  const tabIndex = isStop ? 0 : -1;
  const gone = goneWords(message, contact);
  const look = `${css.bubble} ${isMine ? css.bubbleMine : ''} ${isMarked ? css.bubbleFound : ''} ${gone ? css.bubbleGone : ''}`;
  return (
    <article class={`${css.message} ${isMine ? css.messageMine : ''}`} data-id={message.id} tabIndex={tabIndex}>
      <span class={parts.visuallyHidden}>{who} </span>
      {reply && !gone && <Quote {...{ reply, contact, tabIndex }} onLead={actions.lead} />}
      <p class={look} dir="auto">
        {gone ?? <MessageText text={text} tabIndex={tabIndex} />}
      </p>
      <Reactions {...{ message, contact, tabIndex }} onTakeAway={() => actions.react(message, '')} />
      <Meta {...{ message, contact, tabIndex, actions }} />
      <button
        type="button"
        class={css.more}
        tabIndex={tabIndex}
        aria-haspopup="menu"
        aria-label={t('message_menu')}
        onClick={(event) => actions.menu(message, event.currentTarget)}
      >
        <Icon name="more" />
      </button>
    </article>
  );
}

interface QuoteProps {
  reply: ReplyView;
  contact: ContactView;
  tabIndex: 0 | -1;
  onLead: (sequence: number) => void;
}

function Quote({ reply, contact, tabIndex, onLead }: QuoteProps) {
  if (reply.kind === 'gone') return <p class={css.quote}>{t('reply_gone')}</p>;
  const { isMine, excerpt, sequence } = reply;
  return (
    <button type="button" class={css.quote} tabIndex={tabIndex} onClick={() => onLead(sequence)}>
      <span class={parts.visuallyHidden}>{t('reply_to')} </span>
      <span class={css.quoteWho}>{isMine ? t('you') : inSentence(shortName(contact.name))}</span>{' '}
      <span class={css.quoteText} dir="auto">
        {excerpt}
      </span>
    </button>
  );
}

interface ReactionsProps {
  message: MessageView;
  contact: ContactView;
  tabIndex: 0 | -1;
  onTakeAway: () => void;
}

function Reactions({ message, contact, tabIndex, onTakeAway }: ReactionsProps) {
  const { mine, theirs } = message.reactions;
  if ((!mine && !theirs) || message.deleted) return null;
  return (
    <div class={css.reactions}>
      {theirs && (
        <span class={css.reaction}>
          <span class={parts.visuallyHidden}>{t('reaction_theirs', inSentence(shortName(contact.name)))} </span>
          {theirs}
        </span>
      )}
      {mine && (
        <button
          type="button"
          class={`${css.reaction} ${css.reactionMine}`}
          tabIndex={tabIndex}
          title={t('reaction_take_away')}
          onClick={onTakeAway}
        >
          <span class={parts.visuallyHidden}>{t('reaction_mine')} </span>
          {mine}
        </button>
      )}
    </div>
  );
}

interface MetaProps {
  message: MessageView;
  contact: ContactView;
  tabIndex: 0 | -1;
  actions: MessageActions;
}

function Meta({ message, contact, tabIndex, actions }: MetaProps) {
  const { isMine, sentAtMs, editedAtMs, expiry, expiresAtMs, deleted } = message;
  const words = messageWords(message, contact);
  const action = words?.action;
  const isHidden = isMine && words !== null;
  return (
    <footer class={css.meta}>
      <time class={isHidden ? parts.visuallyHidden : css.metaPart} dateTime={isoTime(sentAtMs)}>
        {timeOfDay(sentAtMs)}
      </time>
      {editedAtMs !== null && !deleted && <span class={css.metaPart}>{t('edited_at', timeOfDay(editedAtMs))}</span>}
      {(expiresAtMs !== null || expiry) && (
        <span class={css.metaPart}>
          {expiresAtMs !== null ? (
            <Countdown untilMs={expiresAtMs} ticking={actions.ticking} />
          ) : (
            expiry && t('vanishes', expiryWords(expiry))
          )}
        </span>
      )}
      {words && (
        <span class={css.stateAndAction}>
          <span data-state>
            <StateLine words={words} class={css.state} />
          </span>
          {action && (
            <button
              type="button"
              class={`${css.stateAction} ${words.tone === 'held' ? css.stateActionHeld : ''}`}
              tabIndex={tabIndex}
              onClick={() => actions.run(action.does, message)}
            >
              {t(action.key)}
            </button>
          )}
        </span>
      )}
    </footer>
  );
}
