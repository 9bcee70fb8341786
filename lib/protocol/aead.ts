/**
 * ChaCha20-Poly1305 (RFC 8439) and XChaCha20-Poly1305, synchronous and constant-time in JavaScript. AES is never here: it
 * comes from WebCrypto through the engine, because table-based AES in JavaScript leaks its key through timing.
 */
import { chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import type { Bytes } from './bytes';
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

function cipher({ key, nonce, aad }: AeadKey) {
  return nonce.length === XCHACHA_NONCE_BYTES ? xchacha20poly1305(key, nonce, aad) : chacha20poly1305(key, nonce, aad);
}

export function sealChaCha(key: AeadKey, plaintext: Uint8Array): Bytes {
  return new Uint8Array(cipher(key).encrypt(plaintext));
}

/** Null when the tag does not verify: the way to try one key after another. */
export function tryOpenChaCha(key: AeadKey, sealed: Uint8Array): Bytes | null {
  try {
    return new Uint8Array(cipher(key).decrypt(sealed));
  } catch {
    return null;
  }
}

/** @throws {ProtocolError} bad-tag */
export function openChaCha(key: AeadKey, sealed: Uint8Array): Bytes {
  const plaintext = tryOpenChaCha(key, sealed);
  if (plaintext === null) throw new ProtocolError('bad-tag', { size: sealed.length });
  return plaintext;
}
