/** Which browsers this machine has, and how it gets the missing ones. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { BrowserKind } from './browsers';
import { debianCommand, firstOf, installDebianPackages, isExecutable } from './packages';

/** Branded Chrome ignores `--load-extension`: it can hold the extension, but only by hand. */
export type FoundBrowser =
  | { readonly kind: BrowserKind; readonly path: string }
  | { readonly kind: 'branded-chrome'; readonly path: string }
  | { readonly kind: 'too-old'; readonly path: string; readonly version: number; readonly needed: number };

const OLDEST: Record<BrowserKind, number> = { chromium: 148, firefox: 142 };
const DEBIAN_PACKAGES: Record<BrowserKind, string> = { chromium: 'chromium', firefox: 'firefox-esr' };

const ON_PATH: Record<BrowserKind, readonly string[]> = {
  chromium: ['chromium', 'chromium-browser', 'chrome-for-testing'],
  firefox: ['firefox', 'firefox-esr'],
};
const BRANDED_ON_PATH = ['google-chrome', 'google-chrome-stable'];

function fixedPlaces(kind: BrowserKind): string[] {
  const home = homedir();
  const programs = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA].filter(
    (folder) => folder !== undefined,
  );
  if (kind === 'firefox') {
    return [
      '/Applications/Firefox.app/Contents/MacOS/firefox',
      ...programs.map((folder) => join(folder, 'Mozilla Firefox', 'firefox.exe')),
    ];
  }
  return [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
    ...programs.map((folder) => join(folder, 'Chromium', 'Application', 'chrome.exe')),
    ...downloaded(join(home, '.cache', 'puppeteer', 'chrome'), ['chrome-linux64/chrome', 'chrome-win64/chrome.exe']),
    ...downloaded(join(home, '.cache', 'ms-playwright'), ['chrome-linux/chrome', 'chrome-linux64/chrome']),
  ];
}

/** Newest first, as their version folders sort. */
function downloaded(folder: string, inside: readonly string[]): string[] {
  if (!existsSync(folder)) return [];
  const versions = readdirSync(folder).sort().reverse();
  return versions.flatMap((version) => inside.map((file) => join(folder, version, file)));
}

function brandedPlaces(): string[] {
  const programs = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)']].filter((folder) => folder !== undefined);
  return [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ...programs.map((folder) => join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe')),
  ];
}

/** Null where asking would open a window (Windows) or nothing is understood. */
function majorVersion(path: string): number | null {
  if (process.platform === 'win32') return null;
  try {
    const printed = execFileSync(path, ['--version'], { encoding: 'utf8', timeout: 15_000, stdio: ['ignore', 'pipe', 'ignore'] });
    const major = /(\d+)\.\d/.exec(printed)?.[1];
    return major === undefined ? null : Number(major);
  } catch {
    return null;
  }
}

/** `CHROMIUM_PATH` and `FIREFOX_PATH` come before anything found. */
export function findBrowser(kind: BrowserKind): FoundBrowser | null {
  const named = process.env[`${kind.toUpperCase()}_PATH`];
  const path = named ? [named].find(isExecutable) : firstOf(ON_PATH[kind], fixedPlaces(kind));
  if (path === undefined) {
    const branded = kind === 'chromium' ? firstOf(BRANDED_ON_PATH, brandedPlaces()) : undefined;
    return branded === undefined ? null : { kind: 'branded-chrome', path: branded };
  }
  const version = majorVersion(path);
  const needed = OLDEST[kind];
  return version !== null && version < needed ? { kind: 'too-old', path, version, needed } : { kind, path };
}

/** Somewhere to open a window. */
export function hasDisplay(): boolean {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);
}

export function isUsable(found: FoundBrowser | null): found is { readonly kind: BrowserKind; readonly path: string } {
  return found?.kind === 'chromium' || found?.kind === 'firefox';
}

/** The path of a browser known to be there. @throws {Error} saying how to get it. */
export function requireBrowser(kind: BrowserKind): string {
  const found = findBrowser(kind);
  if (isUsable(found)) return found.path;
  throw new Error(whyUnusable(kind, found));
}

export function whyUnusable(kind: BrowserKind, found: FoundBrowser | null): string {
  const name = kind === 'chromium' ? 'Chromium' : 'Firefox';
  const cause =
    found?.kind === 'too-old' ? `${found.path} is version ${found.version}, ${found.needed} or newer is needed` : `no ${name} was found`;
  return `${cause}. Install it with:  ${installCommand([kind])}`;
}

export function installCommand(kinds: readonly BrowserKind[]): string {
  if (process.platform === 'darwin') return kinds.map((kind) => `brew install --cask ${kind}`).join(' && ');
  if (process.platform === 'win32')
    return kinds.map((kind) => `winget install ${kind === 'chromium' ? 'Hibbiki.Chromium' : 'Mozilla.Firefox'}`).join(' ; ');
  return debianCommand(kinds.map((kind) => DEBIAN_PACKAGES[kind]));
}

/** Installs what is missing where this user may. Returns the kinds still missing. */
export function installMissing(kinds: readonly BrowserKind[]): BrowserKind[] {
  const missing = () => kinds.filter((kind) => !isUsable(findBrowser(kind)));
  installDebianPackages(missing().map((kind) => DEBIAN_PACKAGES[kind]));
  return missing();
}
