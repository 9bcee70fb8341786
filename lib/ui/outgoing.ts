/** Messages shown before the background has answered. Each gives way to the stored message with its id, never beside it. */
import type { ContactId, ConversationView, MessageView } from '../app/view';

export interface Outgoing {
  readonly id: string;
  readonly contactId: ContactId;
  readonly text: string;
  readonly sentAtMs: number;
}

function asMessage(outgoing: Outgoing, sequence: number): MessageView {
  const { id, text, sentAtMs } = outgoing;
  return { id, sequence, isMine: true, text, sentAtMs, receivedAtMs: null, delivery: { stage: 'local' }, isRead: false };
}

function storedIn(conversation: ConversationView): (message: Outgoing) => boolean {
  const ids = new Set(conversation.messages.map((message) => message.id));
  return (message) => ids.has(message.id);
}

/** The window's messages, then what this page has sent since. */
export function withOutgoing(conversation: ConversationView, outgoing: readonly Outgoing[]): readonly MessageView[] {
  const isStored = storedIn(conversation);
  const waiting = outgoing.filter((message) => message.contactId === conversation.contactId && !isStored(message));
  if (waiting.length === 0) return conversation.messages;
  const last = conversation.messages.at(-1)?.sequence ?? 0;
  return [...conversation.messages, ...waiting.map((message, index) => asMessage(message, last + 1 + index))];
}

/** Returns `outgoing` itself when the conversation holds none of it. */
export function stillOutgoing(outgoing: readonly Outgoing[], conversation: ConversationView): readonly Outgoing[] {
  const isStored = storedIn(conversation);
  const kept = outgoing.filter((message) => !isStored(message));
  return kept.length === outgoing.length ? outgoing : kept;
}
