/** Whole sessions with libsignal-client, live and long. Drawn are the network's faults; keys are new in every run. */
import { expect, it } from 'vitest';
import { MEETINGS, meet } from '../support/libsignal/peers';
import { roundTrips, talkThroughLoss } from '../support/libsignal/talk';
import { seeded } from '../support/seed';

const ROUND_TRIPS = 1000;
const MESSAGES = 10_000;
const EPOCHS = 50;

const random = seeded('libsignal');

it.each(MEETINGS)(`${ROUND_TRIPS} round trips: $initiator begins, one-time prekey: $hasOneTime`, async (meeting) => {
  const pair = await meet(meeting);
  await roundTrips(pair, ROUND_TRIPS);
  console.log(`braid in epoch ${pair.ours.session.pqRatchet.braid.epoch}`);
});

it.each(MEETINGS)(`${MESSAGES} messages, 30 % lost: $initiator begins, one-time prekey: $hasOneTime`, async (meeting) => {
  const pair = await meet(meeting);
  const goal = { messages: MESSAGES, epochs: EPOCHS };
  const tallies = await talkThroughLoss(pair, goal, random);
  console.log(`braid in epoch ${pair.ours.session.pqRatchet.braid.epoch}; initiator and responder`, ...tallies);
  for (const { said, arrived, overtaken } of tallies) {
    expect(arrived).toBeGreaterThan(said / 2);
    expect(overtaken).toBeGreaterThan(arrived / 4);
  }
});
