/**
 * A backup's sealed form: a header that a passphrase opens, then blocks of one size, so that a file shows nothing but about how much is
 * in it. As file-stream.ts it is STREAM over AES-256-GCM, but the size need not be known ahead: the last block says that it is the last.
 *
 *   header  magic(13) ‖ version(1) ‖ memory KiB(4) ‖ passes(1) ‖ lanes(1) ‖ salt(16) ‖ commitment(32) ‖ check(4)      72 bytes
 *   block   AES-256-GCM(65,520 bytes), AAD = header
 *   nonce   prefix(7) ‖ counter(4) ‖ kind(1): 0 a block, 1 the last block
 */
import { TAG_BYTES } from './aead';
import { type Argon2id, type Argon2Parameters, stretch } from './argon2';
import { BACKUP_BLOCK_BYTES, BACKUP_HEADER_BYTES } from './backup-sizes';
import { type Bytes, concat, equalBytes, Reader, utf8, Writer } from './bytes';
import { AES_KEY_BYTES, type Engine } from './engine';
import { ProtocolError } from './errors';
import { deriveKeys, hash, KEY_BYTES, label } from './kdf';

const MAGIC = utf8('tincan backup');
const BACKUP_VERSION = 2;
const SALT_BYTES = 16;
const NONCE_PREFIX_BYTES = 7;
const COMMITMENT_BYTES = 32;
const CHECK_BYTES = 4;
/** What one block holds. */
export const BACKUP_CONTENT_BYTES = BACKUP_BLOCK_BYTES - TAG_BYTES;

/** Twice as dear as the least: whoever has the file may try without end, and nobody counts. */
const COST: Argon2Parameters = { memoryKib: 128 * 1024, passes: 3, lanes: 1 };
/** What a file may ask for before anything in it is believed: some seconds, and memory that any machine has. */
const MOST: Argon2Parameters = { memoryKib: 256 * 1024, passes: 10, lanes: 4 };

/** Secret, from a passphrase and a header: all that sealing or opening a block takes. */
export interface BackupStream {
  readonly header: Bytes;
  readonly key: Bytes;
  readonly noncePrefix: Bytes;
}

/** Which block of the file. */
export interface BackupPlace {
  readonly index: number;
  readonly isLast: boolean;
}

interface Terms extends Argon2Parameters {
  readonly salt: Bytes;
}

function openingOf({ memoryKib, passes, lanes, salt }: Terms): Bytes {
  return new Writer().bytes(MAGIC).u8(BACKUP_VERSION).u32(memoryKib).u8(passes).u8(lanes).fixed(salt, SALT_BYTES).done();
}

const checkOf = (fields: Bytes): Bytes => hash(label('backup check'), fields).slice(0, CHECK_BYTES);

/** What a person types may come as composed or decomposed characters. */
async function streamKeys(argon2id: Argon2id, terms: Terms, passphrase: string) {
  const password = utf8(passphrase.normalize('NFC'));
  const secret = await stretch(argon2id, { ...terms, password, outputBytes: KEY_BYTES });
  const info = concat(label('backup'), openingOf(terms));
  const [key, noncePrefix, commitment] = deriveKeys({ secret, info }, AES_KEY_BYTES, NONCE_PREFIX_BYTES, COMMITMENT_BYTES);
  return { key, noncePrefix, commitment };
}

/** A new stream with a header of its own, from one draw of 16 bytes: no two files share a key. */
export async function startBackup(engine: Pick<Engine, 'randomBytes'>, argon2id: Argon2id, passphrase: string): Promise<BackupStream> {
  const terms = { ...COST, salt: engine.randomBytes(SALT_BYTES) };
  const { key, noncePrefix, commitment } = await streamKeys(argon2id, terms, passphrase);
  const fields = concat(openingOf(terms), commitment);
  return { header: concat(fields, checkOf(fields)), key, noncePrefix };
}

/**
 * A header that is not as it was written is told from a wrong passphrase by its check, which is no secret.
 * @throws {ProtocolError} truncated, trailing; bad-kind when it is no backup; bad-version; bad-value when it was damaged; weak-parameters
 */
function readHeader(header: Uint8Array): Terms & { readonly commitment: Bytes } {
  const reader = new Reader(header);
  if (!equalBytes(reader.bytes(MAGIC.length), MAGIC)) throw new ProtocolError('bad-kind', { reason: 'no backup' });
  const version = reader.u8();
  if (version !== BACKUP_VERSION) throw new ProtocolError('bad-version', { version });
  const [memoryKib, passes, lanes] = [reader.u32(), reader.u8(), reader.u8()];
  const [salt, commitment, check] = [reader.bytes(SALT_BYTES), reader.bytes(COMMITMENT_BYTES), reader.bytes(CHECK_BYTES)];
  reader.end();
  if (!equalBytes(check, checkOf(concat(header.subarray(0, -CHECK_BYTES))))) throw new ProtocolError('bad-value', { reason: 'check' });
  if (memoryKib > MOST.memoryKib || passes > MOST.passes || lanes > MOST.lanes)
    throw new ProtocolError('too-large', { memoryKib, passes, lanes });
  return { memoryKib, passes, lanes, salt, commitment };
}

/**
 * Takes about a second. Nothing is stretched for a header that asks for too little or too much.
 * @throws {ProtocolError} as `readHeader`; too-large; bad-tag for a wrong passphrase
 */
export async function openBackup(argon2id: Argon2id, passphrase: string, header: Uint8Array): Promise<BackupStream> {
  const { commitment, ...terms } = readHeader(header);
  const keys = await streamKeys(argon2id, terms, passphrase);
  if (!equalBytes(keys.commitment, commitment)) throw new ProtocolError('bad-tag', { reason: 'commitment' });
  return { header: concat(header), key: keys.key, noncePrefix: keys.noncePrefix };
}

function nonce({ noncePrefix }: BackupStream, { index, isLast }: BackupPlace): Bytes {
  return new Writer().bytes(noncePrefix).u32(index).flag(isLast).done();
}

/** The last block alone may hold less than fits, and zeros fill it. @throws {ProtocolError} bad-value for another length */
export async function sealBackupBlock(engine: Engine, stream: BackupStream, place: BackupPlace, content: Uint8Array): Promise<Bytes> {
  const isWhole = content.length === BACKUP_CONTENT_BYTES || (place.isLast && content.length < BACKUP_CONTENT_BYTES);
  if (!isWhole) throw new ProtocolError('bad-value', { size: content.length, wanted: BACKUP_CONTENT_BYTES });
  const filled = concat(content, new Uint8Array(BACKUP_CONTENT_BYTES - content.length));
  return engine.sealAes256Gcm(stream.key, nonce(stream, place), filled, stream.header);
}

/** How many blocks a file of this size has. @throws {ProtocolError} truncated when it ends within one, or has none */
export function backupBlocks(fileBytes: number): number {
  const blocks = (fileBytes - BACKUP_HEADER_BYTES) / BACKUP_BLOCK_BYTES;
  if (!Number.isSafeInteger(blocks) || blocks < 1) throw new ProtocolError('truncated', { size: fileBytes });
  return blocks;
}

/**
 * @throws {ProtocolError} truncated when the file ends with a block that is not its last, trailing when it goes on after its last;
 * bad-tag for whatever else is not this very block of this very file; bad-value for another length
 */
export async function openBackupBlock(engine: Engine, stream: BackupStream, place: BackupPlace, sealed: Uint8Array): Promise<Bytes> {
  if (sealed.length !== BACKUP_BLOCK_BYTES) throw new ProtocolError('bad-value', { size: sealed.length, wanted: BACKUP_BLOCK_BYTES });
  const open = (where: BackupPlace) => engine.openAes256Gcm(stream.key, nonce(stream, where), sealed, stream.header);
  try {
    return await open(place);
  } catch (fault) {
    const isOther = await open({ ...place, isLast: !place.isLast }).then(
      () => true,
      () => false,
    );
    throw isOther ? new ProtocolError(place.isLast ? 'truncated' : 'trailing', { index: place.index }) : fault;
  }
}
