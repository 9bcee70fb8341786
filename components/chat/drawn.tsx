/** Each message under its day, and the line over what is new. One drawn before from the same is given again as it was. */
import { Fragment, type VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { Arrival } from '../../lib/ui/arrival';
import { waitingWords } from '../../lib/ui/delivery-words';
import { t } from '../../lib/ui/text';
import { dayHeading, isSameDay } from '../../lib/ui/time';
import type { ContactView, MessageView } from '../../lib/ui/views';
import css from './list.module.css';
import { type MessageActions, MessageBubble } from './MessageBubble';

interface Drawn {
  readonly previousAtMs: number | undefined;
  readonly isNewDay: boolean;
  readonly day: string;
  readonly name: string;
  readonly waiting: string | null;
  readonly isMarked: boolean;
  readonly isStop: boolean;
  readonly newCount: number;
  readonly vnode: VNode;
}

export interface Drawing {
  readonly messages: readonly MessageView[] | null;
  readonly contact: ContactView;
  readonly nowMs: number;
  readonly markedId: string | null;
  readonly stopId: string | null;
  /** Of the window: there are earlier messages than its first. */
  readonly hasEarlier: boolean;
  readonly arrival: Arrival | null;
  readonly actions: MessageActions;
}

/** The first of theirs that was new; null where the window does not show where that is. */
function firstNewId({ messages, arrival, hasEarlier }: Drawing): string | null {
  if (!messages || !arrival) return null;
  const index = messages.findIndex(({ isMine, sequence }) => !isMine && sequence > arrival.after);
  const isSure = index > 0 || (index === 0 && !hasEarlier);
  return isSure ? (messages[index]?.id ?? null) : null;
}

/** Preact passes over what it is given again. */
export function useDrawn(drawing: Drawing): readonly VNode[] {
  const { messages, contact, nowMs, markedId, stopId, arrival, actions } = drawing;
  const drawn = useRef(new WeakMap<MessageView, Drawn>());
  const day = new Date(nowMs).toDateString();
  const { name } = contact;
  const newId = firstNewId(drawing);
  const words = waitingWords(contact);
  return (messages ?? []).map((message, index) => {
    const previousAtMs = messages?.[index - 1]?.sentAtMs;
    // Only a message that waits is told by how its contact is; the rest of a long conversation isn't drawn anew with every change.
    const waiting = message.delivery?.stage === 'local' ? words : null;
    const before = drawn.current.get(message);
    const isMarked = message.id === markedId;
    const isStop = message.id === stopId;
    const newCount = message.id === newId ? (arrival?.count ?? 0) : 0;
    const isFollowed = before !== undefined && before.previousAtMs === previousAtMs;
    const isNewDay = isFollowed ? before.isNewDay : previousAtMs === undefined || !isSameDay(previousAtMs, message.sentAtMs);
    const isSame = before?.isNewDay === isNewDay && before.day === day && before.name === name && before.waiting === waiting;
    if (isSame && before.isMarked === isMarked && before.isStop === isStop && before.newCount === newCount) return before.vnode;
    const vnode = (
      <Fragment key={message.id}>
        {isNewDay && <h2 class={css.day}>{dayHeading(message.sentAtMs, nowMs)}</h2>}
        {newCount > 0 && (
          <p class={css.newLine} data-new>
            {t(newCount === 1 ? 'new_message' : 'new_messages', String(newCount))}
          </p>
        )}
        <MessageBubble {...{ message, contact, isMarked, isStop, actions }} />
      </Fragment>
    );
    drawn.current.set(message, { previousAtMs, isNewDay, day, name, waiting, isMarked, isStop, newCount, vnode });
    return vnode;
  });
}
