import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AVATAR_COLOURS } from '../../../lib/ui/avatar';
import { ROOT } from '../../support/build';
import { filesUnder } from '../../support/imports';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const SHEETS = filesUnder('components', (path) => path.endsWith('.css'));
const COMPONENTS = filesUnder('components', (path) => path.endsWith('.tsx')).map((path) => ({ path, text: read(path) }));

/** Classes that components take from one CSS module, under whatever name they import it. */
function classesUsed(sheet: string): Set<string> {
  const used = new Set<string>();
  for (const { path, text } of COMPONENTS) {
    const name = new RegExp(`import (\\w+) from '([^']*${basename(sheet).replaceAll('.', '\\.')})'`, 'u').exec(text);
    if (!name?.[1] || !name[2] || join(dirname(path), name[2]) !== sheet) continue;
    for (const match of text.matchAll(new RegExp(`(?<![/\\w])${name[1]}\\.(\\w+)`, 'gu'))) used.add(match[1] ?? '');
    for (const match of text.matchAll(new RegExp(`\\b${name[1]}\\[kind\\]`, 'gu')))
      if (match) for (const kind of ['primary', 'quiet', 'link']) used.add(kind);
  }
  return used;
}

function classesDefined(sheet: string): Set<string> {
  const css = read(sheet).replace(/\/\*[\s\S]*?\*\//gu, '');
  return new Set([...css.matchAll(/\.([a-zA-Z]\w*)(?=[^{}]*\{)/gu)].map((match) => match[1] ?? ''));
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(hex.slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** `--name: light-dark(#light, #dark)` */
function tokens(): Record<string, readonly [string, string]> {
  const pairs = [...read('components/tokens.css').matchAll(/--([\w-]+):\s*light-dark\((#\w{6}),\s*(#\w{6})\)/gu)];
  return Object.fromEntries(pairs.map(([, name, light, dark]) => [name, [light, dark] as const]));
}

describe('style sheets', () => {
  it.each(SHEETS.filter((path) => path.endsWith('.module.css')))('%s defines what is used and nothing else', (sheet) => {
    expect([...classesDefined(sheet)].sort()).toEqual([...classesUsed(sheet)].sort());
  });

  it.each(SHEETS.filter((path) => !path.endsWith('tokens.css')))('%s names no colour of its own', (sheet) => {
    expect(read(sheet).match(/#[\da-f]{3,8}\b|\brgba?\(|\bhsla?\(/giu)).toBeNull();
  });

  it.each(SHEETS)('%s is written for both directions of reading', (sheet) => {
    const physical =
      /^\s*(?:left|right|top|bottom|width|height|(?:min|max)-(?:width|height)|(?:margin|padding|border)-(?:left|right|top|bottom)\b.*):/gmu;
    expect(read(sheet).match(physical)).toBeNull();
  });
});

describe('contrast', () => {
  const token = tokens();
  const grounds = ['page', 'surface', 'sunken', 'mine', 'direct-wash', 'held-wash', 'fail-wash'];
  const worst = (name: string, on: readonly string[]) =>
    Math.min(...on.flatMap((ground) => [0, 1].map((theme) => contrast(token[name]?.[theme] ?? '', token[ground]?.[theme] ?? ''))));

  it('of text is 4.5 or more in both themes', () => {
    expect(worst('text', grounds)).toBeGreaterThanOrEqual(4.5);
    expect(worst('muted', ['page', 'surface', 'sunken'])).toBeGreaterThanOrEqual(4.5);
    expect(worst('direct', ['page', 'surface', 'direct-wash'])).toBeGreaterThanOrEqual(4.5);
    expect(worst('held', ['page', 'surface', 'sunken', 'held-wash'])).toBeGreaterThanOrEqual(4.5);
    expect(worst('fail', ['page', 'surface', 'sunken', 'fail-wash'])).toBeGreaterThanOrEqual(4.5);
    expect(worst('on-accent', ['accent', 'accent-pressed'])).toBeGreaterThanOrEqual(4.5);
  });

  it('of a focus ring and of a control edge is 3 or more in both themes', () => {
    expect(worst('accent', ['page', 'surface', 'sunken', 'mine'])).toBeGreaterThanOrEqual(3);
    expect(worst('edge', ['page', 'surface', 'sunken'])).toBeGreaterThanOrEqual(3);
  });

  it.each(AVATAR_COLOURS)('of white letters on %s is 4.5 or more', (colour) => {
    expect(contrast('#ffffff', colour)).toBeGreaterThanOrEqual(4.5);
  });
});
