/** Mutation runs put hundreds of broken programs to every test: a property then draws fewer inputs, the same ones each time. */
import fc from 'fast-check';

export const IS_MUTATED = process.env.MUTANTS === '1';

/** `numRuns` of a property that costs more than a moment. */
export function runs(numRuns: number): number {
  return IS_MUTATED ? Math.ceil(numRuns / 10) : numRuns;
}

if (IS_MUTATED) fc.configureGlobal({ seed: 1, numRuns: 50 });
