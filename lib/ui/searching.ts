/** What is being looked for, and what was found. While a new answer is on its way the one before stays, so that nothing flickers. */
import { computed, signal } from '@preact/signals';
import type { ContactId, FoundView, ViewResult } from '../app/view';

export interface SearchingPorts {
  find(text: string, contactId: ContactId | null, limit: number): Promise<ViewResult>;
  after(delayMs: number, run: () => void): () => void;
}

export interface Searching {
  /** As typed. */
  readonly text: { readonly value: string };
  /** Null while nothing is looked for, and until the first answer. */
  readonly found: { readonly value: FoundView | null };
  /** Looks through one conversation, or all (null). What was typed stays when it is the same as before. */
  within(contactId: ContactId | null): void;
  write(text: string): void;
  /** Somebody is about to write: what is asked for first then comes as quickly as the rest. */
  prepare(): void;
  showMore(): void;
  /** A message is gone. */
  drop(messageId: string): void;
  clear(): void;
}

const HITS = 50;
/** The whole is made searchable meanwhile. */
const PARTIAL_MS = 1000;
/** Longer than anything anybody looks for. */
export const MAX_QUERY_CHARS = 128;

export function createSearching(ports: SearchingPorts): Searching {
  const text = signal('');
  const found = signal<FoundView | null>(null);
  let scope: ContactId | null = null;
  let limit = HITS;
  let asked = 0;
  let cancelAgain: (() => void) | null = null;

  async function look(): Promise<void> {
    cancelAgain?.();
    asked += 1;
    const turn = asked;
    if (text.peek().trim() === '') {
      found.value = null;
      return;
    }
    const result = await ports.find(text.peek(), scope, limit);
    if (turn !== asked || !result.ok || !result.found) return;
    found.value = result.found;
    if (result.found.isPartial) cancelAgain = ports.after(PARTIAL_MS, () => void look());
  }

  const searching: Searching = {
    text: computed(() => text.value),
    found: computed(() => found.value),
    within(contactId) {
      if (contactId === scope) return;
      scope = contactId;
      searching.clear();
    },
    write(typed) {
      text.value = typed.slice(0, MAX_QUERY_CHARS);
      limit = HITS;
      void look();
    },
    prepare() {
      if (text.peek().trim() === '') void ports.find('', scope, 0);
    },
    showMore() {
      limit += HITS;
      void look();
    },
    drop(messageId) {
      const before = found.peek();
      if (before) found.value = { ...before, hits: before.hits.filter(({ id }) => id !== messageId) };
    },
    clear: () => searching.write(''),
  };
  return searching;
}
