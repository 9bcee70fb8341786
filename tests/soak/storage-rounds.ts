/**
 * Talk between two devices with PINs that are killed at drawn moments: workers while they send and receive, inside a transaction,
 * in the middle of an unlock, of a change of the PIN and of the making of an index; and whole browsers. Nothing lost, nothing
 * twice, in order, every state right. The same seed draws the same moments.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../support/browsers';
import type { InTouch, Person } from '../support/in-touch';
import { say } from '../support/walk';
import { chromium, roundIsWhole } from './rounds';
import {
  countFound,
  forgetIndex,
  killAfter,
  killBrowser,
  killInWrite,
  killOverPinChange,
  killOverUnlock,
  type Locked,
  setPin,
} from './storage-chaos';

/** Every so many rounds, beside what happens in each. */
const BROWSER_EVERY = 5;
const INDEX_EVERY = 5;
/** A change stretches two secrets, which takes seconds on a slow machine. */
const CHANGE_MS = 3500;
const UNLOCK_MS = 1500;
const STRETCHED_MS = 20_000;
/** The counted try, the root, and the note of its revision. */
const REWRAP_WRITES = 3;
/** No transaction writes more records than this often. */
const WRITES = 6;
/** The index is tended five seconds after a start. */
const TENDED_MS = 15_000;

export interface Ordeal {
  readonly rounds: number;
  readonly messagesPerRound: number;
  /** Of a worker that sends or receives, beside all others. */
  readonly killsPerRound: number;
}

export interface Kills {
  worker: number;
  /** Meant for the middle of a transaction; `inside`: there they were. */
  write: number;
  inside: number;
  unlock: number;
  change: number;
  rewrap: number;
  index: number;
  browser: number;
}

/** Every round is whole before the next begins. Both have a PIN from the start on. */
export async function talkThroughKills(
  { ana, jun }: InTouch,
  { rounds, messagesPerRound, killsPerRound }: Ordeal,
  random: () => number,
): Promise<Kills> {
  const draw = (below: number) => Math.floor(random() * below);
  const people = [ana, jun] as const;
  const locks: readonly [Locked, Locked] = [
    { person: ana, other: jun, pin: '271828' },
    { person: jun, other: ana, pin: '314159' },
  ];
  for (const locked of locks) await setPin(locked);
  const kills: Kills = { worker: 0, write: 0, inside: 0, unlock: 0, change: 0, rewrap: 0, index: 0, browser: 0 };

  for (let number = 0; number < rounds; number++) {
    const round = `round${number} `;
    const said = new Map<Person, string[]>(people.map((person) => [person, []]));
    const speak = async (speaker: Person, listener: Person, about: string) => {
      const text = `${round}${about}`;
      said.get(speaker)?.push(text);
      await say(speaker.panel, listener.name, text);
    };
    const killAt = new Set<number>();
    while (killAt.size < killsPerRound) killAt.add(draw(messagesPerRound));
    for (let i = 0; i < messagesPerRound; i++) {
      const [speaker, listener] = random() < 0.5 ? people : ([people[1], people[0]] as const);
      await speak(speaker, listener, `message ${i}`);
      await pause(random() * 60);
      if (!killAt.has(i)) continue;
      kills.worker += 1;
      await chromium(random() < 0.5 ? speaker : listener).killWorker();
    }

    const [mine, theirs] = number % 2 === 0 ? locks : ([locks[1], locks[0]] as const);
    const inside = await killInWrite(mine.person, 1 + draw(WRITES), () => speak(theirs.person, mine.person, 'into a write'));
    kills.write += 1;
    kills.inside += inside ? 1 : 0;
    await killOverUnlock(mine, random() * UNLOCK_MS);
    kills.unlock += 1;
    await speak(theirs.person, mine.person, 'over a change');
    const next = String(100_000 + draw(900_000));
    const nth = 1 + draw(REWRAP_WRITES);
    const insideRewrap = async (change: () => Promise<void>) => {
      kills.rewrap += (await killInWrite(theirs.person, nth, change, STRETCHED_MS)) ? 1 : 0;
    };
    await killOverPinChange(theirs, next, random() < 0.5 ? insideRewrap : killAfter(theirs.person, random() * CHANGE_MS));
    kills.change += 1;
    await roundIsWhole(round, said);

    if (number % INDEX_EVERY === 1) {
      await forgetIndex(mine.person);
      await chromium(mine.person).killWorker();
      const isInside = await killInWrite(mine.person, 1 + draw(2), () => speak(theirs.person, mine.person, 'over an index'), TENDED_MS);
      kills.index += isInside ? 1 : 0;
      await roundIsWhole(round, said);
      const wanted = [...said.values()].flat().length;
      await until(async () => (await countFound(mine.person, round.trim())) === wanted, `every message of ${round}is found`, 30_000);
    }
    if (number % BROWSER_EVERY === 2) {
      await speak(mine.person, theirs.person, 'before the end');
      await killBrowser(mine);
      kills.browser += 1;
      await speak(theirs.person, mine.person, 'after the end');
      await roundIsWhole(round, said);
    }
  }
  return kills;
}
