/**
 * The relay beside what it could be compared with, one 4096-byte cell a message on all sides; its latency, its memory, and its cost
 * when a million messages wait. `relay/lost-after-kill` is `npm run soak -- relay`'s.
 */
import type { Measure } from './figures';
import { measureAuth } from './relay-auth';
import { measureContest } from './relay-live';
import { measureIdle, measureSlowReader, measureSubscriptions } from './relay-memory';
import { measureMillion } from './relay-million';
import { measurePaced } from './relay-paced';

export const measureRelay: Measure = async function* (say, isShort) {
  // First: for half a minute after the contest the disk still writes what mosquitto saved.
  yield* measurePaced(say, isShort);
  yield* measureContest(say, isShort);
  yield* measureAuth(say, isShort);
  yield* measureIdle(say, isShort);
  yield* measureSubscriptions(say, isShort);
  yield* measureSlowReader(say, isShort);
  yield* measureMillion(say, isShort);
};
