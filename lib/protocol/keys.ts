/** X25519 key pairs, and which public keys this protocol accepts. */
import { x25519 } from '@noble/curves/ed25519.js';
import { type Bytes, compareBytes, fromHex } from './bytes';
import type { Engine } from './engine';
import { ProtocolError } from './errors';

export const SECRET_KEY_BYTES = 32;
export const PUBLIC_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

export interface KeyPair {
  readonly secret: Bytes;
  readonly public: Bytes;
}

export function createKeyPair(engine: Pick<Engine, 'randomBytes'>): KeyPair {
  const secret = engine.randomBytes(SECRET_KEY_BYTES);
  return { secret, public: x25519Public(secret) };
}

export function x25519Public(secret: Uint8Array): Bytes {
  return new Uint8Array(x25519.getPublicKey(secret));
}

/** 2^255 − 19, big-endian. */
const FIELD_PRIME = fromHex('7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed');

/** The canonical u coordinates whose order divides 8, on the curve or its twist: every X25519 with them is all zeros. */
const SMALL_ORDER = new Set([
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  2n ** 255n - 20n,
]);

/**
 * Narrower than RFC 7748, which masks the top bit and reduces: here one key has one encoding, so that a transcript or an
 * identity can't be said in two ways.
 * @throws {ProtocolError} bad-key for a wrong length, a value of 2^255 − 19 or more, or a point of small order.
 */
export function checkX25519Public(publicKey: Bytes): Bytes {
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw new ProtocolError('bad-key', { size: publicKey.length });
  const bigEndian = publicKey.toReversed();
  if (compareBytes(bigEndian, FIELD_PRIME) >= 0) throw new ProtocolError('bad-key', { reason: 'non-canonical' });
  const u = bigEndian.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  if (SMALL_ORDER.has(u)) throw new ProtocolError('bad-key', { reason: 'small-order' });
  return publicKey;
}
