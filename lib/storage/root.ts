/**
 * The data key, wrapped: the one record that is not sealed under it. The device key is an HMAC key that never leaves the
 * browser; with a PIN or a passphrase the wrapping key needs that too.
 *
 *   stretched    = Argon2id(secret, salt, cost), nothing without a secret
 *   wrapping key = HKDF-SHA256(HMAC-SHA256(device key, terms ‖ stretched))
 *   wrapped      = AES-256-GCM(wrapping key, nonce, data key), AAD = terms
 *   mark         = HMAC-SHA256(device key, label ‖ terms ‖ nonce ‖ wrapped ‖ every passkey's wrap): tells a damaged root from a wrong secret
 *
 * terms: version(1) ‖ revision(4) ‖ kind(1) ‖ wipe after(4) ‖ memory(4) ‖ passes(4) ‖ lanes(4) ‖ salt(16), numbers big-endian,
 * cost and salt 0 without a secret.
 */
import { AppError } from '../app/errors';
import type { SecretKind } from '../app/ports';
import { type Argon2id, type Argon2Parameters, stretch } from '../protocol/argon2';
import { type Bytes, equalBytes, utf8, Writer } from '../protocol/bytes';
import { ProtocolError } from '../protocol/errors';
import { hmac, type PasskeyWrap, passkeyBytes, wrappingKeyOf } from './passkey';

export const DATA_KEY_BYTES = 32;
const ROOT_VERSION = 2;
const NONCE_BYTES = 12;
const SALT_BYTES = 16;
const KINDS = ['none', 'pin', 'passphrase'] as const;

export interface Root {
  readonly version: number;
  /** Non-extractable. */
  readonly device: CryptoKey;
  /** One more at every change of what follows. */
  readonly revision: number;
  readonly kind: SecretKind | 'none';
  /** So many wrong tries in a row delete everything; 0: never. */
  readonly wipeAfter: number;
  readonly cost: Argon2Parameters;
  readonly salt: Bytes;
  readonly nonce: Bytes;
  readonly wrapped: Bytes;
  /** Only beside a secret: whoever loses a passkey must not lose the records. */
  readonly passkeys: readonly PasskeyWrap[];
  readonly mark: Bytes;
}

export interface Secret {
  readonly kind: SecretKind;
  readonly text: string;
}

const NO_COST: Argon2Parameters = { memoryKib: 0, passes: 0, lanes: 0 };
const MARK_LABEL = utf8('tincan vault mark 2');
const DEVICE_LABEL = utf8('tincan device secret 2');
const WRAP_LABEL = utf8('tincan vault root 2');

type Terms = Pick<Root, 'revision' | 'kind' | 'wipeAfter' | 'cost' | 'salt'>;

function termsBytes({ revision, kind, wipeAfter, cost, salt }: Terms): Bytes {
  return new Writer()
    .u8(ROOT_VERSION)
    .u32(revision)
    .u8(KINDS.indexOf(kind))
    .u32(wipeAfter)
    .u32(cost.memoryKib)
    .u32(cost.passes)
    .u32(cost.lanes)
    .fixed(salt, SALT_BYTES)
    .done();
}

const markOf = (crypto: Crypto, root: Omit<Root, 'mark'>): Promise<Bytes> =>
  hmac(crypto, root.device, MARK_LABEL, termsBytes(root), root.nonce, root.wrapped, ...root.passkeys.map(passkeyBytes));

/** What a person types may come as composed or decomposed characters. */
const passwordOf = (text: string): Bytes => utf8(text.normalize('NFC'));

async function stretched(argon2id: Argon2id, { kind, cost, salt }: Terms, text: string): Promise<Bytes> {
  if (kind === 'none') return new Uint8Array(0);
  return stretch(argon2id, { ...cost, password: passwordOf(text), salt, outputBytes: 32 });
}

async function wrappingKey(crypto: Crypto, device: CryptoKey, terms: Terms, secret: Bytes): Promise<CryptoKey> {
  return wrappingKeyOf(crypto, await hmac(crypto, device, termsBytes(terms), secret), WRAP_LABEL);
}

export interface RootMaker {
  readonly crypto: Crypto;
  readonly argon2id: Argon2id;
}

export function makeDeviceKey(crypto: Crypto): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign', 'verify']);
}

export interface RootWish {
  readonly device: CryptoKey;
  readonly revision: number;
  readonly secret: Secret | null;
  readonly wipeAfter: number;
  /** Without a secret of no account. */
  readonly cost: Argon2Parameters;
  /** As they are: none of them is bound to the terms. */
  readonly passkeys: readonly PasskeyWrap[];
}

/** @throws {ProtocolError} weak-parameters */
export async function wrapRoot({ crypto, argon2id }: RootMaker, wish: RootWish, dataKey: Bytes): Promise<Root> {
  const { device, revision, secret, passkeys } = wish;
  const terms: Terms = {
    revision,
    kind: secret?.kind ?? 'none',
    wipeAfter: secret ? wish.wipeAfter : 0,
    cost: secret ? wish.cost : NO_COST,
    salt: secret ? crypto.getRandomValues(new Uint8Array(SALT_BYTES)) : new Uint8Array(SALT_BYTES),
  };
  const key = await wrappingKey(crypto, device, terms, await stretched(argon2id, terms, secret?.text ?? ''));
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: termsBytes(terms) };
  const wrapped = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, dataKey));
  const root = { version: ROOT_VERSION, device, ...terms, nonce, wrapped, passkeys };
  return { ...root, mark: await markOf(crypto, root) };
}

/** For what this device may read while it is locked. */
export function deviceSecret(crypto: Crypto, { device }: Pick<Root, 'device'>): Promise<Bytes> {
  return hmac(crypto, device, DEVICE_LABEL);
}

/** Before anything of it is believed. @throws {AppError} vault-damaged */
export async function checkRoot(crypto: Crypto, root: Root): Promise<void> {
  let mark: Bytes;
  try {
    mark = await markOf(crypto, root);
  } catch {
    throw new AppError('vault-damaged');
  }
  if (root.version !== ROOT_VERSION || !equalBytes(mark, root.mark)) throw new AppError('vault-damaged');
}

/** Of a checked root. @throws {AppError} lock-wrong, vault-weakened when its cost is below the least that is ever set */
export async function unwrapRoot({ crypto, argon2id }: RootMaker, root: Root, text: string): Promise<Bytes> {
  const secret = await stretched(argon2id, root, text).catch((error: unknown) => {
    throw error instanceof ProtocolError && error.code === 'weak-parameters' ? new AppError('vault-weakened') : error;
  });
  const key = await wrappingKey(crypto, root.device, root, secret);
  const algorithm = { name: 'AES-GCM', iv: root.nonce, additionalData: termsBytes(root) };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, root.wrapped));
  } catch {
    throw new AppError(root.kind === 'none' ? 'vault-damaged' : 'lock-wrong');
  }
}
