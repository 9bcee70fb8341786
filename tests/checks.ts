/** What is checked without running the product. Each check is one line of the report and one passed or failed. */
import type { BrowserKind } from './support/browsers';
import { findBrowser, installMissing, whyUnusable } from './support/browsers-installed';
import { buildExtension, builtFolder, type Outcome, runTool } from './support/build';
import { missingTools } from './support/network-tools';
import { missingPython } from './support/python';

export interface Check {
  readonly name: string;
  readonly run: () => Promise<Outcome>;
}

const KINDS: readonly BrowserKind[] = ['chromium', 'firefox'];

/** The whole project, then each floor that may know less than the whole: pure ones without the browser, the server likewise. */
const TYPE_CHECKED = ['.', 'lib/protocol', 'lib/domain', 'lib/app', 'server'];

export const STATIC_CHECKS: readonly Check[] = [
  ...TYPE_CHECKED.map((folder) => ({
    name: `types of ${folder === '.' ? 'the whole' : folder}`,
    run: () => runTool('typescript/bin/tsc', ['-p', folder, '--noEmit']),
  })),
  {
    name: 'lint, format and import rules',
    run: () => runTool('@biomejs/biome/bin/biome', ['ci', '--error-on-warnings', '--colors=off', '.']),
  },
  { name: 'no unused file, export or package', run: () => runTool('knip/bin/knip.js', ['--no-progress']) },
];

/** Installed where it may be: the second reader of the protocol runs in it. */
export const PYTHON_CHECK: Check = {
  name: 'python3 is here',
  run: async () => {
    const missing = missingPython();
    return { isOk: missing === null, output: missing ?? '' };
  },
};

/** Installed likewise: two browsers behind two NATs need them. */
export const NETWORK_CHECK: Check = {
  name: 'ip, nft and turnutils_stunclient are here',
  run: async () => {
    const missing = missingTools();
    return { isOk: missing === null, output: missing ?? '' };
  },
};

/** Installs what may be installed, once, before the first of them answers. */
export function browserChecks(): readonly Check[] {
  let missing: readonly BrowserKind[] | null = null;
  return KINDS.map((kind) => ({
    name: `${kind} is here`,
    run: async () => {
      missing ??= installMissing(KINDS);
      const isOk = !missing.includes(kind);
      return { isOk, output: isOk ? '' : whyUnusable(kind, findBrowser(kind)) };
    },
  }));
}

export const BUILD_CHECKS: readonly Check[] = [
  ...KINDS.map((kind) => ({ name: `the extension for ${kind} builds`, run: () => buildExtension(kind) })),
  {
    name: 'web-ext lint: no error, no warning',
    run: () =>
      runTool('web-ext/bin/web-ext.js', ['lint', '--source-dir', builtFolder('firefox'), '--warnings-as-errors', '--no-config-discovery']),
  },
];
