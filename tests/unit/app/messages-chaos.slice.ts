/** A slice of what `npm run soak -- messages` runs at length. */
import { expect, test } from 'vitest';
import { messageChaos } from '../../support/model/messages';
import { seeded } from '../../support/seed';

test('messages written, taken back, rerouted and let expire while everything fails: there once or never, in order, and both sides agree', async () => {
  const tally = await messageChaos(400, seeded('messages'));
  console.log(JSON.stringify(tally));
  expect(tally.takenBack).toBeGreaterThan(0);
  expect(tally.deaths).toBeGreaterThan(0);
}, 60_000);
