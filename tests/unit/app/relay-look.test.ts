/** What relays hold now, and the connection test: what a user is told is what relay and host know. */
import { expect, test } from 'vitest';
import type { ConnectionTestView, WaitingView } from '../../../lib/app/view';
import { FakeRelay } from '../../support/fake-relay';
import { moveTo, OTHER, onRelays, RELAY, relayAt, say, textsOf } from '../../support/relay-scenes';
import type { Pair, Party } from '../../support/two-parties';

async function look(party: Party): Promise<readonly WaitingView[]> {
  const result = await party.ask({ kind: 'relay.look' });
  if (!result.ok || !result.waiting) throw new Error('not looked');
  return result.waiting;
}

async function tested(party: Party): Promise<ConnectionTestView> {
  const result = await party.ask({ kind: 'relay.test' });
  if (!result.ok || !result.test) throw new Error('not tested');
  return result.test;
}

/** Jun is away, and so many messages of Ana's wait for him. */
async function waitingFor(pair: Pair, texts: readonly string[]): Promise<void> {
  const { ana, jun, clock } = pair;
  await clock.advance(3000);
  jun.closeBrowser();
  await clock.advance(1000);
  for (const text of texts) say(ana, text);
  const isHeld = () => ana.messages().filter(({ delivery }) => delivery?.stage === 'held').length === texts.length;
  await clock.until(isHeld, 'held');
}

test('what waits is named with its deletion date, and is gone from the list once it was fetched', async () => {
  const pair = await onRelays();
  const { ana, jun, clock } = pair;
  expect(await look(ana)).toEqual([]);
  await waitingFor(pair, ['one', 'two']);
  const [held, ...others] = await look(ana);
  expect(others).toEqual([]);
  expect(held).toMatchObject({ contactId: ana.contact().id, isCertain: true });
  expect(held?.messages.map(({ id }) => id)).toEqual(ana.messages().map(({ id }) => id));
  expect(held?.messages.map(({ untilMs }) => untilMs)).toEqual(ana.messages().map(({ delivery }) => delivery?.heldUntilMs));
  jun.openBrowser();
  await clock.until(() => ana.messages().every(({ delivery }) => delivery?.stage === 'delivered'), 'fetched');
  expect(await look(ana)).toEqual([]);
});

test('what the relay has lost is not said to wait there, whatever it had promised', async () => {
  const pair = await onRelays();
  await waitingFor(pair, ['lost']);
  relayAt(pair.world, RELAY).loseEverythingWaiting();
  expect(await look(pair.ana)).toEqual([]);
});

test('a relay that is away is not believed to have deleted anything', async () => {
  const pair = await onRelays();
  const { ana, world } = pair;
  await waitingFor(pair, ['held']);
  ana.host.dropRelay(RELAY);
  world.relays.delete(RELAY);
  expect(await look(ana)).toMatchObject([{ isCertain: false, messages: [{ id: ana.messages()[0]?.id }] }]);
});

test('each can be taken back, and then nothing is there and nothing comes', async () => {
  const pair = await onRelays();
  const { ana, jun, clock } = pair;
  await waitingFor(pair, ['one', 'two']);
  const before = await look(ana);
  const contactId = ana.contact().id;
  for (const { id } of before[0]?.messages ?? []) {
    expect(await ana.ask({ kind: 'message.take-back', contactId, messageId: id })).toEqual({ ok: true });
    await clock.advance(1000);
  }
  expect(await look(ana)).toEqual([]);
  jun.openBrowser();
  await clock.advance(3000);
  await jun.show(jun.contact().id);
  expect(textsOf(jun)).toEqual([]);
});

test('the connection test tells round trip, clock and network, each as it is', async () => {
  const { ana, jun, clock, world } = await onRelays();
  expect(await tested(ana)).toMatchObject({ relay: { clockAheadMs: 0 }, network: 'unasked' });
  const relay = new FakeRelay({ now: () => clock.now() + 3 * 3600_000, after: (...given) => clock.after(...given) });
  relay.stunUrls = ['stun:relay.test:3478', 'stun:relay.test:3479'];
  world.relays.set(OTHER, relay);
  await moveTo(ana, OTHER);
  for (const network of ['steady', 'symmetric', 'blocked'] as const) {
    ana.host.network = network;
    const result = await tested(ana);
    expect(result).toMatchObject({ network });
    expect(Math.abs((result.relay?.clockAheadMs ?? 0) - 3 * 3600_000)).toBeLessThan(1000);
  }
  // A host that never says does not keep the user waiting for ever.
  ana.host.network = null;
  expect(await tested(ana)).toMatchObject({ network: null });
  ana.host.dropRelay(OTHER);
  world.relays.delete(OTHER);
  expect(await tested(ana)).toEqual({ relay: null, network: null });
  expect(JSON.stringify([await tested(jun)])).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
});
