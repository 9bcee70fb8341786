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
import type { StoreKey } from './ports';
import { isOver, keys, type MessageRecord } from './records';
import { BLOCK, beforeBlock, blockOf, encodeSegment } from './search-segments';

export interface SearchIndex {
  /** A little later, and on until nothing is left. Safe to call at any time. */
  tend(): void;
  /** As part of the change that changes or deletes a message. */
  forget(change: Change, contactId: string, sequence: number): void;
  /** Reads what is not in memory of these contacts' segments. */
  open(contactIds: readonly string[]): Promise<void>;
  /** As opened, oldest first, and up to which sequence the messages are in them. */
  segmentsOf(contactId: string): { readonly segments: readonly string[]; readonly upTo: number };
  /** Up to so many of those that have changed or gone since, by contact. */
  unindexed(limit: number): Promise<ReadonlyMap<string, readonly number[]>>;
}

const LATER_MS = 5000;
/** Between two folds, for everything else; and while messages come and go. */
const PAUSE_MS = 10;
const BUSY_MS = 5000;
const MESSAGES_AT_ONCE = 128;
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

interface Prepared {
  readonly segment: string;
  readonly upTo: number;
  readonly pointers: readonly StoreKey[];
  readonly isEmpty: boolean;
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
  let tendedAtMs = Number.NEGATIVE_INFINITY;
  /** So many messages have changed or gone. */
  let forgotten = 0;
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
      // Behind a mark between whole numbers there may be more before the next of those.
      if (mark < nextSequence - 1) return { contactId: id, block: blockOf(Number.isInteger(mark) ? mark + 1 : mark), isAnew: false };
    }
    return null;
  }

  /** Read outside the lane: nobody waits for it but the next fold. */
  async function prepare({ contactId, block, isAnew }: Fold): Promise<Prepared> {
    const mark = (await readMarks()).get(contactId) ?? 0;
    const first = block * BLOCK;
    const end = Math.min(first + BLOCK, journal.contacts.get(contactId)?.nextSequence ?? 0);
    const kept = isAnew || mark < first ? undefined : ((await journal.store.get(keys.search(contactId, block))) as string | undefined);
    const range = { after: kept === undefined ? beforeBlock(block) : mark, before: end };
    const isWhole = isAnew || (kept === undefined && mark >= first);
    const messages = await journal.store.range(['message', contactId], isWhole ? range : { ...range, limit: MESSAGES_AT_ONCE });
    const pointers =
      kept === undefined ? await journal.store.range(['unindexed', contactId], { after: beforeBlock(block), before: first + BLOCK }) : [];
    const now = core.expiry.now();
    const living = messages.map(([, value]) => value as MessageRecord).filter((message) => !isOver(message, now));
    const isEnd = isWhole || messages.length < MESSAGES_AT_ONCE;
    return {
      segment: (kept ?? '') + encodeSegment(living),
      upTo: isEnd ? Math.max(Math.floor(mark), end - 1) : Math.max(mark, Number(messages.at(-1)?.[0][2])),
      pointers: pointers.map(([key]) => key),
      // A pointer beyond the mark, or at a contact that is gone, has nothing to say.
      isEmpty: first > mark + 1 || end <= first,
    };
  }

  async function keep({ contactId, block }: Fold, { segment, upTo, pointers, isEmpty }: Prepared): Promise<void> {
    await journal.commit((change) => {
      for (const key of pointers) change.delete(key);
      if (isEmpty || !journal.contacts.has(contactId)) return;
      change.put(keys.search(contactId, block), segment);
      change.put(keys.indexed(contactId), upTo);
      change.after(() => {
        marks?.set(contactId, upTo);
        opened.get(contactId)?.byBlock.set(block, segment);
      });
    });
  }

  /** False: everything is in segments. */
  async function step(): Promise<boolean> {
    const next = await nextFold();
    if (!next) return false;
    const seen = forgotten;
    const prepared = await prepare(next);
    // A pointer that was read may have been put anew since: then its block is read anew, too.
    await lane.run(async () => (seen === forgotten ? keep(next, prepared) : undefined));
    return true;
  }

  function run(): void {
    step().then(
      (isMore) => {
        isTending = isMore;
        const isBusy = world.clock.now() - tendedAtMs < BUSY_MS;
        if (isMore) world.clock.after(isBusy ? BUSY_MS : PAUSE_MS, run);
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
      tendedAtMs = world.clock.now();
      if (isTending) return;
      isTending = true;
      world.clock.after(LATER_MS, run);
    },
    forget(change, contactId, sequence) {
      change.put(keys.unindexed(contactId, sequence), true);
      change.after(() => {
        forgotten += 1;
        index.tend();
      });
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
    async unindexed(limit) {
      const sequences = new Map<string, number[]>();
      for (const [key] of await journal.store.range(['unindexed'], { limit })) {
        const contactId = String(key[1]);
        sequences.set(contactId, [...(sequences.get(contactId) ?? []), Number(key[2])]);
      }
      return sequences;
    },
  };
  return index;
}
