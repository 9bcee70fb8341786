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
  /** Ids of messages: one that came late may stand above others that were said to be seen. */
  const said = new Set<string>();
  return {
    see(contactId, messages) {
      const theirs = messages.filter((message) => !message.isMine);
      const fresh = theirs.filter(({ id, isRead }) => !isRead && !said.has(id));
      const upTo = theirs.at(-1)?.sequence;
      if (fresh.length === 0 || upTo === undefined) return;
      for (const { id } of fresh) said.add(id);
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
