/** The time as a page shows it: moves on every half minute while the page is visible, for words like "today". */
import { computed, signal } from '@preact/signals';

export interface PageClockPorts {
  now(): number;
  after(delayMs: number, run: () => void): () => void;
  isVisible(): boolean;
}

const EVERY_MS = 30_000;

export function createPageClock({ now, after, isVisible }: PageClockPorts) {
  const nowMs = signal(now());

  function renew(): void {
    nowMs.value = now();
  }

  function tick(): void {
    if (isVisible()) renew();
    after(EVERY_MS, tick);
  }
  after(EVERY_MS, tick);

  return { nowMs: computed(() => nowMs.value), renew };
}
