/** One ratchet per contact. A step works on a copy; the copy counts once the journal has committed it. */

import type { Bytes } from '../protocol/bytes';
import { decodeSession, encodeSession, type Session } from '../protocol/session';
import type { Change, Journal } from './journal';
import { keys } from './records';

export interface Sessions {
  of(contactId: string): Promise<Session | null>;
  put(change: Change, contactId: string, session: Session): void;
  forget(contactId: string): void;
}

export function createSessions(journal: Journal): Sessions {
  const cache = new Map<string, Session>();
  return {
    async of(contactId) {
      const cached = cache.get(contactId);
      if (cached) return cached;
      const stored = (await journal.store.get(keys.session(contactId))) as Bytes | undefined;
      if (!stored) return null;
      const session = decodeSession(stored);
      cache.set(contactId, session);
      return session;
    },
    put(change, contactId, session) {
      change.put(keys.session(contactId), encodeSession(session));
      change.after(() => cache.set(contactId, session));
    },
    forget: (contactId) => void cache.delete(contactId),
  };
}
