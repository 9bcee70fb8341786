/**
 * The relay's time. Within a process only the monotonic clock moves it, so that a jump of the wall clock deletes nothing;
 * at start it is the wall's, but never earlier than the latest time the store has noted.
 */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** How far the wall clock has moved away since the start. */
  wallDriftMs(): number;
}

export interface TimeSources {
  wallMs(): number;
  monotonicMs(): number;
}

const SYSTEM_TIME: TimeSources = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };

export function startClock(latestMs: number, sources: TimeSources = SYSTEM_TIME): Clock {
  const wallAtStart = sources.wallMs();
  const startedAt = sources.monotonicMs();
  const elapsedMs = () => sources.monotonicMs() - startedAt;
  return {
    now: () => Math.floor(Math.max(wallAtStart, latestMs) + elapsedMs()),
    wallDriftMs: () => Math.round(sources.wallMs() - wallAtStart - elapsedMs()),
  };
}
