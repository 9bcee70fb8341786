/** A slice of what `npm run soak -- talk` runs at length. */
import { expect, test } from 'vitest';
import { randomTalks, type Weather } from '../../support/model/talk';
import { seeded } from '../../support/seed';

const random = seeded('talk');
const seed = () => Math.floor(random() * 2 ** 31);

const SLICES: readonly (readonly [weather: Weather, direct: 'allowed' | 'denied'])[] = [
  ['honest', 'allowed'],
  ['honest', 'denied'],
  ['torn', 'allowed'],
  ['torn', 'denied'],
];

test.each(SLICES)(
  'random talk, disks %s, direct connections %s: every text is shown once and confirmed, and both end on one session',
  async (weather, direct) => {
    const tally = await randomTalks({ weather, direct, runs: 5, steps: 40, seed: seed() });
    console.log(JSON.stringify(tally));
    expect(tally.said).toBeGreaterThan(20);
  },
  60_000,
);
