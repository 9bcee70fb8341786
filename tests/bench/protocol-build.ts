/** Builds `protocol-lab.ts` as the product is built: alone for this process, and as an extension for either browser. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import type { BrowserKind } from '../support/browsers';

type Lab = typeof import('./protocol-lab');

export interface BuiltLab {
  /** In this process. */
  readonly here: Lab;
  extension(kind: BrowserKind): string;
  remove(): void;
}

async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL('./protocol-lab.ts', import.meta.url));
  const outputs = await build({
    configFile: false,
    logLevel: 'warn',
    build: { write: false, target: 'es2022', lib: { entry, formats: ['es'] } },
  });
  const [first] = [outputs].flat();
  if (!first || !('output' in first)) throw new Error('the lab was not built');
  return first.output[0].code;
}

const SCRIPT = 'lab.js';
const SHARED = { name: 'Lab', version: '1' };

/** The id is the one by which the Firefox driver finds a background page. */
const MANIFESTS: Record<BrowserKind, object> = {
  chromium: { ...SHARED, manifest_version: 3, background: { service_worker: SCRIPT, type: 'module' } },
  firefox: {
    ...SHARED,
    manifest_version: 2,
    background: { page: 'background.html' },
    browser_specific_settings: { gecko: { id: 'tincan@tincan.example' } },
  },
};

function writeExtension(folder: string, kind: BrowserKind, code: string): void {
  mkdirSync(folder);
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(MANIFESTS[kind]));
  writeFileSync(join(folder, SCRIPT), code);
  if (kind === 'firefox') writeFileSync(join(folder, 'background.html'), `<!doctype html><script type="module" src="${SCRIPT}"></script>`);
}

export async function buildLab(): Promise<BuiltLab> {
  const folder = mkdtempSync(join(tmpdir(), 'tincan-lab-'));
  const code = await bundle();
  const module = join(folder, 'lab.mjs');
  writeFileSync(module, code);
  for (const kind of ['chromium', 'firefox'] as const) writeExtension(join(folder, kind), kind, code);
  return {
    here: (await import(pathToFileURL(module).href)) as Lab,
    extension: (kind) => join(folder, kind),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
