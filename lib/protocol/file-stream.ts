/**
 * A file of any size sealed in chunks: STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its
 * Nonce-Reuse Misuse-Resistance", 2015) over AES-256-GCM. Each chunk opens by itself, so that a transfer resumes anywhere and no
 * more than one chunk is in memory.
 *
 *   header  version(1) ‖ log2 of the chunk size(1) ‖ salt(32) ‖ commitment(32) ‖ sealed size(24)      90 bytes
 *   nonce   prefix(7) ‖ counter(4) ‖ kind(1): 0 a chunk, 1 the last chunk, 2 the size in the header
 */
import { TAG_BYTES } from './aead';
import { type Bytes, concat, equalBytes, Reader, Writer } from './bytes';
import { AES_KEY_BYTES, type Engine } from './engine';
import { ProtocolError } from './errors';
import { chunkExponent, chunkPlace, type FileSizes, fileSizes } from './file-sizes';
import { deriveKeys, label } from './kdf';

const FILE_VERSION = 1;
const FILE_KEY_BYTES = 32;
const FILE_ID_BYTES = 16;
const SALT_BYTES = 32;
const NONCE_PREFIX_BYTES = 7;
/** A message's has 16. Here one covers the whole file, so it can afford to withstand a sender who searches for two keys. */
const COMMITMENT_BYTES = 32;
const SIZE_BYTES = 8;
export const FILE_HEADER_BYTES = 2 + SALT_BYTES + COMMITMENT_BYTES + SIZE_BYTES + TAG_BYTES;

const PURPOSE = { chunk: 0, lastChunk: 1, size: 2 } as const;
const NO_CHUNK = 0;

/** What the receiver is told inside the session. */
export interface FileSecret {
  /** 32 random bytes. */
  readonly key: Bytes;
  /** 16 bytes. Not in the header: who opens says which file it must be. */
  readonly fileId: Bytes;
}

/** For one file. */
export function createFileSecret(engine: Pick<Engine, 'randomBytes'>): FileSecret {
  return { key: engine.randomBytes(FILE_KEY_BYTES), fileId: engine.randomBytes(FILE_ID_BYTES) };
}

/** Secret, from a header and the file's key: all that sealing or opening any one chunk takes. */
export interface FileStream extends FileSizes {
  readonly header: Bytes;
  readonly key: Bytes;
  readonly noncePrefix: Bytes;
}

interface StreamKeys {
  readonly key: Bytes;
  readonly noncePrefix: Bytes;
  readonly commitment: Bytes;
}

/**
 * The salt makes every sealing another stream: a file that was changed and sealed again under its old key and id never meets a
 * used key and nonce.
 */
function streamKeys({ key: secret, fileId }: FileSecret, exponent: number, salt: Bytes): StreamKeys {
  if (secret.length !== FILE_KEY_BYTES) throw new ProtocolError('bad-key', { size: secret.length });
  const info = new Writer().bytes(label('file')).u8(FILE_VERSION).u8(exponent).fixed(fileId, FILE_ID_BYTES).done();
  const [key, noncePrefix, commitment] = deriveKeys({ secret, salt, info }, AES_KEY_BYTES, NONCE_PREFIX_BYTES, COMMITMENT_BYTES);
  return { key, noncePrefix, commitment };
}

function nonce({ noncePrefix }: Pick<FileStream, 'noncePrefix'>, index: number, purpose: keyof typeof PURPOSE): Bytes {
  return new Writer().bytes(noncePrefix).u32(index).u8(PURPOSE[purpose]).done();
}

/**
 * A new stream with a header of its own, from one draw of 32 bytes. To go on with a sealing that was broken off, open its header
 * again, and only if the file is known to be unchanged: a chunk sealed twice must have the same bytes both times.
 * @throws {ProtocolError} bad-key, bad-value, too-large
 */
export async function startFileStream(
  engine: Engine,
  secret: FileSecret,
  { sizeBytes, chunkBytes }: Pick<FileSizes, 'sizeBytes' | 'chunkBytes'>,
): Promise<FileStream> {
  const sizes = fileSizes(sizeBytes, chunkBytes);
  const exponent = chunkExponent(chunkBytes);
  const salt = engine.randomBytes(SALT_BYTES);
  const keys = streamKeys(secret, exponent, salt);
  const opening = new Writer().u8(FILE_VERSION).u8(exponent).bytes(salt).bytes(keys.commitment).done();
  const size = new Writer().u64(sizeBytes).done();
  const sealedSize = await engine.sealAes256Gcm(keys.key, nonce(keys, NO_CHUNK, 'size'), size, opening);
  return { ...sizes, header: concat(opening, sealedSize), key: keys.key, noncePrefix: keys.noncePrefix };
}

/**
 * Nothing of the file is needed: its size, and so the number and place of its chunks, stand in the header.
 * @throws {ProtocolError} truncated, trailing, bad-version, bad-value, bad-key; bad-tag for another key, another file or a
 * changed header; too-large
 */
export async function openFileHeader(engine: Engine, secret: FileSecret, header: Uint8Array): Promise<FileStream> {
  const reader = new Reader(header);
  const version = reader.u8();
  if (version !== FILE_VERSION) throw new ProtocolError('bad-version', { version });
  const chunkBytes = 2 ** reader.u8();
  const exponent = chunkExponent(chunkBytes);
  const salt = reader.bytes(SALT_BYTES);
  const commitment = reader.bytes(COMMITMENT_BYTES);
  const sealedSize = reader.bytes(SIZE_BYTES + TAG_BYTES);
  reader.end();
  const keys = streamKeys(secret, exponent, salt);
  if (!equalBytes(keys.commitment, commitment)) throw new ProtocolError('bad-tag', { reason: 'commitment' });
  const opening = header.subarray(0, FILE_HEADER_BYTES - sealedSize.length);
  const size = await engine.openAes256Gcm(keys.key, nonce(keys, NO_CHUNK, 'size'), sealedSize, opening);
  const sizes = fileSizes(new Reader(size).u64(), chunkBytes);
  return { ...sizes, header: concat(header), key: keys.key, noncePrefix: keys.noncePrefix };
}

/** `content` is the bytes of the file that `chunkPlace` says. @throws {ProtocolError} bad-value for another index or length */
export async function sealChunk(engine: Engine, stream: FileStream, index: number, content: Uint8Array): Promise<Bytes> {
  const { contentBytes, sealedBytes, isLast } = chunkPlace(stream, index);
  if (content.length !== contentBytes) throw new ProtocolError('bad-value', { size: content.length, wanted: contentBytes });
  const padded = concat(content, new Uint8Array(sealedBytes - TAG_BYTES - contentBytes));
  return engine.sealAes256Gcm(stream.key, nonce(stream, index, isLast ? 'lastChunk' : 'chunk'), padded, stream.header);
}

/**
 * The bytes of the file in chunk `index`, without those before it. The file is whole when every index below `chunkCount` has opened.
 * @throws {ProtocolError} bad-value for an index the file does not have, truncated or trailing for a wrong length, bad-padding;
 * bad-tag for whatever is not this very chunk of this very stream
 */
export async function openChunk(engine: Engine, stream: FileStream, index: number, sealed: Uint8Array): Promise<Bytes> {
  const { contentBytes, sealedBytes, isLast } = chunkPlace(stream, index);
  if (sealed.length < sealedBytes) throw new ProtocolError('truncated', { wanted: sealedBytes, left: sealed.length });
  if (sealed.length > sealedBytes) throw new ProtocolError('trailing', { left: sealed.length - sealedBytes });
  const padded = await engine.openAes256Gcm(stream.key, nonce(stream, index, isLast ? 'lastChunk' : 'chunk'), sealed, stream.header);
  if (padded.subarray(contentBytes).some((byte) => byte !== 0)) throw new ProtocolError('bad-padding', { size: padded.length });
  return padded.slice(0, contentBytes);
}
