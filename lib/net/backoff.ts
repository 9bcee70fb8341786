/** How long to wait before the next try: doubling from half a second to a minute, with jitter. */
import type { Random } from '../app/ports';

const FIRST_MS = 500;
const LAST_MS = 60_000;
const MAX_DOUBLINGS = 16;

export class Backoff {
  readonly #random: Random;
  #failures = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Between half the roof and all of it, so that a relay coming back is not met by everybody at once; not before it asked for, within reason. */
  next(askedMs: number): number {
    const roof = Math.min(LAST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, MAX_DOUBLINGS);
    const jitter = (this.#random.bytes(1)[0] ?? 0) / 255;
    return Math.max((roof * (1 + jitter)) / 2, Math.min(askedMs, LAST_MS));
  }

  reset(): void {
    this.#failures = 0;
  }
}
