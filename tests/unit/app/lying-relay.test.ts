/** A relay that means ill can keep messages back, and learn when. Whatever else it tries is found out, or does nothing. */
import { afterEach, expect, test } from 'vitest';
import type { Delivery } from '../../../lib/domain/delivery';
import type { FakeRelay, Msg } from '../../support/fake-relay';
import { newId, type Pair, type Party, RELAY, twoContacts } from '../../support/two-parties';

const DAY_MS = 24 * 3600_000;

const texts = (party: Party) => party.messages().map(({ text }) => text);
const delivery = (party: Party, at = 0): Delivery | null => party.messages()[at]?.delivery ?? null;

function relayOf({ world }: Pair): FakeRelay {
  const relay = world.relays.get(RELAY);
  if (!relay) throw new Error('no relay');
  return relay;
}

let pairs: Pair[] = [];
afterEach(() => {
  // Whatever it tries, neither side may have met anything it was not made for.
  for (const { ana, jun } of pairs)
    for (const fault of [...ana.faults, ...jun.faults]) expect(fault).toMatchObject({ code: expect.any(String) });
  pairs = [];
});

/** Everything goes through the relay. */
async function overRelay(): Promise<Pair> {
  const pair = await twoContacts('denied');
  pairs.push(pair);
  for (const party of [pair.ana, pair.jun])
    await party.ask({ kind: 'contact.choose', contactId: party.contact().id, choices: { routing: 'relay' } });
  return pair;
}

async function say(party: Party, text: string): Promise<void> {
  party.page.send({ kind: 'message.send', id: newId(), contactId: party.contact().id, text });
  await party.world.clock.rest();
}

async function sayWhileAway(pair: Pair, count: number): Promise<readonly string[]> {
  const { ana, jun, clock } = pair;
  jun.closeBrowser();
  const said = Array.from({ length: count }, (_, i) => `line ${i}`);
  for (const text of said) await say(ana, text);
  await clock.until(() => ana.messages().every(({ delivery: each }) => each?.stage === 'held'), 'held');
  return said;
}

async function comeBack({ jun, clock }: Pair): Promise<void> {
  jun.openBrowser();
  await clock.until(() => jun.page.view !== null, 'back');
  await clock.advance(60_000);
}

test('reorders: they stand in the order in which they were written', async () => {
  const pair = await overRelay();
  const said = await sayWhileAway(pair, 30);
  relayOf(pair).handOut = (messages) => messages.toReversed();
  await comeBack(pair);
  expect(texts(pair.jun)).toEqual(said);
});

test('replays: each is shown once, whenever and however often it comes again, and its receipt is said again', async () => {
  const pair = await overRelay();
  const { ana, jun, clock } = pair;
  const relay = relayOf(pair);
  const kept: Msg[] = [];
  relay.handOut = (messages) => {
    kept.push(...messages);
    return [...messages, ...messages];
  };
  const said = await sayWhileAway(pair, 3);
  await comeBack(pair);
  for (const waitMs of [1000, DAY_MS, 40 * DAY_MS]) {
    clock.skip(waitMs);
    for (const frame of kept) relay.push(frame);
    await clock.advance(5000);
    expect(texts(jun)).toEqual(said);
  }
  jun.restartWorker();
  await clock.until(() => jun.page.view !== null, 'awake');
  for (const frame of kept) relay.push(frame);
  await clock.advance(5000);
  expect(texts(jun)).toEqual(said);
  expect(ana.messages().every(({ delivery: each }) => each?.stage === 'delivered')).toBe(true);
});

test('drops what it said it holds: the contact is asked, and gets it after all', async () => {
  const pair = await overRelay();
  const { ana, jun, clock } = pair;
  await sayWhileAway(pair, 3);
  relayOf(pair).loseEverythingWaiting();
  await comeBack(pair);
  expect(texts(jun)).toEqual([]);
  expect(ana.messages().every(({ delivery: each }) => each?.stage === 'held')).toBe(true);
  clock.skip(DAY_MS);
  ana.front.tick();
  await clock.until(() => texts(jun).length === 3, 'after all', 600_000);
  expect(texts(jun)).toEqual(['line 0', 'line 1', 'line 2']);
});

test('withholds: nothing is said to be delivered, and when its date is over it is given again', async () => {
  const pair = await overRelay();
  const { ana, jun, clock } = pair;
  const relay = relayOf(pair);
  await sayWhileAway(pair, 2);
  relay.handOut = () => [];
  await comeBack(pair);
  expect(ana.messages().map(({ delivery: each }) => each?.stage)).toEqual(['held', 'held']);
  clock.skip(8 * DAY_MS);
  ana.front.tick();
  await clock.advance(60_000);
  expect(ana.messages().map(({ delivery: each }) => each?.stage)).toEqual(['held', 'held']);
  relay.handOut = (messages) => messages;
  jun.restartWorker();
  jun.replaceHost();
  await clock.until(() => texts(jun).length === 2, 'once it is honest', 600_000);
});

test('says it holds a message for ever: its sender is told no more than ten days', async () => {
  const pair = await overRelay();
  const { ana, jun, clock } = pair;
  jun.closeBrowser();
  relayOf(pair).lie = (frame) => (frame.kind === 'send' ? { kind: 'ok-stored', expiresInSeconds: 2 ** 32 - 1 } : null);
  await say(ana, 'for ever');
  await clock.until(() => delivery(ana)?.stage === 'held', 'held');
  expect(delivery(ana)?.heldUntilMs).toBeLessThanOrEqual(clock.now() + 10 * DAY_MS);
});

test('forges: cells of its own making, changed, cut, or of another queue show nothing and stop nothing', async () => {
  const pair = await overRelay();
  const { ana, jun, clock } = pair;
  const relay = relayOf(pair);
  const real: Msg[] = [];
  relay.handOut = (messages) => {
    real.push(...messages);
    return messages.map((frame) => {
      const cell = frame.cell.slice();
      cell[cell.length >> 1] = (cell[cell.length >> 1] ?? 0) ^ 1;
      return { ...frame, cell };
    });
  };
  await say(ana, 'changed on the way');
  await clock.advance(2000);
  expect(texts(jun)).toEqual([]);
  relay.handOut = (messages) => messages;
  const random = crypto.getRandomValues(new Uint8Array(4096));
  for (const rid of relay.rids()) {
    relay.push({ kind: 'msg', rid, messageId: random.slice(0, 16), ageSeconds: 0, cell: random });
    for (const frame of real) relay.push({ ...frame, rid });
  }
  await clock.advance(2000);
  await say(ana, 'and on');
  await clock.until(() => texts(jun).includes('and on'), 'goes on', 600_000);
  expect([...texts(jun)].sort()).toEqual(['and on', 'changed on the way']);
  expect(texts(ana)).toEqual(['changed on the way', 'and on']);
});

test('lies about a take-back: the contact’s receipt says what is true', async () => {
  const pair = await overRelay();
  const { ana, jun, clock } = pair;
  await sayWhileAway(pair, 1);
  relayOf(pair).lie = (frame) => (frame.kind === 'del' ? { kind: 'ok-deleted', wasHanded: 'no' } : null);
  await ana.ask({ kind: 'message.take-back', contactId: ana.contact().id, messageId: ana.messages()[0]?.id ?? '' });
  await clock.until(() => delivery(ana)?.outcome?.kind === 'taken-back', 'taken back, it says');
  await comeBack(pair);
  expect(texts(jun)).toEqual(['line 0']);
  await clock.until(() => delivery(ana)?.stage === 'delivered', 'delivered, they say');
  expect(delivery(ana)?.outcome ?? null).toBeNull();
});

test('lies about how long a message lay there: it is over sooner, or later by no more than it could have lain there', async () => {
  const pair = await overRelay();
  const { ana, jun, clock } = pair;
  const relay = relayOf(pair);
  jun.closeBrowser();
  const expiry = { seconds: 3600, base: 'sent' } as const;
  for (const text of ['sooner', 'later']) {
    await ana.ask({ kind: 'message.send', contactId: ana.contact().id, text, expiry });
  }
  await clock.until(() => delivery(ana, 1)?.stage === 'held', 'held');
  await clock.advance(1800_000);
  relay.handOut = (messages) => messages.map((frame, i) => ({ ...frame, ageSeconds: i === 0 ? 4000 : 0 }));
  await comeBack(pair);
  expect(texts(jun)).toEqual(['later']);
  await clock.advance(3600_000);
  expect(texts(jun)).toEqual([]);
});

test('tells a wrong time: nothing expires by it', async () => {
  const pair = await overRelay();
  const { ana, jun, clock } = pair;
  const relay = relayOf(pair);
  await ana.ask({
    kind: 'message.send',
    contactId: ana.contact().id,
    text: 'an hour',
    expiry: { seconds: 3600, base: 'sent' },
  });
  await clock.until(() => texts(jun).length === 1, 'there');
  relay.clockAheadMs = 40 * DAY_MS;
  for (const party of [ana, jun]) {
    party.restartWorker();
    party.replaceHost();
  }
  await clock.advance(60_000);
  expect([texts(ana), texts(jun)]).toEqual([['an hour'], ['an hour']]);
});

test('refuses to take a message: its sender sees why, and it goes once the relay takes it', async () => {
  const pair = await overRelay();
  const { ana, jun, clock } = pair;
  const relay = relayOf(pair);
  jun.closeBrowser();
  relay.lie = (frame) => (frame.kind === 'send' ? { kind: 'err', code: 'QUOTA', retryMs: 0 } : null);
  await say(ana, 'no room');
  await clock.until(() => delivery(ana)?.outcome?.kind === 'failed', 'refused');
  expect(delivery(ana)).toMatchObject({ stage: 'local', outcome: { cause: 'queue-full' } });
  relay.lie = (frame) => (frame.kind === 'send' ? { kind: 'err', code: 'AUTH', retryMs: 0 } : null);
  await clock.until(
    () => delivery(ana)?.outcome?.kind === 'failed' && JSON.stringify(delivery(ana)).includes('queue-gone'),
    'gone',
    600_000,
  );
  relay.lie = () => null;
  await clock.until(() => delivery(ana)?.stage === 'held', 'held', 600_000);
  expect(delivery(ana)?.outcome ?? null).toBeNull();
});
