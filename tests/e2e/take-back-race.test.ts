/** A slice of what `npm run soak -- messages` runs at length: a message is taken back while the one it is for comes online. */
import { afterEach, expect, test } from 'vitest';
import { raceTakeBacks } from '../soak/message-rounds';
import { getInTouch, type InTouch } from '../support/in-touch';
import { seeded } from '../support/seed';

const ROUNDS = 12;

let pair: InTouch | null = null;
afterEach(async () => {
  await pair?.end();
  pair = null;
});

test(`${ROUNDS} messages taken back around the moment of their delivery: taken back is never shown, and what is shown was delivered`, async () => {
  const random = seeded('take-back race');
  pair = await getInTouch(['chromium', 'chromium']);
  const { takenBack, arrived, fetched } = await raceTakeBacks(pair, ROUNDS, random);
  console.log(JSON.stringify({ takenBack, arrived, fetched }));
  expect([takenBack > 0, arrived > 0, takenBack + arrived]).toEqual([true, true, ROUNDS]);
}, 180_000);
