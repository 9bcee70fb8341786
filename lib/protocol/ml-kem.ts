/**
 * ML-KEM-1024 (FIPS 203): the post-quantum half of the agreement. What is stored of a secret key is its 64-byte seed, and
 * randomness is handed in, so that a test can repeat every step.
 */
import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import type { Bytes } from './bytes';
import type { Engine } from './engine';
import { ProtocolError } from './errors';

export const KEM_SEED_BYTES = 64;
export const KEM_PUBLIC_BYTES = 1568;
export const KEM_CIPHERTEXT_BYTES = 1568;
const KEM_MESSAGE_BYTES = 32;

const PRIME = 3329;
const POLYNOMIALS_BYTES = KEM_PUBLIC_BYTES - 32;

export interface KemPair {
  readonly seed: Bytes;
  /** FIPS 203's decapsulation key, which follows from the seed. */
  readonly secret: Bytes;
  readonly public: Bytes;
}

/** The keys of a seed: FIPS 203, algorithm 16. @throws {ProtocolError} bad-key for a seed of another length */
export function kemPair(seed: Bytes): KemPair {
  if (seed.length !== KEM_SEED_BYTES) throw new ProtocolError('bad-key', { size: seed.length });
  const { secretKey, publicKey } = ml_kem1024.keygen(seed);
  return { seed, secret: new Uint8Array(secretKey), public: new Uint8Array(publicKey) };
}

export function createKemPair(engine: Pick<Engine, 'randomBytes'>): KemPair {
  return kemPair(engine.randomBytes(KEM_SEED_BYTES));
}

/** The length and modulus checks of FIPS 203, section 7.2. @throws {ProtocolError} bad-key */
export function checkKemPublic(publicKey: Bytes): Bytes {
  if (publicKey.length !== KEM_PUBLIC_BYTES) throw new ProtocolError('bad-key', { size: publicKey.length });
  for (let i = 0; i < POLYNOMIALS_BYTES; i += 3) {
    const pair = (publicKey[i] as number) | ((publicKey[i + 1] as number) << 8) | ((publicKey[i + 2] as number) << 16);
    if ((pair & 0xfff) >= PRIME || pair >> 12 >= PRIME) throw new ProtocolError('bad-key', { reason: 'modulus' });
  }
  return publicKey;
}

export interface Encapsulation {
  readonly ciphertext: Bytes;
  readonly shared: Bytes;
}

/** @throws {ProtocolError} bad-key */
export function encapsulate(engine: Pick<Engine, 'randomBytes'>, theirPublic: Bytes): Encapsulation {
  checkKemPublic(theirPublic);
  const { cipherText, sharedSecret } = ml_kem1024.encapsulate(theirPublic, engine.randomBytes(KEM_MESSAGE_BYTES));
  return { ciphertext: new Uint8Array(cipherText), shared: new Uint8Array(sharedSecret) };
}

/**
 * A ciphertext for another key, or a changed one, gives another secret and no error (implicit rejection): what is opened with
 * the secret must fail.
 * @throws {ProtocolError} bad-key for a ciphertext of another length
 */
export function decapsulate({ secret }: Pick<KemPair, 'secret'>, ciphertext: Bytes): Bytes {
  if (ciphertext.length !== KEM_CIPHERTEXT_BYTES) throw new ProtocolError('bad-key', { size: ciphertext.length });
  return new Uint8Array(ml_kem1024.decapsulate(ciphertext, secret));
}
