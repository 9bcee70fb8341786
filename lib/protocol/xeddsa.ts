/**
 * XEdDSA over curve25519: signatures by X25519 keys (Signal's "The XEdDSA and VXEdDSA Signature Schemes", revision 1,
 * sections 2.3 to 2.5 and 3). A signature verifies as Ed25519 under the converted public key.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { type Bytes, concat } from './bytes';
import { ProtocolError } from './errors';
import type { Signed } from './signatures';

const { Point } = ed25519;
const { Fn, Fp } = Point;

export const XEDDSA_RANDOM_BYTES = 64;

/** hash1 of section 2.5: 2^256 − 2, little-endian, before the message keeps it apart from Ed25519's own SHA-512. */
const HASH1_PREFIX = new Uint8Array(32).fill(0xff);
HASH1_PREFIX[0] = 0xfe;

function scalarFrom(...parts: readonly Uint8Array[]): bigint {
  return Fn.create(bytesToNumberLE(sha512(concat(...parts))));
}

function clamped(secret: Uint8Array): bigint {
  const k = new Uint8Array(secret);
  k[0] = (k[0] as number) & 248;
  k[31] = ((k[31] as number) & 127) | 64;
  return Fn.create(bytesToNumberLE(k));
}

/** The Edwards key pair of an X25519 secret, its public key having sign bit 0. */
function edwardsKeyPair(secret: Uint8Array): { readonly scalar: bigint; readonly public: Uint8Array } {
  const k = clamped(secret);
  const encoded = Point.BASE.multiply(k).toBytes();
  const isNegative = (encoded[31] as number) >= 128;
  encoded[31] = (encoded[31] as number) & 127;
  return { scalar: isNegative ? Fn.neg(k) : k, public: encoded };
}

/** y = (u − 1) / (u + 1), sign bit 0. @throws {ProtocolError} bad-key when u has no such y. */
export function edwardsPublic(x25519Public: Uint8Array): Bytes {
  const u = bytesToNumberLE(x25519Public);
  if (x25519Public.length !== 32 || u >= Fp.ORDER - 1n) throw new ProtocolError('bad-key', { size: x25519Public.length });
  return new Uint8Array(Fp.toBytes(Fp.div(Fp.create(u - 1n), Fp.create(u + 1n))));
}

/** `random` is 64 fresh bytes; the nonce also depends on the secret and the message, so that weak randomness alone gives no key away. */
export function signXeddsa(secret: Bytes, message: Uint8Array, random: Bytes): Bytes {
  if (random.length !== XEDDSA_RANDOM_BYTES) throw new ProtocolError('bad-value', { size: random.length });
  const key = edwardsKeyPair(secret);
  const nonce = scalarFrom(HASH1_PREFIX, numberToBytesLE(key.scalar, 32), message, random);
  const commitment = Point.BASE.multiply(nonce).toBytes();
  const challenge = scalarFrom(commitment, key.public, message);
  const response = Fn.add(nonce, Fn.mul(challenge, key.scalar));
  return concat(commitment, numberToBytesLE(response, 32));
}

/** What an XEdDSA signature claims, as the Ed25519 signature that it is. @throws {ProtocolError} bad-key as `edwardsPublic` */
export function asEd25519({ publicKey, ...claim }: Signed): Signed {
  return { ...claim, publicKey: edwardsPublic(publicKey) };
}
