/**
 * Folds messages into segments (search-segments.ts), a block at a time, and keeps the opened segments while they are used.
 *
 *   message stored ──▶ after `indexed`: read as it lies ──a little later──▶ at its segment's end, `indexed` moved on
 *   message changed or gone ──▶ `unindexed` ──a little later──▶ its block folded anew
 *
 * A fold writes segment, mark and pointers in one commit, so that it may end and begin again anywhere. Messages from before there was an index are behind the mark like any others.
 */
import type { Core } from './core';
import type { Change } from './journal';
import { isOver, keys, type MessageRecord } from './records';
import { BLOCK, blockOf, encodeSegment } from './search-segments';

export interface SearchIndex {
  /** A little later, and on until nothing is left. Safe to call at any time. */
  tend(): void;
  /** As part of the change that changes or deletes a message. */
  forget(change: Change, contactId: string, sequence: number): void;
  /** Reads what is not in memory of these contacts' segments. */
  open(contactIds: readonly string[]): Promise<void>;
  /** As opened, oldest first, and up to which sequence the messages are in them. */
  segmentsOf(contactId: string): { readonly segments: readonly string[]; readonly upTo: number };
  /** Those that have changed or gone since, by contact. */
  unindexed(): Promise<ReadonlyMap<string, readonly number[]>>;
}

const LATER_MS = 5000;
/** Between two folds, for everything else. */
const PAUSE_MS = 10;
const RETRY_MS = 60_000;
/** Opened segments are let go of when nobody has looked for anything for so long. */
const IDLE_MS = 60_000;
const SEGMENTS_AT_ONCE = 64;
const CONTACTS_AT_ONCE = 64;

/** `isAnew`: from all its messages; else only what came after the mark is added. */
interface Fold {
  readonly contactId: string;
  readonly block: number;
  readonly isAnew: boolean;
}

interface OpenedSegments {
  readonly byBlock: Map<number, string>;
  readonly isRead: Promise<void>;
}

export function createSearchIndex(core: Core): SearchIndex {
  const { journal, lane, world } = core;
  const opened = new Map<string, OpenedSegments>();
  let marks: Map<string, number> | null = null;
  /** Segments that were not there though the mark says so: damaged, say. */
  const missing: Fold[] = [];
  let isTending = false;
  let cancelIdle: (() => void) | null = null;

  async function readMarks(): Promise<Map<string, number>> {
    if (marks) return marks;
    const entries = await journal.store.range(['indexed']);
    marks ??= new Map(entries.map(([key, value]) => [String(key[1]), value as number]));
    return marks;
  }

  async function nextFold(): Promise<Fold | null> {
    const found = missing.shift();
    if (found) return found;
    const [pointer] = await journal.store.range(['unindexed'], { limit: 1 });
    if (pointer) return { contactId: String(pointer[0][1]), block: blockOf(Number(pointer[0][2])), isAnew: true };
    const upTo = await readMarks();
    for (const { id, nextSequence } of journal.contacts.values()) {
      const mark = upTo.get(id) ?? 0;
      if (mark < nextSequence - 1) return { contactId: id, block: blockOf(mark + 1), isAnew: false };
    }
    return null;
  }

  /** In the lane, so that no message of the block changes meanwhile. */
  async function fold({ contactId, block, isAnew }: Fold): Promise<void> {
    const upTo = await readMarks();
    const mark = upTo.get(contactId) ?? 0;
    const first = block * BLOCK;
    const range = { after: first - 1, before: first + BLOCK };
    const kept = isAnew || mark < first ? undefined : ((await journal.store.get(keys.search(contactId, block))) as string | undefined);
    const messages = await journal.store.range(['message', contactId], kept === undefined ? range : { ...range, after: mark });
    const pointers = kept === undefined ? await journal.store.range(['unindexed', contactId], range) : [];
    const now = world.clock.now();
    const living = messages.map(([, value]) => value as MessageRecord).filter((message) => !isOver(message, now));
    const last = Math.min(first + BLOCK, journal.contacts.get(contactId)?.nextSequence ?? 0) - 1;
    const segment = (kept ?? '') + encodeSegment(living);
    await journal.commit((change) => {
      for (const [key] of pointers) change.delete(key);
      // A pointer beyond the mark, or at a contact that is gone, has nothing to say.
      if (first > mark + 1 || last < first) return;
      change.put(keys.search(contactId, block), segment);
      change.put(keys.indexed(contactId), Math.max(mark, last));
      change.after(() => {
        upTo.set(contactId, Math.max(mark, last));
        opened.get(contactId)?.byBlock.set(block, segment);
      });
    });
  }

  async function step(): Promise<boolean> {
    const next = await nextFold();
    if (next) await fold(next);
    return next !== null;
  }

  function run(): void {
    lane.run(step).then(
      (isMore) => {
        isTending = isMore;
        if (isMore) world.clock.after(PAUSE_MS, run);
      },
      (error: unknown) => {
        world.report(error);
        world.clock.after(RETRY_MS, run);
      },
    );
  }

  /** What a fold writes meanwhile is newer than what is read here. */
  async function readSegments(contactId: string, byBlock: Map<number, string>): Promise<void> {
    const last = blockOf((await readMarks()).get(contactId) ?? -1);
    for (let block = 0; block <= last; block += SEGMENTS_AT_ONCE) {
      const entries = await journal.store.range(['search', contactId], { after: block - 1, before: block + SEGMENTS_AT_ONCE });
      for (const [key, value] of entries) if (!byBlock.has(Number(key[2]))) byBlock.set(Number(key[2]), value as string);
    }
    for (let block = 0; block <= last; block++) if (!byBlock.has(block)) missing.push({ contactId, block, isAnew: true });
    if (missing.length > 0) index.tend();
  }

  function openOne(contactId: string): Promise<void> {
    const known = opened.get(contactId);
    if (known) return known.isRead;
    const byBlock = new Map<number, string>();
    const isRead = readSegments(contactId, byBlock);
    opened.set(contactId, { byBlock, isRead });
    isRead.catch(() => opened.delete(contactId));
    return isRead;
  }

  const index: SearchIndex = {
    tend() {
      if (isTending) return;
      isTending = true;
      world.clock.after(LATER_MS, run);
    },
    forget(change, contactId, sequence) {
      change.put(keys.unindexed(contactId, sequence), true);
      change.after(() => index.tend());
    },
    async open(contactIds) {
      cancelIdle?.();
      cancelIdle = world.clock.after(IDLE_MS, () => opened.clear());
      await readMarks();
      for (let i = 0; i < contactIds.length; i += CONTACTS_AT_ONCE)
        await Promise.all(contactIds.slice(i, i + CONTACTS_AT_ONCE).map(openOne));
    },
    segmentsOf(contactId) {
      const byBlock = opened.get(contactId)?.byBlock ?? new Map<number, string>();
      const segments = [...byBlock].sort(([a], [b]) => a - b).map(([, segment]) => segment);
      return { segments, upTo: marks?.get(contactId) ?? 0 };
    },
    async unindexed() {
      const sequences = new Map<string, number[]>();
      for (const [key] of await journal.store.range(['unindexed'])) {
        const contactId = String(key[1]);
        sequences.set(contactId, [...(sequences.get(contactId) ?? []), Number(key[2])]);
      }
      return sequences;
    },
  };
  return index;
}
