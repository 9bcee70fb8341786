/**
 * The data key wrapped once more, for an authenticator instead of a secret. What an authenticator gives is the output of its
 * pseudorandom function (WebAuthn Level 3, extension "prf"): 32 bytes that depend on the credential, on the salt, and on the
 * user having been verified. Nobody guesses them, so that no try over them is counted.
 *
 *   terms        = version(1) ‖ length(2) ‖ credential id ‖ salt(32)
 *   wrapping key = HKDF-SHA256(HMAC-SHA256(device key, label ‖ terms ‖ output))
 *   wrapped      = AES-256-GCM(wrapping key, nonce, data key), AAD = terms
 */
import { AppError } from '../app/errors';
import type { Passkey } from '../app/ports';
import { type Bytes, concat, equalBytes, utf8, Writer } from '../protocol/bytes';

export interface PasskeyWrap extends Passkey {
  readonly nonce: Bytes;
  readonly wrapped: Bytes;
}

const PASSKEY_VERSION = 1;
const SALT_BYTES = 32;
const NONCE_BYTES = 12;
const OUTPUT_LABEL = utf8('tincan passkey output 1');
const WRAP_LABEL = utf8('tincan passkey wrap 1');

export async function hmac(crypto: Crypto, key: CryptoKey, ...parts: readonly Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, concat(...parts)));
}

/** `bound` is wiped. */
export async function wrappingKeyOf(crypto: Crypto, bound: Bytes, info: Bytes): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', bound, 'HKDF', false, ['deriveKey']);
  bound.fill(0);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info };
  return crypto.subtle.deriveKey(derivation, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

function termsBytes({ credentialId, salt }: Passkey): Bytes {
  return new Writer().u8(PASSKEY_VERSION).u16(credentialId.length).bytes(credentialId).fixed(salt, SALT_BYTES).done();
}

/** What the root's mark covers of it. */
export const passkeyBytes = (wrap: PasskeyWrap): Bytes => concat(termsBytes(wrap), wrap.nonce, wrap.wrapped);

async function keyFor(crypto: Crypto, device: CryptoKey, passkey: Passkey, output: Bytes): Promise<CryptoKey> {
  return wrappingKeyOf(crypto, await hmac(crypto, device, OUTPUT_LABEL, termsBytes(passkey), output), WRAP_LABEL);
}

export interface PasskeyOutput {
  readonly passkey: Passkey;
  /** 32 bytes. */
  readonly output: Bytes;
}

export async function wrapForPasskey(crypto: Crypto, device: CryptoKey, given: PasskeyOutput, dataKey: Bytes): Promise<PasskeyWrap> {
  const { credentialId, salt } = given.passkey;
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: termsBytes(given.passkey) };
  const key = await keyFor(crypto, device, given.passkey, given.output);
  return { credentialId, salt, nonce, wrapped: new Uint8Array(await crypto.subtle.encrypt(algorithm, key, dataKey)) };
}

/** @throws {AppError} passkey-wrong: this credential was removed or never added, or the output is another's */
export async function unwrapByPasskey(
  crypto: Crypto,
  { device, passkeys }: { readonly device: CryptoKey; readonly passkeys: readonly PasskeyWrap[] },
  { credentialId, output }: { readonly credentialId: Uint8Array; readonly output: Bytes },
): Promise<Bytes> {
  const wrap = passkeys.find((each) => equalBytes(each.credentialId, credentialId));
  if (!wrap) throw new AppError('passkey-wrong');
  const algorithm = { name: 'AES-GCM', iv: wrap.nonce, additionalData: termsBytes(wrap) };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, await keyFor(crypto, device, wrap, output), wrap.wrapped));
  } catch {
    throw new AppError('passkey-wrong');
  }
}
