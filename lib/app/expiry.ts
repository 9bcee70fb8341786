/**
 * When messages are over. Time here never falls: a clock set back revives nothing. Only a mark more than a day ahead, which the clock
 * and the relay's both deny, is given up: nothing would be over before that day. A clock that has leapt ahead while this device slept
 * deletes nothing until it is believed.
 *
 *   running ──start, more than a day after the time last noted, and something is due──▶ paused
 *   paused ──the relay's clock agrees, or the user says so──▶ running
 *
 * What is over is shown nowhere in either; paused, it is still there.
 */
import type { Core } from './core';
import type { Change } from './journal';
import { type ClockRecord, keys } from './records';
import { sweepOver } from './sweep';

const LEAP_MS = 24 * 3600_000;
const AGREES_MS = 10 * 60_000;
/** The time is noted again only when it has moved on so far. */
const NOTED_MS = 60_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface Expiry {
  now(): number;
  /** Messages that are over are not deleted yet. */
  isPaused(): boolean;
  /** In the lane, once, after the journal was loaded. */
  start(): Promise<void>;
  /** A message of this place is over then. */
  put(change: Change, atMs: number, contactId: string, sequence: number): void;
  /** Deletes what is over, and sees to it that the next is deleted in time. */
  tend(): void;
  /** The relay's clock, as its HELLO told. */
  compare(relay: string, relayNowMs: number): void;
  /** The user has looked at the clock. */
  resume(): void;
}

export function createExpiry(core: Core): Expiry {
  const { journal, lane, world } = core;
  let highMs = 0;
  let notedMs = 0;
  let isPaused = false;
  let cancel: (() => void) | null = null;
  let isTending = false;
  let isWanted = false;

  function now(): number {
    const nowMs = world.clock.now();
    if (!isPaused) highMs = Math.max(highMs, nowMs);
    return Math.max(highMs, nowMs);
  }

  function note(change: Change): void {
    if (isPaused || now() - notedMs < NOTED_MS) return;
    const atMs = now();
    change.put(keys.clock, { highMs: atMs } satisfies ClockRecord);
    change.after(() => {
      notedMs = atMs;
    });
  }

  async function arm(): Promise<void> {
    cancel?.();
    cancel = null;
    if (isPaused) return;
    const [next] = await journal.store.range(['expiry'], { limit: 1 });
    if (!next) return;
    const atMs = Number(next[0][1]);
    cancel = world.clock.after(Math.min(LONGEST_TIMER_MS, Math.max(0, atMs - now())), expiry.tend);
    world.shell.wakeAt(atMs);
  }

  async function tend(): Promise<void> {
    if (!isPaused) await sweepOver(core);
    await lane.run(() => journal.commit(note));
    await arm();
  }

  const expiry: Expiry = {
    now,
    isPaused: () => isPaused,
    async start() {
      const kept = (await journal.store.get(keys.clock)) as ClockRecord | undefined;
      highMs = kept?.highMs ?? 0;
      notedMs = highMs;
      const nowMs = world.clock.now();
      if (kept && nowMs - kept.highMs > LEAP_MS)
        isPaused = (await journal.store.range(['expiry'], { before: nowMs + 1, limit: 1 })).length > 0;
    },
    put(change, atMs, contactId, sequence) {
      change.put(keys.expiry(atMs, contactId, sequence), true);
      note(change);
      change.after(expiry.tend);
    },
    tend() {
      isWanted = true;
      if (isTending) return;
      isTending = true;
      const run = async () => {
        while (isWanted) {
          isWanted = false;
          await tend();
        }
      };
      run()
        .catch(world.report)
        .finally(() => {
          isTending = false;
        });
    },
    compare(relay, relayNowMs) {
      const nowMs = world.clock.now();
      if (relay !== journal.relay || Math.abs(relayNowMs - nowMs) >= AGREES_MS) return;
      if (highMs - nowMs > LEAP_MS) {
        highMs = nowMs;
        notedMs = 0;
        expiry.tend();
      }
      expiry.resume();
    },
    resume() {
      if (!isPaused) return;
      isPaused = false;
      core.hub.patch([{ kind: 'clock', isDoubted: false }]);
      expiry.tend();
    },
  };
  return expiry;
}
