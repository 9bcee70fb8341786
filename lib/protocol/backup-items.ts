/**
 * What a backup holds, item after item: one profile first, then each contact followed by what was said with them, oldest first. No
 * session and no prekey is among it: who is restored begins every session anew. PROTOCOL.md has every item byte by byte.
 *
 *   item  length(4) ‖ kind(1) ‖ body            a length of 0: the rest is zeros
 */
import { readSettings, type Settings, writeSettings } from './backup-choices';
import { type BackupContact, readContact, writeContact } from './backup-contact';
import { type BackupMessage, readMessage, writeMessage } from './backup-message';
import { type BackupSaid, readSaid, writeSaid } from './backup-said';
import { type Bytes, concat, fromHex, Reader, toHex, Writer } from './bytes';
import { CONTENT_ID_BYTES } from './content-life';
import { ProtocolError } from './errors';
import { readMaybe, writeMaybe } from './maybe';
import { readName, readRelay, writeName, writeRelay, writeText } from './profile';

const MAX_IDENTITY_BYTES = 512;
const MAX_ACCESS_BYTES = 512;
/** A contact with the longest draft fits. */
const MAX_BACKUP_ITEM_BYTES = 2 ** 19;

/** Kinds 8 to 15 are kept for files. */
const KIND = { profile: 1, contact: 2, message: 3, tombstone: 4, said: 18 } as const;

export interface BackupProfile {
  readonly kind: 'profile';
  /** When the backup was made. */
  readonly atMs: number;
  readonly name: string;
  /** With its secrets, in its stored form. */
  readonly identity: Bytes;
  readonly createdAtMs: number;
  /** Where new queues are made, and the password or token for it, '' for none. */
  readonly relay: { readonly url: string; readonly access: string } | null;
  readonly autoLockMinutes: number | null;
  readonly settings: Settings;
}

/** A content of the contact before it whose message is gone: it is never taken again. */
export interface BackupTombstone {
  readonly kind: 'tombstone';
  readonly id: string;
  readonly sequence: number;
}

export type { BackupMessage } from './backup-message';
export type { BackupSaid } from './backup-said';

export type BackupItem = BackupProfile | BackupContact | BackupMessage | BackupTombstone | BackupSaid;

function writeProfile(writer: Writer, profile: BackupProfile): void {
  writer.u64(profile.atMs);
  writeName(writer, profile.name);
  if (profile.identity.length > MAX_IDENTITY_BYTES) throw new ProtocolError('too-large', { size: profile.identity.length });
  writer.sized(profile.identity).u64(profile.createdAtMs);
  writeMaybe(writer, profile.relay, ({ url, access }) => {
    writeRelay(writer, url);
    writeText(writer, access, MAX_ACCESS_BYTES);
  });
  writeMaybe(writer, profile.autoLockMinutes, (minutes) => writer.u16(minutes));
  writeSettings(writer, profile.settings);
}

function readProfile(reader: Reader): BackupProfile {
  return {
    kind: 'profile',
    atMs: reader.u64(),
    name: readName(reader),
    identity: reader.sized(MAX_IDENTITY_BYTES),
    createdAtMs: reader.u64(),
    relay: readMaybe(reader, () => ({ url: readRelay(reader), access: reader.text(MAX_ACCESS_BYTES) })),
    autoLockMinutes: readMaybe(reader, () => reader.u16()),
    settings: readSettings(reader),
  };
}

function writeBody(writer: Writer, item: BackupItem): void {
  switch (item.kind) {
    case 'profile':
      writeProfile(writer, item);
      break;
    case 'contact':
      writeContact(writer, item);
      break;
    case 'message':
      writeMessage(writer, item);
      break;
    case 'tombstone':
      writer.fixed(fromHex(item.id), CONTENT_ID_BYTES).f64(item.sequence);
      break;
    case 'said':
      writeSaid(writer, item);
      break;
    default:
      item satisfies never;
  }
}

/** Without its length. @throws {ProtocolError} bad-value, too-large */
export function encodeBackupItem(item: BackupItem): Bytes {
  const writer = new Writer().u8(KIND[item.kind]);
  writeBody(writer, item);
  return writer.done();
}

function readBody(reader: Reader, kind: number): BackupItem {
  switch (kind) {
    case KIND.profile:
      return readProfile(reader);
    case KIND.contact:
      return readContact(reader);
    case KIND.message:
      return readMessage(reader);
    case KIND.tombstone:
      return { kind: 'tombstone', id: toHex(reader.bytes(CONTENT_ID_BYTES)), sequence: reader.f64() };
    case KIND.said:
      return readSaid(reader);
    default:
      throw new ProtocolError('bad-kind', { kind });
  }
}

/** Statements and the identity are not verified here. @throws {ProtocolError} truncated, trailing, too-large, bad-kind, bad-value, bad-text */
export function decodeBackupItem(bytes: Uint8Array): BackupItem {
  const reader = new Reader(bytes);
  const item = readBody(reader, reader.u8());
  reader.end();
  return item;
}

export function frameBackupItem(item: BackupItem): Bytes {
  const bytes = encodeBackupItem(item);
  return new Writer().u32(bytes.length).bytes(bytes).done();
}

/** What blocks give, item by item: `carry` is the beginning of one that goes on in the next block. */
export interface BackupPart {
  readonly items: readonly BackupItem[];
  readonly carry: Bytes;
}

const LENGTH_BYTES = 4;

/**
 * The items that end in this block.
 * @throws {ProtocolError} truncated when the last block ends within one, bad-padding, too-large; what `decodeBackupItem` throws
 */
export function takeBackupItems(carry: Uint8Array, content: Uint8Array, isLast: boolean): BackupPart {
  const bytes = concat(carry, content);
  const items: BackupItem[] = [];
  let at = 0;
  while (bytes.length - at >= LENGTH_BYTES) {
    const size = new Reader(bytes.subarray(at, at + LENGTH_BYTES)).u32();
    if (size > MAX_BACKUP_ITEM_BYTES) throw new ProtocolError('too-large', { size, maxBytes: MAX_BACKUP_ITEM_BYTES });
    if (size === 0 || bytes.length - at - LENGTH_BYTES < size) break;
    items.push(decodeBackupItem(bytes.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + size)));
    at += LENGTH_BYTES + size;
  }
  const rest = bytes.slice(at);
  const isPadding = rest.every((byte) => byte === 0);
  if (isLast && !isPadding) throw new ProtocolError(isZeroLength(rest) ? 'bad-padding' : 'truncated', { left: rest.length });
  if (!isLast && isZeroLength(rest)) throw new ProtocolError('bad-padding', { left: rest.length });
  return { items, carry: isLast ? new Uint8Array(0) : rest };
}

function isZeroLength(rest: Bytes): boolean {
  return rest.length >= LENGTH_BYTES && rest.subarray(0, LENGTH_BYTES).every((byte) => byte === 0);
}
