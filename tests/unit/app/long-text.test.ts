/** Texts too long for one content: sent in parts, shown, confirmed, edited and taken back as one. */
import { expect, test } from 'vitest';
import type { OutboxRow } from '../../../lib/app/records';
import { drawnFrom, printedSeed } from '../../support/seed';
import { newId, type Pair, type Party, RELAY, twoContacts } from '../../support/two-parties';

/** 20,000 characters of four bytes are 80,000: seven parts. */
const LONGEST = `${'𝄞'.repeat(19_998)}é!`;
const SENDS = 7;

async function say(party: Party, text: string, routing: 'device' | 'relay' = 'relay'): Promise<string> {
  const id = newId();
  party.page.send({ kind: 'message.send', id, contactId: party.contact().id, text, routing });
  await party.world.clock.until(() => party.page.results.has(id), 'answered');
  expect(party.page.results.get(id)).toEqual({ ok: true });
  return id;
}

const sends = ({ world }: Pair) => world.relays.get(RELAY)?.heard.filter(({ kind }) => kind === 'send').length ?? 0;
const stored = async (party: Party, store: string) => (await party.store.range([store, party.contact().id])).length;

async function settled({ ana, jun, clock }: Pair): Promise<void> {
  await clock.advance(15_000);
  for (const party of [ana, jun]) {
    expect((await party.store.range(['outbox'])).map(([, row]) => (row as OutboxRow).body)).toEqual([]);
    for (const store of ['unconfirmed', 'said', 'early']) expect([store, await stored(party, store)]).toEqual([store, 0]);
  }
}

test('the longest arrives whole on a string, is found, and one character more is refused', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await clock.until(() => ana.contact().string.kind === 'open', 'string');
  expect(await ana.ask({ kind: 'message.send', contactId: ana.contact().id, text: `${LONGEST}!`, routing: 'device' })).toEqual({
    ok: false,
    code: 'text-too-long',
  });
  const text = `${'word '.repeat(3998)}endofthis`;
  await say(ana, LONGEST, 'device');
  await say(ana, text, 'device');
  await clock.until(() => ana.messages().every(({ delivery }) => delivery?.stage === 'delivered'), 'delivered');
  expect(jun.messages().map((message) => message.text)).toEqual([LONGEST, text]);
  const result = await jun.ask({ kind: 'search.find', text: 'endofthis', contactId: null, limit: 10 });
  expect(result.ok && result.found?.hits.length).toBe(1);
  await settled(pair);
});

test('through a relay that shuffles and repeats, it is held only with its last part, and confirmed by one receipt', async () => {
  const seed = printedSeed('long text');
  for (let round = 0; round < 3; round++) {
    const pair = await twoContacts('denied');
    const { ana, jun, clock, world } = pair;
    await clock.advance(5000);
    const contactId = jun.contact().id;
    jun.closeBrowser();
    const before = sends(pair);
    // The line breaks with three of them stored.
    ana.host.onCommand = () => {
      if (sends(pair) - before !== 3) return;
      ana.host.onCommand = () => undefined;
      ana.host.interruptRelay(RELAY);
    };
    await say(ana, LONGEST);
    await clock.rest();
    expect(sends(pair) - before).toBe(3);
    expect(await ana.store.count(['outbox'])).toBe(SENDS - 3);
    expect(ana.messages()[0]?.delivery?.stage).toBe('local');
    await say(ana, 'short');
    await clock.until(() => ana.messages().every(({ delivery }) => delivery?.stage === 'held'), 'held');
    expect(sends(pair) - before).toBe(SENDS + 1);
    expect(ana.contact().waiting).toBe(0);
    world.relays.get(RELAY)?.shuffleWaiting(drawnFrom(seed + round));
    jun.openBrowser();
    await clock.until(() => jun.page.view !== null, 'awake');
    await jun.show(contactId);
    await clock.until(() => jun.messages().length === 2, 'there');
    expect(jun.messages().map(({ text }) => text)).toEqual([LONGEST, 'short']);
    await clock.until(() => ana.messages().every(({ delivery }) => delivery?.stage === 'delivered'), 'confirmed');
    await settled(pair);
  }
}, 60_000);

test('a part that the relay lost is asked after: all come again, and nothing is shown twice', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock, world } = pair;
  const contactId = jun.contact().id;
  jun.closeBrowser();
  await clock.until(() => ana.contact().string.kind !== 'open', 'alone');
  await say(ana, LONGEST);
  await clock.until(() => ana.messages()[0]?.delivery?.stage === 'held', 'held');
  world.relays.get(RELAY)?.loseOneWaiting();
  jun.openBrowser();
  await clock.until(() => jun.page.view !== null, 'awake');
  await jun.show(contactId);
  await clock.until(() => jun.messages().length === 1, 'there after all');
  expect(jun.messages()[0]?.text).toBe(LONGEST);
  await clock.until(() => ana.messages()[0]?.delivery?.stage === 'delivered', 'confirmed');
  await settled(pair);
  expect(jun.messages()).toHaveLength(1);
});

test('it is edited, also by another long one, and deleted, as one', async () => {
  const pair = await twoContacts('denied');
  const { ana, jun, clock } = pair;
  await clock.advance(5000);
  const contactId = ana.contact().id;
  const id = await say(ana, LONGEST);
  await clock.until(() => jun.messages().length === 1, 'there');
  for (const text of [`a${LONGEST.slice(2)}`, 'short', `b${LONGEST.slice(2)}`]) {
    expect(await ana.ask({ kind: 'message.edit', contactId, messageId: id, text })).toEqual({ ok: true });
    await clock.until(() => jun.messages()[0]?.text === text, 'edited');
    expect(jun.messages()[0]?.editedAtMs).not.toBeNull();
  }
  await settled(pair);
  await ana.ask({ kind: 'message.delete', contactId, messageIds: [id], scope: 'everyone' });
  await clock.until(() => jun.messages()[0]?.deleted != null, 'deleted');
  await settled(pair);
});

test('one that waits is rewritten, taken back and deleted with all its parts', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  const contactId = ana.contact().id;
  jun.closeBrowser();
  await clock.until(() => ana.contact().string.kind !== 'open', 'alone');
  const owed = async () => (await ana.store.range(['outbox'])).filter(([, row]) => (row as OutboxRow).body.kind === 'text').length;
  const ids = [await say(ana, LONGEST, 'device'), await say(ana, LONGEST, 'device'), await say(ana, LONGEST, 'device')];
  expect(await owed()).toBe(3 * SENDS);
  await ana.ask({ kind: 'message.edit', contactId, messageId: ids[0] as string, text: 'short now' });
  expect(await owed()).toBe(2 * SENDS + 1);
  await ana.ask({ kind: 'message.take-back', contactId, messageId: ids[1] as string });
  expect(await owed()).toBe(SENDS + 1);
  await ana.ask({ kind: 'message.delete', contactId, messageIds: [ids[2] as string], scope: 'me' });
  expect(await owed()).toBe(1);
  jun.openBrowser();
  await clock.until(() => jun.page.view !== null, 'awake');
  await jun.show(jun.contact().id);
  await clock.until(() => jun.messages().length === 1, 'there');
  await settled(pair);
  expect(jun.messages().map(({ text }) => text)).toEqual(['short now']);
});
