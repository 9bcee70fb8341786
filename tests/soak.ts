/**
 * `npm run soak -- GROUP [--seed N]`: long runs with drawn faults, some in real browsers; `fuzz` takes `--count N` too. The
 * same seed draws the same faults.
 */
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './support/build';
import { BUILT } from './support/build-once';
import { runVitest } from './vitest-run';

const FOLDER = join(ROOT, 'tests/soak');
const ENDING = '.soak.ts';
/** They open no browser, so nothing is built for them. */
const WITHOUT_BROWSER: readonly string[] = ['deaths', 'fuzz', 'libsignal', 'model', 'relay', 'talk'];

function groups(): string[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER).flatMap((file) => (file.endsWith(ENDING) ? [file.slice(0, -ENDING.length)] : []));
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string' }, count: { type: 'string' } } });
const [group] = positionals;
if (group === undefined || !groups().includes(group)) {
  console.error(`Usage: npm run soak -- GROUP [--seed N] [--count N]. Groups: ${groups().join(' ') || 'none yet'}`);
  process.exit(1);
}
const seed = values.seed ?? String(randomInt(2 ** 31));
console.log(`soak ${group}, seed ${seed}`);
const env = {
  SEED: seed,
  ...(values.count === undefined ? {} : { COUNT: values.count }),
  ...(WITHOUT_BROWSER.includes(group) ? { [BUILT]: '1' } : {}),
};
const { passed, failed, skipped } = await runVitest(['soak'], env, [`tests/soak/${group}${ENDING}`]);
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped (seed ${seed})`);
process.exitCode = failed > 0 ? 1 : 0;
