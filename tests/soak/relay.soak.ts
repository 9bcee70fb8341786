/** The relay killed at drawn moments under load: whatever was answered OK is there afterwards. */
import { expect, test } from 'vitest';
import { killUnderLoad } from '../support/relay-load';
import { seeded } from '../support/seed';

const KILLS = Number(process.env.COUNT ?? 20);

test(`${KILLS} kills under load: nothing lost, nothing acknowledged comes back, nothing twice`, async () => {
  const figures = await killUnderLoad(KILLS, seeded('kills'));
  console.log(`${KILLS} kills: ${JSON.stringify(figures)}`);
  expect(figures).toMatchObject({ lost: 0, revived: 0, twice: 0 });
  expect(figures.stored).toBeGreaterThan(KILLS * 10);
});
