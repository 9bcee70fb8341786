/**
 * The keys an initiator finds while its peer is away. A bundle offers a signed prekey with either a one-time prekey and a
 * one-time KEM prekey, or, when these have run out, a last-resort KEM prekey alone. There is no bundle without a KEM prekey.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { type Bytes, concat, equalBytes, Reader, Writer } from './bytes';
import type { Engine } from './engine';
import { ProtocolError } from './errors';
import { type Identity, openIdentityStatement, STATEMENT_BYTES, statementSignatures } from './identity';
import { label } from './kdf';
import { checkX25519Public, createKeyPair, PUBLIC_KEY_BYTES, SECRET_KEY_BYTES, SIGNATURE_BYTES, x25519Public } from './keys';
import { checkKemPublic, createKemPair, KEM_PUBLIC_BYTES, KEM_SEED_BYTES, type KemPair, kemPair } from './ml-kem';
import { isEd25519Signature, type Signed, verifyAhead } from './signatures';

const BUNDLE_VERSION = 4;
const PREKEYS_VERSION = 3;
/** Where an id stands for a key that is not there; no key has it. */
export const NO_PREKEY_ID = 0;

export interface PrekeyPair {
  readonly id: number;
  readonly secret: Bytes;
  readonly public: Bytes;
}

/** The secret half of a KEM prekey, from which the public one follows. */
export interface KemPrekeySecret {
  readonly id: number;
  /** FIPS 203's d and z. */
  readonly seed: Bytes;
}

export interface KemPrekeyPair extends KemPair {
  readonly id: number;
}

/** Secret: the owner's halves of one bundle. Without a one-time prekey, `kem` is a last-resort one. */
export interface AgreementPrekeys {
  readonly signed: PrekeyPair;
  readonly oneTime: PrekeyPair | null;
  readonly kem: KemPrekeyPair;
}

/** Public: what an initiator reads. Without a one-time prekey, the KEM prekey is a last-resort one, and says so in its signature. */
export interface PrekeyBundle {
  readonly statement: Bytes;
  readonly signedId: number;
  readonly signedPublic: Bytes;
  /** Ed25519 by IK_sig over the role, the id and the key. */
  readonly signature: Bytes;
  readonly oneTime: { readonly id: number; readonly public: Bytes } | null;
  readonly kemId: number;
  readonly kemPublic: Bytes;
  /** As `signature`, under a role of its own. */
  readonly kemSignature: Bytes;
}

type SignedRole = 'signed prekey' | 'one-time KEM prekey' | 'last-resort KEM prekey';

function kemRole(oneTime: unknown): SignedRole {
  return oneTime ? 'one-time KEM prekey' : 'last-resort KEM prekey';
}

/** The role stands in what is signed: no signed key can be passed off as one of another role, nor an EC key as a KEM key. */
function prekeyMessage(role: SignedRole, id: number, publicKey: Bytes): Bytes {
  return concat(label(role), new Writer().u32(id).done(), publicKey);
}

function signPrekey(identity: Identity, role: SignedRole, { id, public: publicKey }: { id: number; public: Bytes }): Bytes {
  return new Uint8Array(ed25519.sign(prekeyMessage(role, id, publicKey), identity.sigSecret));
}

/** Random: a counter would tell how many invites somebody makes. */
function createPrekeyId(engine: Pick<Engine, 'randomBytes'>): number {
  const id = new Reader(engine.randomBytes(4)).u32();
  return id === NO_PREKEY_ID ? createPrekeyId(engine) : id;
}

export function createPrekey(engine: Pick<Engine, 'randomBytes'>): PrekeyPair {
  return { id: createPrekeyId(engine), ...createKeyPair(engine) };
}

export function createKemPrekey(engine: Pick<Engine, 'randomBytes'>): KemPrekeyPair {
  return { id: createPrekeyId(engine), ...createKemPair(engine) };
}

/** The public halves, signed. */
export function offerPrekeys(identity: Identity, { signed, oneTime, kem }: AgreementPrekeys): PrekeyBundle {
  return {
    statement: identity.statement,
    signedId: signed.id,
    signedPublic: signed.public,
    signature: signPrekey(identity, 'signed prekey', signed),
    oneTime: oneTime && { id: oneTime.id, public: oneTime.public },
    kemId: kem.id,
    kemPublic: kem.public,
    kemSignature: signPrekey(identity, kemRole(oneTime), kem),
  };
}

/** Keys of its own for one invite: when it is used or withdrawn all three secrets go. */
export function createInvitePrekeys(
  engine: Pick<Engine, 'randomBytes'>,
  identity: Identity,
): { readonly prekeys: AgreementPrekeys; readonly bundle: PrekeyBundle } {
  const prekeys = { signed: createPrekey(engine), oneTime: createPrekey(engine), kem: createKemPrekey(engine) };
  return { prekeys, bundle: offerPrekeys(identity, prekeys) };
}

/** 1,967 bytes with a one-time prekey, 1,931 without. */
export function encodePrekeyBundle(bundle: PrekeyBundle): Bytes {
  const writer = new Writer()
    .u8(BUNDLE_VERSION)
    .bytes(bundle.statement)
    .u32(bundle.signedId)
    .bytes(bundle.signedPublic)
    .bytes(bundle.signature)
    .u32(bundle.kemId)
    .bytes(bundle.kemPublic)
    .bytes(bundle.kemSignature)
    .flag(bundle.oneTime !== null);
  if (bundle.oneTime) writer.u32(bundle.oneTime.id).bytes(bundle.oneTime.public);
  return writer.done();
}

function readPrekeyId(reader: Reader): number {
  const id = reader.u32();
  if (id === NO_PREKEY_ID) throw new ProtocolError('bad-value', { reason: 'prekey id' });
  return id;
}

function readBundle(reader: Reader): PrekeyBundle {
  return {
    statement: reader.bytes(STATEMENT_BYTES),
    signedId: readPrekeyId(reader),
    signedPublic: checkX25519Public(reader.bytes(PUBLIC_KEY_BYTES)),
    signature: reader.bytes(SIGNATURE_BYTES),
    kemId: readPrekeyId(reader),
    kemPublic: checkKemPublic(reader.bytes(KEM_PUBLIC_BYTES)),
    kemSignature: reader.bytes(SIGNATURE_BYTES),
    oneTime: reader.flag() ? { id: readPrekeyId(reader), public: checkX25519Public(reader.bytes(PUBLIC_KEY_BYTES)) } : null,
  };
}

interface SignedBundle {
  readonly bundle: PrekeyBundle;
  readonly statement: readonly Signed[];
  readonly signed: Signed;
  readonly kem: Signed;
}

function readWhole(bytes: Uint8Array): SignedBundle {
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== BUNDLE_VERSION) throw new ProtocolError('bad-version', { version });
  const bundle = readBundle(reader);
  reader.end();
  const statement = statementSignatures(bundle.statement);
  const [{ publicKey }] = statement;
  const signed = prekeyMessage('signed prekey', bundle.signedId, bundle.signedPublic);
  const kem = prekeyMessage(kemRole(bundle.oneTime), bundle.kemId, bundle.kemPublic);
  return {
    bundle,
    statement,
    signed: { publicKey, message: signed, signature: bundle.signature },
    kem: { publicKey, message: kem, signature: bundle.kemSignature },
  };
}

/** A bundle that decodes is verified. @throws {ProtocolError} bad-version, bad-value, bad-key, bad-signature, truncated, trailing */
export function decodePrekeyBundle(bytes: Uint8Array): PrekeyBundle {
  const { bundle, signed, kem } = readWhole(bytes);
  openIdentityStatement(bundle.statement);
  if (!isEd25519Signature(signed)) throw new ProtocolError('bad-signature', { key: 'signed-prekey' });
  if (!isEd25519Signature(kem)) throw new ProtocolError('bad-signature', { key: 'kem-prekey' });
  return bundle;
}

/** As `decodePrekeyBundle`, the signatures by the engine where it can. @throws as that does */
export async function openPrekeyBundle(engine: Engine, bytes: Uint8Array): Promise<PrekeyBundle> {
  const { statement, signed, kem } = readWhole(bytes);
  await verifyAhead(engine, ...statement, signed, kem);
  return decodePrekeyBundle(bytes);
}

export function writePrekey(writer: Writer, { id, secret, public: publicKey }: PrekeyPair): void {
  writer.u32(id).bytes(secret).bytes(publicKey);
}

/** @throws {ProtocolError} bad-value, bad-key, truncated */
export function readPrekey(reader: Reader): PrekeyPair {
  const id = readPrekeyId(reader);
  const secret = reader.bytes(SECRET_KEY_BYTES);
  const publicKey = reader.bytes(PUBLIC_KEY_BYTES);
  if (!equalBytes(x25519Public(secret), publicKey)) throw new ProtocolError('bad-key', { reason: 'prekey' });
  return { id, secret, public: publicKey };
}

export function writeKemPrekey(writer: Writer, { id, seed }: KemPrekeySecret): void {
  writer.u32(id).bytes(seed);
}

/** @throws {ProtocolError} bad-value, truncated */
export function readKemPrekey(reader: Reader): KemPrekeySecret {
  return { id: readPrekeyId(reader), seed: reader.bytes(KEM_SEED_BYTES) };
}

/** Costs a key generation. */
export function wholeKemPrekey({ id, seed }: KemPrekeySecret): KemPrekeyPair {
  return { id, ...kemPair(seed) };
}

/** For the owner's sealed store only: it carries the secrets. */
export function encodePrekeys({ signed, oneTime, kem }: AgreementPrekeys): Bytes {
  const writer = new Writer().u8(PREKEYS_VERSION);
  writePrekey(writer, signed);
  writeKemPrekey(writer, kem);
  writer.flag(oneTime !== null);
  if (oneTime) writePrekey(writer, oneTime);
  return writer.done();
}

/** @throws {ProtocolError} bad-version, bad-value, bad-key, truncated, trailing */
export function decodePrekeys(bytes: Uint8Array): AgreementPrekeys {
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== PREKEYS_VERSION) throw new ProtocolError('bad-version', { version });
  const signed = readPrekey(reader);
  const kem = wholeKemPrekey(readKemPrekey(reader));
  const prekeys = { signed, kem, oneTime: reader.flag() ? readPrekey(reader) : null };
  reader.end();
  return prekeys;
}
