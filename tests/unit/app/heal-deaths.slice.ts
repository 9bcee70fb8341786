/** A quarter of what `npm run soak -- deaths` runs whole; which quarter is drawn anew each time. */
import { expect, test } from 'vitest';
import { dieAtEach, TRAGEDIES } from '../../support/heal-scenes';
import { seeded } from '../../support/seed';

const EVERY = 4;
const random = seeded('heal deaths');

for (const { scene, who, outcome } of TRAGEDIES) {
  test(`${scene.name}: ${who} dies, the write ${outcome}: nothing lost, nothing twice, one session in the end`, async () => {
    const deaths = await dieAtEach({ scene, who, outcome, every: EVERY, first: 1 + Math.floor(random() * EVERY) });
    expect(deaths).toBeGreaterThan(1);
  }, 120_000);
}
