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

/** Made ahead if the engine does so. It will be used for `agreements` agreements at most, all of them soon but perhaps the last. */
export async function takeKeyPair(engine: Engine, agreements: number): Promise<KeyPair> {
  return engine.takeKeyPair?.(agreements) ?? createKeyPair(engine);
}

export function x25519Public(secret: Uint8Array): Bytes {
  return new Uint8Array(x25519.getPublicKey(secret));
}

/** The canonical u coordinates whose order divides 8, on the curve or its twist: every X25519 with them is all zeros. Little-endian. */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(fromHex);

/** 32 bytes, below 2^255 − 19, little-endian. */
export function isCanonical(publicKey: Bytes): boolean {
  const [first, last] = [publicKey[0] as number, publicKey[PUBLIC_KEY_BYTES - 1] as number];
  if (last !== 0x7f) return last < 0x7f;
  return first < 0xed || publicKey.subarray(1, -1).some((byte) => byte !== 0xff);
}

/**
 * Narrower than RFC 7748, which masks the top bit and reduces: here one key has one encoding, so that a transcript or an
 * identity can't be said in two ways.
 * @throws {ProtocolError} bad-key for a wrong length, a value of 2^255 − 19 or more, or a point of small order.
 */
export function checkX25519Public(publicKey: Bytes): Bytes {
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw new ProtocolError('bad-key', { size: publicKey.length });
  if (!isCanonical(publicKey)) throw new ProtocolError('bad-key', { reason: 'non-canonical' });
  for (const point of SMALL_ORDER) if (compareBytes(publicKey, point) === 0) throw new ProtocolError('bad-key', { reason: 'small-order' });
  return publicKey;
}
