/** A clock that moves only when told, and never while something real is still being computed. */
import type { Clock } from '../../lib/app/ports';

const QUIET_TURNS = 12;

export class FakeClock implements Clock {
  #now: number;
  #underWay = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  constructor(now = Date.UTC(2026, 10, 21, 12)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** Time passes while nothing runs, as it does while a worker starts. */
  skip(ms: number): void {
    this.#now += ms;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Work that another thread does: time stands still until it is done. */
  during<T>(work: Promise<T>): Promise<T> {
    this.#underWay += 1;
    return work.finally(() => {
      this.#underWay -= 1;
    });
  }

  /** Lets whatever is under way come to rest. */
  async rest(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet = this.#underWay > 0 ? 0 : quiet + 1)
      await new Promise((resolve) => setImmediate(resolve));
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await this.rest();
      const [next] = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
    await this.rest();
  }

  /** Moves on until the condition holds. */
  async until(holds: () => boolean, what: string, limitMs = 120_000): Promise<void> {
    const end = this.#now + limitMs;
    for (let turn = 0; !holds(); turn++) {
      if (this.#now > end) throw new Error(`never happened: ${what}`);
      await (turn % 8 === 7 ? this.advance(200) : this.rest());
    }
  }
}
