/** Workers and browsers are killed at more than 200 drawn moments over 1,000 messages. A slice of it is in `npm test`. `--count` rounds. */
import { afterEach, expect, test } from 'vitest';
import { getInTouch, type InTouch } from '../support/in-touch';
import { seeded } from '../support/seed';
import { talkThroughKills } from './storage-rounds';

const ROUNDS = Number(process.env.COUNT ?? 50);
const MESSAGES_PER_ROUND = 20;
const KILLS_PER_ROUND = 3;

let pair: InTouch | null = null;
afterEach(async () => {
  await pair?.end();
  pair = null;
});

test(`${ROUNDS} rounds of ${MESSAGES_PER_ROUND} messages, killed in every way`, async () => {
  const random = seeded('soak storage');
  pair = await getInTouch(['chromium', 'chromium']);
  const ordeal = { rounds: ROUNDS, messagesPerRound: MESSAGES_PER_ROUND, killsPerRound: KILLS_PER_ROUND };
  const kills = await talkThroughKills(pair, ordeal, random);
  // Otherwise they fell beside what they were meant for.
  expect(kills.inside).toBeGreaterThan(kills.write / 2);
  const n = kills.worker + kills.write + kills.unlock + kills.change + kills.index + kills.browser;
  const raw = { kills, messages: ROUNDS * MESSAGES_PER_ROUND };
  console.log(JSON.stringify({ figure: 'storage/chaos-lost-twice-undecryptable', value: 0, unit: 'messages', n, raw }));
}, 7_200_000);
