import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { builtFolder } from '../support/build';

const BUDGET_BYTES = 60_000;
const built = builtFolder('chromium');
const read = (path: string) => readFileSync(join(built, path));

/** Scripts that the popup's HTML names, its preloads included, and what those import before they run. */
function firstLoad(): Set<string> {
  const html = read('popup.html').toString();
  const wanted = [...html.matchAll(/(?:src|href)="\/([^"]+\.js)"/gu)].map((match) => match[1] ?? '');
  const loaded = new Set<string>();
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    if (loaded.has(next)) continue;
    loaded.add(next);
    for (const [, name] of read(next)
      .toString()
      .matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/gu))
      wanted.push(`chunks/${name}`);
  }
  return loaded;
}

it('the popup loads at most 60 kB of script before it shows something', () => {
  const loaded = [...firstLoad()];
  expect(loaded.length).toBeGreaterThan(1);
  const bytes = loaded.reduce((sum, path) => sum + gzipSync(read(path)).length, 0);
  expect(bytes).toBeLessThanOrEqual(BUDGET_BYTES);
});

it('the code that draws QR codes is not among it', () => {
  const loaded = firstLoad();
  const drawing = readdirSync(join(built, 'chunks')).filter((name) => read(`chunks/${name}`).includes('stored in a QR Code'));
  // Found by an error message of its own: else this could not fail.
  expect(drawing).not.toEqual([]);
  expect(drawing.filter((name) => loaded.has(`chunks/${name}`))).toEqual([]);
});
