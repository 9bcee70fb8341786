/**
 * What a message that is being written will be, beside its text: an answer, a change of another one, where it may wait, how long it
 * stays. Per contact; nothing of it outlives the page.
 *
 *   writing ──reply──▶ with a quote      writing ──edit──▶ editing ──saved or left──▶ writing
 *   writing ──sent, and to be asked──▶ asking ──answered──▶ sent
 */
import { signal } from '@preact/signals';
import type { ContactId, MessageView, Routing } from '../app/view';
import type { Expiry } from '../domain/choices';

export interface Composing {
  readonly replyTo: MessageView | null;
  readonly editing: { readonly message: MessageView; readonly text: string } | null;
  /** For this message alone; null: as chosen for the contact. */
  readonly routing: Routing | null;
  /** For this message alone: null: it stays; undefined: as chosen for the contact. */
  readonly expiry: Expiry | null | undefined;
  /** Wants to be sent, and where it may wait is asked. */
  readonly isAsking: boolean;
}

const NOTHING: Composing = { replyTo: null, editing: null, routing: null, expiry: undefined, isAsking: false };

export function createComposing() {
  const all = signal<ReadonlyMap<ContactId, Composing>>(new Map());

  function write(contactId: ContactId, next: Composing | null): void {
    const written = new Map(all.peek());
    if (next) written.set(contactId, next);
    else written.delete(contactId);
    all.value = written;
  }

  const composing = {
    /** Reads a signal. */
    of: (contactId: ContactId): Composing => all.value.get(contactId) ?? NOTHING,
    now: (contactId: ContactId): Composing => all.peek().get(contactId) ?? NOTHING,
    change(contactId: ContactId, part: Partial<Composing>): void {
      write(contactId, { ...(all.peek().get(contactId) ?? NOTHING), ...part });
    },
    reset: (contactId: ContactId) => write(contactId, null),
    /** A message is gone: it is neither answered nor changed any more. */
    drop(messageId: string): void {
      for (const [contactId, { replyTo, editing }] of all.peek()) {
        if (replyTo?.id === messageId) composing.change(contactId, { replyTo: null });
        if (editing?.message.id === messageId) composing.change(contactId, { editing: null });
      }
    },
    clear(): void {
      all.value = new Map();
    },
  };
  return composing;
}
