/**
 * Only here: an engine over Node's own cryptography, which answers in the same thread, as libsignal does and as Chromium's WebCrypto
 * nearly does. Node's WebCrypto hands each call to another thread; what is left without that is Tincan's own work.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  verify,
} from 'node:crypto';
import { type Bytes, concat, fromBase64url, toBase64url } from '../../lib/protocol/bytes';
import type { Engine } from '../../lib/protocol/engine';

const AES = 'aes-256-gcm';
const TAG_BYTES = 16;

/** By JWK, since OpenSSL takes most of a millisecond over PKCS #8; it looks at `d` alone. */
function importSecret(secret: Bytes): KeyObject {
  return createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', d: toBase64url(secret), x: '' }, format: 'jwk' });
}

function importPublic(bytes: Bytes, crv: 'X25519' | 'Ed25519'): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv, x: toBase64url(bytes) }, format: 'jwk' });
}

export function nativeEngine(engine: Engine): Engine {
  const made = new Map<string, KeyObject>();
  return {
    ...engine,
    async takeKeyPair() {
      const { privateKey } = generateKeyPairSync('x25519');
      const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
      made.set(d, privateKey);
      return { secret: fromBase64url(d), public: fromBase64url(x) };
    },
    async x25519(secret, theirPublic) {
      const privateKey = made.get(toBase64url(secret)) ?? importSecret(secret);
      return concat(diffieHellman({ privateKey, publicKey: importPublic(theirPublic, 'X25519') }));
    },
    async verifyEd25519(publicKey, message, signature) {
      return verify(null, message, importPublic(publicKey, 'Ed25519'), signature);
    },
    async sealAes256Gcm(key, nonce, plaintext, aad) {
      const cipher = createCipheriv(AES, key, nonce).setAAD(aad);
      return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
    },
    async openAes256Gcm(key, nonce, sealed, aad) {
      const cipher = createDecipheriv(AES, key, nonce).setAAD(aad).setAuthTag(sealed.subarray(-TAG_BYTES));
      return concat(cipher.update(sealed.subarray(0, -TAG_BYTES)), cipher.final());
    },
  };
}
