/** What this user has seen of a conversation, told once, and again where the background has not taken it. */
import type { ContactId, ContactView, ConversationView, ViewCommand } from '../app/view';

export interface Reading {
  /** Of this window, all up to this sequence have been on the screen; Infinity: it is at its end. */
  see(window: ConversationView, readUpTo: number, seenUpTo: number): void;
  /** There is no result for this: what a new port still calls unread was lost with the old one. */
  repeat(contacts: readonly ContactView[]): void;
}

export function createReading(say: (command: ViewCommand) => void): Reading {
  const saidUpTo = new Map<ContactId, number>();
  /** Ids of messages: one that came late may stand above others that were said to be seen. */
  const said = new Set<string>();
  return {
    see(window, readUpTo, seenUpTo) {
      const { contactId, messages, hasEarlier, hasLater } = window;
      const isEnd = seenUpTo === Number.POSITIVE_INFINITY;
      // Unread ones before the window have not been seen.
      const isNext = !hasEarlier || (messages[0]?.sequence ?? 0) <= readUpTo;
      if (isEnd ? hasLater : !isNext) return;
      const theirs = messages.filter(({ isMine, sequence }) => !isMine && sequence <= seenUpTo);
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
