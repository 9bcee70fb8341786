/** A relay that answers "later": what it put off is asked for again, so that nobody stays deaf until the next connection. */
import { expect, test } from 'vitest';
import type { ClientFrame } from '../../../lib/protocol/relay';
import type { FakeRelay } from '../../support/fake-relay';
import { newId, type Pair, RELAY, twoContacts } from '../../support/two-parties';

/** The relay puts the next requests of these kinds off, as many as `times` says. Gives when each was heard. */
function putOff({ world }: Pair, kinds: readonly ClientFrame['kind'][], times: number, retryMs: number): number[] {
  const relay = world.relays.get(RELAY) as FakeRelay;
  const answer = relay.ask.bind(relay);
  const heardAtMs: number[] = [];
  relay.ask = (connection, frame) => {
    if (!kinds.includes(frame.kind)) return answer(connection, frame);
    heardAtMs.push(world.clock.now());
    return heardAtMs.length > times ? answer(connection, frame) : { kind: 'err', code: 'RETRY', retryMs };
  };
  return heardAtMs;
}

test('rights that a relay puts off are asked for again until they are given', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  jun.closeBrowser();
  const heardAtMs = putOff(pair, ['sub', 'open'], 5, 2000);
  jun.openBrowser();
  await clock.until(() => heardAtMs.length >= 7, 'asked until given');
  ana.page.send({ kind: 'message.send', id: newId(), contactId: ana.contact().id, text: 'are you back?' });
  await clock.until(() => ana.messages().at(-1)?.delivery?.stage === 'delivered', 'delivered');
});

test('no relay can put anything off for longer than a minute', async () => {
  const pair = await twoContacts();
  const { jun, clock } = pair;
  jun.closeBrowser();
  const heardAtMs = putOff(pair, ['sub'], 1, 0xffff_ffff);
  jun.openBrowser();
  await clock.until(() => heardAtMs.length >= 2, 'asked again, whatever the relay says');
  const [first = 0, second = 0] = heardAtMs;
  expect(second - first).toBeGreaterThanOrEqual(59_000);
  expect(second - first).toBeLessThan(70_000);
});
