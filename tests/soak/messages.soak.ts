/**
 * Messages that go every way while everything comes and goes: 1,000 between two Chromiums, fewer between Firefox and Chromium,
 * thousands on the app floor alone; and 100 that are taken back around the moment of their delivery. `--count` messages.
 */
import { afterEach, expect, test } from 'vitest';
import type { BrowserKind } from '../support/browsers';
import { getInTouch, type InTouch } from '../support/in-touch';
import { messageChaos } from '../support/model/messages';
import type { RelayProcess } from '../support/relay';
import { seeded } from '../support/seed';
import { raceTakeBacks, talkThroughAbsences } from './message-rounds';

const COUNT = Number(process.env.COUNT ?? 1000);
const RACES = COUNT / 10;
const PAIRS: readonly (readonly [kinds: readonly [BrowserKind, BrowserKind], messages: number])[] = [
  [['chromium', 'chromium'], COUNT],
  [['firefox', 'chromium'], COUNT / 4],
];

let pair: InTouch | null = null;
let relay: RelayProcess | null = null;
afterEach(async () => {
  await pair?.end();
  await relay?.stop();
  pair = relay = null;
});

for (const [kinds, messages] of PAIRS) {
  test(`${kinds.join(' and ')}: ${messages} messages while both go on- and offline`, async () => {
    const random = seeded('soak messages');
    pair = await getInTouch(kinds);
    const ended = await talkThroughAbsences(pair, { messages, perRound: 50, faultsPerMessage: 0.1 }, random);
    relay = ended.relay;
    const n = Object.values(ended.struck).reduce((sum, times) => sum + times);
    const raw = { kinds, messages, struck: ended.struck };
    console.log(JSON.stringify({ figure: 'messages/chaos-lost-twice-disordered', value: 0, unit: 'messages', n, raw }));
  });
}

test(`${RACES} messages taken back around the moment of their delivery`, async () => {
  const random = seeded('soak races');
  pair = await getInTouch(['chromium', 'chromium']);
  const raw = await raceTakeBacks(pair, RACES, random);
  console.log(JSON.stringify({ figure: 'messages/take-back-contradictions', value: 0, unit: 'messages', n: RACES, raw }));
  // Otherwise the moments drawn were none of a race.
  expect(Math.min(raw.takenBack, raw.arrived, raw.fetched)).toBeGreaterThan(RACES / 20);
});

test(`${5 * COUNT} messages on the app floor, two relays, workers that die at any write`, async () => {
  const random = seeded('soak floor');
  for (let talk = 0; talk < 10; talk++) console.log(JSON.stringify(await messageChaos(COUNT / 2, random)));
});
