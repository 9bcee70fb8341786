/** Every write of healing, of starting over and of getting in touch is a moment at which the worker may die. All of them are tried. */
import { expect, test } from 'vitest';
import { dieAtEach, TRAGEDIES } from '../support/heal-scenes';

for (const { scene, who, outcome } of TRAGEDIES) {
  test(`${scene.name}: ${who} dies at every write, the write ${outcome}: nothing lost, nothing twice, one session in the end`, async () => {
    const deaths = await dieAtEach({ scene, who, outcome, every: 1, first: 1 });
    console.log(`${deaths} deaths`);
    expect(deaths).toBeGreaterThan(10);
  });
}
