/** Which of several things the arrow keys lead to. */
const STEPS: Readonly<Record<string, (index: number, last: number) => number>> = {
  ArrowDown: (index, last) => Math.min(index + 1, last),
  ArrowUp: (index) => Math.max(index - 1, 0),
  Home: () => 0,
  End: (_, last) => last,
};

/** Null for a key that moves nowhere. */
export function stepped(event: KeyboardEvent, index: number, last: number): number | null {
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  return STEPS[event.key]?.(index, last) ?? null;
}
