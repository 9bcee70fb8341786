/** A slice of what `npm run soak -- model` runs at length: two and three people, every kind of bad network and bad disk. */
import { expect, it } from 'vitest';
import { model, type Weather } from '../../support/model/steps';
import { seeded } from '../../support/seed';

const NAMES = ['ana', 'jun', 'kim'];
const random = seeded('network');
const seed = () => Math.floor(random() * 2 ** 31);

const SLICES: readonly (readonly [people: number, weather: Weather])[] = [
  [2, 'honest'],
  [3, 'honest'],
  [2, 'torn'],
  [3, 'torn'],
];

it.each(SLICES)(
  '%i people, disks %s: every envelope that arrives opens once or is named lost, no key seals twice, and all come together',
  async (people, weather) => {
    const tally = await model({ names: NAMES.slice(0, people), weather, runs: 4, steps: 60, seed: seed() });
    console.log(JSON.stringify(tally));
    expect(tally.opened).toBeGreaterThan(60);
  },
  60_000,
);
