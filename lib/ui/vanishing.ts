/** Takes messages away at their time, whether the background is awake to say so or not. */
import { effect, signal, untracked } from '@preact/signals';
import type { MessageView } from '../app/view';

export interface VanishingPorts {
  now(): number;
  after(delayMs: number, run: () => void): () => void;
  /** Reads a signal: the clock may be wrong, and nothing is over by it. */
  isDoubted(): boolean;
  /** Reads a signal. */
  messages(): readonly MessageView[];
}

/** Timers hold no more than 31 bits. */
const LONGEST_MS = 2 ** 31 - 1;

export interface Vanishing {
  /** Reads a signal: what is past its time is left out. The list itself when nothing is. */
  left(messages: readonly MessageView[]): readonly MessageView[];
}

export function createVanishing({ now, after, isDoubted, messages }: VanishingPorts): Vanishing {
  const goneAtMs = signal(now());
  let cancel: (() => void) | null = null;

  effect(() => {
    let next = Number.POSITIVE_INFINITY;
    for (const { expiresAtMs } of messages()) if (expiresAtMs !== null && expiresAtMs > goneAtMs.value) next = Math.min(next, expiresAtMs);
    cancel?.();
    cancel = null;
    if (next === Number.POSITIVE_INFINITY) return;
    untracked(() => {
      const run = () => {
        goneAtMs.value = now();
      };
      cancel = after(Math.min(Math.max(next - now(), 0), LONGEST_MS), run);
    });
  });

  return {
    left(all) {
      const at = goneAtMs.value;
      if (isDoubted()) return all;
      const isOver = ({ expiresAtMs }: MessageView) => expiresAtMs !== null && expiresAtMs <= at;
      return all.some(isOver) ? all.filter((message) => !isOver(message)) : all;
    },
  };
}
