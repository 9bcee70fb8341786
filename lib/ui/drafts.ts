/**
 * What is being written, per contact. Local text wins until the background repeats it; then the shared draft is the truth, and
 * another window's edit may replace it.
 */
import { signal } from '@preact/signals';
import type { ContactId, ContactView } from '../app/view';

export interface DraftPorts {
  save(contactId: ContactId, text: string): void;
  after(delayMs: number, run: () => void): () => void;
}

export interface Drafts {
  /** Reads a signal: a component that calls it is drawn again when the draft changes. */
  of(contact: ContactView): string;
  write(contactId: ContactId, text: string): void;
  /** Saves what waits for its pause, now: the page may be about to go. */
  flush(): void;
  /** Saves again what the background has not repeated: the port may have died with it. */
  repeat(): void;
  /** Takes note of what the background holds. */
  settle(contacts: readonly ContactView[]): void;
}

const PAUSE_MS = 300;

export function createDrafts(ports: DraftPorts): Drafts {
  const local = signal<ReadonlyMap<ContactId, string>>(new Map());
  const unsaved = new Set<ContactId>();
  let cancelPause: (() => void) | null = null;

  function flush(): void {
    cancelPause?.();
    cancelPause = null;
    for (const contactId of unsaved) ports.save(contactId, local.peek().get(contactId) ?? '');
    unsaved.clear();
  }

  return {
    of: (contact) => local.value.get(contact.id) ?? contact.draft,
    write(contactId, text) {
      local.value = new Map(local.peek()).set(contactId, text);
      unsaved.add(contactId);
      cancelPause?.();
      cancelPause = ports.after(PAUSE_MS, flush);
    },
    flush,
    repeat() {
      for (const contactId of local.peek().keys()) unsaved.add(contactId);
      flush();
    },
    settle(contacts) {
      const kept = new Map(local.peek());
      for (const contact of contacts) if (kept.get(contact.id) === contact.draft && !unsaved.has(contact.id)) kept.delete(contact.id);
      if (kept.size !== local.peek().size) local.value = kept;
    },
  };
}
