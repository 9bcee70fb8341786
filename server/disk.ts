/**
 * The room on the store's disk. Under the floor the relay takes nothing new, so that acknowledging and deleting, which need a little
 * room themselves, go on.
 */
import { statfs } from 'node:fs/promises';
import type { Limits } from './limits';
import { failureCode, type Log } from './log';

export interface Room {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export async function roomOf(directory: string): Promise<Room> {
  const { bavail, blocks, bsize } = await statfs(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

export type DiskLimits = Pick<Limits, 'diskFloorBytes' | 'diskFloorPercent'>;

export function floorBytes({ totalBytes }: Room, { diskFloorBytes, diskFloorPercent }: DiskLimits): number {
  return Math.max(diskFloorBytes, (totalBytes * diskFloorPercent) / 100);
}

// Of the floor, on the disk itself: the store's log grows there before freed pages are used again.
const LOG_SHARE = 1 / 8;

/** `reusableBytes`: freed inside the database, which never gives room back to the disk but fills it first. */
export function isUnderFloor(room: Room, reusableBytes: number, limits: DiskLimits): boolean {
  const floor = floorBytes(room, limits);
  return room.freeBytes + reusableBytes < floor || room.freeBytes < floor * LOG_SHARE;
}

export interface DiskParts {
  readonly room: () => Promise<Room>;
  readonly reusableBytes: () => Promise<number>;
  readonly limits: DiskLimits;
  readonly log: Log;
}

export class Disk {
  readonly #parts: DiskParts;
  #freeBytes = Number.NaN;
  #isLow = false;
  #isUnknown = false;

  constructor(parts: DiskParts) {
    this.#parts = parts;
  }

  /** Not a number before the first look. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  get isLow(): boolean {
    return this.#isLow;
  }

  /** Never rejects: a disk that can't be asked stays as it was last seen. */
  async look(): Promise<void> {
    const { room, reusableBytes, limits, log } = this.#parts;
    try {
      const seen = await room();
      const isLow = isUnderFloor(seen, await reusableBytes(), limits);
      this.#freeBytes = seen.freeBytes;
      if (isLow && !this.#isLow) log.warn('disk-low', { freeBytes: seen.freeBytes });
      if (!isLow && this.#isLow) log.info('disk-has-room', { freeBytes: seen.freeBytes });
      this.#isLow = isLow;
      this.#isUnknown = false;
    } catch (error) {
      if (!this.#isUnknown) log.error('disk-unknown', { code: failureCode(error) });
      this.#isUnknown = true;
    }
  }
}
