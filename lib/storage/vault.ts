/**
 * Seals records. A random 256-bit data key, wrapped in the root (root.ts), gives one AES-256-GCM key per store by HKDF-SHA256.
 * Without a PIN this is "not plain text in the database", and no more.
 *
 * sealed record = version(1) ‖ nonce(12) ‖ AES-256-GCM(JSON), AAD = version ‖ store ‖ 0 ‖ the whole key as JSON.
 * So a record moved under another key does not open.
 */
import { AppError } from '../app/errors';
import type { StoreKey, StoreValue } from '../app/ports';
import { type Bytes, concat, fromBase64url, toBase64url, utf8 } from '../protocol/bytes';

const RECORD_VERSION = 1;
const NONCE_BYTES = 12;
const BYTES_TAG = '$bytes';

export interface Vault {
  seal(key: StoreKey, value: StoreValue): Promise<Bytes>;
  /** @throws {AppError} vault-damaged when the record is damaged or was moved from another key. */
  open(key: StoreKey, sealed: Uint8Array): Promise<StoreValue>;
}

function encodeValue(value: StoreValue): Bytes {
  return utf8(JSON.stringify(value, (_, part: unknown) => (part instanceof Uint8Array ? { [BYTES_TAG]: toBase64url(part) } : part)));
}

function decodeValue(bytes: Uint8Array): StoreValue {
  return JSON.parse(new TextDecoder().decode(bytes), (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || !(BYTES_TAG in part)) return part;
    return fromBase64url(String(part[BYTES_TAG]));
  });
}

function associatedData(key: StoreKey): Bytes {
  return concat(Uint8Array.of(RECORD_VERSION), utf8(String(key[0])), Uint8Array.of(0), utf8(JSON.stringify(key)));
}

/** `dataKey` is wiped. */
export async function createVault(crypto: Crypto, dataKey: Bytes): Promise<Vault> {
  const master = await crypto.subtle.importKey('raw', dataKey, 'HKDF', false, ['deriveKey']);
  dataKey.fill(0);
  const storeKeys = new Map<string, Promise<CryptoKey>>();
  const storeKey = (store: string): Promise<CryptoKey> => {
    let derived = storeKeys.get(store);
    if (!derived) {
      const info = utf8(`tincan store ${store}`);
      derived = crypto.subtle.deriveKey(
        { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info },
        master,
        { name: 'AES-GCM', length: 256 },
        false,
        ['encrypt', 'decrypt'],
      );
      storeKeys.set(store, derived);
    }
    return derived;
  };
  return {
    async seal(key, value) {
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const aesKey = await storeKey(String(key[0]));
      const parameters = { name: 'AES-GCM', iv: nonce, additionalData: associatedData(key) };
      const sealed = await crypto.subtle.encrypt(parameters, aesKey, encodeValue(value));
      return concat(Uint8Array.of(RECORD_VERSION), nonce, new Uint8Array(sealed));
    },
    async open(key, sealed) {
      if (sealed[0] !== RECORD_VERSION || sealed.length < 1 + NONCE_BYTES) throw new AppError('vault-damaged');
      const aesKey = await storeKey(String(key[0]));
      const iv = new Uint8Array(sealed.slice(1, 1 + NONCE_BYTES));
      const parameters = { name: 'AES-GCM', iv, additionalData: associatedData(key) };
      try {
        return decodeValue(new Uint8Array(await crypto.subtle.decrypt(parameters, aesKey, sealed.slice(1 + NONCE_BYTES))));
      } catch {
        throw new AppError('vault-damaged');
      }
    },
  };
}
