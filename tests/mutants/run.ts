/**
 * `npm run mutants -- [FILE ...] [--quick] [--concurrency N] [--force]`: changes `lib/protocol` in small ways, one at a time, and
 * sees whether a test fails. FILE is a name there, without `.ts`; none means all. Quick leaves out what only runs while a file
 * loads, such as constants: each of those is put to every test of its group. What was tried before, on the same code, is not
 * tried again, unless forced. survivors.md explains what lives on.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Stryker as StrykerOfCore } from '@stryker-mutator/core';
import { ROOT } from '../support/build';
import { type Group, groupsOf } from './groups';

const LEAST_KILLED_PERCENT = 90;
const FOLDER = 'coverage/mutants';

interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>;
}

interface Score {
  readonly file: string;
  readonly killed: number;
  readonly valid: number;
}

/** Stryker's command line wants a newer Node than this project; what is behind it runs on this one. */
async function loadStryker(): Promise<typeof StrykerOfCore> {
  const path = join(ROOT, 'node_modules/@stryker-mutator/core/dist/src/stryker.js');
  return ((await import(pathToFileURL(path).href)) as { readonly Stryker: typeof StrykerOfCore }).Stryker;
}

async function tryMutants(Stryker: typeof StrykerOfCore, { name, files, tests }: Group, isQuick: boolean): Promise<void> {
  process.env.MUTANT_TESTS = tests.map((test) => `tests/unit/${test}.test.ts`).join(',');
  const options = {
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner', './tests/mutants/ignored.mjs'],
    vitest: { configFile: 'tests/mutants/vitest.config.ts', related: false },
    coverageAnalysis: 'perTest' as const,
    ignorers: ['error-details', 'never-reached'],
    mutate: files.map((file) => `lib/protocol/${file}.ts`),
    ignorePatterns: ['/components', '/entrypoints', '/data', '/coverage', '/tests/{bench,e2e,integration,soak}'],
    // It would be read with a part of TypeScript that version 7 has not.
    tsconfigFile: 'none',
    concurrency,
    timeoutMS: 8000,
    timeoutFactor: 2,
    reporters: ['json', 'progress-append-only'],
    jsonReporter: { fileName: join(FOLDER, `${name}.json`) },
    incremental: true,
    incrementalFile: join(FOLDER, `${name}-known.json`),
    force: values.force && isQuick,
    ignoreStatic: isQuick,
    tempDirName: join(FOLDER, `sandbox-${name}`),
    allowConsoleColors: false,
  };
  await new Stryker(options).runMutationTest();
}

function scoresOf({ name, files }: Group): Score[] {
  const report = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Report;
  return Object.entries(report.files)
    .map(([path, { mutants }]) => {
      const count = (...statuses: readonly string[]) => mutants.filter(({ status }) => statuses.includes(status)).length;
      const killed = count('Killed', 'Timeout');
      return { file: basename(path, '.ts'), killed, valid: killed + count('Survived', 'NoCoverage') };
    })
    .filter(({ file }) => files.includes(file));
}

function line({ file, killed, valid }: Score): string {
  return `${file.padEnd(24)} ${String(killed).padStart(5)} of ${String(valid).padStart(5)} ${((100 * killed) / Math.max(1, valid)).toFixed(1)} %`;
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { concurrency: { type: 'string' }, force: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});
const concurrency = Number(values.concurrency ?? availableParallelism());
const all = readdirSync(join(ROOT, 'lib/protocol')).flatMap((file) => (file.endsWith('.ts') ? [basename(file, '.ts')] : []));
const unknown = positionals.filter((file) => !all.includes(file));
if (unknown.length > 0 || !Number.isSafeInteger(concurrency) || concurrency < 1) {
  console.error(`Usage: npm run mutants -- [FILE ...] [--quick] [--concurrency N] [--force]. Not in lib/protocol: ${unknown.join(' ')}`);
  process.exit(1);
}

mkdirSync(FOLDER, { recursive: true });
const Stryker = await loadStryker();
const scores: Score[] = [];
for (const group of groupsOf(positionals.length > 0 ? positionals : all)) {
  // Always quick first: what then is known need not be put to every test.
  await tryMutants(Stryker, group, true);
  if (!values.quick) await tryMutants(Stryker, group, false);
  scores.push(...scoresOf(group));
}
const sum = scores.reduce((a, b) => ({ file: 'all', killed: a.killed + b.killed, valid: a.valid + b.valid }), {
  file: 'all',
  killed: 0,
  valid: 0,
});
writeFileSync(join(FOLDER, 'scores.json'), JSON.stringify([...scores, sum], null, 2));
for (const score of [...scores, sum]) console.log(line(score));
process.exitCode = 100 * sum.killed < LEAST_KILLED_PERCENT * sum.valid ? 1 : 0;
