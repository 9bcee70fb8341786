/**
 * The room that the browser gives this extension. With `unlimitedStorage` Chromium tells the disk's own free space and deletes
 * nothing by itself, though `persisted` says no; without it, it tells a fixed ten gigabytes. Firefox grants `persist` to an
 * extension that has the permission, unasked, and tells half of the disk's size.
 */
import browser from 'webextension-polyfill';
import type { Disk } from '../app/ports';

/** Chromium's worker has no `persist`. */
function isKept(storage: StorageManager): Promise<boolean> {
  if (typeof storage.persist === 'function') return storage.persist();
  return browser.permissions.contains({ permissions: ['unlimitedStorage'] });
}

export function browserDisk(storage: StorageManager): Disk {
  return {
    async look() {
      const { usage = 0, quota } = await storage.estimate();
      return { usedBytes: usage, freeBytes: quota === undefined ? null : Math.max(0, quota - usage), isKept: await isKept(storage) };
    },
  };
}
