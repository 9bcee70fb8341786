/**
 * ML-KEM-768 (FIPS 203) in pieces, for the braid: the first 960 bytes of a ciphertext (ct1) depend only on the key's header, so
 * both large halves can travel at once. What comes out is plain ML-KEM: ct1 ‖ ct2 is the ciphertext for vector ‖ ρ.
 *
 *   header = ρ(32) ‖ SHA3-256(vector ‖ ρ)(32)      vector = the key's polynomials(1152)
 *
 * A secret key is its seed and an unfinished encapsulation its message: both are drawn by the caller.
 */

import { sha3_256, sha3_512, shake256 } from '@noble/hashes/sha3.js';
import { genCrystals, XOF128 } from '@noble/post-quantum/_crystals.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { type Bytes, concat, equalBytes } from './bytes';
import { ProtocolError } from './errors';

export const SPLIT_SEED_BYTES = 64;
export const SPLIT_MESSAGE_BYTES = 32;
export const SPLIT_HEADER_BYTES = 64;
export const SPLIT_VECTOR_BYTES = 1152;
export const CT1_BYTES = 960;
export const CT2_BYTES = 128;

const SEED_BYTES = 32;
const RANK = 3;
const SIZE = 256;
const PRIME = 3329;
const ETA = 2;
const U_BITS = 10;

type Poly = Uint16Array;

const ring = genCrystals<Poly>({
  N: SIZE,
  Q: PRIME,
  F: 3303,
  ROOT_OF_UNITY: 17,
  newPoly: (size) => new Uint16Array(size),
  brvBits: 7,
  isKyber: true,
});

/** Compress_10, then ByteEncode_10. */
const coder = ring.bitsCoder(U_BITS, {
  encode: (x) => Math.floor(((x << U_BITS) + (PRIME >> 1)) / PRIME),
  decode: (x) => x,
});

/** Algorithm 7. */
function sampleUniform(readBlock: () => Uint8Array): Poly {
  const poly = new Uint16Array(SIZE);
  let filled = 0;
  const keep = (value: number) => {
    if (value < PRIME && filled < SIZE) poly[filled++] = value;
  };
  while (filled < SIZE) {
    const block = readBlock();
    for (let i = 0; i + 2 < block.length; i += 3) {
      const three = (block[i] as number) | ((block[i + 1] as number) << 8) | ((block[i + 2] as number) << 16);
      keep(three & 0xfff);
      keep(three >> 12);
    }
  }
  return poly;
}

/** Algorithm 8 for η = 2, one coefficient from four bits, without a branch on any of them. */
function sampleSmall(key: Uint8Array, nonce: number): Poly {
  const bits = shake256(concat(key, new Uint8Array([nonce])), { dkLen: 64 * ETA });
  return Uint16Array.from({ length: SIZE }, (_, i) => {
    const four = (bits[i >> 1] as number) >> (4 * (i & 1));
    const difference = (four & 1) + ((four >> 1) & 1) - ((four >> 2) & 1) - ((four >> 3) & 1);
    return difference + (PRIME & (difference >> 31));
  });
}

/** sum ← sum + a ∘ b, algorithms 11 and 12. */
function addProduct(sum: Poly, a: Poly, b: Poly): void {
  for (let i = 0; i < SIZE; i += 2) {
    const zeta = ring.nttZetas[64 + (i >> 2)] as number;
    const gamma = (i & 2) === 0 ? zeta : PRIME - zeta;
    const [a0, a1, b0, b1] = [a[i], a[i + 1], b[i], b[i + 1]] as [number, number, number, number];
    sum[i] = ((sum[i] as number) + a0 * b0 + ((a1 * b1) % PRIME) * gamma) % PRIME;
    sum[i + 1] = ((sum[i + 1] as number) + a0 * b1 + a1 * b0) % PRIME;
  }
}

/** The part of algorithm 14 (K-PKE.Encrypt) that gives u: NTT⁻¹(Âᵀ ∘ r̂) + e1, compressed. */
function encryptU(rho: Uint8Array, randomness: Uint8Array): Bytes {
  const r = Array.from({ length: RANK }, (_, i) => ring.NTT.encode(sampleSmall(randomness, i)));
  const matrix = XOF128(rho);
  const rows = Array.from({ length: RANK }, (_, i) => {
    const sum = new Uint16Array(SIZE);
    for (const [j, rj] of r.entries()) addProduct(sum, sampleUniform(matrix.get(i, j)), rj);
    const noise = sampleSmall(randomness, RANK + i);
    return coder.encode(ring.NTT.decode(sum).map((x, at) => (x + (noise[at] as number)) % PRIME));
  });
  matrix.clean();
  return concat(...rows);
}

export interface SplitKey {
  readonly header: Bytes;
  readonly vector: Bytes;
}

interface Keys {
  readonly seed: Bytes;
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** In so many conversations a seed need not be expanded again for its vector, and again for its secret. */
const MAX_EXPANDED = 8;

/** Newest first. Wiped when they go. */
const expanded: Keys[] = [];

function forget(keys: readonly Keys[]): void {
  for (const { seed, secretKey } of keys) for (const bytes of [seed, secretKey]) bytes.fill(0);
}

function expand(seed: Bytes): Keys {
  const known = expanded.find((keys) => equalBytes(keys.seed, seed));
  if (known) return known;
  const keys = { seed: seed.slice(), ...ml_kem768.keygen(seed) };
  expanded.unshift(keys);
  forget(expanded.splice(MAX_EXPANDED));
  return keys;
}

/** The public half of a seed. */
export function splitKey(seed: Bytes): SplitKey {
  const { publicKey } = expand(seed);
  const rho = publicKey.subarray(SPLIT_VECTOR_BYTES);
  return { header: concat(rho, sha3_256(publicKey)), vector: publicKey.slice(0, SPLIT_VECTOR_BYTES) as Bytes };
}

/** Before the vector is known. `message` is drawn once and used once; keep it for the second half. */
export function encapsulateHeader(header: Bytes, message: Bytes): { readonly ct1: Bytes; readonly shared: Bytes } {
  const derived = sha3_512(concat(message, header.subarray(SEED_BYTES)));
  return { ct1: encryptU(header.subarray(0, SEED_BYTES), derived.subarray(32)), shared: new Uint8Array(derived.subarray(0, 32)) };
}

/** Both halves. @throws {ProtocolError} bad-key when the vector is not the one the header names, or not reduced */
export function encapsulateVector(header: Bytes, vector: Bytes, message: Bytes): { readonly ct1: Bytes; readonly ct2: Bytes } {
  const publicKey = concat(vector, header.subarray(0, SEED_BYTES));
  if (!equalBytes(sha3_256(publicKey), header.subarray(SEED_BYTES))) throw new ProtocolError('bad-key', { reason: 'vector' });
  try {
    const { cipherText } = ml_kem768.encapsulate(publicKey, message);
    return { ct1: new Uint8Array(cipherText.subarray(0, CT1_BYTES)), ct2: new Uint8Array(cipherText.subarray(CT1_BYTES)) };
  } catch {
    throw new ProtocolError('bad-key', { reason: 'modulus' });
  }
}

/** A wrong ciphertext gives another secret and no error (implicit rejection). This is the last use of a seed. */
export function decapsulateSplit(seed: Bytes, ct1: Bytes, ct2: Bytes): Bytes {
  const keys = expand(seed);
  const shared = new Uint8Array(ml_kem768.decapsulate(concat(ct1, ct2), keys.secretKey));
  forget(expanded.splice(expanded.indexOf(keys), 1));
  return shared;
}
