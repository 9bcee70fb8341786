/** Runs what is to be compared by turns, so that whatever else the machine does falls on each of them alike. */
import { type Figure, ratioOf, type Spread, spreadOf } from './figures';

type Round = (index: number) => Promise<unknown>;

export interface Rounds {
  readonly count: number;
  /** Not counted. */
  readonly warmUp: number;
  /** How much one round does: samples are milliseconds for one of them. */
  readonly size: number;
}

/** Whoever began a round ends the next one: neither always comes after the other's garbage. */
export async function byTurns<Name extends string>(rounds: Rounds, contest: Readonly<Record<Name, Round>>): Promise<Record<Name, Spread>> {
  const names = Object.keys(contest) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let i = 0; i < rounds.warmUp + rounds.count; i++) {
    for (const name of i % 2 === 0 ? names : names.toReversed()) {
      const start = performance.now();
      await contest[name](i);
      if (i >= rounds.warmUp) samples[name].push((performance.now() - start) / rounds.size);
    }
  }
  return Object.fromEntries(names.map((name) => [name, spreadOf(samples[name])])) as Record<Name, Spread>;
}

/** How many times as fast `ours` is. */
export function speedOf(figure: string, ours: Spread, theirs: Spread): Figure {
  return { ...ratioOf(figure, theirs, ours), raw: { ours, theirs } };
}
