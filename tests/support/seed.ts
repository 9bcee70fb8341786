/** Randomness that can be repeated: a run prints its seed, `SEED=…` repeats it. */

/** Numbers in [0, 1). Mulberry32: for choosing test points, nothing else. */
export function drawnFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function printedSeed(what: string): number {
  const seed = Number(process.env.SEED ?? crypto.getRandomValues(new Uint32Array(1))[0]) >>> 0;
  console.log(`${what}: SEED=${seed}`);
  return seed;
}

export function seeded(what: string): () => number {
  return drawnFrom(printedSeed(what));
}
