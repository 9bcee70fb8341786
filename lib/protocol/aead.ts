/**
 * ChaCha20-Poly1305 (RFC 8439) and XChaCha20-Poly1305, synchronous and constant-time in JavaScript. AES is never here: it
 * comes from WebCrypto through the engine, because table-based AES in JavaScript leaks its key through timing.
 */
import { poly1305 } from '@noble/ciphers/_poly1305.js';
import { chacha20, xchacha20 } from '@noble/ciphers/chacha.js';
import { type Bytes, concat, equalBytes } from './bytes';
import { ProtocolError } from './errors';

export const TAG_BYTES = 16;
export const CHACHA_NONCE_BYTES = 12;
export const XCHACHA_NONCE_BYTES = 24;

export interface AeadKey {
  readonly key: Uint8Array;
  /** 12 bytes: ChaCha20-Poly1305. 24 bytes: XChaCha20-Poly1305. */
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
}

const BLOCK_BYTES = 64;
const POLY_KEY_BYTES = 32;
const POLY_BLOCK_BYTES = 16;

const padded = (size: number) => Math.ceil(size / POLY_BLOCK_BYTES) * POLY_BLOCK_BYTES;

/**
 * Block 0 of the key stream, then `text` under the blocks after it (RFC 8439 section 2.8). Noble's own composition runs the cipher twice and
 * throws at a wrong tag; a header is short and tried under several keys, so that would be most of its cost.
 */
function crypt({ key, nonce }: AeadKey, text: Uint8Array): Bytes {
  const blocks = new Uint8Array(BLOCK_BYTES + text.length);
  blocks.set(text, BLOCK_BYTES);
  const stream = nonce.length === XCHACHA_NONCE_BYTES ? xchacha20 : chacha20;
  stream(key, nonce, blocks, blocks);
  return blocks;
}

function tagOf(blocks: Bytes, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const aadBytes = padded(aad.length);
  const message = new Uint8Array(aadBytes + padded(ciphertext.length) + POLY_BLOCK_BYTES);
  message.set(aad);
  message.set(ciphertext, aadBytes);
  const lengths = new DataView(message.buffer, message.length - POLY_BLOCK_BYTES);
  lengths.setUint32(0, aad.length, true);
  lengths.setUint32(8, ciphertext.length, true);
  return poly1305(message, blocks.subarray(0, POLY_KEY_BYTES));
}

export function sealChaCha(key: AeadKey, plaintext: Uint8Array): Bytes {
  const blocks = crypt(key, plaintext);
  const ciphertext = blocks.subarray(BLOCK_BYTES);
  return concat(ciphertext, tagOf(blocks, key.aad, ciphertext));
}

/** Null when the tag does not verify: the way to try one key after another. */
export function tryOpenChaCha(key: AeadKey, sealed: Uint8Array): Bytes | null {
  if (sealed.length < TAG_BYTES) return null;
  const ciphertext = sealed.subarray(0, -TAG_BYTES);
  const blocks = crypt(key, ciphertext);
  const isAuthentic = equalBytes(tagOf(blocks, key.aad, ciphertext), sealed.subarray(-TAG_BYTES));
  return isAuthentic ? blocks.slice(BLOCK_BYTES) : null;
}

/** @throws {ProtocolError} bad-tag */
export function openChaCha(key: AeadKey, sealed: Uint8Array): Bytes {
  const plaintext = tryOpenChaCha(key, sealed);
  if (plaintext === null) throw new ProtocolError('bad-tag', { size: sealed.length });
  return plaintext;
}
