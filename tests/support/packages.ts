/** Installs what the tests run and this project does not bring along. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first of these names on the PATH, then the first of these places. */
export function firstOf(names: readonly string[], places: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...places].find(isExecutable);
}

/** Debian's packages, as root; elsewhere, and for anybody else, nothing happens. */
export function installDebianPackages(packages: readonly string[]): void {
  const aptGet = firstOf(['apt-get'], []);
  if (packages.length === 0 || aptGet === undefined || process.getuid?.() !== 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  console.log(`Installing ${packages.join(', ')} from Debian's packages …`);
  try {
    execFileSync(aptGet, ['update', '-qq'], { env, stdio: 'inherit' });
    execFileSync(aptGet, ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (error) {
    console.error(`apt-get failed: ${(error as Error).message}`);
  }
}

/** For whoever may not have it done for them. */
export function debianCommand(packages: readonly string[]): string {
  return `sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`;
}
