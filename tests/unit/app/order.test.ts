/** A conversation reads in its writer's order, whichever way each text went and whenever it came. */
import { expect, test } from 'vitest';
import { placeOf } from '../../../lib/app/place';
import { keys, type MessageRecord } from '../../../lib/app/records';
import { hasArrived } from '../../../lib/domain/delivery';
import { backupOf, readBackup } from '../../support/backup-file';
import { FakeStore } from '../../support/fake-store';
import { drawnFrom, printedSeed } from '../../support/seed';
import { newId, type Pair, type Party, RELAY, record, twoContacts } from '../../support/two-parties';

const byMe = (party: Party) => party.messages().filter(({ isMine }) => isMine);
const byThem = (party: Party) => party.messages().filter(({ isMine }) => !isMine);

async function say(party: Party, text: string, routing: 'device' | 'relay' = 'relay'): Promise<void> {
  await party.ask({ kind: 'message.send', contactId: party.contact().id, text, routing });
}

const word = (i: number) => `word${String(i).padStart(3, '0')}`;

/** Jun's device is off while Ana writes, and the relay hands everything out in another order. */
async function shuffled({ ana, jun, world, clock }: Pair, count: number, draw: () => number): Promise<void> {
  await jun.show(null);
  jun.closeBrowser();
  for (let i = 0; i < count; i++) {
    await say(ana, word(i));
    if (draw() < 0.3) await clock.advance(Math.floor(draw() * 100_000));
  }
  await clock.until(() => ana.contact().waiting === 0, 'all held');
  world.relays.get(RELAY)?.shuffleWaiting(draw);
  jun.openBrowser();
}

test('texts that a relay hands out in any order read in the order they were written, each unread until it was seen', async () => {
  const seed = printedSeed('order');
  for (const count of [2, 7, 40]) {
    const pair = await twoContacts('denied');
    const { ana, jun, clock } = pair;
    await say(ana, 'before');
    await clock.until(() => jun.messages().length === 1, 'before');
    await jun.ask({ kind: 'message.send', contactId: jun.contact().id, text: 'an answer' });
    jun.page.send({ kind: 'conversation.read', contactId: jun.contact().id, upTo: 2 });
    await clock.rest();
    expect(jun.contact().unread).toBe(0);
    await shuffled(pair, count, drawnFrom(seed + count));
    await clock.until(() => jun.page.view?.contacts[0]?.unread === count, 'all came');
    await clock.until(() => byMe(ana).every(({ delivery }) => delivery && hasArrived(delivery)), 'confirmed');
    const { id } = jun.contact();
    await jun.show(id);
    const wanted = Array.from({ length: count }, (_, i) => word(i));
    expect(jun.messages().map(({ text }) => text)).toEqual(['before', 'an answer', ...wanted]);
    expect(jun.messages().filter(({ isRead }) => !isRead).length).toBe(count);
    expect(jun.contact().last?.text).toBe(wanted.at(-1));
    jun.page.send({ kind: 'conversation.read', contactId: id, upTo: jun.messages().at(-1)?.sequence ?? 0 });
    await clock.until(() => jun.contact().unread === 0, 'seen');
    await clock.until(() => byMe(ana).every(({ delivery }) => delivery?.stage === 'read'), 'said to be seen');

    // What stands between whole numbers is found, and comes along in a backup.
    for (const isIndexed of [false, true]) {
      if (isIndexed) await clock.advance(60_000);
      for (const text of wanted) {
        const result = await jun.ask({ kind: 'search.find', text, contactId: null, limit: 10 });
        expect(result.ok && result.found?.hits.map(({ excerpt }) => excerpt.map((part) => part.text).join(''))).toEqual([text]);
      }
    }
    const store = new FakeStore();
    await readBackup(jun.appWorld, store, await backupOf(jun));
    expect(await store.range(['message', id])).toMatchObject(await jun.store.range(['message', id]));
  }
}, 60_000);

test('one that comes late among texts that were seen is unread, and is seen by a look at the chat that is open', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock, world } = pair;
  await clock.until(() => ana.contact().string.kind === 'open', 'string');
  ana.host.isDeaf = true;
  await say(ana, 'through the relay, late');
  ana.host.isDeaf = false;
  await say(ana, 'straight', 'device');
  await clock.until(() => byThem(jun).length === 1, 'the second is there');
  const { id } = jun.contact();
  jun.page.send({ kind: 'conversation.read', contactId: id, upTo: 1 });
  await clock.until(() => ana.messages()[1]?.delivery?.stage === 'read', 'the second was seen');
  expect(world.relays.get(RELAY)?.heard.filter(({ kind }) => kind === 'send').length).toBeGreaterThan(0);
  await clock.until(() => byThem(jun).length === 2, 'the first comes');
  expect(byThem(jun).map(({ text }) => text)).toEqual(['through the relay, late', 'straight']);
  expect([byThem(jun)[0]?.isRead, jun.contact().unread]).toEqual([false, 2]);
  jun.page.send({ kind: 'conversation.read', contactId: id, upTo: 1 });
  await clock.until(() => jun.contact().unread === 0, 'seen');
  await clock.until(() => ana.messages()[0]?.delivery?.stage === 'read', 'said so');
});

test('a thousand that come late find room, one before the other or one behind the other; nobody reads the whole conversation for it', async () => {
  const { ana } = await twoContacts('denied');
  const { id } = ana.contact();
  const nowMs = ana.world.clock.now();
  const message = (sequence: number, order: number, isMine = false): MessageRecord => {
    const plain = { id: newId(), sequence, order, isMine, text: '', sentAtMs: order, receivedAtMs: order };
    return { ...plain, delivery: null, mayWait: false };
  };
  for (const isRising of [true, false]) {
    const store = new FakeStore();
    const core = { journal: { store } } as unknown as Parameters<typeof placeOf>[0];
    const last = 100_000;
    const contact = { ...(await record(ana)), nextSequence: last + 1, order: { mine: 0, theirs: nowMs + 10_000 } };
    const put = (value: MessageRecord) => store.commit([{ kind: 'put', key: keys.message(id, value.sequence), value }]);
    for (let i = 0; i < 200; i++) await put(message(last - 200 + i, nowMs - 10_000 + i));
    await put(message(last - 0.5, 0, true));
    await put(message(last, nowMs + 10_000));
    const orders = Array.from({ length: 1000 }, (_, i) => nowMs + (isRising ? i : 1000 - i));
    for (const order of orders) {
      const place = await placeOf(core, contact, order);
      expect(place).toMatchObject({ isLast: false, nextSequence: contact.nextSequence });
      await put(message(place.sequence, order));
    }
    const read = (await store.range(['message', id])).map(([, value]) => (value as MessageRecord).order).filter((order) => order > 0);
    expect(read).toEqual([...read].sort((a, b) => a - b));
    store.reads = 0;
    await placeOf(core, contact, nowMs + 9000);
    expect(store.reads).toBe(50);
    store.reads = 0;
    // Older than anything: not everything is read for it, and it stands before all that was looked at.
    for (let i = 0; i < 6000; i++) await put(message(i + 1, i + 1));
    const { sequence } = await placeOf(core, contact, 0);
    expect(store.reads).toBe(5001);
    expect(sequence).toBeGreaterThan(2200);
  }
}, 60_000);
