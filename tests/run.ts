/**
 * `npm test`: static checks, builds, unit, integration and end-to-end tests in real browsers. `--fast` (`npm run check`): static
 * checks and unit tests alone. The last line is `N passed, N failed, N skipped`; a test in a browser that is skipped is a
 * failure of the run.
 */
import { BUILD_CHECKS, browserChecks, type Check, NETWORK_CHECK, PYTHON_CHECK, STATIC_CHECKS } from './checks';
import { buildApart } from './support/build';
import { BUILT } from './support/build-once';
import { type Counts, runVitest } from './vitest-run';

const NONE: Counts = { passed: 0, failed: 0, skipped: 0 };

function sum(all: readonly Counts[]): Counts {
  return all.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }), NONE);
}

async function runChecks(checks: readonly Check[]): Promise<Counts> {
  let counts = NONE;
  for (const { name, run } of checks) {
    const start = performance.now();
    const { isOk, output } = await run();
    console.log(`${isOk ? '✓' : '✗'} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    if (!isOk) console.log(output.trimEnd());
    counts = sum([counts, { ...NONE, [isOk ? 'passed' : 'failed']: 1 }]);
  }
  return counts;
}

async function runFast(): Promise<Counts> {
  return sum([await runChecks([...STATIC_CHECKS, PYTHON_CHECK]), await runVitest(['unit'])]);
}

async function runAll(): Promise<Counts> {
  process.once('exit', buildApart());
  const before = [
    await runChecks([...STATIC_CHECKS, PYTHON_CHECK, NETWORK_CHECK]),
    await runChecks(browserChecks()),
    await runChecks(BUILD_CHECKS),
  ];
  const without = await runVitest(['unit', 'slices', 'integration']);
  const inBrowsers = await runVitest(['e2e'], { [BUILT]: '1' });
  const skippedAsFailed = inBrowsers.skipped > 0 ? 1 : 0;
  if (skippedAsFailed > 0) console.log('✗ tests in browsers were skipped');
  return sum([...before, without, inBrowsers, { ...NONE, failed: skippedAsFailed }]);
}

const { passed, failed, skipped } = process.argv.includes('--fast') ? await runFast() : await runAll();
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
