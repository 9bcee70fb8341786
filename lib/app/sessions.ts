/** All sessions with each contact. A step works on a copy; the copy counts once the journal has committed it. */

import { equalBytes, toHex } from '../protocol/bytes';
import { decodeSession, encodeSession, type Session } from '../protocol/session';
import { putSession, type SessionSet } from '../protocol/session-set';
import type { Change, Journal } from './journal';
import type { Clock } from './ports';
import { keys, type SessionRecord } from './records';

export interface Sessions {
  of(contactId: string): Promise<SessionSet>;
  /** A new session, or the next step of one. The contact's were read before. */
  put(change: Change, contactId: string, session: Session): void;
  /** Only this one from now on, or none: the contact has started anew. */
  replace(change: Change, contactId: string, session: Session | null): void;
  forget(contactId: string): void;
}

export function createSessions(journal: Journal, clock: Clock): Sessions {
  /** As it lies on the disk, in its order: what is given up stays until the next write deletes it. */
  const cache = new Map<string, SessionSet>();
  let generation = journal.generation;

  /** Writes what differs; most steps change one session and nothing else. */
  function write(change: Change, contactId: string, next: SessionSet, stepped: Session | null): void {
    const before = cache.get(contactId) ?? [];
    for (const { session } of before) {
      if (!next.some((held) => equalBytes(held.session.id, session.id))) change.delete(keys.session(contactId, toHex(session.id)));
    }
    for (const { session, archivedAtMs } of next) {
      const known = before.find((held) => held.session === session);
      if (session !== stepped && known?.archivedAtMs === archivedAtMs) continue;
      change.put(keys.session(contactId, toHex(session.id)), { session: encodeSession(session), archivedAtMs } satisfies SessionRecord);
    }
    change.after(() => cache.set(contactId, next));
  }

  return {
    async of(contactId) {
      if (generation !== journal.generation) cache.clear();
      generation = journal.generation;
      let held = cache.get(contactId);
      if (!held) {
        const entries = await journal.store.range(['session', contactId]);
        held = entries.map(([, value]) => {
          const { session, archivedAtMs } = value as SessionRecord;
          return { session: decodeSession(session), archivedAtMs };
        });
        cache.set(contactId, held);
      }
      const [first] = held;
      return first ? putSession(held, first.session, clock.now()) : held;
    },
    put(change, contactId, session) {
      write(change, contactId, putSession(cache.get(contactId) ?? [], session, clock.now()), session);
    },
    replace(change, contactId, session) {
      write(change, contactId, session ? putSession([], session, clock.now()) : [], session);
    },
    forget: (contactId) => void cache.delete(contactId),
  };
}
