/**
 * Looks for messages by the beginnings of their words. What is found is read again from the message itself before it is
 * shown, so that a segment may lag behind: what has gone, is over or reads otherwise now is not found.
 */
import type { Core } from './core';
import type { Change } from './journal';
import { type ContactRecord, isOver, keys, type MessageRecord, messageAtMs } from './records';
import { createSearchIndex } from './search-index';
import { type Candidate, candidatesIn } from './search-segments';
import { excerptOf, isFound, needlesOf } from './search-words';
import type { FoundView, HitView, ViewCommand } from './view';
import { readMessages } from './windows';

type Query = Pick<Extract<ViewCommand, { kind: 'search.find' }>, 'text' | 'contactId' | 'limit'>;

export interface Search {
  /** Null when the same page has asked anew meanwhile. Words of nothing find nothing, but make ready for more. */
  find(page: object, query: Query): Promise<FoundView | null>;
  /** Makes searchable, a little later, whatever is not. */
  tend(): void;
  /** As part of the change that changes or deletes a message. */
  forget(change: Change, contactId: string, sequence: number): void;
}

/** So many messages that are in no segment yet are read as they lie; of more, the newest. */
const UNINDEXED_AT_ONCE = 2000;

const NOTHING: FoundView = { people: [], hits: [], hasMore: false, isPartial: false };

interface Found extends Candidate {
  readonly contactId: string;
}

function* inMessages(contactId: string, messages: readonly MessageRecord[], needles: readonly string[]): Generator<Found> {
  for (const message of messages)
    if (isFound(needles, message.text)) yield { contactId, sequence: message.sequence, atMs: messageAtMs(message) };
}

function* inSegments(contactId: string, segments: readonly string[], needles: readonly string[]): Generator<Found> {
  for (const segment of segments.toReversed()) for (const candidate of candidatesIn(segment, needles)) yield { contactId, ...candidate };
}

/** Streams that are each newest first, as one. */
function* newestOf(streams: readonly Generator<Found>[]): Generator<Found> {
  const heads = streams.map((stream) => ({ stream, found: stream.next().value as Found | undefined }));
  for (;;) {
    let newest: (typeof heads)[number] | undefined;
    for (const head of heads) if (head.found && (!newest?.found || head.found.atMs > newest.found.atMs)) newest = head;
    if (!newest?.found) return;
    yield newest.found;
    newest.found = newest.stream.next().value as Found | undefined;
  }
}

function take(found: Generator<Found>, count: number): readonly Found[] {
  const taken: Found[] = [];
  while (taken.length < count) {
    const { value, done } = found.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

export function createSearch(core: Core): Search {
  const { journal, lane } = core;
  const index = createSearchIndex(core);
  const turns = new WeakMap<object, number>();

  function lookThrough(contactId: string | null): readonly ContactRecord[] {
    const contacts = [...journal.contacts.values()].filter(({ id }) => contactId === null || id === contactId);
    return contacts.sort((a, b) => (b.last?.atMs ?? 0) - (a.last?.atMs ?? 0));
  }

  /** What has matched, as it lies now. */
  async function hitOf({ contactId, sequence }: Found, needles: readonly string[]): Promise<HitView | null> {
    const message = (await journal.store.get(keys.message(contactId, sequence))) as MessageRecord | undefined;
    if (!message || isOver(message, core.expiry.now()) || !isFound(needles, message.text)) return null;
    const { id, isMine, text } = message;
    return { contactId, id, sequence, isMine, atMs: messageAtMs(message), excerpt: excerptOf(text, needles) };
  }

  /** One more than asked for tells that there are more. */
  async function firstHits(found: Generator<Found>, needles: readonly string[], limit: number): Promise<readonly HitView[]> {
    const hits = new Map<string, HitView>();
    for (;;) {
      const candidates = take(found, limit + 1 - hits.size);
      if (candidates.length === 0) return [...hits.values()];
      // In the lane: a page is told of what goes after this only once it has been told of this.
      const read = await lane.run(() => Promise.all(candidates.map((candidate) => hitOf(candidate, needles))));
      for (const hit of read) if (hit) hits.set(`${hit.contactId}:${hit.sequence}`, hit);
    }
  }

  async function changedMessages(contactId: string, sequences: readonly number[]): Promise<readonly MessageRecord[]> {
    const read = await Promise.all(sequences.map((sequence) => journal.store.get(keys.message(contactId, sequence))));
    return read.filter((message) => message !== undefined) as MessageRecord[];
  }

  /** Where to look, newest first in each, and whether that is everywhere. */
  async function streamsOf(contacts: readonly ContactRecord[], needles: readonly string[]) {
    // Segments and mark are taken together: a fold between the two would hide its messages or show them twice.
    const inEach = contacts.map((contact) => ({ contact, ...index.segmentsOf(contact.id) }));
    const changed = await index.unindexed(UNINDEXED_AT_ONCE + 1);
    const streams: Generator<Found>[] = [];
    let left = UNINDEXED_AT_ONCE;
    let isPartial = false;
    for (const { contact, segments, upTo } of inEach) {
      const { id } = contact;
      streams.push(inSegments(id, segments, needles));
      const lies = changed.get(id) ?? [];
      const behind = contact.nextSequence - 1 - upTo;
      isPartial ||= behind + lies.length > left;
      if (left > 0 && behind > 0)
        streams.push(inMessages(id, await readMessages(core, id, { after: upTo, isReversed: true }, left), needles));
      left = Math.max(0, left - behind);
      for (const message of await changedMessages(id, lies.slice(0, left))) streams.push(inMessages(id, [message], needles));
      left = Math.max(0, left - lies.length);
    }
    return { streams, isPartial };
  }

  return {
    tend: index.tend,
    forget: index.forget,
    async find(page, { text, contactId, limit }) {
      const turn = (turns.get(page) ?? 0) + 1;
      turns.set(page, turn);
      const isOutdone = () => turns.get(page) !== turn;
      const contacts = lookThrough(contactId);
      await index.open(contacts.map(({ id }) => id));
      const needles = needlesOf(text);
      if (isOutdone()) return null;
      if (needles.length === 0) return NOTHING;
      const { streams, isPartial } = await streamsOf(contacts, needles);
      if (isOutdone()) return null;
      const people = contactId === null ? contacts.filter(({ name }) => isFound(needles, name)).map(({ id }) => id) : [];
      const hits = await firstHits(newestOf(streams), needles, limit);
      if (isOutdone()) return null;
      return { people, hits: hits.slice(0, limit), hasMore: hits.length > limit, isPartial };
    },
  };
}
