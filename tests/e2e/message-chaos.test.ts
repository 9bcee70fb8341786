/** A slice of what `npm run soak -- messages` runs at length. */
import { afterEach, expect, test } from 'vitest';
import { talkThroughAbsences } from '../soak/message-rounds';
import { getInTouch, type InTouch } from '../support/in-touch';
import type { RelayProcess } from '../support/relay';
import { seeded } from '../support/seed';

let pair: InTouch | null = null;
let relay: RelayProcess | null = null;
afterEach(async () => {
  await pair?.end();
  await relay?.stop();
  pair = relay = null;
});

test('two go on- and offline in every way while they write, to wait here or on the server: nothing lost, twice or out of order, every state right', async () => {
  const random = seeded('message chaos');
  pair = await getInTouch(['chromium', 'chromium']);
  const ended = await talkThroughAbsences(pair, { messages: 60, perRound: 30, faultsPerMessage: 0.15 }, random);
  relay = ended.relay;
  expect(Object.values(ended.struck).reduce((sum, times) => sum + times)).toBeGreaterThan(2);
}, 180_000);
