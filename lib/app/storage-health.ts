/**
 * How the storage stands: said before it hurts, and while it does. A write that failed for want of room says "full"; the next
 * one that succeeds takes it back, and until then a small one is tried now and then.
 */
import type { Core } from './core';
import type { AppError } from './errors';
import type { DiskState } from './ports';
import { type BackupRecord, keys } from './records';
import type { StorageView } from './view-storage';

/** Room for a few large files and for what the database needs to tidy itself up. Below it every page says so. */
const LOW_BYTES = 100_000_000;
const PROBE_MS = 15_000;

export interface StorageHealth {
  /** Null until it was looked at. */
  view(): StorageView | null;
  /** Looks at the disk, and `wholly` also counts. Never rejects. */
  look(wholly?: boolean): Promise<void>;
  /** What became of a write. */
  note(failure: AppError | null): void;
}

export function createStorageHealth(core: Core): StorageHealth {
  const { journal, lane, world } = core;
  let disk: DiskState | null = null;
  let isFull = false;
  let messages: number | null = null;
  let lastBackupMs: number | null = null;

  function room(freeBytes: number | null): StorageView['room'] {
    if (isFull) return 'full';
    return freeBytes !== null && freeBytes < LOW_BYTES ? 'low' : 'enough';
  }

  function view(): StorageView | null {
    return disk && { ...disk, room: room(disk.freeBytes), messages, lastBackupMs };
  }

  function tell(before: StorageView | null): void {
    const storage = view();
    if (storage && (before?.room !== storage.room || before.isKept !== storage.isKept)) core.hub.patch([{ kind: 'storage', storage }]);
  }

  async function count(): Promise<void> {
    messages = await journal.store.count(['message']);
    const backup = (await journal.store.get(keys.backup)) as BackupRecord | undefined;
    lastBackupMs = backup?.atMs ?? null;
  }

  function probeLater(): void {
    world.clock.after(PROBE_MS, () => {
      if (!isFull) return;
      lane.run(() => journal.commit((change) => change.put(keys.room, null))).catch(probeLater);
    });
  }

  return {
    view,
    async look(wholly = false) {
      const before = wholly ? null : view();
      try {
        disk = await world.disk.look();
        if (wholly) await count();
      } catch (error) {
        world.report(error);
      }
      tell(before);
    },
    note(failure) {
      if ((failure?.code === 'storage-full') === isFull || (failure && failure.code !== 'storage-full')) return;
      const before = view();
      isFull = failure !== null;
      tell(before);
      if (isFull) probeLater();
    },
  };
}
