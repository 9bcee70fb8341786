/** What is stored may grow without end; what one act reads of it may not. */
import { expect, test } from 'vitest';
import { createJournal } from '../../../lib/app/journal';
import type { StoreChange } from '../../../lib/app/ports';
import { dayOf, keys, type MessageRecord } from '../../../lib/app/records';
import { BLOCK, blockOf, encodeSegment } from '../../../lib/app/search-segments';
import { FakeStore } from '../../support/fake-store';
import { newId, type Pair, type Party, record, twoContacts } from '../../support/two-parties';

const MANY = 50_000;
/** A window of messages, a block of them that is indexed, and the few records around them. */
const FEW = 400;
const DAY_MS = 24 * 3600_000;

function message(sequence: number, isMine: boolean): MessageRecord {
  const id = sequence.toString(16).padStart(32, '0');
  const delivery = isMine ? ({ stage: 'read', readAtMs: sequence } as const) : null;
  return {
    id,
    sequence,
    order: sequence,
    isMine,
    text: `message ${sequence}`,
    sentAtMs: sequence,
    receivedAtMs: isMine ? null : sequence,
    delivery,
    mayWait: false,
  };
}

/** As if so many messages had come and gone since; every fourth was written here. */
function history(contactId: string, count: number, nowMs: number): StoreChange[] {
  const put = (key: StoreChange['key'], value: unknown) => ({ kind: 'put', key, value }) as const;
  return Array.from({ length: count }, (_, i) => i + 1).flatMap((sequence) => {
    const each = message(sequence, sequence % 4 === 0);
    return [
      put(keys.message(contactId, sequence), each),
      put(keys.content(contactId, each.id), sequence),
      ...(each.isMine
        ? []
        : [
            put(keys.seen(contactId, each.id), { atMs: nowMs, text: { contentId: each.id, mayWait: false } }),
            put(keys.seenOn(dayOf(nowMs), contactId, each.id), null),
          ]),
    ];
  });
}

/** Ana's device holds `count` messages with Jun; those after `readUpTo` are unread. */
async function longTalk(count: number, readUpTo: number): Promise<Pair> {
  const pair = await twoContacts();
  const { ana, clock } = pair;
  await clock.until(() => ana.contact().string.kind === 'open', 'string');
  await clock.advance(3000);
  const { id } = ana.contact();
  await ana.show(null);
  ana.killWorker();
  const unread = Array.from({ length: count - readUpTo }, (_, i) => readUpTo + 1 + i).filter((sequence) => sequence % 4 !== 0).length;
  const contact = { ...(await record(ana)), nextSequence: count + 1, readUpTo, unread };
  await ana.store.commit([
    ...history(id, count, clock.now()),
    { kind: 'put', key: keys.contact(id), value: contact },
    // Searchable long ago.
    { kind: 'put', key: keys.indexed(id), value: count },
    { kind: 'put', key: keys.search(id, blockOf(count)), value: '' },
  ]);
  ana.wake();
  await clock.until(() => ana.page.view !== null, 'awake');
  return pair;
}

async function readsOf({ store, world }: Party, act: () => Promise<unknown>): Promise<number> {
  await world.clock.advance(3000);
  const before = store.reads;
  await act();
  await world.clock.advance(3000);
  return store.reads - before;
}

test(`with ${MANY} messages in a conversation, opening it, marking it read, sending and receiving read only a window`, async () => {
  const { ana, jun, clock } = await longTalk(MANY, MANY - 20);
  const { id } = ana.contact();
  const unread = () => ana.contact().unread;
  expect(unread()).toBe(15);
  const reads = {
    waking: await readsOf(ana, async () => {
      ana.restartWorker();
      await clock.until(() => ana.page.view !== null, 'awake');
    }),
    opening: await readsOf(ana, () => ana.show(id)),
    earlier: await readsOf(ana, async () => {
      ana.page.send({ kind: 'conversation.earlier', contactId: id, before: 25_000 });
      await clock.until(() => ana.page.frames.some((frame) => frame.kind === 'patch' && frame.patches[0]?.kind === 'earlier'), 'earlier');
    }),
    marking: await readsOf(ana, async () => {
      ana.page.send({ kind: 'conversation.read', contactId: id, upTo: MANY });
      await clock.until(() => unread() === 0, 'read');
    }),
    sending: await readsOf(ana, () => ana.ask({ kind: 'message.send', contactId: id, text: 'hello' })),
    receiving: await readsOf(ana, async () => {
      await jun.ask({ kind: 'message.send', contactId: jun.contact().id, text: 'hello you' });
      await clock.until(() => ana.messages().at(-1)?.text === 'hello you', 'received');
    }),
    sweeping: await readsOf(ana, async () => ana.front.tick()),
  };
  for (const [act, count] of Object.entries(reads)) expect(count, act).toBeLessThanOrEqual(FEW);
  expect(
    ana
      .messages()
      .slice(-3)
      .map(({ text }) => text),
  ).toEqual([`message ${MANY}`, 'hello', 'hello you']);
  expect(unread()).toBe(1);
  expect([...ana.faults, ...jun.faults]).toEqual([]);
}, 60_000);

test('many unread messages are marked read a window at a time, and others are served in between', async () => {
  const { ana, clock } = await longTalk(800, 0);
  const { id } = ana.contact();
  const counts: number[] = [];
  const { length } = ana.page.frames;
  ana.page.send({ kind: 'conversation.read', contactId: id, upTo: 799 });
  const sent = ana.ask({ kind: 'message.send', contactId: id, text: 'in between' });
  await clock.until(() => ana.contact().unread === 0, 'read');
  await sent;
  for (const frame of ana.page.frames.slice(length)) {
    if (frame.kind === 'patch') for (const patch of frame.patches) if (patch.kind === 'contact') counts.push(patch.contact.unread);
    if (frame.kind === 'result') counts.push(Number.NaN);
  }
  expect(counts[0]).toBe(600 - 150);
  expect(counts.indexOf(Number.NaN)).toBeLessThan(counts.indexOf(0));
  expect((await record(ana)).readUpTo).toBe(799);
  // Each was confirmed as read, none as merely received.
  await clock.until(() => [...ana.store.image().values()].every(({ key }) => key[0] !== 'receipt'), 'receipts gone');
}, 60_000);

test('what is unread is counted right, whichever part of it was seen', async () => {
  const { ana, clock } = await longTalk(100, 10);
  const { id } = ana.contact();
  for (const upTo of [11, 50, 51, 99]) {
    ana.page.send({ kind: 'conversation.read', contactId: id, upTo });
    await clock.advance(500);
    const rest = Array.from({ length: 100 - upTo }, (_, i) => upTo + 1 + i).filter((sequence) => sequence % 4 !== 0);
    expect(ana.contact().unread, `up to ${upTo}`).toBe(rest.length);
  }
});

test('an unread message whose record is damaged does not stay unread for ever', async () => {
  const { ana, clock } = await longTalk(10, 0);
  const { id } = ana.contact();
  await ana.store.commit([{ kind: 'delete', key: keys.message(id, 3) }]);
  ana.page.send({ kind: 'conversation.read', contactId: id, upTo: 10 });
  await clock.advance(500);
  expect(ana.contact().unread).toBe(0);
});

test('an envelope is known for 45 days and forgotten soon after', async () => {
  const { ana, jun, clock } = await twoContacts('denied');
  await jun.ask({ kind: 'contact.choose', contactId: jun.contact().id, choices: { routing: 'relay' } });
  const seen = () => [...ana.store.image().values()].filter(({ key }) => key[0] === 'seen' || key[0] === 'seen-on').length;
  await clock.advance(3000);
  const before = seen();
  expect(before).toBeGreaterThan(0);
  clock.skip(45 * DAY_MS);
  ana.front.tick();
  await clock.advance(1000);
  expect(seen()).toBeGreaterThanOrEqual(before);
  clock.skip(2 * DAY_MS);
  ana.front.tick();
  await clock.advance(1000);
  expect(seen()).toBeLessThan(before);
});

test('a contact is forgotten with all that was kept of them, unread, and nobody else', async () => {
  const store = new FakeStore();
  const [gone, kept] = [newId(), newId()];
  const now = 100 * DAY_MS;
  for (const id of [gone, kept]) await store.commit(history(id, 1000, now));
  const before = store.reads;
  await createJournal(store).forget(gone, now, []);
  expect(store.reads).toBe(before);
  const left = [...store.image().values()].map(({ key }) => key);
  expect(left.filter((key) => key.includes(gone))).toEqual([]);
  expect(left).toHaveLength(1000 + 1000 + 2 * 750);
});

test('a search reads the words of 256 messages in one record, each once, and after that only what it shows', async () => {
  const { ana } = await longTalk(MANY, MANY);
  const { id } = ana.contact();
  const blocks = Array.from({ length: blockOf(MANY) + 1 }, (_, block) => block);
  const segments = blocks.map((block): StoreChange => {
    const sequences = Array.from({ length: BLOCK }, (_, i) => block * BLOCK + i).filter((sequence) => sequence > 0 && sequence <= MANY);
    return { kind: 'put', key: keys.search(id, block), value: encodeSegment(sequences.map((sequence) => message(sequence, false))) };
  });
  await ana.store.commit(segments);
  const find = async (text: string) => {
    const result = await ana.ask({ kind: 'search.find', text, contactId: null, limit: 30 });
    expect(result.ok && result.found).toMatchObject({ hasMore: true, isPartial: false });
  };
  expect(await readsOf(ana, () => find('message 4'))).toBeLessThanOrEqual(segments.length + FEW);
  expect(await readsOf(ana, () => find('message 49'))).toBeLessThanOrEqual(FEW);
}, 60_000);
