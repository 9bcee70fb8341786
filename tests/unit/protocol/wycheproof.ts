/** Reads the files of tests/vectors/wycheproof: their cases as flat records, each with its group's fields. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../support/build';

export type Verdict = 'valid' | 'invalid' | 'acceptable';

export interface Case {
  readonly tcId: number;
  readonly flags: readonly string[];
  readonly result: Verdict;
}

interface File<Group, Fields> {
  readonly testGroups: readonly { readonly group: Group; readonly tests: readonly (Case & Fields)[] }[];
}

export function casesOf<Fields, Group = object>(name: string): readonly (Case & Fields & Group)[] {
  const text = readFileSync(join(ROOT, 'tests/vectors/wycheproof', `${name}_test.json`), 'utf8');
  const { testGroups } = JSON.parse(text) as File<Group, Fields>;
  return testGroups.flatMap(({ group, tests }) => tests.map((test) => ({ ...group, ...test })));
}

/** How many of each verdict: a file that was cut short must not pass. */
export function verdictsOf(cases: readonly Case[]): Partial<Record<Verdict, number>> {
  const counts: Partial<Record<Verdict, number>> = {};
  for (const { result } of cases) counts[result] = (counts[result] ?? 0) + 1;
  return counts;
}

/** The cases that went otherwise than decided, by their number upstream. */
export async function wrongOf<Tested extends Case>(
  cases: readonly Tested[],
  isAsDecided: (tested: Tested) => boolean | Promise<boolean>,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const tested of cases) if (!(await isAsDecided(tested))) wrong.push(`${tested.tcId} ${tested.result} ${tested.flags.join(' ')}`);
  return wrong;
}
