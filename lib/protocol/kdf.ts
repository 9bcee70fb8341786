/** Knows SHA-256, HKDF and HMAC (RFC 5869, RFC 2104), and how a label keeps one use of a key apart from every other. */
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { type Bytes, concat, Reader, utf8 } from './bytes';

export const HASH_BYTES = 32;
export const KEY_BYTES = 32;

/** `tincan/1/<name>` and a zero byte: no label is the beginning of another. */
export function label(name: string): Bytes {
  return concat(utf8(`tincan/1/${name}`), new Uint8Array(1));
}

export function hash(...parts: readonly Uint8Array[]): Bytes {
  return new Uint8Array(sha256(concat(...parts)));
}

export interface KeyMaterial {
  readonly secret: Uint8Array;
  /** Absent: 32 zero bytes. */
  readonly salt?: Uint8Array;
  readonly info: Uint8Array;
}

/** HKDF-SHA-256, cut into pieces of the given sizes. */
export function deriveKeys<Sizes extends readonly number[]>(material: KeyMaterial, ...sizes: Sizes): { [K in keyof Sizes]: Bytes } {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const okm = new Reader(hkdf(sha256, material.secret, material.salt, material.info, total));
  return sizes.map((size) => okm.bytes(size)) as { [K in keyof Sizes]: Bytes };
}

export function mac(key: Uint8Array, message: Uint8Array): Bytes {
  return new Uint8Array(hmac(sha256, key, message));
}
