/**
 * What a message that is being written will be, beside its draft: where it may wait, how long it stays, and whether that is being asked.
 * Per contact; nothing of it outlives the page.
 *
 *   writing ──sent, and to be asked──▶ asking ──answered──▶ sent
 */
import { signal } from '@preact/signals';
import type { ContactId, MessageView, Routing } from '../app/view';
import type { Expiry } from '../domain/choices';

/** A message that the draft is about. */
export interface About {
  readonly id: string;
  /** Null: it is further up than what this page has. */
  readonly message: MessageView | null;
}

export interface Wishes {
  /** For this message alone; null: as chosen for the contact. */
  readonly routing: Routing | null;
  /** For this message alone: null: it stays; undefined: as chosen for the contact. */
  readonly expiry: Expiry | null | undefined;
  /** Wants to be sent, and where it may wait is asked. */
  readonly isAsking: boolean;
}

export interface Composing extends Wishes {
  readonly replyTo: About | null;
  readonly editing: About | null;
}

const NOTHING: Wishes = { routing: null, expiry: undefined, isAsking: false };

export function createComposing() {
  const all = signal<ReadonlyMap<ContactId, Wishes>>(new Map());

  function write(contactId: ContactId, next: Wishes | null): void {
    const written = new Map(all.peek());
    if (next) written.set(contactId, next);
    else written.delete(contactId);
    all.value = written;
  }

  return {
    /** Reads a signal. */
    of: (contactId: ContactId): Wishes => all.value.get(contactId) ?? NOTHING,
    now: (contactId: ContactId): Wishes => all.peek().get(contactId) ?? NOTHING,
    change: (contactId: ContactId, part: Partial<Wishes>) => write(contactId, { ...(all.peek().get(contactId) ?? NOTHING), ...part }),
    reset: (contactId: ContactId) => write(contactId, null),
    clear(): void {
      all.value = new Map();
    },
  };
}
