/** What this user has seen of a conversation, told once, and again where the background has not taken it. */
import type { ContactId, ContactView, MessageView, ViewCommand } from '../app/view';

export interface Reading {
  /** All of these can be seen now. */
  see(contactId: ContactId, messages: readonly MessageView[]): void;
  /** There is no result for this: what a new port still calls unread was lost with the old one. */
  repeat(contacts: readonly ContactView[]): void;
}

export function createReading(say: (command: ViewCommand) => void): Reading {
  const saidUpTo = new Map<ContactId, number>();
  return {
    see(contactId, messages) {
      const upTo = messages.findLast((message) => !message.isMine && !message.isRead)?.sequence ?? 0;
      if (upTo <= (saidUpTo.get(contactId) ?? 0)) return;
      saidUpTo.set(contactId, upTo);
      say({ kind: 'conversation.read', contactId, upTo });
    },
    repeat(contacts) {
      for (const { id, unread } of contacts) {
        const upTo = saidUpTo.get(id);
        if (upTo !== undefined && unread > 0) say({ kind: 'conversation.read', contactId: id, upTo });
      }
    },
  };
}
