/**
 * The messages, newest at the end. Stays at the end while the user is there, stays with the reader while they are not, also when
 * earlier messages come in above.
 */
import { Fragment, type VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../lib/ui/text';
import { dayHeading, isSameDay } from '../../lib/ui/time';
import type { ContactView, MessageView } from '../../lib/ui/views';
import { Button } from '../parts/Button';
import { Icon } from '../parts/Icon';
import css from './chat.module.css';
import { MessageBubble } from './MessageBubble';
import { anchored, isAtEnd, type ScrollPosition } from './scroll';

export interface MessageListProps {
  contact: ContactView;
  /** Null until the window has come. */
  messages: readonly MessageView[] | null;
  hasEarlier: boolean;
  isLoadingEarlier: boolean;
  nowMs: number;
  onEarlier: () => void;
  onEnd: (isThere: boolean) => void;
}

/** Just written here: its writer wants to see it. */
function isFresh(message: MessageView | undefined): boolean {
  return message?.isMine === true && (message.delivery === null || message.delivery.stage === 'local');
}

const NEAR_TOP_PX = 80;
const START: ScrollPosition = { top: 0, height: 0, firstId: null };

export function MessageList({ contact, messages, hasEarlier, isLoadingEarlier, nowMs, onEarlier, onEnd }: MessageListProps) {
  const log = useRef<HTMLDivElement>(null);
  const before = useRef(START);
  const sticks = useRef(true);
  const [isAway, setIsAway] = useState(false);
  const drawn = useDrawn(messages, contact, nowMs);

  const note = () => {
    const element = log.current;
    if (!element) return;
    sticks.current = isAtEnd(element);
    before.current = { top: element.scrollTop, height: element.scrollHeight, firstId: before.current.firstId };
    setIsAway(!sticks.current);
    onEnd(sticks.current && messages !== null);
  };
  const toEnd = () => {
    log.current?.scrollTo({ top: log.current.scrollHeight });
    note();
  };
  const scrolled = () => {
    note();
    if (hasEarlier && (log.current?.scrollTop ?? 0) < NEAR_TOP_PX) onEarlier();
  };

  useLayoutEffect(() => {
    const element = log.current;
    if (!element || !messages) return;
    const firstId = messages[0]?.id ?? null;
    if (sticks.current || isFresh(messages.at(-1))) element.scrollTop = element.scrollHeight;
    else element.scrollTop = anchored(before.current, { top: element.scrollTop, height: element.scrollHeight, firstId });
    before.current = { ...before.current, firstId };
    note();
  }, [messages]);

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
        aria-live={isLoadingEarlier ? 'off' : 'polite'}
        aria-relevant="additions"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={scrolled}
      >
        <div class={css.thread}>
          {hasEarlier && (
            <div class={css.earlier}>
              <Button kind="link" isDisabled={isLoadingEarlier} onPress={onEarlier}>
                {t(isLoadingEarlier ? 'earlier_loading' : 'earlier')}
              </Button>
            </div>
          )}
          {drawn}
        </div>
        {messages?.length === 0 && <p class={css.emptyChat}>{t(contact.state === 'accepted' ? 'chat_empty' : 'chat_empty_requested')}</p>}
      </div>
      {isAway && (
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
  readonly vnode: VNode;
}

/** Each message under its day. One drawn before from the same is given again as it was, which Preact passes over. */
function useDrawn(messages: readonly MessageView[] | null, contact: ContactView, nowMs: number): readonly VNode[] {
  const drawn = useRef(new WeakMap<MessageView, Drawn>());
  const day = new Date(nowMs).toDateString();
  const { name } = contact;
  return (messages ?? []).map((message, index) => {
    const previous = messages?.[index - 1];
    // Only a message that waits is told by how its contact is; the rest of a long conversation isn't drawn anew with every change.
    const teller = message.delivery?.stage === 'local' ? contact : null;
    const before = drawn.current.get(message);
    if (before?.previous === previous && before?.day === day && before.name === name && before.teller === teller) return before.vnode;
    const isNewDay = !previous || !isSameDay(previous.sentAtMs, message.sentAtMs);
    const vnode = (
      <Fragment key={message.id}>
        {isNewDay && <h2 class={css.day}>{dayHeading(message.sentAtMs, nowMs)}</h2>}
        <MessageBubble message={message} contact={contact} />
      </Fragment>
    );
    drawn.current.set(message, { previous, day, name, teller, vnode });
    return vnode;
  });
}
