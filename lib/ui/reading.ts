/**
 * What this user has seen of a conversation, told once, and again where the background has not taken it. Of many messages that come
 * one upon the other the first is told at once and the others together: each telling is a commit there.
 */
import type { ContactId, ContactView, ConversationView, ViewCommand } from '../app/view';

export interface Reading {
  /** Of this window, all up to this sequence have been on the screen; Infinity: it is at its end. */
  see(window: ConversationView, readUpTo: number, seenUpTo: number): void;
  /** There is no result for this: what a new port still calls unread was lost with the old one. */
  repeat(contacts: readonly ContactView[]): void;
}

const GATHER_MS = 250;

export interface ReadingPorts {
  say(command: ViewCommand): void;
  /** Runs once after `delayMs`; the returned function cancels. */
  after(delayMs: number, run: () => void): () => void;
}

export function createReading({ say, after }: ReadingPorts): Reading {
  const saidUpTo = new Map<ContactId, number>();
  /** Said within the last moment; what has been seen since is said when it is over. */
  const gathering = new Map<ContactId, number | null>();
  /** Ids of messages: one that came late may stand above others that were said to be seen. */
  const said = new Set<string>();
  function tell(contactId: ContactId, upTo: number): void {
    if (gathering.has(contactId)) {
      gathering.set(contactId, upTo);
      return;
    }
    gathering.set(contactId, null);
    say({ kind: 'conversation.read', contactId, upTo });
    after(GATHER_MS, () => {
      const since = gathering.get(contactId) ?? null;
      gathering.delete(contactId);
      if (since !== null) tell(contactId, since);
    });
  }

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
      tell(contactId, upTo);
    },
    repeat(contacts) {
      for (const { id, unread } of contacts) {
        const upTo = saidUpTo.get(id);
        if (upTo !== undefined && unread > 0) say({ kind: 'conversation.read', contactId: id, upTo });
      }
    },
  };
}
