/**
 * The messages, newest at the end. Stays at the end while the user is there, stays with the reader while they are not, also when
 * earlier messages come in above or later ones below. Leads to one that is aimed at, and marks it.
 */
import { Fragment, type VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Aim } from '../../lib/ui/moving';
import { t } from '../../lib/ui/text';
import { dayHeading, isSameDay } from '../../lib/ui/time';
import type { ContactView, MessageView } from '../../lib/ui/views';
import { Button } from '../parts/Button';
import { Icon } from '../parts/Icon';
import css from './chat.module.css';
import { MessageBubble } from './MessageBubble';
import { type Anchor, anchorIn, holdTo, isAtEnd } from './scroll';

export interface MessageListProps {
  contact: ContactView;
  /** Null until the window has come. */
  messages: readonly MessageView[] | null;
  hasEarlier: boolean;
  hasLater: boolean;
  isLoadingEarlier: boolean;
  isLoadingLater: boolean;
  aim: Aim | null;
  nowMs: number;
  onEarlier: () => void;
  onLater: () => void;
  onNewest: () => void;
  onAimShown: () => void;
  onEnd: (isThere: boolean) => void;
}

/** Just written here: its writer wants to see it. */
function isFresh(message: MessageView | undefined): boolean {
  return message?.isMine === true && (message.delivery === null || message.delivery.stage === 'local');
}

const NEAR_PX = 80;

export function MessageList(props: MessageListProps) {
  const { contact, messages, hasEarlier, hasLater, isLoadingEarlier, isLoadingLater, aim, nowMs } = props;
  const log = useRef<HTMLDivElement>(null);
  const anchor = useRef<Anchor | null>(null);
  const sticks = useRef(aim === null);
  /** On the way to the newest, whose window has not come. */
  const isLeaving = useRef(false);
  const [isAway, setIsAway] = useState(false);
  const shownAim = useRef<Aim | null>(null);
  const marked = aim && messages ? nearest(messages, aim.sequence, props) : null;
  const drawn = useDrawn({ messages, contact, nowMs, markedId: marked?.id ?? null });

  const note = () => {
    const element = log.current;
    if (!element) return;
    sticks.current = isAtEnd(element) && !hasLater;
    anchor.current = sticks.current ? null : anchorIn(element);
    setIsAway(!sticks.current);
    props.onEnd(sticks.current && messages !== null);
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

  useLayoutEffect(() => {
    const element = log.current;
    if (!element || !messages) return;
    const isArriving = isLeaving.current && !hasLater;
    if (isArriving) isLeaving.current = false;
    if (showAim(element)) sticks.current = false;
    else if (sticks.current || isArriving || (isFresh(messages.at(-1)) && !hasLater)) element.scrollTop = element.scrollHeight;
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

  return (
    <div class={css.messages}>
      <div
        class={css.log}
        ref={log}
        role="log"
        aria-label={t('messages')}
        aria-live={isLoadingEarlier || hasLater ? 'off' : 'polite'}
        aria-relevant="additions"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={scrolled}
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
        {messages?.length === 0 && <p class={css.emptyChat}>{t(contact.state === 'accepted' ? 'chat_empty' : 'chat_empty_requested')}</p>}
      </div>
      {(isAway || hasLater) && (
        <div class={css.toEnd}>
          <Button kind="quiet" onPress={toEnd}>
            <Icon name="arrow-down" />
            {t('to_newest')}
          </Button>
        </div>
      )}
    </div>
  );
}

interface Drawn {
  readonly previous: MessageView | undefined;
  readonly day: string;
  readonly name: string;
  readonly teller: ContactView | null;
  readonly isMarked: boolean;
  readonly vnode: VNode;
}

interface Drawing extends Pick<MessageListProps, 'messages' | 'contact' | 'nowMs'> {
  readonly markedId: string | null;
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

/** Each message under its day. One drawn before from the same is given again as it was, which Preact passes over. */
function useDrawn({ messages, contact, nowMs, markedId }: Drawing): readonly VNode[] {
  const drawn = useRef(new WeakMap<MessageView, Drawn>());
  const day = new Date(nowMs).toDateString();
  const { name } = contact;
  return (messages ?? []).map((message, index) => {
    const previous = messages?.[index - 1];
    // Only a message that waits is told by how its contact is; the rest of a long conversation isn't drawn anew with every change.
    const teller = message.delivery?.stage === 'local' ? contact : null;
    const before = drawn.current.get(message);
    const isMarked = message.id === markedId;
    const isSame = before?.previous === previous && before?.day === day && before.name === name && before.teller === teller;
    if (isSame && before.isMarked === isMarked) return before.vnode;
    const isNewDay = !previous || !isSameDay(previous.sentAtMs, message.sentAtMs);
    const vnode = (
      <Fragment key={message.id}>
        {isNewDay && <h2 class={css.day}>{dayHeading(message.sentAtMs, nowMs)}</h2>}
        <MessageBubble message={message} contact={contact} isMarked={isMarked} />
      </Fragment>
    );
    drawn.current.set(message, { previous, day, name, teller, isMarked, vnode });
    return vnode;
  });
}
