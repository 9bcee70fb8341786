/**
 * One conversation's keys. A session is a value: every step returns a new one, the old one stays usable, and nothing has
 * happened until the caller commits.
 *
 *   initiator: unanswered ──an answer opens──▶ answered        every envelope carries the opening until then
 *   responder: accepted                                        the same opening again is this session's, not a new one
 */
import { CHACHA_NONCE_BYTES, sealChaCha, tryOpenChaCha } from './aead';
import { type Bytes, concat, equalBytes, Reader, Writer } from './bytes';
import type { Engine } from './engine';
import {
  decodeEnvelope,
  type Envelope,
  type EnvelopeSize,
  encodeEnvelope,
  envelopePrefix,
  paddedBytes,
  plaintextRoomBytes,
} from './envelope';
import { ProtocolError } from './errors';
import { encodeHeader } from './header';
import { type Identity, identityHash, type TheirIdentity } from './identity';
import { HASH_BYTES, hash, label } from './kdf';
import { openBody, sealBody } from './message';
import { pad, unpad } from './padding';
import { absorbBraidPart, type PqRatchet, startPqRatchet, stepPqRatchetReceiving, stepPqRatchetSending, trimPqRatchet } from './pq-ratchet';
import { readPqRatchet, writePqRatchet } from './pq-ratchet-codec';
import { agreeAsInitiator, agreeAsResponder, OPENING_BYTES, openingIds, type PrekeyIds, SESSION_ID_BYTES } from './pqxdh';
import type { AgreementPrekeys, PrekeyBundle } from './prekeys';
import { matchHeader, type Ratchet, startAsInitiator, startAsResponder, stepReceiving, stepSending, trimRatchet } from './ratchet';
import { readRatchet, writeRatchet } from './ratchet-codec';

export type { EnvelopeSize } from './envelope';

export type SessionStage =
  | { readonly kind: 'unanswered'; readonly opening: Bytes }
  | { readonly kind: 'answered' }
  | { readonly kind: 'accepted'; readonly openingHash: Bytes };

/** Secret: only its owner's sealed store may hold it. */
export interface Session {
  /** The same 32 bytes on both sides. */
  readonly id: Bytes;
  /** Which of the sessions these two had one after another, from 1: a later one is preferred. */
  readonly generation: number;
  /** Agreed with last-resort keys: weaker until both ratchets have turned. */
  readonly isLastResort: boolean;
  readonly initiatorHash: Bytes;
  readonly responderHash: Bytes;
  readonly stage: SessionStage;
  readonly ratchet: Ratchet;
  readonly pqRatchet: PqRatchet;
}

/** True of every envelope, the first included. */
export function maxPlaintextBytes(size: EnvelopeSize): number {
  return plaintextRoomBytes(size, true);
}

export interface SessionWish {
  readonly identity: Identity;
  /** Verified by decoding it. */
  readonly bundle: PrekeyBundle;
  /** One more than that of any session with them; 1 for the first. */
  readonly generation?: number;
}

/** @throws {ProtocolError} bad-key, weak-shared-secret */
export async function initiateSession(engine: Engine, { identity, bundle, generation = 1 }: SessionWish): Promise<Session> {
  const { secrets, opening } = await agreeAsInitiator(engine, identity, bundle, generation);
  return {
    id: secrets.sessionId,
    generation,
    isLastResort: bundle.oneTime === null,
    initiatorHash: identityHash(identity.statement),
    responderHash: identityHash(bundle.statement),
    stage: { kind: 'unanswered', opening },
    ratchet: await startAsInitiator(engine, secrets, bundle.signedPublic),
    pqRatchet: startPqRatchet('initiator', secrets),
  };
}

export interface SessionRequest {
  readonly identity: Identity;
  readonly prekeys: AgreementPrekeys;
  readonly envelope: Uint8Array;
  readonly nowMs: number;
}

/** Which prekeys an envelope's opening was made for; null for one without an opening. @throws {ProtocolError} as `decodeEnvelope` */
export function envelopePrekeyIds(envelope: Uint8Array): PrekeyIds | null {
  const { opening } = decodeEnvelope(envelope);
  return opening && openingIds(opening);
}

/**
 * Opens the first envelope that arrives, which need not be the first that was sent. Leaves `prekeys` as they are: delete
 * the one-time ones in the commit that stores the session, neither before nor later. Over last-resort keys the same opening
 * would make the same session again: the caller must remember the ids of the sessions it made.
 * @throws {ProtocolError} bad-kind without an opening, no-prekey for other prekeys, bad-tag, bad-signature, bad-key
 */
export async function acceptSession(
  engine: Engine,
  { identity, prekeys, envelope, nowMs }: SessionRequest,
): Promise<Opened & { readonly theirIdentity: TheirIdentity }> {
  const parts = decodeEnvelope(envelope);
  if (parts.opening === null) throw new ProtocolError('bad-kind', { reason: 'no opening' });
  const { secrets, generation, theirIdentity } = await agreeAsResponder(engine, identity, prekeys, parts.opening);
  const fresh: Session = {
    id: secrets.sessionId,
    generation,
    isLastResort: prekeys.oneTime === null,
    initiatorHash: identityHash(theirIdentity.statement),
    responderHash: identityHash(identity.statement),
    stage: { kind: 'accepted', openingHash: openingHash(parts.opening) },
    ratchet: startAsResponder(secrets, prekeys.signed),
    pqRatchet: startPqRatchet('responder', secrets),
  };
  const opened = await openWithRatchet(engine, fresh, parts, nowMs);
  if (opened === null) throw new ProtocolError('bad-tag', { reason: 'header' });
  return { ...opened, theirIdentity };
}

function openingHash(opening: Bytes): Bytes {
  return hash(label('opening'), opening);
}

function messageAad(session: Session, sealedHeader: Bytes): Bytes {
  return concat(session.id, session.initiatorHash, session.responderHash, sealedHeader);
}

/**
 * Never seal twice from one session value: take the returned one, commit it, then send.
 * @throws {ProtocolError} too-large above `maxPlaintextBytes(size)`
 */
export async function sealEnvelope(
  engine: Engine,
  session: Session,
  plaintext: Uint8Array,
  size: EnvelopeSize,
): Promise<{ readonly session: Session; readonly envelope: Bytes }> {
  const opening = session.stage.kind === 'unanswered' ? session.stage.opening : null;
  const padded = pad(plaintext, paddedBytes(plaintext.length, size, opening !== null));
  const { ratchet, header, headerKey, messageKey } = stepSending(session.ratchet);
  const pq = stepPqRatchetSending(engine, session.pqRatchet);
  const headerNonce = engine.randomBytes(CHACHA_NONCE_BYTES);
  const headerBytes = encodeHeader({ ...header, pq: pq.header });
  const sealedHeader = sealChaCha({ key: headerKey, nonce: headerNonce, aad: envelopePrefix(opening !== null) }, headerBytes);
  const body = await sealBody(engine, { messageKey, pqKey: pq.key, headerNonce, aad: messageAad(session, sealedHeader) }, padded);
  return {
    session: { ...session, ratchet, pqRatchet: pq.pqRatchet },
    envelope: encodeEnvelope({ opening, headerNonce, sealedHeader, ...body }),
  };
}

/** What an envelope led to: nothing of it is true before both are stored. */
export interface Opened {
  readonly session: Session;
  readonly plaintext: Bytes;
}

/** An opening belongs to this session only if it is the very one the session was accepted from. */
function isOwnOpening(session: Session, opening: Bytes | null): boolean {
  if (opening === null) return true;
  return session.stage.kind === 'accepted' && equalBytes(session.stage.openingHash, openingHash(opening));
}

async function openWithRatchet(
  engine: Engine,
  session: Session,
  { opening, headerNonce, sealedHeader, ...body }: Envelope,
  nowMs: number,
): Promise<Opened | null> {
  const trimmed = trimRatchet(session.ratchet, nowMs);
  const aad = envelopePrefix(opening !== null);
  const match = matchHeader(trimmed, (key) => tryOpenChaCha({ key, nonce: headerNonce, aad }, sealedHeader));
  if (match === null) return null;
  const { ratchet, messageKey } = await stepReceiving(engine, trimmed, match, nowMs);
  const pq = stepPqRatchetReceiving(trimPqRatchet(session.pqRatchet, nowMs), match.header.pq, nowMs);
  const padded = await openBody(engine, { messageKey, pqKey: pq.key, headerNonce, aad: messageAad(session, sealedHeader) }, body);
  // Only what the body's tag covers reaches the braid.
  const pqRatchet = absorbBraidPart(pq.pqRatchet, match.header.pq);
  const stage: SessionStage = session.stage.kind === 'unanswered' ? { kind: 'answered' } : session.stage;
  return { session: { ...session, stage, ratchet, pqRatchet }, plaintext: unpad(padded) };
}

/**
 * Null when no header key of this session opens the envelope: it may be another session's.
 * @throws {ProtocolError} bad-value, bad-version or bad-kind for something that is no envelope; bad-tag or bad-padding when
 * a header matched and the rest is wrong; key-trimmed for a key that was used or given up; skip-limit; braid-epoch, braid-part
 * or braid-mac when the other side's post-quantum ratchet can't be where it says. `session` stays valid whatever happens.
 */
export async function openEnvelope(engine: Engine, session: Session, envelope: Uint8Array, nowMs: number): Promise<Opened | null> {
  const parts = decodeEnvelope(envelope);
  if (!isOwnOpening(session, parts.opening)) return null;
  const opened = await openWithRatchet(engine, session, parts, nowMs);
  // Nobody else's, then: a repeat of what began this session, whose chain is long done with.
  if (opened === null && parts.opening !== null) throw new ProtocolError('key-trimmed');
  return opened;
}

const SESSION_VERSION = 3;
const STAGE = { unanswered: 1, answered: 2, accepted: 3 } as const;

function writeStage(writer: Writer, stage: SessionStage): void {
  writer.u8(STAGE[stage.kind]);
  switch (stage.kind) {
    case 'unanswered':
      writer.bytes(stage.opening);
      return;
    case 'accepted':
      writer.bytes(stage.openingHash);
      return;
    case 'answered':
      return;
    default:
      stage satisfies never;
  }
}

function readStage(reader: Reader): SessionStage {
  const kind = reader.u8();
  switch (kind) {
    case STAGE.unanswered:
      return { kind: 'unanswered', opening: reader.bytes(OPENING_BYTES) };
    case STAGE.accepted:
      return { kind: 'accepted', openingHash: reader.bytes(HASH_BYTES) };
    case STAGE.answered:
      return { kind: 'answered' };
    default:
      throw new ProtocolError('bad-kind', { kind });
  }
}

/** For the owner's sealed store only: it carries the secrets. */
export function encodeSession(session: Session): Bytes {
  const writer = new Writer()
    .u8(SESSION_VERSION)
    .bytes(session.id)
    .u32(session.generation)
    .flag(session.isLastResort)
    .bytes(session.initiatorHash)
    .bytes(session.responderHash);
  writeStage(writer, session.stage);
  writeRatchet(writer, session.ratchet);
  writePqRatchet(writer, session.pqRatchet);
  return writer.done();
}

/** @throws {ProtocolError} bad-version, bad-kind, bad-value, bad-key, too-large, truncated, trailing */
export function decodeSession(bytes: Uint8Array): Session {
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== SESSION_VERSION) throw new ProtocolError('bad-version', { version });
  const session: Session = {
    id: reader.bytes(SESSION_ID_BYTES),
    generation: reader.u32(),
    isLastResort: reader.flag(),
    initiatorHash: reader.bytes(HASH_BYTES),
    responderHash: reader.bytes(HASH_BYTES),
    stage: readStage(reader),
    ratchet: readRatchet(reader),
    pqRatchet: readPqRatchet(reader),
  };
  reader.end();
  return session;
}
