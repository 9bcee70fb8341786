/** A slice of what `npm run soak -- messages` runs at length. */
import { expect, test } from 'vitest';
import { messageChaos } from '../../support/model/messages';
import { seeded } from '../../support/seed';

test('messages written, edited, deleted, taken back, rerouted and let expire while everything fails: there once or never, in order, and both sides agree', async () => {
  const tally = await messageChaos(200, seeded('messages'));
  console.log(JSON.stringify(tally));
  expect(tally.deaths).toBeGreaterThan(0);
}, 120_000);
