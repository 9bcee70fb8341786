/**
 * The messages, newest at the end. Stays at the end while the user is there, stays with the reader while they are not, also when
 * earlier messages come in above or later ones below. Opens at what is new. Leads to one that is aimed at, and marks it.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Arrival } from '../../lib/ui/arrival';
import { actionOfKey } from '../../lib/ui/message-menu';
import type { Aim } from '../../lib/ui/moving';
import { inSentence, shortName, t } from '../../lib/ui/text';
import type { ContactView, MessageView } from '../../lib/ui/views';
import { Button } from '../parts/Button';
import { Icon } from '../parts/Icon';
import { useDrawn } from './drawn';
import css from './list.module.css';
import type { MessageActions } from './MessageBubble';
import { type Anchor, anchorIn, holdTo, isAtEnd, lastSeenIn, leadToNew, steppedIn } from './scroll';

export interface MessageListProps {
  contact: ContactView;
  /** Null until the window has come. */
  messages: readonly MessageView[] | null;
  hasEarlier: boolean;
  hasLater: boolean;
  isLoadingEarlier: boolean;
  isLoadingLater: boolean;
  aim: Aim | null;
  arrival: Arrival | null;
  nowMs: number;
  actions: MessageActions;
  onEarlier: () => void;
  onLater: () => void;
  onNewest: () => void;
  onAimShown: () => void;
  /** The sequence up to which all has been on the screen; Infinity: to the end. */
  onSeen: (upTo: number) => void;
  /** Below the newest. */
  children?: ComponentChildren;
}

const EMPTY: Partial<Record<ContactView['state'], string>> = { requested: 'chat_empty_requested', self: 'chat_empty_notes' };

/** Just written here: its writer wants to see it. */
function isFresh(message: MessageView | undefined): boolean {
  return message?.isMine === true && (message.delivery === null || message.delivery.stage === 'local');
}

const NEAR_PX = 80;

export function MessageList(props: MessageListProps) {
  const { contact, messages, hasEarlier, hasLater, isLoadingEarlier, isLoadingLater, aim, arrival, nowMs, actions } = props;
  const log = useRef<HTMLDivElement>(null);
  const anchor = useRef<Anchor | null>(null);
  const sticks = useRef(aim === null);
  /** On the way to the newest, whose window has not come. */
  const isLeaving = useRef(false);
  const [isAway, setIsAway] = useState(false);
  const [stop, setStop] = useState<string | null>(null);
  const shownAim = useRef<Aim | null>(null);
  const newestId = useRef<string | null>(null);
  const shownArrival = useRef<Arrival | null>(null);
  const marked = aim && messages ? nearest(messages, aim.sequence, props) : null;
  const stopId = messages?.some(({ id }) => id === stop) ? stop : null;
  const drawn = useDrawn({ messages, contact, nowMs, markedId: marked?.id ?? null, stopId, hasEarlier, arrival, actions });

  const note = () => {
    const element = log.current;
    if (!element || !messages) return;
    sticks.current = isAtEnd(element) && !hasLater;
    anchor.current = sticks.current ? null : anchorIn(element);
    setIsAway(!sticks.current);
    const seen = sticks.current ? null : lastSeenIn(element);
    props.onSeen(sticks.current ? Number.POSITIVE_INFINITY : (messages.find(({ id }) => id === seen)?.sequence ?? 0));
  };
  const toEnd = () => {
    shownAim.current = aim;
    // The button that was pressed goes.
    log.current?.focus({ preventScroll: true });
    if (hasLater) isLeaving.current = true;
    else log.current?.scrollTo({ top: log.current.scrollHeight });
    props.onNewest();
    if (!hasLater) note();
  };
  const scrolled = () => {
    note();
    const { scrollTop = 0, scrollHeight = 0, clientHeight = 0 } = log.current ?? {};
    if (hasEarlier && scrollTop < NEAR_PX) props.onEarlier();
    if (hasLater && scrollHeight - scrollTop - clientHeight < NEAR_PX) props.onLater();
  };
  /** False when nothing is aimed at, or it has been shown, or its window has not come. */
  const showAim = (element: HTMLElement) => {
    if (!aim || !marked || shownAim.current === aim) return false;
    const article = element.querySelector<HTMLElement>(`[data-id="${marked.id}"]`);
    if (!article) return false;
    shownAim.current = aim;
    article.scrollIntoView({ block: 'center' });
    article.focus({ preventScroll: true });
    props.onAimShown();
    return true;
  };
  const showArrival = (element: HTMLElement) => {
    if (!arrival || shownArrival.current === arrival) return false;
    shownArrival.current = arrival;
    return leadToNew(element);
  };

  useLayoutEffect(() => {
    const element = log.current;
    if (!element || !messages) return;
    const isArriving = isLeaving.current && !hasLater;
    if (isArriving) isLeaving.current = false;
    const newest = messages.at(-1);
    // One that waits is not led to again whenever others come, above it too.
    const isWritten = isFresh(newest) && newest?.id !== newestId.current && !hasLater;
    newestId.current = newest?.id ?? null;
    if (showAim(element) || showArrival(element)) sticks.current = false;
    else if (sticks.current || isArriving || isWritten) element.scrollTop = element.scrollHeight;
    else holdTo(element, anchor.current);
    note();
  }, [messages, aim]);

  useEffect(() => {
    const element = log.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (sticks.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const messageAt = (target: EventTarget | null) => {
    const id = (target as Element | null)?.closest<HTMLElement>('article')?.dataset.id;
    return messages?.find((message) => message.id === id) ?? null;
  };
  const pressed = (event: KeyboardEvent) => {
    const next = log.current && steppedIn(log.current, event);
    if (next) {
      event.preventDefault();
      next.focus();
      return;
    }
    const message = messageAt(event.target);
    const isOnIt = event.target instanceof HTMLElement && event.target.matches('article');
    if (!message || !isOnIt || event.altKey || event.ctrlKey || event.metaKey) return;
    const action = actionOfKey(event.key, message, contact);
    if (event.key !== 'Enter' && !action) return;
    event.preventDefault();
    if (action) actions.run(action, message);
    else actions.menu(message, event.target as Element);
  };
  /** A right click, a long press, the menu key. A link and what is selected keep the browser's own menu. */
  const menued = (event: MouseEvent) => {
    const message = messageAt(event.target);
    const isOthers = (event.target as Element).closest('a') || getSelection()?.isCollapsed === false;
    if (!message || isOthers) return;
    event.preventDefault();
    const article = (event.target as Element).closest('article');
    article?.focus({ preventScroll: true });
    if (article) actions.menu(message, article.querySelector('p') ?? article);
  };

  return (
    <div class={css.messages}>
      <p class={css.typing} role="status">
        {contact.isTyping && t('typing', inSentence(shortName(contact.name)))}
      </p>
      <div
        class={css.log}
        ref={log}
        role="log"
        aria-label={t('messages')}
        aria-live={isLoadingEarlier || hasLater ? 'off' : 'polite'}
        aria-relevant="additions"
        tabIndex={stopId === null ? 0 : -1}
        onScroll={scrolled}
        onKeyDown={pressed}
        onContextMenu={menued}
        onFocusIn={(event) => setStop(messageAt(event.target)?.id ?? null)}
      >
        <div class={css.thread}>
          {hasEarlier && (
            <div class={css.earlier}>
              <Button kind="link" isDisabled={isLoadingEarlier} onPress={props.onEarlier}>
                {t(isLoadingEarlier ? 'earlier_loading' : 'earlier')}
              </Button>
            </div>
          )}
          {drawn}
          {hasLater && (
            <div class={css.earlier}>
              <Button kind="link" isDisabled={isLoadingLater} onPress={props.onLater}>
                {t(isLoadingLater ? 'later_loading' : 'later')}
              </Button>
            </div>
          )}
        </div>
        {messages?.length === 0 && <p class={css.emptyChat}>{t(EMPTY[contact.state] ?? 'chat_empty')}</p>}
        {props.children}
      </div>
      {(isAway || hasLater) && (
        <div class={css.toEnd}>
          <Button kind="quiet" onPress={toEnd}>
            <Icon name="arrow-down" />
            {contact.unread > 0 ? t('to_newest_unread', String(contact.unread)) : t('to_newest')}
          </Button>
        </div>
      )}
    </div>
  );
}

/** The message of this sequence, or where it was. Null where the window does not reach there. */
function nearest(
  messages: readonly MessageView[],
  sequence: number,
  { hasEarlier, hasLater }: Pick<MessageListProps, 'hasEarlier' | 'hasLater'>,
): MessageView | null {
  const [first, last] = [messages[0], messages.at(-1)];
  if (!first || !last || (hasEarlier && first.sequence > sequence) || (hasLater && last.sequence < sequence)) return null;
  return messages.find((message) => message.sequence >= sequence) ?? last;
}
