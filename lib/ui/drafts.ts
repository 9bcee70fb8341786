/**
 * What is being written, per contact: a text, the message that it answers, the message that it is to take the place of. Local words win
 * until the background repeats them; then the shared draft is the truth, and another window's edit may replace it.
 */
import { signal } from '@preact/signals';
import type { ContactId, ContactView } from '../app/view';

export interface Draft {
  readonly text: string;
  /** Ids of messages. With `edits`, the answer is `under`. */
  readonly replyTo: string | null;
  readonly edits: string | null;
  /** Was being written before a change, and is again after it. */
  readonly under: string;
}

export interface DraftPorts {
  /** Resolves once the background has taken it, and every patch that it caused has come. */
  save(contactId: ContactId, draft: Draft): Promise<unknown>;
  after(delayMs: number, run: () => void): () => void;
  /** As the background last told them. */
  contacts(): readonly ContactView[];
}

export interface Drafts {
  /** Reads a signal: a component that calls it is drawn again when the draft changes. */
  of(contact: ContactView): Draft;
  write(contactId: ContactId, draft: Draft): void;
  /** Saves what waits for its pause, now: the page may be about to go. */
  flush(): void;
  /** Takes note of what the background holds. */
  settle(contacts: readonly ContactView[]): void;
  /** A message is gone: it is neither answered nor changed any more. */
  drop(messageId: string): void;
}

const PAUSE_MS = 300;
export const NO_DRAFT: Draft = { text: '', replyTo: null, edits: null, under: '' };

/** What was being written before the change. */
export function beneath(draft: Draft): Draft {
  return draft.edits === null ? draft : { ...NO_DRAFT, text: draft.under, replyTo: draft.replyTo };
}

function sharedDraft({ draft, draftReplyTo, draftEdits, draftUnder }: ContactView): Draft {
  return { text: draft, replyTo: draftReplyTo ?? null, edits: draftEdits ?? null, under: draftUnder ?? '' };
}

function isSame(a: Draft | undefined, b: Draft): boolean {
  return a?.text === b.text && a.replyTo === b.replyTo && a.edits === b.edits && a.under === b.under;
}

export function createDrafts(ports: DraftPorts): Drafts {
  const local = signal<ReadonlyMap<ContactId, Draft>>(new Map());
  const unsaved = new Set<ContactId>();
  // While a save is under way the background may still speak of an older text: equality alone would take it for news.
  const saving = new Map<ContactId, number>();
  let cancelPause: (() => void) | null = null;

  function flush(): void {
    cancelPause?.();
    cancelPause = null;
    for (const contactId of unsaved) follow(contactId, ports.save(contactId, local.peek().get(contactId) ?? NO_DRAFT));
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
    for (const contact of contacts) {
      const { id } = contact;
      if (isSame(kept.get(id), sharedDraft(contact)) && !unsaved.has(id) && !saving.get(id)) kept.delete(id);
    }
    if (kept.size !== local.peek().size) local.value = kept;
  }

  return {
    of: (contact) => local.value.get(contact.id) ?? sharedDraft(contact),
    write(contactId, draft) {
      local.value = new Map(local.peek()).set(contactId, draft);
      unsaved.add(contactId);
      cancelPause?.();
      cancelPause = ports.after(PAUSE_MS, flush);
    },
    flush,
    settle,
    // The background does the same to what it holds.
    drop(messageId) {
      for (const [contactId, draft] of local.peek()) {
        if (draft.edits !== messageId && draft.replyTo !== messageId) continue;
        const left = draft.edits === messageId ? beneath(draft) : draft;
        local.value = new Map(local.peek()).set(contactId, left.replyTo === messageId ? { ...left, replyTo: null } : left);
      }
    },
  };
}
