/**
 * The relay's time. Within a process only the monotonic clock moves it, so that a jump of the wall clock deletes nothing;
 * at start it is the wall's, but never earlier than the latest time the store has noted.
 */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** How far the wall clock is ahead of this one: what it has jumped since the start, and what it was behind then. */
  wallDriftMs(): number;
}

export interface TimeSources {
  wallMs(): number;
  monotonicMs(): number;
}

const SYSTEM_TIME: TimeSources = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };

export function startClock(latestMs: number, sources: TimeSources = SYSTEM_TIME): Clock {
  const startedAtMs = Math.max(sources.wallMs(), latestMs);
  const startedAt = sources.monotonicMs();
  const now = () => startedAtMs + sources.monotonicMs() - startedAt;
  return {
    now: () => Math.floor(now()),
    wallDriftMs: () => Math.round(sources.wallMs() - now()),
  };
}
