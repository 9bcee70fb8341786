/** The network of tests/support/model at length: sessions, prekey boxes and disks of two and of three people. */
import { expect, it } from 'vitest';
import { model, type Weather } from '../support/model/steps';
import { seeded } from '../support/seed';

const NAMES = ['ana', 'jun', 'kim'];
const STEPS = 120;
const RUNS = 60;
const random = seeded('model');
const seed = () => Math.floor(random() * 2 ** 31);

const WORLDS: readonly (readonly [people: number, weather: Weather])[] = [
  [2, 'honest'],
  [3, 'honest'],
  [2, 'torn'],
  [3, 'torn'],
];

it.each(WORLDS)(`%i people, disks %s: ${RUNS} runs of about ${STEPS} steps`, async (people, weather) => {
  const tally = await model({ names: NAMES.slice(0, people), weather, runs: RUNS, steps: STEPS, seed: seed() });
  console.log(JSON.stringify(tally));
  expect(tally.steps).toBeGreaterThan(0.8 * RUNS * STEPS);
});
