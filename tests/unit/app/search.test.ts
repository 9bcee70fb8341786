/** Search over the whole app floor: what it finds is what a plain look at every stored message finds, whatever died in between. */
import { beforeAll, expect, test } from 'vitest';
import type { StoreChange } from '../../../lib/app/ports';
import { type ContactRecord, keys, type MessageRecord } from '../../../lib/app/records';
import { BLOCK, blockOf, encodeSegment } from '../../../lib/app/search-segments';
import type { FoundView, HitView } from '../../../lib/app/view';
import type { Death, FakeStore } from '../../support/fake-store';
import { Mortal } from '../../support/mortal';
import { type Pair, type Party, twoContacts } from '../../support/two-parties';

const OLD = BLOCK + 44;
const LATER_MS = 6000;
const word = (sequence: number) => `w${sequence}z`;

let pair: Pair;
let ana: Party;
let contactId = '';
let untouched: ReturnType<FakeStore['image']>;

beforeAll(async () => {
  pair = await twoContacts('denied');
  ana = pair.ana;
  contactId = ana.contact().id;
  pair.jun.closeBrowser();
  await pair.clock.advance(10_000);
  untouched = ana.store.image();
});

/** Everything as it was, and a new background on it. */
async function begin(...changes: StoreChange[]): Promise<ContactRecord> {
  ana.killWorker();
  ana.store.death = null;
  ana.store.restore(untouched);
  const contact = (await ana.store.get(keys.contact(contactId))) as ContactRecord;
  await ana.store.commit(changes);
  return contact;
}

function message(sequence: number, more: Partial<MessageRecord> = {}): MessageRecord {
  const sentAtMs = pair.clock.now() - 1_000_000 + sequence;
  const text = `Common ${word(sequence)} wörd`;
  const id = sequence.toString(16).padStart(32, '0');
  const plain = { id, sequence, order: sequence, isMine: false, text, sentAtMs, receivedAtMs: sentAtMs, delivery: null, mayWait: false };
  return { ...plain, ...more };
}

/** A profile that has `messages`, none of them in the index. */
async function beginWith(messages: readonly MessageRecord[], more: Partial<ContactRecord> = {}): Promise<void> {
  const contact = await begin();
  const nextSequence = (messages.at(-1)?.sequence ?? 0) + 1;
  const puts = messages.flatMap((each): StoreChange[] => {
    const expiry = { kind: 'put', key: keys.expiry(each.expiresAtMs ?? 0, contactId, each.sequence), value: true } as const;
    return [{ kind: 'put', key: keys.message(contactId, each.sequence), value: each }, ...(each.expiresAtMs == null ? [] : [expiry])];
  });
  await ana.store.commit([...puts, { kind: 'put', key: keys.contact(contactId), value: { ...contact, nextSequence, ...more } }]);
  ana.wake();
  await pair.clock.until(() => ana.page.view !== null, 'shown');
}

async function find(text: string, more: { contactId?: string | null; limit?: number } = {}): Promise<FoundView> {
  const result = await ana.ask({ kind: 'search.find', text, contactId: null, limit: 1000, ...more });
  if (!result.ok || !result.found) throw new Error('nothing came back');
  return result.found;
}

const sequences = (hits: readonly HitView[]) => hits.map(({ sequence }) => sequence);

async function stored(): Promise<readonly MessageRecord[]> {
  return (await ana.store.range(['message', contactId])).map(([, value]) => value as MessageRecord);
}

/** What anybody would find who read every message. */
async function plainly(text: string): Promise<number[]> {
  const now = pair.clock.now();
  const living = (await stored()).filter(({ expiresAtMs }) => expiresAtMs == null || expiresAtMs > now);
  const has = (each: MessageRecord) =>
    each.text
      .toLowerCase()
      .split(/[^\p{L}\p{N}]/u)
      .some((found) => found.startsWith(text));
  return living
    .filter(has)
    .map(({ sequence }) => sequence)
    .reverse();
}

async function expectTrue(): Promise<void> {
  for (const text of ['common', 'w', 'new', word(7), word(OLD), 'brief', 'absent'])
    expect(sequences((await find(text)).hits), text).toEqual(await plainly(text));
}

async function expectIndexed(): Promise<void> {
  const messages = await stored();
  const segments = new Map((await ana.store.range(['search', contactId])).map(([key, value]) => [key[2], value]));
  const blocks = new Set([...segments.keys(), ...messages.map(({ sequence }) => blockOf(sequence))]);
  for (const block of blocks)
    expect(segments.get(block)).toBe(encodeSegment(messages.filter(({ sequence }) => blockOf(sequence) === block)));
  expect(await ana.store.range(['unindexed'])).toEqual([]);
}

/** Messages from before, two that are over already and two that soon will be; new ones; the sweep. */
async function live(mortal: Mortal): Promise<void> {
  const { clock } = pair;
  const answered = () => clock.until(() => mortal.isAnswered(), 'answered');
  for (const text of ['new one', 'new two']) mortal.say(text);
  await answered();
  await clock.advance(LATER_MS + 1000);
  await answered();
  mortal.say('new three');
  await answered();
  await clock.advance(30_000);
  // Swept at every wake, as the background does; whoever dies of it is woken once more.
  for (let wake = 0; wake < 3; wake++) {
    await answered();
    await clock.advance(100);
    mortal.party.front.tick();
    await clock.advance(LATER_MS + 1000);
  }
}

async function beginLife(): Promise<Mortal> {
  const now = pair.clock.now();
  const over: Record<number, number> = { 3: now - 1000, 260: now - 1000, 5: now + 20_000, [OLD]: now + 20_000 };
  const messages = Array.from({ length: OLD }, (_, i) => {
    const expiresAtMs = over[i + 1];
    return message(i + 1, expiresAtMs === undefined ? {} : { expiresAtMs, text: `brief common ${word(i + 1)}` });
  });
  await beginWith(messages, { unread: 2, readUpTo: OLD - 2 });
  await ana.show(contactId);
  return new Mortal(ana);
}

test('a life without a death: old and new are found, what is over is nowhere', async () => {
  const mortal = await beginLife();
  expect(sequences((await find('brief')).hits)).toEqual([OLD, 5]);
  await expectTrue();
  await live(mortal);
  await expectTrue();
  await expectIndexed();
  expect((await find('brief')).hits).toEqual([]);
  expect(sequences((await find('new')).hits)).toEqual([OLD + 3, OLD + 2, OLD + 1]);
  expect((await stored()).filter(({ expiresAtMs }) => expiresAtMs != null)).toEqual([]);
  expect(await ana.store.range(['expiry'])).toEqual([]);
  expect(ana.faults).toEqual([]);
});

for (const outcome of ['lost', 'kept'] as const) {
  test(`the worker dies at every write of that life, the write ${outcome}: search finds what a plain look finds`, async () => {
    let deaths = 0;
    for (let atCommit = 1; ; atCommit++) {
      const mortal = await beginLife();
      mortal.dieAt({ atCommit, outcome } satisfies Omit<Death, 'onDeath'>);
      await live(mortal);
      mortal.survive();
      await expectTrue();
      await expectIndexed();
      expect((await stored()).filter(({ expiresAtMs }) => expiresAtMs != null)).toEqual([]);
      expect(ana.contact()).toMatchObject({ waiting: 3, unread: 1 });
      if (!mortal.hasDied) break;
      deaths += 1;
    }
    // Three messages, three folds of two blocks, one sweep, and what is folded anew after it.
    expect(deaths).toBeGreaterThan(8);
  }, 120_000);
}

test('hits are newest first, up to as many as were asked for, and say whether there are more', async () => {
  await beginWith(Array.from({ length: 120 }, (_, i) => message(i + 1)));
  await pair.clock.advance(LATER_MS);
  const first = await find('common', { limit: 50 });
  expect(sequences(first.hits)).toEqual(Array.from({ length: 50 }, (_, i) => 120 - i));
  expect(first).toMatchObject({ hasMore: true, isPartial: false });
  expect(await find('common', { limit: 120 })).toMatchObject({ hasMore: false });
  expect((await find('common', { limit: 1 })).hits[0]?.excerpt.map(({ text }) => text)).toEqual(['Common', ` ${word(120)} wörd`]);
});

test('names match from everywhere, messages of one contact from there alone', async () => {
  await beginWith([message(1)]);
  expect((await find('ju')).people).toEqual([contactId]);
  expect(await find('ju', { contactId })).toMatchObject({ people: [], hits: [] });
  expect((await find('common', { contactId })).hits).toHaveLength(1);
  expect((await find('common', { contactId: 'f'.repeat(32) })).hits).toEqual([]);
});

test('a query that the page has followed by another is answered without hits', async () => {
  await beginWith([message(1)]);
  const ids = ['a', 'b'].map((letter) => letter.repeat(32));
  for (const id of ids) ana.page.send({ kind: 'search.find', id, text: 'common', contactId: null, limit: 50 });
  await pair.clock.until(() => ids.every((id) => ana.page.results.has(id)), 'both answered');
  expect(ids.map((id) => ana.page.results.get(id))).toMatchObject([{ ok: true }, { ok: true, found: { hits: [{ sequence: 1 }] } }]);
  expect(ana.page.results.get(ids[0] ?? '')).not.toHaveProperty('found');
});

test('of very many that are not indexed yet the newest are found, and it is said that there may be more', async () => {
  await beginWith(Array.from({ length: 2100 }, (_, i) => message(i + 1)));
  const early = await find('common', { limit: 1 });
  expect([early.hits[0]?.sequence, early.isPartial]).toEqual([2100, true]);
  expect((await find(word(2))).hits).toEqual([]);
  await pair.clock.advance(LATER_MS + 10_000);
  expect(await find(word(2))).toMatchObject({ hits: [{ sequence: 2 }], isPartial: false });
});

test('what is deleted before it was indexed hides nothing that was not', async () => {
  const expiresAtMs = pair.clock.now() - 1;
  await beginWith(Array.from({ length: OLD }, (_, i) => message(i + 1, i === OLD - 5 ? { expiresAtMs } : {})));
  ana.front.tick();
  await pair.clock.advance(LATER_MS + 1000);
  await expectTrue();
  await expectIndexed();
});

test('what is deleted while it is being indexed leaves no word behind', async () => {
  const expiresAtMs = pair.clock.now() + LATER_MS;
  await beginWith([message(1), message(2, { expiresAtMs, text: 'brief common' })]);
  const range = ana.store.range.bind(ana.store);
  let isSwept = false;
  ana.store.range = async (...given) => {
    const read = await range(...given);
    if (given[0][0] !== 'message' || isSwept) return read;
    isSwept = true;
    pair.clock.skip(LATER_MS);
    ana.front.tick();
    const sweeping = async () => {
      while ((await range(['expiry'])).length > 0) await new Promise((resolve) => setImmediate(resolve));
    };
    await pair.clock.during(sweeping());
    return read;
  };
  await pair.clock.advance(LATER_MS);
  expect([isSwept, (await stored()).length]).toEqual([true, 1]);
  await pair.clock.advance(5 * LATER_MS);
  await expectIndexed();
});

test('a segment that is damaged hides its messages only until it is folded anew', async () => {
  await beginWith(Array.from({ length: OLD }, (_, i) => message(i + 1)));
  await pair.clock.advance(LATER_MS + 1000);
  ana.killWorker();
  await ana.store.commit([{ kind: 'delete', key: keys.search(contactId, 0) }]);
  ana.wake();
  await pair.clock.until(() => ana.page.view !== null, 'shown');
  expect((await find(word(7))).hits).toEqual([]);
  await pair.clock.advance(LATER_MS + 1000);
  expect(sequences((await find(word(7))).hits)).toEqual([7]);
});

test('what is written while segments are in memory is found there', async () => {
  await beginWith([message(1)]);
  await pair.clock.advance(LATER_MS);
  await find('common');
  await ana.ask({ kind: 'message.send', contactId, text: 'common again' });
  for (const waitMs of [0, LATER_MS]) {
    await pair.clock.advance(waitMs);
    expect(sequences((await find('common')).hits)).toEqual([2, 1]);
  }
});

test('a search reads segments once and of messages only those it shows, however many there are', async () => {
  const blocks = 20;
  await beginWith(Array.from({ length: blocks * BLOCK }, (_, i) => message(i + 1)));
  await pair.clock.advance(LATER_MS + 30_000);
  const readsOf = async (text: string) => {
    const before = ana.store.reads;
    expect((await find(text, { limit: 50 })).hits.length).toBeGreaterThan(0);
    return ana.store.reads - before;
  };
  expect(await readsOf('common')).toBeLessThan(blocks + 1 + 51 + 10);
  expect(await readsOf(word(1000))).toBeLessThan(10);
  expect(await readsOf('common')).toBeLessThan(51 + 10);
});

test('what was opened is let go of after a while, and found again', async () => {
  await beginWith([message(1)]);
  await pair.clock.advance(LATER_MS);
  await find('common');
  let reads = 0;
  const range = ana.store.range.bind(ana.store);
  ana.store.range = (prefix, options) => {
    if (prefix[0] === 'search') reads += 1;
    return range(prefix, options);
  };
  await find('common');
  expect(reads).toBe(0);
  await pair.clock.advance(61_000);
  expect((await find('common')).hits).toHaveLength(1);
  expect(reads).toBe(1);
});

test('a message between two blocks is in one of them: once it has gone, its words are in none', async () => {
  const late = message(BLOCK - 0.5, { id: 'f'.repeat(32), text: 'betweenboth' });
  await beginWith(
    [...Array.from({ length: OLD }, (_, i) => message(i + 1)), late].sort((a, b) => a.sequence - b.sequence),
    {
      nextSequence: OLD + 1,
    },
  );
  await pair.clock.advance(60_000);
  const holding = async () =>
    (await ana.store.range(['search', contactId])).flatMap(([key, words]) => (String(words).includes('betweenboth') ? [key[2]] : []));
  expect(await holding()).toEqual([0]);
  expect(sequences((await find('betweenboth')).hits)).toEqual([BLOCK - 0.5]);
  await ana.store.commit([{ kind: 'put', key: keys.content(contactId, late.id), value: late.sequence }]);
  expect(await ana.ask({ kind: 'message.delete', contactId, messageIds: [late.id], scope: 'me' })).toEqual({ ok: true });
  await pair.clock.advance(60_000);
  expect(await holding()).toEqual([]);
});
