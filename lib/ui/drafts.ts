/**
 * What is being written, per contact. Local text wins until the background repeats it; then the shared draft is the truth, and
 * another window's edit may replace it.
 */
import { signal } from '@preact/signals';
import type { ContactId, ContactView } from '../app/view';

export interface DraftPorts {
  /** Resolves once the background has taken it, and every patch that it caused has come. */
  save(contactId: ContactId, text: string): Promise<unknown>;
  after(delayMs: number, run: () => void): () => void;
  /** As the background last told them. */
  contacts(): readonly ContactView[];
}

export interface Drafts {
  /** Reads a signal: a component that calls it is drawn again when the draft changes. */
  of(contact: ContactView): string;
  write(contactId: ContactId, text: string): void;
  /** Saves what waits for its pause, now: the page may be about to go. */
  flush(): void;
  /** Takes note of what the background holds. */
  settle(contacts: readonly ContactView[]): void;
}

const PAUSE_MS = 300;

export function createDrafts(ports: DraftPorts): Drafts {
  const local = signal<ReadonlyMap<ContactId, string>>(new Map());
  const unsaved = new Set<ContactId>();
  // While a save is under way the background may still speak of an older text: equality alone would take it for news.
  const saving = new Map<ContactId, number>();
  let cancelPause: (() => void) | null = null;

  function flush(): void {
    cancelPause?.();
    cancelPause = null;
    for (const contactId of unsaved) follow(contactId, ports.save(contactId, local.peek().get(contactId) ?? ''));
    unsaved.clear();
  }

  function follow(contactId: ContactId, saved: Promise<unknown>): void {
    saving.set(contactId, (saving.get(contactId) ?? 0) + 1);
    void saved.finally(() => {
      saving.set(contactId, (saving.get(contactId) ?? 1) - 1);
      settle(ports.contacts());
    });
  }

  function settle(contacts: readonly ContactView[]): void {
    const kept = new Map(local.peek());
    for (const { id, draft } of contacts) if (kept.get(id) === draft && !unsaved.has(id) && !saving.get(id)) kept.delete(id);
    if (kept.size !== local.peek().size) local.value = kept;
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
    settle,
  };
}
