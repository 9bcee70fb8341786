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
import { isEd25519Signature, type Signed } from './signatures';
import { asEd25519, signXeddsa, XEDDSA_RANDOM_BYTES } from './xeddsa';

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

interface SignedStatement extends TheirIdentity {
  readonly bySigningKey: Signed;
  readonly byAgreementKey: Signed;
}

function readStatement(statement: Uint8Array): SignedStatement {
  const reader = new Reader(statement);
  const version = reader.u8();
  if (version !== STATEMENT_VERSION) throw new ProtocolError('bad-version', { version });
  const sigPublic = reader.bytes(PUBLIC_KEY_BYTES);
  const dhPublic = checkX25519Public(reader.bytes(PUBLIC_KEY_BYTES));
  const keys = concat(sigPublic, dhPublic);
  const bySigningKey = { publicKey: sigPublic, message: concat(BY_SIGNING_KEY, keys), signature: reader.bytes(SIGNATURE_BYTES) };
  const byAgreementKey = { publicKey: dhPublic, message: concat(BY_AGREEMENT_KEY, keys), signature: reader.bytes(SIGNATURE_BYTES) };
  reader.end();
  return { sigPublic, dhPublic, statement: concat(statement), bySigningKey, byAgreementKey: asEd25519(byAgreementKey) };
}

/** For `verifyAhead`. @throws {ProtocolError} as `openIdentityStatement`, but for bad-signature */
export function statementSignatures(statement: Uint8Array): readonly [bySigningKey: Signed, byAgreementKey: Signed] {
  const { bySigningKey, byAgreementKey } = readStatement(statement);
  return [bySigningKey, byAgreementKey];
}

/** @throws {ProtocolError} bad-version, bad-key, bad-signature; truncated or trailing for a wrong length. */
export function openIdentityStatement(bytes: Uint8Array): TheirIdentity {
  const { bySigningKey, byAgreementKey, sigPublic, dhPublic, statement } = readStatement(bytes);
  if (!isEd25519Signature(bySigningKey)) throw new ProtocolError('bad-signature', { key: 'sig' });
  if (!isEd25519Signature(byAgreementKey)) throw new ProtocolError('bad-signature', { key: 'dh' });
  return { sigPublic, dhPublic, statement };
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
