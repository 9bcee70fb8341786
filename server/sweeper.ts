/** Forgets what has expired or been left alone, and notes the time, so that a restart never runs behind it. */
import { failureCode } from './log';
import type { Parts } from './parts';

const SWEEP_ROWS = 500;
// Each may hold a thousand messages.
const SWEEP_QUEUES = 20;
const HOUR_MS = 3_600_000;

type SweeperParts = Pick<Parts, 'store' | 'clock' | 'limits' | 'log' | 'metrics'>;

export class Sweeper {
  readonly #parts: SweeperParts;
  #underWay: Promise<void> | null = null;
  #isStopped = false;
  #toldDriftMs = 0;

  constructor(parts: SweeperParts) {
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
    const { store, clock, limits, log, metrics } = this.#parts;
    this.#tellOfJump();
    const nowMs = clock.now();
    await store.noteTime(nowMs);
    const expired = await this.#inPortions(SWEEP_ROWS, (count) => store.sweep(nowMs, count));
    metrics.expired(expired);
    if (expired > 0) log.debug('swept', { count: expired });
    const idle = await this.#inPortions(SWEEP_QUEUES, (count) => store.removeIdleQueues(limits.queueIdleDays, count));
    if (idle > 0) log.info('idle-queues-removed', { count: idle });
  }

  async #inPortions(most: number, remove: (count: number) => Promise<number>): Promise<number> {
    let total = 0;
    while (!this.#isStopped) {
      const count = await remove(most);
      total += count;
      if (count < most) break;
    }
    return total;
  }

  /** Once per jump, there and back. Expiry doesn't follow it. */
  #tellOfJump(): void {
    const driftMs = this.#parts.clock.wallDriftMs();
    if (Math.abs(driftMs - this.#toldDriftMs) <= HOUR_MS) return;
    this.#toldDriftMs = driftMs;
    this.#parts.log.warn('wall-clock-jumped', { driftMs });
  }
}
