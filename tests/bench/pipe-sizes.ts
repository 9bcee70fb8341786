/** How much JavaScript the browser must take in, gzipped at level 9; 1 kB is 1000 bytes. */
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';
import { builtFolder } from '../support/build';
import type { Figure } from './figures';

const PAGE_SCRIPTS = /(?:src|href)="([^"]+\.js)"/g;
const STATIC_IMPORTS = /(?:\bfrom|\bimport)\s*["'`](\.[^"'`]+\.js)["'`]/g;

/** A page's scripts with everything they import before they run; what is loaded on demand stays out. */
function firstLoad(folder: string, page: string): string[] {
  const html = readFileSync(join(folder, page), 'utf8');
  const found = new Set<string>();
  const visit = (file: string) => {
    if (found.has(file)) return;
    found.add(file);
    const code = readFileSync(join(folder, file), 'utf8');
    for (const [, to = ''] of code.matchAll(STATIC_IMPORTS)) visit(normalize(join(dirname(file), to)));
  };
  for (const [, file = ''] of html.matchAll(PAGE_SCRIPTS)) visit(normalize(file.replace(/^\//, '')));
  return [...found];
}

function sizeOf(figure: string, folder: string, files: readonly string[]): Figure {
  const sizes = files.map((file) => [file, gzipSync(readFileSync(join(folder, file)), { level: 9 }).length] as const);
  const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
  return { figure, value: Math.round(bytes / 10) / 100, unit: 'kB', n: 1, raw: Object.fromEntries(sizes) };
}

export function* measureSizes(): Generator<Figure> {
  const folder = builtFolder('chromium');
  yield sizeOf('pipe/popup-first-load-js/gzip', folder, firstLoad(folder, 'popup.html'));
  yield sizeOf('pipe/background-js/gzip', folder, ['background.js']);
}
