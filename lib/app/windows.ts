/** Windows on a conversation. What is past its time is in none of them, whether it has been deleted yet or not. */
import type { Core } from './core';
import type { RangeOptions } from './ports';
import { type ContactRecord, isOver, type MessageRecord } from './records';
import { replyOf } from './replies';
import type { ConversationView, MessageView, ReplyView } from './view';

const WINDOW = 50;
/** Of a window around a message, so many before it. */
const BEFORE = 20;

/** `reply`: as found when it came or its window was read. A page keeps it from then on, and follows what becomes of the message answered. */
export function messageView(message: MessageRecord, contact: ContactRecord, reply: ReplyView | null = null): MessageView {
  const { id, sequence, isMine, text, sentAtMs, receivedAtMs, delivery, reactions } = message;
  return {
    ...{ id, sequence, isMine, text, sentAtMs, receivedAtMs, delivery },
    routing: message.mayWait ? 'relay' : 'device',
    isRead: isMine || sequence <= contact.readUpTo,
    reply,
    reactions: { mine: reactions?.mine?.emoji || null, theirs: reactions?.theirs?.emoji || null },
    editedAtMs: message.edited?.atMs ?? null,
    deleted: message.deleted ?? null,
    expiry: message.expiry ?? null,
    expiresAtMs: message.expiresAtMs ?? null,
  };
}

type Edge = Pick<RangeOptions, 'after' | 'before' | 'isReversed'>;

/** Up to `count` messages from one edge on; fewer only when there are no more. */
export async function readMessages({ journal, expiry }: Core, contactId: string, edge: Edge, count: number): Promise<MessageRecord[]> {
  const found: MessageRecord[] = [];
  let { after, before } = edge;
  while (found.length < count) {
    const options = { limit: count - found.length, isReversed: edge.isReversed ?? false };
    const bounds = { ...(after === undefined ? {} : { after }), ...(before === undefined ? {} : { before }) };
    const entries = await journal.store.range(['message', contactId], { ...options, ...bounds });
    const last = entries.at(-1)?.[0][2];
    if (last === undefined) break;
    if (edge.isReversed) before = last;
    else after = last;
    const now = expiry.now();
    found.push(...entries.map(([, value]) => value as MessageRecord).filter((message) => !isOver(message, now)));
  }
  return found;
}

interface Half {
  readonly messages: readonly MessageView[];
  readonly hasMore: boolean;
}

async function readHalf(core: Core, contactId: string, edge: Edge, count: number): Promise<Half> {
  const contact = core.journal.contacts.get(contactId);
  if (!contact) return { messages: [], hasMore: false };
  const found = await readMessages(core, contactId, edge, count + 1);
  const replies = await Promise.all(found.slice(0, count).map((message) => replyOf(core, contactId, message)));
  const messages = replies.map((reply, i) => messageView(found[i] as MessageRecord, contact, reply));
  return { messages: edge.isReversed ? messages.reverse() : messages, hasMore: found.length > count };
}

/** The newest messages, or those around one; null when the contact is gone. */
export async function readWindow(core: Core, contactId: string, around: number | null = null): Promise<ConversationView | null> {
  if (!core.journal.contacts.has(contactId)) return null;
  if (around === null) {
    const { messages, hasMore } = await readHalf(core, contactId, { isReversed: true }, WINDOW);
    return { contactId, messages, hasEarlier: hasMore, hasLater: false };
  }
  const earlier = await readHalf(core, contactId, { before: around, isReversed: true }, BEFORE);
  const later = await readHalf(core, contactId, { after: earlier.messages.at(-1)?.sequence ?? 0 }, WINDOW - BEFORE);
  return { contactId, messages: [...earlier.messages, ...later.messages], hasEarlier: earlier.hasMore, hasLater: later.hasMore };
}

export async function readEarlier(core: Core, contactId: string, before: number): Promise<Half> {
  return readHalf(core, contactId, { before, isReversed: true }, WINDOW);
}

export async function readLater(core: Core, contactId: string, after: number): Promise<Half> {
  return readHalf(core, contactId, { after }, WINDOW);
}
