/**
 * The one door to randomness and to the browser's own cryptography. Everything else on this floor is arithmetic: given
 * the same engine answers it gives the same bytes.
 */
import { x25519 } from '@noble/curves/ed25519.js';
import { type Bytes, concat, equalBytes, fromHex } from './bytes';
import { ProtocolError } from './errors';
import { type NativeKem, nativeKem } from './native-kem';

export const AES_KEY_BYTES = 32;
export const AES_NONCE_BYTES = 12;

export interface Engine {
  randomBytes(size: number): Bytes;
  /** RFC 7748. @throws {ProtocolError} bad-key for a wrong length, weak-shared-secret when the result is all zeros. */
  x25519(secret: Bytes, theirPublic: Bytes): Promise<Bytes>;
  /** A fresh X25519 key pair, made ahead, for so many agreements. Without this, keys are drawn from `randomBytes`. */
  takeKeyPair?(agreements: number): Promise<{ readonly secret: Bytes; readonly public: Bytes }>;
  /** Ed25519 (RFC 8032) where the platform may have it. False is no verdict: JavaScript gives that. */
  verifyEd25519?(publicKey: Bytes, message: Bytes, signature: Bytes): Promise<boolean>;
  /** ML-KEM-1024 where the platform may have it. Without this, JavaScript's. */
  readonly kem?: NativeKem;
  /** Ciphertext, then the 16-byte tag. @throws {ProtocolError} bad-key, bad-value for a nonce of another length than 12 bytes */
  sealAes256Gcm(key: Bytes, nonce: Bytes, plaintext: Uint8Array, aad: Uint8Array): Promise<Bytes>;
  /** @throws {ProtocolError} bad-tag; bad-key, bad-value as `sealAes256Gcm` */
  openAes256Gcm(key: Bytes, nonce: Bytes, sealed: Uint8Array, aad: Uint8Array): Promise<Bytes>;
}

type KeyFormat = 'raw' | 'pkcs8';
type KeyUsage = 'encrypt' | 'decrypt' | 'deriveBits' | 'verify';
interface AesGcm {
  name: 'AES-GCM';
  iv: Bytes;
  additionalData: Bytes;
  tagLength: 128;
}

/** The part of WebCrypto this product needs, typed by shape so that this floor needs no DOM types. */
export interface WebCrypto<Key = unknown> {
  getRandomValues(bytes: Bytes): unknown;
  readonly subtle: {
    importKey(format: KeyFormat, key: Bytes, algorithm: { name: string }, extractable: boolean, usages: KeyUsage[]): Promise<Key>;
    encrypt(algorithm: AesGcm, key: Key, plaintext: Bytes): Promise<ArrayBuffer>;
    decrypt(algorithm: AesGcm, key: Key, sealed: Bytes): Promise<ArrayBuffer>;
    verify(algorithm: { name: 'Ed25519' }, key: Key, signature: Bytes, message: Bytes): Promise<boolean>;
    deriveBits(algorithm: { name: 'X25519'; public: Key }, key: Key, bits: number): Promise<ArrayBuffer>;
  };
}

/** PrivateKeyInfo around a raw X25519 key (RFC 8410 section 7): WebCrypto takes secret keys in no shorter form. */
const PKCS8_X25519 = fromHex('302e020100300506032b656e04220420');

const X25519_BYTES = 32;
const NO_SECRET = new Uint8Array(X25519_BYTES);

/** A WebCrypto that does not know the curve says so with this name; any other failure is about the key it was given. */
export function isUnsupported(cause: unknown): boolean {
  return (cause as { name?: unknown } | null)?.name === 'NotSupportedError';
}

function agreeInJavaScript(secret: Bytes, theirPublic: Bytes): Bytes {
  try {
    return new Uint8Array(x25519.getSharedSecret(secret, theirPublic));
  } catch {
    throw new ProtocolError('weak-shared-secret');
  }
}

/** WebCrypto's own form of a secret key that this process has made, null for any other. */
export type FindKey<Key> = (secret: Bytes) => Key | null;

function importSecret<Key>({ subtle }: WebCrypto<Key>, secret: Bytes): Promise<Key> {
  return subtle.importKey('pkcs8', concat(PKCS8_X25519, secret), { name: 'X25519' }, false, ['deriveBits']);
}

/** A turn agrees twice with one key of theirs: the last one is kept. */
function publicImporter<Key>({ subtle }: WebCrypto<Key>): (theirPublic: Bytes) => Promise<Key> {
  let last: { readonly bytes: Bytes; readonly key: Promise<Key> } | null = null;
  return (theirPublic) => {
    if (last === null || !equalBytes(last.bytes, theirPublic)) {
      last = { bytes: theirPublic.slice(), key: subtle.importKey('raw', theirPublic, { name: 'X25519' }, false, []) };
    }
    return last.key;
  };
}

/** X25519 by WebCrypto where it has the curve, else in JavaScript; which one is found out at the first agreement. */
function x25519Engine<Key>(crypto: WebCrypto<Key>, findKey: FindKey<Key>): Engine['x25519'] {
  const importPublic = publicImporter(crypto);
  let hasCurve = true;
  const agree = async (secret: Bytes, theirPublic: Bytes): Promise<Bytes> => {
    if (!hasCurve) return agreeInJavaScript(secret, theirPublic);
    try {
      const mine = findKey(secret) ?? (await importSecret(crypto, secret));
      const theirs = await importPublic(theirPublic);
      return new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: theirs }, mine, 256));
    } catch (cause) {
      hasCurve = !isUnsupported(cause);
      // Whatever WebCrypto disliked, this either agrees or gives the reason a code.
      return agreeInJavaScript(secret, theirPublic);
    }
  };
  return async (secret, theirPublic) => {
    if (secret.length !== X25519_BYTES) throw new ProtocolError('bad-key', { size: secret.length });
    if (theirPublic.length !== X25519_BYTES) throw new ProtocolError('bad-key', { size: theirPublic.length });
    const shared = await agree(secret, theirPublic);
    if (equalBytes(shared, NO_SECRET)) throw new ProtocolError('weak-shared-secret');
    return shared;
  };
}

function ed25519Verifier<Key>({ subtle }: WebCrypto<Key>): NonNullable<Engine['verifyEd25519']> {
  let hasCurve = true;
  return async (publicKey, message, signature) => {
    if (!hasCurve) return false;
    try {
      const key = await subtle.importKey('raw', publicKey, { name: 'Ed25519' }, false, ['verify']);
      return await subtle.verify({ name: 'Ed25519' }, key, signature, message);
    } catch (cause) {
      hasCurve = !isUnsupported(cause);
      return false;
    }
  };
}

/** WebCrypto reads nothing from shared memory, and copies whatever else it reads. */
function unshared(bytes: Uint8Array): Bytes {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Bytes) : concat(bytes);
}

export function webCryptoEngine<Key>(crypto: WebCrypto<Key>, findKey: FindKey<Key> = () => null): Engine {
  const { subtle } = crypto;
  const aesKey = (key: Bytes, usage: 'encrypt' | 'decrypt'): Promise<Key> => {
    if (key.length !== AES_KEY_BYTES) throw new ProtocolError('bad-key', { size: key.length });
    return subtle.importKey('raw', key, { name: 'AES-GCM' }, false, [usage]);
  };
  // Only a nonce of 12 bytes is used as it is: GCM hashes the others, and engines differ on which of them they take.
  const gcm = (nonce: Bytes, aad: Uint8Array): AesGcm => {
    if (nonce.length !== AES_NONCE_BYTES) throw new ProtocolError('bad-value', { size: nonce.length });
    return { name: 'AES-GCM', iv: nonce, additionalData: unshared(aad), tagLength: 128 };
  };
  return {
    randomBytes(size) {
      const bytes = new Uint8Array(size);
      crypto.getRandomValues(bytes);
      return bytes;
    },
    x25519: x25519Engine(crypto, findKey),
    verifyEd25519: ed25519Verifier(crypto),
    kem: nativeKem(subtle),
    async sealAes256Gcm(key, nonce, plaintext, aad) {
      return new Uint8Array(await subtle.encrypt(gcm(nonce, aad), await aesKey(key, 'encrypt'), unshared(plaintext)));
    },
    async openAes256Gcm(key, nonce, sealed, aad) {
      const parameters = gcm(nonce, aad);
      const opener = await aesKey(key, 'decrypt');
      try {
        return new Uint8Array(await subtle.decrypt(parameters, opener, unshared(sealed)));
      } catch {
        throw new ProtocolError('bad-tag', { size: sealed.length });
      }
    },
  };
}
