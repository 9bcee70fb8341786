/** A backup as a page makes it and reads it back: block by block, over the same commands. */
import type { World } from '../../lib/app/core';
import type { Store } from '../../lib/app/ports';
import { startRestore } from '../../lib/app/restore';
import type { RestoreView, ViewResult } from '../../lib/app/view';
import { BACKUP_BLOCK_BYTES, BACKUP_HEADER_BYTES } from '../../lib/protocol/backup-sizes';
import { type Bytes, concat } from '../../lib/protocol/bytes';
import type { Party } from './two-parties';

export const PASSPHRASE = 'seven blue kettles';

async function part(party: Party, command: 'start' | 'next', passphrase: string): Promise<ViewResult> {
  return party.ask(command === 'start' ? { kind: 'backup.start', passphrase } : { kind: 'backup.next' });
}

/** @throws {Error} named by the code when it is refused */
export async function backupOf(party: Party, betweenBlocks: () => Promise<void> = async () => undefined): Promise<Bytes> {
  const parts: Bytes[] = [];
  for (let isLast = false; !isLast; ) {
    const result = await part(party, parts.length === 0 ? 'start' : 'next', PASSPHRASE);
    if (!result.ok || !result.part) throw new Error(result.ok ? 'no part' : result.code);
    parts.push(result.part.bytes);
    isLast = result.part.isLast;
    if (!isLast) await betweenBlocks();
  }
  return concat(...parts);
}

export function blocksOf(file: Bytes): Bytes[] {
  const count = Math.ceil((file.length - BACKUP_HEADER_BYTES) / BACKUP_BLOCK_BYTES);
  return Array.from({ length: count }, (_, i) => {
    const start = BACKUP_HEADER_BYTES + i * BACKUP_BLOCK_BYTES;
    return file.slice(start, start + BACKUP_BLOCK_BYTES);
  });
}

/** As a page reads it, up to what is shown of it; nothing is kept yet. */
export async function openBackupAt(party: Party, file: Bytes, passphrase = PASSPHRASE): Promise<ViewResult> {
  const header = file.slice(0, BACKUP_HEADER_BYTES);
  let result = await party.ask({ kind: 'restore.start', passphrase, header, sizeBytes: file.length });
  for (const block of blocksOf(file)) if (result.ok) result = await party.ask({ kind: 'restore.next', block });
  return result;
}

/** Into a store that is nobody's yet. @throws {AppError} as the page would be told */
export async function readBackup(world: World, store: Store, file: Bytes, passphrase = PASSPHRASE): Promise<RestoreView | null> {
  const header = file.slice(0, BACKUP_HEADER_BYTES);
  const options = { world, passphrase, header, sizeBytes: file.length, isKnown: async () => false, stage: async () => store };
  const restore = await startRestore(options);
  let shown: RestoreView | null = null;
  for (const block of blocksOf(file)) shown = await restore.take(block);
  return shown;
}
