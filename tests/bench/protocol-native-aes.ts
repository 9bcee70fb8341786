/** Only here: an engine whose AES is Node's own and does not change threads. What is left is Tincan's work, and X25519. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { type Bytes, concat } from '../../lib/protocol/bytes';
import type { Engine } from '../../lib/protocol/engine';

const AES = 'aes-256-gcm';
const TAG_BYTES = 16;

export function nativeAes(engine: Engine): Engine {
  return {
    ...engine,
    async sealAes256Gcm(key, nonce, plaintext, aad): Promise<Bytes> {
      const cipher = createCipheriv(AES, key, nonce).setAAD(aad);
      return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
    },
    async openAes256Gcm(key, nonce, sealed, aad): Promise<Bytes> {
      const cipher = createDecipheriv(AES, key, nonce).setAAD(aad).setAuthTag(sealed.subarray(-TAG_BYTES));
      return concat(cipher.update(sealed.subarray(0, -TAG_BYTES)), cipher.final());
    },
  };
}
