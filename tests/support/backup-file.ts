/** A backup as a page makes it and reads it back: block by block, over the same commands. */
import type { World } from '../../lib/app/core';
import type { Store } from '../../lib/app/ports';
import { startRestore } from '../../lib/app/restore';
import type { RestoreView, ViewResult } from '../../lib/app/view';
import type { Argon2id } from '../../lib/protocol/argon2';
import { type BackupItem, frameBackupItem, takeBackupItems } from '../../lib/protocol/backup-items';
import { BACKUP_BLOCK_BYTES, BACKUP_HEADER_BYTES } from '../../lib/protocol/backup-sizes';
import { BACKUP_CONTENT_BYTES, openBackup, openBackupBlock, sealBackupBlock, startBackup } from '../../lib/protocol/backup-stream';
import { type Bytes, concat } from '../../lib/protocol/bytes';
import type { Engine } from '../../lib/protocol/engine';
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

/** A file of one's own making. */
export async function fileOf(engine: Engine, argon2id: Argon2id, items: readonly BackupItem[]): Promise<Bytes> {
  const stream = await startBackup(engine, argon2id, PASSPHRASE);
  const whole = concat(...items.map(frameBackupItem));
  const blocks = Math.max(1, Math.ceil(whole.length / BACKUP_CONTENT_BYTES));
  const parts = [stream.header];
  for (let index = 0; index < blocks; index++) {
    const content = whole.slice(index * BACKUP_CONTENT_BYTES, (index + 1) * BACKUP_CONTENT_BYTES);
    parts.push(await sealBackupBlock(engine, stream, { index, isLast: index === blocks - 1 }, content));
  }
  return concat(...parts);
}

export async function itemsIn(engine: Engine, argon2id: Argon2id, file: Bytes): Promise<readonly BackupItem[]> {
  const stream = await openBackup(argon2id, PASSPHRASE, file.slice(0, BACKUP_HEADER_BYTES));
  const blocks = blocksOf(file);
  const items: BackupItem[] = [];
  let carry: Bytes = new Uint8Array(0);
  for (const [index, block] of blocks.entries()) {
    const isLast = index === blocks.length - 1;
    const part = takeBackupItems(carry, await openBackupBlock(engine, stream, { index, isLast }, block), isLast);
    items.push(...part.items);
    carry = part.carry;
  }
  return items;
}
