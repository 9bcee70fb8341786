/** How long a message still stays. Draws itself anew when its own words change, and nothing else. */
import { useEffect, useState } from 'preact/hooks';
import { countdown } from '../../lib/ui/countdown';

export interface Ticking {
  now(): number;
  after(delayMs: number, run: () => void): () => void;
}

export function Countdown({ untilMs, ticking }: { untilMs: number; ticking: Ticking }) {
  const [nowMs, setNowMs] = useState(ticking.now);
  const { text, nextInMs } = countdown(untilMs - nowMs);
  useEffect(() => {
    const isOver = untilMs <= nowMs;
    // Longer than any timer holds: the words don't change within the life of a page.
    if (isOver || nextInMs > 2 ** 31 - 1) return;
    return ticking.after(nextInMs, () => setNowMs(ticking.now()));
  }, [untilMs, nowMs]);
  return <span>{text}</span>;
}
