/**
 * A backup read back into a profile of its own, which nobody lists until the user has seen what is in it and said yes.
 *
 *   idle ──start: right passphrase──▶ reading ──last block──▶ shown ──keep──▶ a profile of this device
 *             └── wrong, damaged, stopped, page closed, locked, worker dead: nothing has changed
 *
 * Blocks are verified one by one, and only what is verified is written. The profile's own record comes last: without it there is
 * none. An identity that is open here already is refused: its two copies would take each other's place at the relay, and the one
 * that is here knows more.
 */

import type { BackupContact } from '../protocol/backup-contact';
import { type BackupItem, type BackupMessage, type BackupProfile, type BackupSaid, takeBackupItems } from '../protocol/backup-items';
import { BACKUP_HEADER_BYTES } from '../protocol/backup-sizes';
import { type BackupStream, backupBlocks, openBackup, openBackupBlock } from '../protocol/backup-stream';
import type { Bytes } from '../protocol/bytes';
import { ProtocolError } from '../protocol/errors';
import { fingerprint } from '../protocol/fingerprint';
import { decodeIdentity } from '../protocol/identity';
import { restoredContact, restoredMessage, type Tally } from './backup-records';
import type { World } from './core';
import { AppError, type ViewErrorCode } from './errors';
import { lastOf } from './messages';
import { isWaiting } from './moved';
import type { Store, StoreChange, StoreKey, StoreValue } from './ports';
import { isCounted } from './reading';
import { keys, type LockRecord, type ProfileRecord, type RelayRecord, type SaidRecord, type SettingsRecord } from './records';
import type { RestoreView } from './view-backup';

const NO_TALLY: Tally = { unread: 0, waiting: 0, last: null };

/** A contact whose messages are being read. */
interface Reading {
  readonly contact: BackupContact;
  tally: Tally;
  lastSequence: number;
}

/** What was read: nothing of it is more than a few counts. */
interface Found {
  profile: BackupProfile | null;
  fingerprint: string;
  readonly contactIds: Set<string>;
  messages: number;
  span: RestoreView['span'];
}

function damaged(reason: string): ProtocolError {
  return new ProtocolError('bad-value', { reason });
}

/** Turns items, in their order, into records. @throws {ProtocolError} when they can't be what a backup holds */
function createReader(world: World) {
  const found: Found = { profile: null, fingerprint: '', contactIds: new Set(), messages: 0, span: null };
  let reading: Reading | null = null;
  let changes: StoreChange[] = [];
  const put = (key: StoreKey, value: StoreValue) => void changes.push({ kind: 'put', key, value });

  function beginProfile(item: BackupProfile): void {
    if (found.profile) throw damaged('second profile');
    found.profile = item;
    found.fingerprint = fingerprint(decodeIdentity(item.identity).statement);
  }

  function beginContact(contact: BackupContact): void {
    endContact();
    if (found.contactIds.has(contact.id)) throw damaged('contact twice');
    found.contactIds.add(contact.id);
    reading = { contact, tally: NO_TALLY, lastSequence: 0 };
  }

  /** Notes to oneself: the contact is the profile's own identity. */
  const isSelf = ({ statement }: BackupContact) => fingerprint(statement) === found.fingerprint;

  function endContact(): void {
    if (reading)
      put(keys.contact(reading.contact.id), restoredContact(world, reading.contact, { ...reading.tally, isSelf: isSelf(reading.contact) }));
    reading = null;
  }

  function whose({ sequence }: { readonly sequence: number }): Reading {
    if (!reading || sequence < 0 || sequence >= reading.contact.nextSequence) throw damaged('sequence');
    return reading;
  }

  function takeMessage(item: BackupMessage): void {
    const of = whose(item);
    // Above 0, and rising.
    if (item.sequence <= of.lastSequence) throw damaged('order');
    of.lastSequence = item.sequence;
    const { id } = of.contact;
    put(keys.content(id, item.id), item.sequence);
    // Its time is over: what is left of it is that it never comes again.
    if (item.expiresAtMs !== null && item.expiresAtMs <= world.clock.now()) return;
    const message = restoredMessage(item);
    put(keys.message(id, item.sequence), message);
    if (item.expiresAtMs !== null) put(keys.expiry(item.expiresAtMs, id, item.sequence), true);
    if (item.isUnconfirmed) put(keys.unconfirmed(id, item.sequence), item.id);
    of.tally = {
      unread: of.tally.unread + Number(isCounted(message) && item.sequence > of.contact.readUpTo),
      waiting: of.tally.waiting + Number(isWaiting(message)),
      last: lastOf(message),
    };
    const atMs = item.receivedAtMs ?? item.sentAtMs;
    const { fromMs, toMs } = found.span ?? { fromMs: atMs, toMs: atMs };
    found.span = { fromMs: Math.min(fromMs, atMs), toMs: Math.max(toMs, atMs) };
    found.messages += 1;
  }

  /** Asked after with the texts, as soon as there is a session, and sent again if the contact has not heard it. */
  function takeSaid({ id, what, mayWait, atMs }: BackupSaid): void {
    const { contact } = whose(what.kind === 'delete' ? { sequence: 0 } : what);
    put(keys.said(contact.id, id), { what, mayWait, atMs } satisfies SaidRecord);
  }

  function take(item: BackupItem): void {
    if (!found.profile && item.kind !== 'profile') throw damaged('no profile');
    switch (item.kind) {
      case 'profile':
        beginProfile(item);
        break;
      case 'contact':
        beginContact(item);
        break;
      case 'message':
        takeMessage(item);
        break;
      case 'tombstone':
        put(keys.content(whose(item).contact.id, item.id), item.sequence);
        break;
      case 'said':
        takeSaid(item);
        break;
      default:
        item satisfies never;
    }
  }

  function finish(): void {
    endContact();
    const { profile } = found;
    if (!profile) throw damaged('no profile');
    const { name, identity, createdAtMs, relay, autoLockMinutes, settings } = profile;
    if (relay) put(keys.relay, relay satisfies RelayRecord);
    if (autoLockMinutes !== null) put(keys.lock, { autoLockMinutes } satisfies LockRecord);
    put(keys.settings, settings satisfies SettingsRecord);
    put(keys.profile, { name, identity, createdAtMs } satisfies ProfileRecord);
  }

  return {
    found,
    take,
    finish,
    /** What the items until now come to; once. */
    changes(): readonly StoreChange[] {
      const taken = changes;
      changes = [];
      return taken;
    },
  };
}

const HEADER_FAULTS: Partial<Record<ProtocolError['code'], ViewErrorCode>> = {
  'bad-kind': 'backup-none',
  'bad-version': 'backup-later',
  'bad-tag': 'backup-wrong',
  truncated: 'backup-none',
};

function headerFault(error: unknown): unknown {
  return error instanceof ProtocolError ? new AppError(HEADER_FAULTS[error.code] ?? 'backup-damaged') : error;
}

function blockFault(error: unknown): unknown {
  if (!(error instanceof ProtocolError)) return error;
  if (error.code === 'truncated') return new AppError('backup-truncated');
  return new AppError(error.code === 'bad-kind' ? 'backup-later' : 'backup-damaged');
}

export interface RestoreOptions {
  readonly world: World;
  readonly passphrase: string;
  readonly header: Bytes;
  readonly sizeBytes: number;
  /** A profile of this device has the identity with this fingerprint. */
  readonly isKnown: (fingerprint: string) => Promise<boolean>;
  /** Where to write: asked for once the passphrase has proved right. */
  readonly stage: () => Promise<Store>;
}

export interface Restore {
  /**
   * The next block of the file; after the last one, what is in it.
   * @throws {AppError} backup-damaged, backup-truncated, backup-later, backup-known, storage-…: then nothing more is taken
   */
  take(block: Bytes): Promise<RestoreView | null>;
}

/** @throws {AppError} backup-none, backup-later, backup-damaged, backup-truncated, backup-wrong; storage-… */
export async function startRestore({ world, passphrase, header, sizeBytes, isKnown, stage }: RestoreOptions): Promise<Restore> {
  let stream: BackupStream;
  try {
    stream = await openBackup(world.argon2id, passphrase, header.subarray(0, BACKUP_HEADER_BYTES));
  } catch (error) {
    throw headerFault(error);
  }
  let blocks: number;
  try {
    blocks = backupBlocks(sizeBytes);
  } catch (error) {
    throw blockFault(error);
  }
  const store = await stage();
  const reader = createReader(world);
  let index = 0;
  let isChecked = false;
  let carry: Bytes = new Uint8Array(0);

  async function read(block: Bytes): Promise<RestoreView | null> {
    const isLast = index === blocks - 1;
    const content = await openBackupBlock(world.engine, stream, { index, isLast }, block);
    index += 1;
    const part = takeBackupItems(carry, content, isLast);
    carry = part.carry;
    for (const item of part.items) reader.take(item);
    const { found } = reader;
    if (found.profile && !isChecked && (await isKnown(found.fingerprint))) throw new AppError('backup-known');
    isChecked = found.profile !== null;
    if (isLast) reader.finish();
    const changes = reader.changes();
    if (changes.length > 0) await store.commit(changes);
    if (!isLast || !found.profile) return null;
    const { name, atMs } = found.profile;
    return {
      name,
      fingerprint: found.fingerprint,
      madeAtMs: atMs,
      contacts: found.contactIds.size,
      messages: found.messages,
      span: found.span,
    };
  }

  return {
    async take(block) {
      if (index >= blocks) throw new AppError('backup-ended');
      try {
        return await read(block);
      } catch (error) {
        index = blocks;
        throw blockFault(error);
      }
    },
  };
}
