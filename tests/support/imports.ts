/** Reads which module imports which from the text of the sources. House style (one form of import, single quotes) makes that exact. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { ROOT } from './build';

export interface Import {
  /** A file of this project, its path from the top with its ending; or a package as it is written. */
  readonly to: { readonly kind: 'file'; readonly path: string } | { readonly kind: 'package'; readonly name: string };
  /** Gone after compilation. */
  readonly isType: boolean;
}

export interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const SCRIPT = /\.tsx?$/;
const STATIC = /^(?:import|export)\s+(type\s+)?([^'"`;=]*?)\s*from\s+'([^']+)'/gm;
const SIDE_EFFECT = /^import\s+'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*('([^']*)')?/g;

/** Paths from the top, with forward slashes. */
export function filesUnder(folder: string, isWanted: (path: string) => boolean): string[] {
  const top = join(ROOT, folder);
  if (!existsSync(top)) return [];
  return readdirSync(top, { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path).split(sep).join('/'))
    .filter((path) => isWanted(path) && statSync(join(ROOT, path)).isFile())
    .sort();
}

export function sourcesUnder(folder: string): Source[] {
  return filesUnder(folder, (path) => SCRIPT.test(path) && !path.endsWith('.d.ts')).map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    return { path, text, imports: importsOf(path, text) };
  });
}

/** @throws {Error} on an import that can't be followed: a computed one, or one that leads nowhere. */
export function importsOf(path: string, text: string): Import[] {
  const found: Import[] = [];
  for (const [, type, names = '', to = ''] of text.matchAll(STATIC)) {
    found.push({ to: resolve(path, to), isType: type !== undefined || areAllTypes(names) });
  }
  for (const [, to = ''] of text.matchAll(SIDE_EFFECT)) found.push({ to: resolve(path, to), isType: false });
  for (const [, , to] of text.matchAll(DYNAMIC)) {
    if (to === undefined) throw new Error(`${path}: an import that is no literal`);
    found.push({ to: resolve(path, to), isType: false });
  }
  return found;
}

/** `{ type A, type B }` */
function areAllTypes(names: string): boolean {
  const listed = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1];
  return listed?.split(',').every((name) => /^\s*(type\s|$)/.test(name)) ?? false;
}

function resolve(from: string, to: string): Import['to'] {
  if (!to.startsWith('.')) return { kind: 'package', name: to };
  const bare = relative(ROOT, join(ROOT, dirname(from), to))
    .split(sep)
    .join('/');
  const endings = ['', '.ts', '.tsx', '.d.ts', '/index.ts'];
  const path = endings.map((ending) => bare + ending).find((file) => existsSync(join(ROOT, file)) && statSync(join(ROOT, file)).isFile());
  if (path === undefined) throw new Error(`${from}: nothing at ${to}`);
  return { kind: 'file', path };
}
