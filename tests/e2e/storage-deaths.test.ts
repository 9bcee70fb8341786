/** A slice of what `npm run soak -- storage` runs at length: two devices with a PIN, whose workers die at drawn moments. */
import { afterEach, expect, test } from 'vitest';
import { talkThroughKills } from '../soak/storage-rounds';
import { getInTouch, type InTouch } from '../support/in-touch';
import { seeded } from '../support/seed';

let pair: InTouch | null = null;
afterEach(async () => {
  await pair?.end();
  pair = null;
});

test('workers die while they send, receive, write, unlock, change a PIN and make an index: nothing is lost, nothing comes twice, and every state is right', async () => {
  const random = seeded('storage deaths');
  pair = await getInTouch(['chromium', 'chromium']);
  const kills = await talkThroughKills(pair, { rounds: 2, messagesPerRound: 6, killsPerRound: 2 }, random);
  expect(kills).toMatchObject({ worker: 4, write: 2, unlock: 2, change: 2 });
}, 240_000);
