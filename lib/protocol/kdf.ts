/** Knows SHA-256, HKDF and HMAC (RFC 5869, RFC 2104), and how a label keeps one use of a key apart from every other. */
import { sha256 } from '@noble/hashes/sha2.js';
import { type Bytes, concat, Reader, utf8 } from './bytes';
import { ProtocolError } from './errors';
import { codeInto, forgetKey, HASH_BYTES, useKey } from './hmac';

export { HASH_BYTES };
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

const NO_SALT = new Uint8Array(HASH_BYTES);
const COUNTER = new Uint8Array(1);
/** The counter has one byte. */
const MAX_HKDF_BYTES = 255 * HASH_BYTES;

/** RFC 5869: extract, then expand. As many whole hashes as `size` begins. @throws {ProtocolError} too-large above 255 hashes */
function hkdf({ secret, salt = NO_SALT, info }: KeyMaterial, size: number): Bytes {
  if (size > MAX_HKDF_BYTES) throw new ProtocolError('too-large', { size, maxBytes: MAX_HKDF_BYTES });
  const okm = new Uint8Array(Math.ceil(size / HASH_BYTES) * HASH_BYTES);
  const last = new Uint8Array(HASH_BYTES);
  useKey(salt);
  codeInto(last, secret);
  useKey(last);
  for (let at = 0; at < size; at += HASH_BYTES) {
    COUNTER[0] = at / HASH_BYTES + 1;
    if (at === 0) codeInto(last, info, COUNTER);
    else codeInto(last, last, info, COUNTER);
    okm.set(last, at);
  }
  forgetKey();
  last.fill(0);
  return okm;
}

/** HKDF-SHA-256, cut into pieces of the given sizes. */
export function deriveKeys<Sizes extends readonly number[]>(material: KeyMaterial, ...sizes: Sizes): { [K in keyof Sizes]: Bytes } {
  let total = 0;
  for (const size of sizes) total += size;
  const okm = new Reader(hkdf(material, total));
  return sizes.map((size) => okm.bytes(size)) as { [K in keyof Sizes]: Bytes };
}

/** HMACs of several messages under one key. */
export function macs<Messages extends readonly Uint8Array[]>(key: Uint8Array, ...messages: Messages): { [K in keyof Messages]: Bytes } {
  useKey(key);
  const codes = messages.map((message) => {
    const code = new Uint8Array(HASH_BYTES);
    codeInto(code, message);
    return code;
  });
  forgetKey();
  return codes as { [K in keyof Messages]: Bytes };
}

export function mac(key: Uint8Array, message: Uint8Array): Bytes {
  const [code] = macs(key, message);
  return code;
}
