/** Messages shown before the background has answered. Each gives way to the stored message with its id, never beside it. */
import type { ContactId, ConversationView, MessageView, ReplyView } from '../app/view';

export interface Outgoing {
  readonly id: string;
  readonly contactId: ContactId;
  readonly text: string;
  readonly reply: ReplyView | null;
  readonly sentAtMs: number;
}

/** Not on this device until the background has said so: a browser that dies now takes it along. */
function asMessage(outgoing: Outgoing, sequence: number): MessageView {
  const { id, text, reply, sentAtMs } = outgoing;
  return {
    ...{ id, sequence, isMine: true, text, sentAtMs, receivedAtMs: null, delivery: null, isRead: false, routing: 'device' },
    ...{ reply, reactions: { mine: null, theirs: null }, editedAtMs: null, deleted: null, expiry: null, expiresAtMs: null },
  };
}

const drawn = new WeakMap<Outgoing, MessageView>();

/** The same object while it stays where it is, so that those which wait are not all drawn anew with each of them. */
function placed(outgoing: Outgoing, sequence: number): MessageView {
  const known = drawn.get(outgoing);
  if (known?.sequence === sequence) return known;
  const message = asMessage(outgoing, sequence);
  drawn.set(outgoing, message);
  return message;
}

/** The window's messages, then what this page has sent since and `stillOutgoing` has kept; that comes after the newest, never after others. */
export function withOutgoing(conversation: ConversationView, outgoing: readonly Outgoing[]): readonly MessageView[] {
  const waiting = outgoing.filter((message) => message.contactId === conversation.contactId);
  if (waiting.length === 0 || conversation.hasLater) return conversation.messages;
  const last = conversation.messages.at(-1)?.sequence ?? 0;
  return [...conversation.messages, ...waiting.map((message, index) => placed(message, last + 1 + index))];
}

/** Returns `outgoing` itself when the conversation holds none of it. */
export function stillOutgoing(outgoing: readonly Outgoing[], conversation: ConversationView): readonly Outgoing[] {
  const stored = new Set(conversation.messages.map((message) => message.id));
  const kept = outgoing.filter((message) => !stored.has(message.id));
  return kept.length === outgoing.length ? outgoing : kept;
}
