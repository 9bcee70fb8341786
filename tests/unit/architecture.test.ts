/** The floors of the house, as data, and the proof that every import keeps to them. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/build';
import { importsOf, type Source, sourcesUnder } from '../support/imports';

interface Floor {
  readonly folder: string;
  /** Files and folders whose code it may run. Itself always. */
  readonly code: readonly string[];
  /** Files and folders it may know the types of. */
  readonly types: readonly string[];
  readonly packages: readonly RegExp[];
  /** Fewer files seen than this means that the check looked past them. */
  readonly atLeast: number;
}

const APP_CONTRACTS = ['lib/app/ports.ts', 'lib/app/view.ts', 'lib/app/link.ts', 'lib/app/errors.ts'];
const CHANNEL = 'lib/bus/channel.ts';
const BROWSER = /^webextension-polyfill$/;

const FLOORS: readonly Floor[] = [
  { folder: 'lib/protocol', code: [], types: [], packages: [/^@noble\//], atLeast: 25 },
  { folder: 'lib/domain', code: [], types: ['lib/protocol'], packages: [], atLeast: 1 },
  { folder: 'lib/app', code: ['lib/domain', 'lib/protocol'], types: [CHANNEL], packages: [], atLeast: 20 },
  { folder: 'lib/bus', code: ['lib/protocol'], types: APP_CONTRACTS, packages: [BROWSER], atLeast: 3 },
  { folder: 'lib/storage', code: [...APP_CONTRACTS, CHANNEL, 'lib/protocol'], types: [], packages: [/^idb-keyval$/, BROWSER], atLeast: 3 },
  { folder: 'lib/net', code: [...APP_CONTRACTS, CHANNEL, 'lib/protocol'], types: [], packages: [BROWSER], atLeast: 12 },
  {
    folder: 'lib/ui',
    code: ['lib/app/view.ts', 'lib/bus', 'lib/domain/excerpt.ts', 'lib/domain/name.ts', 'lib/protocol/backup-sizes.ts'],
    types: ['lib/domain'],
    packages: [/^@preact\/signals$/],
    atLeast: 10,
  },
  {
    folder: 'components',
    code: ['lib/ui'],
    types: ['lib/domain', 'lib/app/view.ts'],
    packages: [/^preact(\/|$)/, /^@preact\/signals$/, /^qrcode$/],
    atLeast: 25,
  },
  { folder: 'entrypoints', code: ['lib', 'components'], types: [], packages: [/./], atLeast: 5 },
  {
    folder: 'server',
    code: ['lib/protocol/relay', 'lib/protocol/envelope', 'lib/protocol/prekeys', 'lib/protocol/bytes', 'lib/protocol/errors'],
    types: [],
    packages: [/^node:/, /^express$/, /^ws$/, /^@photostructure\/sqlite$/, /^@noble\//],
    atLeast: 15,
  },
];

/** The top level, beside what begins with a dot and what is never committed. */
const TOP_LEVEL = new Set([
  ...[
    'LICENSE',
    'README.md',
    'biome.json',
    'knip.json',
    'package-lock.json',
    'package.json',
    'tsconfig.json',
    'vitest.config.ts',
    'wxt.config.ts',
  ],
  ...['components', 'entrypoints', 'lib', 'server', 'tests'],
]);
const NEVER_COMMITTED = new Set(['data', 'node_modules', 'coverage']);

/** `lib/protocol/relay` covers `relay.ts`, `relay-codec.ts` and a folder `relay/`. */
function covers(allowed: string, path: string): boolean {
  return path === allowed || path.startsWith(`${allowed}/`) || path.startsWith(`${allowed}.`) || path.startsWith(`${allowed}-`);
}

function trespasses(floor: Floor, source: Source): string[] {
  return source.imports.flatMap(({ to, isType }) => {
    if (to.kind === 'package') return floor.packages.some((allowed) => allowed.test(to.name)) ? [] : [`${source.path} → ${to.name}`];
    const allowed = [floor.folder, ...floor.code, ...(isType ? floor.types : [])];
    return allowed.some((place) => covers(place, to.path)) ? [] : [`${source.path} → ${to.path}${isType ? ' (type)' : ''}`];
  });
}

/** Depth first; a type's import does not run, so it can close no circle. */
function circlesIn(sources: readonly Source[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
    if (done.has(path) || trail.includes(path)) return;
    for (const { to, isType } of byPath.get(path)?.imports ?? []) {
      if (!isType && to.kind === 'file') visit(to.path, [...trail, path]);
    }
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return circles;
}

const SOURCES = new Map(FLOORS.map((floor) => [floor.folder, sourcesUnder(floor.folder)]));
const on = (folder: string): readonly Source[] => SOURCES.get(folder) ?? [];
const EVERY = [...SOURCES.values()].flat();

describe('the house', () => {
  it.each(FLOORS)('$folder imports only what its floor allows', (floor) => {
    expect(on(floor.folder).flatMap((source) => trespasses(floor, source))).toEqual([]);
  });

  it.each(FLOORS)('$folder was looked at, at least $atLeast files of it', ({ folder, atLeast }) => {
    expect(on(folder).length).toBeGreaterThanOrEqual(atLeast);
  });

  it('every file of lib stands on a floor', () => {
    const known = new Set(EVERY.map(({ path }) => path));
    expect(sourcesUnder('lib').filter(({ path }) => !known.has(path))).toEqual([]);
  });

  it('no import leads back to where it came from', () => {
    expect(circlesIn(EVERY)).toEqual([]);
  });

  it('the top level stays as it was laid out', () => {
    const shown = readdirSync(ROOT).filter((name) => !name.startsWith('.') && !NEVER_COMMITTED.has(name));
    expect(shown.filter((name) => !TOP_LEVEL.has(name))).toEqual([]);
  });

  it('nothing draws from Math.random', () => {
    expect(EVERY.filter(({ text }) => /\bMath\.random\b/.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('no secret, key, code or signature is compared with === or !==', () => {
    const compared = /\w*(?:[sS]ecret|[cC]ommitment|[mM]ac|[sS]ignature|[sS]hared|[a-z]Key|[a-z]Hash)\s[!=]==\s(?!null|undefined|['"\d])/;
    const floors = EVERY.filter(({ path }) => /^(lib\/(protocol|app|storage)|server)\//.test(path));
    expect(floors.flatMap(({ path, text }) => (compared.test(text) ? [path] : []))).toEqual([]);
    expect(compared.test('if (tag.shared === theirs.shared)')).toBe(true);
    expect(compared.test('chainKey !== null')).toBe(false);
  });

  it('secrets in logs: lib writes nothing to the console', () => {
    const writers = EVERY.filter(({ path, text }) => path.startsWith('lib/') && /\bconsole\./.test(text));
    expect(writers.map(({ path }) => path)).toEqual([]);
  });

  it('entry points only compose: none is long enough to hold logic', () => {
    expect(on('entrypoints').filter(({ text }) => text.split('\n').length > 150)).toEqual([]);
  });
});

describe('reading imports', () => {
  const read = (text: string) =>
    importsOf('lib/protocol/bytes.ts', text).map(({ to, isType }) => [to.kind === 'file' ? to.path : to.name, isType]);

  it('sees every form of import, over several lines too', () => {
    expect(read("import a from 'a';\nimport {\n  b,\n  type C,\n} from './errors';\nimport 'd';\nexport { e } from './errors';")).toEqual([
      ['a', false],
      ['lib/protocol/errors.ts', false],
      ['lib/protocol/errors.ts', false],
      ['d', false],
    ]);
    expect(read("const f = await import('./errors');")).toEqual([['lib/protocol/errors.ts', false]]);
  });

  it('tells types from code', () => {
    expect(read("import type { A } from 'a';\nimport { type B, type C } from 'b';")).toEqual([
      ['a', true],
      ['b', true],
    ]);
  });

  it('refuses what it cannot follow', () => {
    expect(() => read('await import(name);')).toThrow('no literal');
    expect(() => read("import x from './nowhere';")).toThrow('nothing at');
  });
});
