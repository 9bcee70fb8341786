/** Forgets what has expired and notes the time, so that a restart never runs behind it. */
import type { Parts } from './parts';

const SWEEP_ROWS = 500;
const HOUR_MS = 3_600_000;

/** Small transactions, so that a great many expired messages never hold up a SEND. Returns how many went. */
export async function sweepOnce(parts: Pick<Parts, 'store' | 'clock' | 'log'>): Promise<number> {
  const { store, clock, log } = parts;
  const driftMs = clock.wallDriftMs();
  if (Math.abs(driftMs) > HOUR_MS) log.warn('wall-clock-jumped', { driftMs });
  const nowMs = clock.now();
  await store.noteTime(nowMs);
  let total = 0;
  for (;;) {
    const count = await store.sweep(nowMs, SWEEP_ROWS);
    total += count;
    if (count < SWEEP_ROWS) break;
  }
  if (total > 0) log.debug('swept', { count: total });
  return total;
}
