/** Messages that are over at a time: gone on both devices and on the relay, and everything that counted them true again. */
import { expect, test } from 'vitest';
import { keys, type OutboxRow } from '../../../lib/app/records';
import type { Expiry } from '../../../lib/domain/choices';
import { newId, type Pair, type Party, RELAY, twoContacts } from '../../support/two-parties';

const MINUTE_MS = 60_000;
const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;
const HOUR: Expiry = { seconds: 3600, base: 'sent' };
const HOUR_READ: Expiry = { seconds: 3600, base: 'read' };

const texts = (party: Party) => party.messages().map(({ text }) => text);
const stageOf = (party: Party, at: number) => party.messages()[at]?.delivery?.stage;

async function say(party: Party, text: string, more: { expiry?: Expiry | null; routing?: 'device' | 'relay' } = {}): Promise<void> {
  await party.ask({ kind: 'message.send', contactId: party.contact().id, text, ...more });
}

async function found(party: Party, text: string): Promise<number | undefined> {
  const result = await party.ask({ kind: 'search.find', text, contactId: null, limit: 50 });
  return result.ok ? result.found?.hits.length : undefined;
}

/** Nothing of it is left in any record, but ids and times. */
async function isNowhere({ store }: Party, text: string): Promise<boolean> {
  return !JSON.stringify(await store.range([])).includes(text);
}

const relayOf = ({ world }: Pair) => world.relays.get(RELAY);

test('counted from sending, it goes on both devices within the second', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await say(ana, 'stays');
  await say(ana, 'fleeting', { expiry: HOUR });
  const sentAtMs = clock.now();
  await clock.until(() => texts(jun).length === 2 && stageOf(ana, 1) === 'delivered', 'both there');
  for (const party of [ana, jun]) {
    expect(Math.abs((party.messages()[1]?.expiresAtMs ?? 0) - sentAtMs - HOUR_MS)).toBeLessThan(2000);
    expect(await found(party, 'fleeting')).toBe(1);
  }
  await clock.advance(HOUR_MS - MINUTE_MS);
  expect([texts(ana), texts(jun)]).toEqual([
    ['stays', 'fleeting'],
    ['stays', 'fleeting'],
  ]);
  await clock.advance(MINUTE_MS + 2000);
  for (const party of [ana, jun]) {
    expect(texts(party)).toEqual(['stays']);
    expect(party.contact().last?.text).toBe('stays');
    expect(await found(party, 'fleeting')).toBe(0);
    // The words of its block are folded anew a little later.
    await clock.advance(10_000);
    expect(await isNowhere(party, 'fleeting')).toBe(true);
    expect(await party.store.range(['expiry'])).toEqual([]);
    // The id outlives it: the same content again would be a repeat.
    expect(await party.store.range(['content', party.contact().id])).toHaveLength(2);
  }
});

test('counted from reading, its time begins when it is read, and at the sender when they hear of it', async () => {
  const { ana, jun, clock } = await twoContacts();
  await jun.show(null);
  await say(ana, 'read me', { expiry: HOUR_READ });
  await clock.until(() => stageOf(ana, 0) === 'delivered', 'delivered');
  await clock.advance(5 * HOUR_MS);
  expect(jun.contact().unread).toBe(1);
  expect(ana.messages()[0]?.expiresAtMs).toBeNull();
  await jun.show(jun.contact().id);
  jun.page.send({ kind: 'conversation.read', contactId: jun.contact().id, upTo: jun.messages()[0]?.sequence ?? 0 });
  await clock.until(() => stageOf(ana, 0) === 'read', 'read');
  for (const party of [ana, jun]) expect(party.messages()[0]?.expiresAtMs).toBeGreaterThan(clock.now() + HOUR_MS - MINUTE_MS);
  await clock.advance(HOUR_MS + 2000);
  expect([texts(ana), texts(jun)]).toEqual([[], []]);
});

test('a read receipt that a relay lost is asked after: on the next day, or when a string opens', async () => {
  for (const direct of ['denied', 'allowed'] as const) {
    const pair = await twoContacts(direct);
    const { ana, jun, clock } = pair;
    await jun.show(null);
    await say(ana, 'read me', { expiry: HOUR_READ, routing: 'relay' });
    await clock.until(() => stageOf(ana, 0) === 'delivered', 'delivered');
    await clock.advance(MINUTE_MS);
    ana.closeBrowser();
    await jun.show(jun.contact().id);
    jun.page.send({ kind: 'conversation.read', contactId: jun.contact().id, upTo: jun.messages()[0]?.sequence ?? 0 });
    await clock.until(() => (relayOf(pair)?.waiting().length ?? 0) > 0, 'the receipt lies there');
    relayOf(pair)?.loseEverythingWaiting();
    ana.openBrowser();
    await clock.until(() => ana.page.view !== null, 'awake');
    if (direct === 'denied') {
      await clock.advance(HOUR_MS);
      expect(stageOf(ana, 0)).toBe('delivered');
      await clock.advance(DAY_MS);
      ana.front.tick();
    }
    await clock.until(() => stageOf(ana, 0) === 'read', `read, ${direct}`);
    await clock.advance(HOUR_MS + 2000);
    expect(texts(ana)).toEqual([]);
    expect(await ana.store.range(['unconfirmed'])).toEqual([]);
  }
});

test('at a contact who does not tell when they read, the sender counts from the delivery', async () => {
  const { ana, jun, clock } = await twoContacts();
  await jun.ask({ kind: 'contact.choose', contactId: jun.contact().id, choices: { tellsReading: false } });
  const contactId = ana.contact().id;
  const told = await ana.store.get(keys.contact(contactId));
  ana.killWorker();
  await ana.store.commit([
    { kind: 'put', key: keys.contact(contactId), value: { ...(told as object), told: { reading: false, typing: true, version: 1 } } },
  ]);
  ana.wake();
  await clock.until(() => ana.page.view !== null, 'awake');
  await say(ana, 'read me', { expiry: HOUR_READ });
  await clock.until(() => stageOf(ana, 0) === 'delivered', 'delivered');
  expect(ana.messages()[0]?.expiresAtMs).not.toBeNull();
});

test('the conversation’s choice holds where a message has none, and the settings where the conversation has none', async () => {
  const { ana } = await twoContacts();
  const contactId = ana.contact().id;
  await ana.ask({ kind: 'settings.choose', settings: { expiry: HOUR } });
  await say(ana, 'an hour');
  await ana.ask({ kind: 'contact.choose', contactId, choices: { expiry: HOUR_READ } });
  await say(ana, 'an hour after reading');
  await say(ana, 'for good', { expiry: null });
  await ana.ask({ kind: 'contact.choose', contactId, choices: { expiry: 'off' } });
  await say(ana, 'for good, too');
  expect(ana.messages().map(({ expiry }) => expiry?.base ?? null)).toEqual(['sent', 'read', null, null]);
});

test('what lay on the relay for a while is over that much earlier, and the relay never keeps it longer', async () => {
  const pair = await twoContacts('denied');
  const { ana, jun, clock } = pair;
  jun.closeBrowser();
  await say(ana, 'half gone', { expiry: HOUR, routing: 'relay' });
  await clock.until(() => stageOf(ana, 0) === 'held', 'held');
  expect(ana.messages()[0]?.delivery?.heldUntilMs ?? 0).toBeLessThanOrEqual(ana.messages()[0]?.expiresAtMs ?? 0);
  await clock.advance(HOUR_MS / 2);
  jun.openBrowser();
  await clock.until(() => texts(jun).length === 1, 'arrives');
  expect(Math.abs((jun.messages()[0]?.expiresAtMs ?? 0) - (ana.messages()[0]?.expiresAtMs ?? 0))).toBeLessThan(5000);
});

test('what was never fetched in time is gone from the relay, and its sender is told so without the text', async () => {
  const pair = await twoContacts('denied');
  const { ana, jun, clock } = pair;
  jun.closeBrowser();
  await say(ana, 'too late', { expiry: HOUR, routing: 'relay' });
  await say(ana, 'only here', { expiry: HOUR, routing: 'device' });
  await clock.until(() => stageOf(ana, 0) === 'held', 'held');
  await clock.advance(HOUR_MS + 2000);
  expect(relayOf(pair)?.waiting()).toEqual([]);
  expect(ana.messages().map(({ text, delivery }) => [text, delivery?.stage, delivery?.outcome?.kind])).toEqual([
    ['', 'held', 'expired'],
    ['', 'local', 'expired'],
  ]);
  expect(ana.contact().waiting).toBe(0);
  await clock.advance(10_000);
  for (const text of ['too late', 'only here']) expect(await isNowhere(ana, text)).toBe(true);
  expect((await ana.store.range(['outbox', ana.contact().id])).filter(([, row]) => (row as OutboxRow).body.kind === 'text')).toEqual([]);
  jun.openBrowser();
  await clock.advance(2 * MINUTE_MS);
  expect(texts(jun)).toEqual([]);
});

test('an envelope that a relay kept back beyond its time shows nothing when it comes', async () => {
  const pair = await twoContacts('denied');
  const { ana, jun, clock } = pair;
  const relay = relayOf(pair);
  jun.closeBrowser();
  await say(ana, 'kept back', { expiry: HOUR, routing: 'relay' });
  await clock.until(() => stageOf(ana, 0) === 'held', 'held');
  relay?.keepForEver();
  await clock.advance(2 * HOUR_MS);
  jun.openBrowser();
  await clock.advance(2 * MINUTE_MS);
  expect(texts(jun)).toEqual([]);
  expect(await isNowhere(jun, 'kept back')).toBe(true);
  expect(jun.notices).toEqual([]);
});

test('a clock set back revives nothing', async () => {
  const { ana, jun, clock } = await twoContacts();
  await say(ana, 'fleeting', { expiry: HOUR });
  await clock.until(() => texts(jun).length === 1, 'there');
  jun.killWorker();
  clock.skip(HOUR_MS + MINUTE_MS);
  // Hidden, and not yet deleted when the clock is set back.
  jun.store.failure = 'storage-failed';
  jun.wake();
  await clock.advance(1000);
  jun.killWorker();
  jun.store.failure = null;
  await jun.store.commit([{ kind: 'put', key: keys.clock, value: { highMs: clock.now() } }]);
  clock.skip(-2 * HOUR_MS);
  jun.wake();
  await clock.until(() => jun.page.view !== null, 'shown');
  expect(texts(jun)).toEqual([]);
});

async function leapt(): Promise<Pair> {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await say(ana, 'fleeting', { expiry: HOUR });
  await clock.until(() => texts(jun).length === 1, 'there');
  ana.killWorker();
  jun.closeBrowser();
  clock.skip(40 * DAY_MS);
  return pair;
}

test('a clock that leapt ahead deletes nothing until the user believes it; what is over is not shown meanwhile', async () => {
  const pair = await leapt();
  const { jun, clock } = pair;
  const relay = relayOf(pair);
  if (relay) relay.clockAheadMs = -40 * DAY_MS;
  jun.openBrowser();
  await clock.until(() => jun.page.view?.isClockDoubted === true, 'asks');
  await clock.advance(HOUR_MS);
  expect(texts(jun)).toEqual([]);
  expect(await isNowhere(jun, 'fleeting')).toBe(false);
  await jun.ask({ kind: 'clock.believe' });
  await clock.advance(1000);
  expect(jun.page.view?.isClockDoubted).toBe(false);
  expect(await isNowhere(jun, 'fleeting')).toBe(true);
});

test('a relay whose clock agrees settles it without asking', async () => {
  const { jun, clock } = await leapt();
  jun.openBrowser();
  await clock.until(() => jun.page.view !== null, 'shown');
  await clock.advance(MINUTE_MS);
  expect(jun.page.view?.isClockDoubted).toBe(false);
  expect(await isNowhere(jun, 'fleeting')).toBe(true);
});

test('one that was never read counts as unread no more', async () => {
  const { ana, jun, clock } = await twoContacts();
  await jun.show(null);
  await say(ana, 'stays');
  await say(ana, 'goes', { expiry: HOUR });
  await clock.until(() => jun.contact().unread === 2, 'both unread');
  await clock.advance(HOUR_MS + 2000);
  expect(jun.contact().unread).toBe(1);
});

test('what was over before anybody saw it is never said to have been read', async () => {
  const { ana, jun, clock } = await twoContacts();
  await clock.until(() => ana.contact().string.kind === 'open', 'open');
  await jun.show(null);
  await say(ana, 'unseen', { expiry: HOUR });
  await clock.until(() => stageOf(ana, 0) === 'delivered', 'delivered');
  await clock.advance(HOUR_MS + 2000);
  await say(ana, 'seen');
  await clock.until(() => jun.contact().unread === 1, 'the other is there');
  await jun.show(jun.contact().id);
  jun.page.send({ kind: 'conversation.read', contactId: jun.contact().id, upTo: jun.messages()[0]?.sequence ?? 0 });
  await clock.until(() => stageOf(ana, 0) === 'read', 'read');
  expect((await jun.store.range(['content', jun.contact().id])).map(([, sequence]) => sequence).toSorted()).toEqual([0, 2]);
});

test('a worker that dies at any write on the way leaves nothing behind when it is over', async () => {
  for (let at = 0; at < 12; at++) {
    const { ana, jun, clock } = await twoContacts();
    jun.store.death = { atCommit: jun.store.commits + at, outcome: at % 2 === 0 ? 'lost' : 'kept', onDeath: () => jun.killWorker() };
    const id = newId();
    ana.page.send({ kind: 'message.send', id, contactId: ana.contact().id, text: 'fleeting', expiry: HOUR });
    await clock.advance(HOUR_MS / 2);
    jun.store.death = null;
    jun.restartWorker();
    await clock.advance(HOUR_MS);
    jun.front.tick();
    await clock.advance(MINUTE_MS);
    for (const party of [ana, jun]) expect(await isNowhere(party, 'fleeting'), `after ${at} writes`).toBe(true);
  }
});

test('what was explained once on this device is known over a death of the worker, and kept once', async () => {
  const { ana, clock } = await twoContacts();
  expect(ana.page.view?.hints).toEqual([]);
  for (const hint of ['expiry', 'device', 'expiry'] as const) await ana.ask({ kind: 'hint.known', hint });
  expect(ana.page.view?.hints).toEqual(['expiry', 'device']);
  ana.restartWorker();
  await clock.until(() => ana.page.view !== null, 'awake');
  expect(ana.page.view?.hints).toEqual(['expiry', 'device']);
});

test('an edit is kept by the relay no longer than what it edits', async () => {
  const pair = await twoContacts('denied');
  const { ana, jun, clock } = pair;
  jun.closeBrowser();
  await say(ana, 'fleeting', { expiry: HOUR, routing: 'relay' });
  await clock.until(() => stageOf(ana, 0) === 'held', 'held');
  await ana.ask({ kind: 'message.edit', contactId: ana.contact().id, messageId: ana.messages()[0]?.id ?? '', text: 'fleeting too' });
  await clock.until(() => relayOf(pair)?.waiting().length === 2, 'both wait there');
  await clock.advance(HOUR_MS + 2000);
  expect(relayOf(pair)?.waiting()).toEqual([]);
  jun.openBrowser();
  await clock.advance(2 * MINUTE_MS);
  expect(await isNowhere(jun, 'fleeting')).toBe(true);
});

test('a draft that was to replace a message goes with it', async () => {
  const { ana, jun, clock } = await twoContacts('denied');
  jun.closeBrowser();
  await say(ana, 'fleeting', { expiry: HOUR, routing: 'device' });
  await ana.ask({ kind: 'draft.save', contactId: ana.contact().id, text: 'fleeting, better', edits: ana.messages()[0]?.id ?? '' });
  await clock.advance(HOUR_MS + 10_000);
  expect(await isNowhere(ana, 'fleeting')).toBe(true);
});

test('who stops telling when they read: what they had not read yet goes at the sender too', async () => {
  const { ana, jun, clock } = await twoContacts();
  await jun.show(null);
  await say(ana, 'read me', { expiry: HOUR_READ });
  await clock.until(() => stageOf(ana, 0) === 'delivered', 'delivered');
  await jun.ask({ kind: 'contact.choose', contactId: jun.contact().id, choices: { tellsReading: false } });
  await clock.until(() => !ana.contact().told.reading, 'told');
  expect(ana.messages()[0]?.expiresAtMs).not.toBeNull();
  await clock.advance(HOUR_MS + 2000);
  expect(texts(ana)).toEqual([]);
});

test('after the clock was far ahead for a while, what is written goes, and is over in time', async () => {
  const { ana, jun, clock } = await twoContacts();
  ana.closeBrowser();
  await ana.store.commit([{ kind: 'put', key: keys.clock, value: { highMs: clock.now() + 400 * DAY_MS } }]);
  ana.openBrowser();
  await clock.until(() => ana.page.view !== null, 'awake');
  // Before the relay has told its own.
  await say(ana, 'at once', { expiry: HOUR });
  await clock.advance(20_000);
  await say(ana, 'fleeting', { expiry: HOUR });
  await clock.until(() => texts(jun).length === 2, 'both there');
  expect(texts(ana)).toEqual(['at once', 'fleeting']);
  ana.restartWorker();
  await clock.advance(MINUTE_MS);
  expect(texts(ana)).toContain('fleeting');
  await clock.advance(HOUR_MS);
  expect([texts(ana).includes('fleeting'), texts(jun)]).toEqual([false, []]);
});
