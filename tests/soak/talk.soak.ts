/** The whole app floor of two people in random weather, at length. */
import { expect, test } from 'vitest';
import { randomTalks, type Weather } from '../support/model/talk';
import { seeded } from '../support/seed';

const STEPS = 60;
const RUNS = 60;
const random = seeded('talk');
const seed = () => Math.floor(random() * 2 ** 31);

const WORLDS: readonly (readonly [weather: Weather, direct: 'allowed' | 'denied'])[] = [
  ['honest', 'allowed'],
  ['honest', 'denied'],
  ['torn', 'allowed'],
  ['torn', 'denied'],
];

test.each(WORLDS)(`disks %s, direct connections %s: ${RUNS} talks of about ${STEPS} steps`, async (weather, direct) => {
  const tally = await randomTalks({ weather, direct, runs: RUNS, steps: STEPS, seed: seed() });
  console.log(JSON.stringify(tally));
  expect(tally.steps).toBeGreaterThan(0.8 * RUNS * STEPS);
});
