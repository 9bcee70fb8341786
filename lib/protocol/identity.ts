/**
 * An identity is two keys that vouch for each other: IK_sig (Ed25519) signs, IK_dh (X25519) agrees. The statement is the
 * public half, self-contained and checked whenever it is read.
 *
 *   version(1) ‖ IK_sig(32) ‖ IK_dh(32) ‖ Ed25519 by IK_sig(64) ‖ XEdDSA by IK_dh(64)
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { type Bytes, concat, equalBytes, Reader, Writer } from './bytes';
import type { Engine } from './engine';
import { ProtocolError } from './errors';
import { hash, label } from './kdf';
import { checkX25519Public, createKeyPair, PUBLIC_KEY_BYTES, SECRET_KEY_BYTES, SIGNATURE_BYTES, x25519Public } from './keys';
import { isXeddsaSignature, signXeddsa, XEDDSA_RANDOM_BYTES } from './xeddsa';

const STATEMENT_VERSION = 1;
const IDENTITY_VERSION = 1;
export const STATEMENT_BYTES = 1 + 2 * PUBLIC_KEY_BYTES + 2 * SIGNATURE_BYTES;
export const IDENTITY_HASH_BYTES = 32;

/** Secret: only its owner's sealed store may hold it. */
export interface Identity {
  readonly sigSecret: Bytes;
  readonly sigPublic: Bytes;
  readonly dhSecret: Bytes;
  readonly dhPublic: Bytes;
  readonly statement: Bytes;
}

export interface TheirIdentity {
  readonly sigPublic: Bytes;
  readonly dhPublic: Bytes;
  readonly statement: Bytes;
}

const BY_SIGNING_KEY = label('identity by signing key');
const BY_AGREEMENT_KEY = label('identity by agreement key');

export function isEd25519Signature(publicKey: Bytes, message: Uint8Array, signature: Bytes): boolean {
  try {
    // Strict RFC 8032: the lax default accepts small-order keys, under which anything verifies.
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

export function createIdentity(engine: Pick<Engine, 'randomBytes'>): Identity {
  const sigSecret = engine.randomBytes(SECRET_KEY_BYTES);
  const sigPublic = new Uint8Array(ed25519.getPublicKey(sigSecret));
  const agreement = createKeyPair(engine);
  const keys = concat(sigPublic, agreement.public);
  const statement = new Writer()
    .u8(STATEMENT_VERSION)
    .bytes(keys)
    .bytes(ed25519.sign(concat(BY_SIGNING_KEY, keys), sigSecret))
    .bytes(signXeddsa(agreement.secret, concat(BY_AGREEMENT_KEY, keys), engine.randomBytes(XEDDSA_RANDOM_BYTES)))
    .done();
  return { sigSecret, sigPublic, dhSecret: agreement.secret, dhPublic: agreement.public, statement };
}

/** The last statements whose signatures were found good: public, and each is read several times while a session begins. */
const vouched: Bytes[] = [];
const MAX_VOUCHED = 16;

function checkSignatures({ sigPublic, dhPublic, statement }: TheirIdentity, bySigningKey: Bytes, byAgreementKey: Bytes): void {
  if (vouched.some((known) => equalBytes(known, statement))) return;
  const keys = concat(sigPublic, dhPublic);
  if (!isEd25519Signature(sigPublic, concat(BY_SIGNING_KEY, keys), bySigningKey)) throw new ProtocolError('bad-signature', { key: 'sig' });
  if (!isXeddsaSignature(dhPublic, concat(BY_AGREEMENT_KEY, keys), byAgreementKey)) throw new ProtocolError('bad-signature', { key: 'dh' });
  vouched.unshift(concat(statement));
  vouched.length = Math.min(vouched.length, MAX_VOUCHED);
}

/** @throws {ProtocolError} bad-version, bad-key, bad-signature; truncated or trailing for a wrong length. */
export function openIdentityStatement(statement: Uint8Array): TheirIdentity {
  const reader = new Reader(statement);
  const version = reader.u8();
  if (version !== STATEMENT_VERSION) throw new ProtocolError('bad-version', { version });
  const sigPublic = reader.bytes(PUBLIC_KEY_BYTES);
  const dhPublic = checkX25519Public(reader.bytes(PUBLIC_KEY_BYTES));
  const bySigningKey = reader.bytes(SIGNATURE_BYTES);
  const byAgreementKey = reader.bytes(SIGNATURE_BYTES);
  reader.end();
  const theirs = { sigPublic, dhPublic, statement: concat(statement) };
  checkSignatures(theirs, bySigningKey, byAgreementKey);
  return theirs;
}

/** For the owner's sealed store only: it carries the secrets. */
export function encodeIdentity(identity: Identity): Bytes {
  return new Writer().u8(IDENTITY_VERSION).bytes(identity.sigSecret).bytes(identity.dhSecret).bytes(identity.statement).done();
}

/** @throws {ProtocolError} bad-key when secrets and statement don't belong together; whatever `openIdentityStatement` throws. */
export function decodeIdentity(bytes: Uint8Array): Identity {
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== IDENTITY_VERSION) throw new ProtocolError('bad-version', { version });
  const sigSecret = reader.bytes(SECRET_KEY_BYTES);
  const dhSecret = reader.bytes(SECRET_KEY_BYTES);
  const { sigPublic, dhPublic, statement } = openIdentityStatement(reader.rest());
  const isOwn = equalBytes(ed25519.getPublicKey(sigSecret), sigPublic) && equalBytes(x25519Public(dhSecret), dhPublic);
  if (!isOwn) throw new ProtocolError('bad-key', { reason: 'statement' });
  return { sigSecret, sigPublic, dhSecret, dhPublic, statement };
}

/** SHA-256 of the statement: what an invite commits to and what sessions bind. */
export function identityHash(statement: Uint8Array): Bytes {
  return hash(statement);
}
