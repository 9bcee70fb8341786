/** Forgets what has expired or been left alone, and notes the time, so that a restart never runs behind it. */
import type { Parts } from './parts';

const SWEEP_ROWS = 500;
// Each may hold a thousand messages.
const SWEEP_QUEUES = 20;
const HOUR_MS = 3_600_000;

/** Small transactions, so that a great many expired messages never hold up a SEND. Returns how many went. */
export async function sweepOnce(parts: Pick<Parts, 'store' | 'clock' | 'limits' | 'log'>): Promise<number> {
  const { store, clock, limits, log } = parts;
  const driftMs = clock.wallDriftMs();
  if (Math.abs(driftMs) > HOUR_MS) log.warn('wall-clock-jumped', { driftMs });
  const nowMs = clock.now();
  await store.noteTime(nowMs);
  let total = 0;
  for (;;) {
    const expired = await store.sweep(nowMs, SWEEP_ROWS);
    const idle = await store.removeIdleQueues(limits.queueIdleDays, SWEEP_QUEUES);
    total += expired + idle;
    if (expired < SWEEP_ROWS && idle < SWEEP_QUEUES) break;
  }
  if (total > 0) log.debug('swept', { count: total });
  return total;
}
