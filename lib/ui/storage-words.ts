/** How the storage stands, in words and one thing to do. */
import type { StorageView } from '../app/view';
import { language, t } from './text';
import { whenShort } from './time';
import type { Words } from './words';

const UNITS = ['kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const REMIND_MS = 30 * 24 * 3600_000;

/** Of 1000 bytes to the kilobyte, as disks are sold. */
export function sizeWords(bytes: number): string {
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 1), UNITS.length);
  const value = bytes / 1000 ** power;
  const digits = { maximumFractionDigits: value < 10 ? 1 : 0 };
  return new Intl.NumberFormat(language(), { style: 'unit', unit: UNITS[power - 1] ?? 'kilobyte', ...digits }).format(value);
}

export function countWords(count: number): string {
  return new Intl.NumberFormat(language()).format(count);
}

/** Stands on the list while there is cause; null while there is none. */
export function roomWords(storage: StorageView | null): Words | null {
  switch (storage?.room) {
    case 'full':
      return { icon: 'alert', tone: 'fail', text: t('storage_full') };
    case 'low':
      return { icon: 'alert', tone: 'held', text: t('storage_low', sizeWords(storage.freeBytes ?? 0)) };
    default:
      return null;
  }
}

/** In the overview of settings. */
export function storageStanding(storage: StorageView | null): string {
  if (!storage) return '';
  return storage.room === 'enough' ? sizeWords(storage.usedBytes) : t('storage_standing_low');
}

export function keptWords({ isKept }: StorageView): Words {
  if (isKept) return { icon: 'check', tone: 'plain', text: t('storage_kept') };
  return { icon: 'alert', tone: 'held', text: t('storage_not_kept') };
}

export function backupWords({ lastBackupMs }: StorageView, nowMs: number): { readonly when: string; readonly reminder: string | null } {
  if (lastBackupMs === null) return { when: t('storage_backup_never'), reminder: t('storage_backup_none') };
  const isOld = nowMs - lastBackupMs > REMIND_MS;
  return { when: whenShort(lastBackupMs, nowMs), reminder: isOld ? t('storage_backup_old') : null };
}
