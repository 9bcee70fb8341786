/** Runs Vitest's projects in a process of their own, shows what they print, and counts what they say. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './support/build';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/** A file that could not even be loaded has no test to fail: it counts as one. So does any other fault of the run. */
function countsOf(report: Report, exitCode: number | null): Counts {
  const unloaded = report.testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0).length;
  const failed = report.numFailedTests + unloaded;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** All of the projects' files, or those named. */
export async function runVitest(
  projects: readonly string[],
  env: Readonly<Record<string, string>> = {},
  files: readonly string[] = [],
): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'tincan-report-'));
  const file = join(folder, 'report.json');
  const args = [
    'run',
    ...files,
    ...projects.flatMap((name) => ['--project', name]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ];
  try {
    const child = spawn(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), ...args], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return countsOf(JSON.parse(readFileSync(file, 'utf8')) as Report, exitCode);
  } catch (error) {
    console.error(`Vitest gave no report for ${projects.join(', ')}: ${(error as Error).message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
