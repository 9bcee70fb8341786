/** Forgets what has expired and notes the time, so that a restart never runs behind it. */
import { failureCode } from './log';
import type { Parts } from './parts';

const SWEEP_ROWS = 500;
const HOUR_MS = 3_600_000;

export class Sweeper {
  readonly #parts: Pick<Parts, 'store' | 'clock' | 'log' | 'metrics'>;
  #underWay: Promise<void> | null = null;
  #isStopped = false;
  #toldDriftMs = 0;

  constructor(parts: Pick<Parts, 'store' | 'clock' | 'log' | 'metrics'>) {
    this.#parts = parts;
  }

  /** Never rejects. One at a time: a call meanwhile waits for the one under way. */
  sweep(): Promise<void> {
    this.#underWay ??= this.#sweep()
      .catch((error) => this.#parts.log.error('sweep-failed', { code: failureCode(error) }))
      .finally(() => {
        this.#underWay = null;
      });
    return this.#underWay;
  }

  /** Resolves when nothing of it is under way any more, and the time is noted for the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.sweep();
  }

  /** Small transactions, so that a great many expired messages never hold up a SEND. */
  async #sweep(): Promise<void> {
    const { store, clock, log, metrics } = this.#parts;
    this.#tellOfJump();
    const nowMs = clock.now();
    await store.noteTime(nowMs);
    let total = 0;
    while (!this.#isStopped) {
      const count = await store.sweep(nowMs, SWEEP_ROWS);
      total += count;
      if (count < SWEEP_ROWS) break;
    }
    metrics.expired(total);
    if (total > 0) log.debug('swept', { count: total });
  }

  /** Once per jump, there and back. Expiry doesn't follow it. */
  #tellOfJump(): void {
    const driftMs = this.#parts.clock.wallDriftMs();
    if (Math.abs(driftMs - this.#toldDriftMs) <= HOUR_MS) return;
    this.#toldDriftMs = driftMs;
    this.#parts.log.warn('wall-clock-jumped', { driftMs });
  }
}
