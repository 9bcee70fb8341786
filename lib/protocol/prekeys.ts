/**
 * The keys an initiator finds while its peer is away. An invite has a signed prekey and a one-time prekey of its own: when
 * it is used or withdrawn both secrets go.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { type Bytes, concat, equalBytes, Reader, Writer } from './bytes';
import type { Engine } from './engine';
import { ProtocolError } from './errors';
import { type Identity, isEd25519Signature, openIdentityStatement, STATEMENT_BYTES } from './identity';
import { label } from './kdf';
import { checkX25519Public, createKeyPair, PUBLIC_KEY_BYTES, SECRET_KEY_BYTES, SIGNATURE_BYTES, x25519Public } from './keys';

const BUNDLE_VERSION = 1;
const PREKEYS_VERSION = 1;

export interface PrekeyPair {
  readonly id: number;
  readonly secret: Bytes;
  readonly public: Bytes;
}

/** Secret: the owner's half of one invite. */
export interface InvitePrekeys {
  readonly signed: PrekeyPair;
  readonly oneTime: PrekeyPair;
}

/** Public: what the taker of an invite reads. */
export interface PrekeyBundle {
  readonly statement: Bytes;
  readonly signedId: number;
  readonly signedPublic: Bytes;
  /** Ed25519 by IK_sig over the role, the id and the key. */
  readonly signature: Bytes;
  readonly oneTimeId: number;
  readonly oneTimePublic: Bytes;
}

/** The role stands in what is signed: no other signed key can be passed off as a signed prekey. */
function signedPrekeyMessage(id: number, publicKey: Bytes): Bytes {
  return concat(label('signed prekey'), new Writer().u32(id).done(), publicKey);
}

/** Ids are random: a counter would tell how many invites somebody makes. */
function createPrekey(engine: Pick<Engine, 'randomBytes'>): PrekeyPair {
  return { id: new Reader(engine.randomBytes(4)).u32(), ...createKeyPair(engine) };
}

export function createInvitePrekeys(
  engine: Pick<Engine, 'randomBytes'>,
  identity: Identity,
): { readonly prekeys: InvitePrekeys; readonly bundle: PrekeyBundle } {
  const signed = createPrekey(engine);
  const oneTime = createPrekey(engine);
  const bundle: PrekeyBundle = {
    statement: identity.statement,
    signedId: signed.id,
    signedPublic: signed.public,
    signature: new Uint8Array(ed25519.sign(signedPrekeyMessage(signed.id, signed.public), identity.sigSecret)),
    oneTimeId: oneTime.id,
    oneTimePublic: oneTime.public,
  };
  return { prekeys: { signed, oneTime }, bundle };
}

export function encodePrekeyBundle(bundle: PrekeyBundle): Bytes {
  return new Writer()
    .u8(BUNDLE_VERSION)
    .bytes(bundle.statement)
    .u32(bundle.signedId)
    .bytes(bundle.signedPublic)
    .bytes(bundle.signature)
    .u32(bundle.oneTimeId)
    .bytes(bundle.oneTimePublic)
    .done();
}

/** A bundle that decodes is verified. @throws {ProtocolError} bad-version, bad-key, bad-signature, truncated, trailing */
export function decodePrekeyBundle(bytes: Uint8Array): PrekeyBundle {
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== BUNDLE_VERSION) throw new ProtocolError('bad-version', { version });
  const { statement, sigPublic } = openIdentityStatement(reader.bytes(STATEMENT_BYTES));
  const signedId = reader.u32();
  const signedPublic = checkX25519Public(reader.bytes(PUBLIC_KEY_BYTES));
  const signature = reader.bytes(SIGNATURE_BYTES);
  const oneTimeId = reader.u32();
  const oneTimePublic = checkX25519Public(reader.bytes(PUBLIC_KEY_BYTES));
  reader.end();
  const isSigned = isEd25519Signature(sigPublic, signedPrekeyMessage(signedId, signedPublic), signature);
  if (!isSigned) throw new ProtocolError('bad-signature', { key: 'signed-prekey' });
  return { statement, signedId, signedPublic, signature, oneTimeId, oneTimePublic };
}

/** For the owner's sealed store only: it carries the secrets. */
export function encodeInvitePrekeys({ signed, oneTime }: InvitePrekeys): Bytes {
  const writer = new Writer().u8(PREKEYS_VERSION);
  for (const { id, secret, public: publicKey } of [signed, oneTime]) writer.u32(id).bytes(secret).bytes(publicKey);
  return writer.done();
}

function readPrekey(reader: Reader): PrekeyPair {
  const id = reader.u32();
  const secret = reader.bytes(SECRET_KEY_BYTES);
  const publicKey = reader.bytes(PUBLIC_KEY_BYTES);
  if (!equalBytes(x25519Public(secret), publicKey)) throw new ProtocolError('bad-key', { reason: 'prekey' });
  return { id, secret, public: publicKey };
}

/** @throws {ProtocolError} bad-version, bad-key, truncated, trailing */
export function decodeInvitePrekeys(bytes: Uint8Array): InvitePrekeys {
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== PREKEYS_VERSION) throw new ProtocolError('bad-version', { version });
  const prekeys = { signed: readPrekey(reader), oneTime: readPrekey(reader) };
  reader.end();
  return prekeys;
}
