/** Builds the extension for both browsers, and says where each lies. Run by itself it is `npm run build`. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserKind } from './browsers';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** `wxt.config.ts` reads it too. */
const OUTPUT = 'TINCAN_OUTPUT';

const BUILDS: Record<BrowserKind, { readonly folder: string; readonly flags: readonly string[] }> = {
  chromium: { folder: 'chrome-mv3', flags: ['-b', 'chrome'] },
  firefox: { folder: 'firefox-mv2', flags: ['-b', 'firefox', '--mv2'] },
};

export function builtFolder(kind: BrowserKind): string {
  return resolve(ROOT, process.env[OUTPUT] ?? '.output', BUILDS[kind].folder);
}

/** From here on this process and its children build into, and load from, a folder of their own. Returns how to remove it. */
export function buildApart(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'tincan-built-'));
  process.env[OUTPUT] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

export interface Outcome {
  readonly isOk: boolean;
  readonly output: string;
}

/** Runs a tool of this project's node_modules with this Node. */
export function runTool(entry: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(ROOT, 'node_modules', entry), ...args], {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => resolve({ isOk: false, output: error.message }));
    child.once('close', (code) => resolve({ isOk: code === 0, output }));
  });
}

/** `relay` is where a new identity first connects to; without it the product's own default. */
export function buildExtension(kind: BrowserKind, relay?: string): Promise<Outcome> {
  return runTool('wxt/bin/wxt.mjs', ['build', ...BUILDS[kind].flags], relay === undefined ? {} : { WXT_RELAY_URL: relay });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const kind of ['chromium', 'firefox'] as const) {
    const { isOk, output } = await buildExtension(kind);
    console.log(isOk ? `${kind}: ${builtFolder(kind)}` : output);
    if (!isOk) process.exitCode = 1;
  }
}
