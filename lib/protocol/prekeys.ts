/**
 * The keys an initiator finds while its peer is away. An invite has a signed prekey, a one-time prekey and a one-time KEM
 * prekey of its own: when it is used or withdrawn all three secrets go. There is no bundle without a KEM prekey.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { type Bytes, concat, equalBytes, Reader, Writer } from './bytes';
import type { Engine } from './engine';
import { ProtocolError } from './errors';
import { type Identity, isEd25519Signature, openIdentityStatement, STATEMENT_BYTES } from './identity';
import { label } from './kdf';
import { checkX25519Public, createKeyPair, PUBLIC_KEY_BYTES, SECRET_KEY_BYTES, SIGNATURE_BYTES, x25519Public } from './keys';
import { checkKemPublic, createKemPair, KEM_PUBLIC_BYTES, KEM_SEED_BYTES, kemPair } from './ml-kem';

const BUNDLE_VERSION = 2;
const PREKEYS_VERSION = 2;

export interface PrekeyPair {
  readonly id: number;
  readonly secret: Bytes;
  readonly public: Bytes;
}

export interface KemPrekeyPair {
  readonly id: number;
  /** The secret half: FIPS 203's d and z. */
  readonly seed: Bytes;
  readonly public: Bytes;
}

/** Secret: the owner's half of one invite. */
export interface InvitePrekeys {
  readonly signed: PrekeyPair;
  readonly oneTime: PrekeyPair;
  readonly kem: KemPrekeyPair;
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
  readonly kemId: number;
  readonly kemPublic: Bytes;
  /** As `signature`, under a role of its own. */
  readonly kemSignature: Bytes;
}

type SignedRole = 'signed prekey' | 'one-time KEM prekey';

/** The role stands in what is signed: no signed key can be passed off as one of another role, nor an EC key as a KEM key. */
function prekeyMessage(role: SignedRole, id: number, publicKey: Bytes): Bytes {
  return concat(label(role), new Writer().u32(id).done(), publicKey);
}

function signPrekey(identity: Identity, role: SignedRole, { id, public: publicKey }: { id: number; public: Bytes }): Bytes {
  return new Uint8Array(ed25519.sign(prekeyMessage(role, id, publicKey), identity.sigSecret));
}

/** Random: a counter would tell how many invites somebody makes. */
function createPrekeyId(engine: Pick<Engine, 'randomBytes'>): number {
  return new Reader(engine.randomBytes(4)).u32();
}

export function createInvitePrekeys(
  engine: Pick<Engine, 'randomBytes'>,
  identity: Identity,
): { readonly prekeys: InvitePrekeys; readonly bundle: PrekeyBundle } {
  const signed = { id: createPrekeyId(engine), ...createKeyPair(engine) };
  const oneTime = { id: createPrekeyId(engine), ...createKeyPair(engine) };
  const kem = { id: createPrekeyId(engine), ...createKemPair(engine) };
  const bundle: PrekeyBundle = {
    statement: identity.statement,
    signedId: signed.id,
    signedPublic: signed.public,
    signature: signPrekey(identity, 'signed prekey', signed),
    oneTimeId: oneTime.id,
    oneTimePublic: oneTime.public,
    kemId: kem.id,
    kemPublic: kem.public,
    kemSignature: signPrekey(identity, 'one-time KEM prekey', kem),
  };
  return { prekeys: { signed, oneTime, kem }, bundle };
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
    .u32(bundle.kemId)
    .bytes(bundle.kemPublic)
    .bytes(bundle.kemSignature)
    .done();
}

function readBundle(reader: Reader): PrekeyBundle {
  return {
    statement: reader.bytes(STATEMENT_BYTES),
    signedId: reader.u32(),
    signedPublic: checkX25519Public(reader.bytes(PUBLIC_KEY_BYTES)),
    signature: reader.bytes(SIGNATURE_BYTES),
    oneTimeId: reader.u32(),
    oneTimePublic: checkX25519Public(reader.bytes(PUBLIC_KEY_BYTES)),
    kemId: reader.u32(),
    kemPublic: checkKemPublic(reader.bytes(KEM_PUBLIC_BYTES)),
    kemSignature: reader.bytes(SIGNATURE_BYTES),
  };
}

/** A bundle that decodes is verified. @throws {ProtocolError} bad-version, bad-key, bad-signature, truncated, trailing */
export function decodePrekeyBundle(bytes: Uint8Array): PrekeyBundle {
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== BUNDLE_VERSION) throw new ProtocolError('bad-version', { version });
  const bundle = readBundle(reader);
  reader.end();
  const { sigPublic } = openIdentityStatement(bundle.statement);
  const signed = prekeyMessage('signed prekey', bundle.signedId, bundle.signedPublic);
  if (!isEd25519Signature(sigPublic, signed, bundle.signature)) throw new ProtocolError('bad-signature', { key: 'signed-prekey' });
  const kem = prekeyMessage('one-time KEM prekey', bundle.kemId, bundle.kemPublic);
  if (!isEd25519Signature(sigPublic, kem, bundle.kemSignature)) throw new ProtocolError('bad-signature', { key: 'kem-prekey' });
  return bundle;
}

/** For the owner's sealed store only: it carries the secrets. */
export function encodeInvitePrekeys({ signed, oneTime, kem }: InvitePrekeys): Bytes {
  const writer = new Writer().u8(PREKEYS_VERSION);
  for (const { id, secret, public: publicKey } of [signed, oneTime]) writer.u32(id).bytes(secret).bytes(publicKey);
  return writer.u32(kem.id).bytes(kem.seed).done();
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
  const prekeys = {
    signed: readPrekey(reader),
    oneTime: readPrekey(reader),
    kem: { id: reader.u32(), ...kemPair(reader.bytes(KEM_SEED_BYTES)) },
  };
  reader.end();
  return prekeys;
}
