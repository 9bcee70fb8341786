/** A disk of its own, small enough to fill: a tmpfs, mounted and removed by the test. Needs root. */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmdirSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly path: string;
  freeBytes(): number;
  /** Writes a file of its own until only so much is left. */
  fillUpTo(leftBytes: number): void;
  /** Nothing is left, and what others let go of is taken at once, until `empty`. */
  keepFull(): void;
  /** Removes what `fillUpTo` has written. */
  empty(): void;
  unmount(): void;
}

const PIECE_BYTES = 64 * 1024;
const PAGE_BYTES = 4096;
const KEEPING_MS = 5;

function run(command: string, ...args: readonly string[]): void {
  try {
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    throw new Error(`A small disk needs root and ${command}: ${(error as Error).message}`);
  }
}

/** False when the disk is full. */
function hasWritten(file: number, sizeBytes: number): boolean {
  try {
    return writeSync(file, new Uint8Array(sizeBytes)) === sizeBytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}

export function mountSmallDisk(sizeMiB: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'tincan-disk-'));
  run('mount', '-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', path);
  const ballast = join(path, 'ballast');
  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  };
  let keeping: NodeJS.Timeout | undefined;
  const fillUpTo = (leftBytes: number) => {
    const file = openSync(ballast, 'a');
    for (const piece of [PIECE_BYTES, PAGE_BYTES]) while (freeBytes() >= leftBytes + piece && hasWritten(file, piece));
    closeSync(file);
  };
  return {
    path,
    freeBytes,
    fillUpTo,
    keepFull: () => {
      fillUpTo(0);
      keeping = setInterval(() => fillUpTo(0), KEEPING_MS);
    },
    empty: () => {
      clearInterval(keeping);
      rmSync(ballast, { force: true });
    },
    unmount: () => {
      clearInterval(keeping);
      // Lazily: a process that is still ending may hold a file there for a moment.
      if (existsSync(path)) run('umount', '-l', path);
      rmdirSync(path);
    },
  };
}
