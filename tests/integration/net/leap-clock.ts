/** A page's own clock that can leap: what falls due in the leap runs in order, at its own time. */
import type { Clock } from '../../../lib/app/ports';

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

export class LeapClock implements Clock {
  #leaptMs = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return Date.now() + this.#leaptMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { dueMs: this.now() + delayMs, run };
    this.#timers.add(timer);
    const real = setTimeout(() => this.#fire(timer), delayMs);
    return () => {
      clearTimeout(real);
      this.#timers.delete(timer);
    };
  }

  leap(ms: number): void {
    const endMs = this.now() + ms;
    for (let timer = this.#nextUntil(endMs); timer; timer = this.#nextUntil(endMs)) {
      this.#leaptMs += Math.max(0, timer.dueMs - this.now());
      this.#fire(timer);
    }
    this.#leaptMs += Math.max(0, endMs - this.now());
  }

  #nextUntil(endMs: number): Timer | undefined {
    return [...this.#timers].filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0];
  }

  #fire(timer: Timer): void {
    if (this.#timers.delete(timer)) timer.run();
  }
}
