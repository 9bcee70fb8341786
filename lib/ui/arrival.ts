/** What was new when a conversation was opened: where its line stands, for as long as the conversation is open. */
import { computed, signal } from '@preact/signals';
import type { ContactId, ContactView } from '../app/view';

export interface Arrival {
  readonly contactId: ContactId;
  /** The first of theirs with a greater sequence is new. */
  readonly after: number;
  readonly count: number;
}

/** With fewer, the newest window surely reaches back to the first of them. */
const FAR = 20;

export function createArrival() {
  const arrival = signal<Arrival | null>(null);
  return {
    now: computed(() => arrival.value),
    /** Opens a conversation, or none. Returns where its window must lie when the newest would not show what is new; null: at the newest. */
    open(contact: ContactView | null): number | null {
      const isNew = contact !== null && contact.unread > 0;
      arrival.value = isNew ? { contactId: contact.id, after: contact.readUpTo, count: contact.unread } : null;
      return isNew && contact.unread > FAR ? contact.readUpTo : null;
    },
  };
}
