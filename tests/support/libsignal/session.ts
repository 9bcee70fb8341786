/**
 * A session in Signal's form, run by the product's ratchets: Double Ratchet, kept keys, braid, erasure code, split KEM and post-quantum
 * chains are lib/protocol's own; agreement, key schedule, header and message are Signal's. A session is a value, as the product's is.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { type Bytes, concat, equalBytes, Reader, utf8, Writer } from '../../../lib/protocol/bytes';
import type { Engine } from '../../../lib/protocol/engine';
import { encodeHeader, type Header } from '../../../lib/protocol/header';
import { deriveKeys, KEY_BYTES, mac } from '../../../lib/protocol/kdf';
import type { KeyPair } from '../../../lib/protocol/keys';
import {
  absorbBraidPart,
  type PqRatchet,
  startPqRatchet,
  stepPqRatchetReceiving,
  stepPqRatchetSending,
} from '../../../lib/protocol/pq-ratchet';
import { readPqRatchet, writePqRatchet } from '../../../lib/protocol/pq-ratchet-codec';
import {
  type HeaderMatch,
  matchHeader,
  type Ratchet,
  startAsInitiator,
  startAsResponder,
  stepReceiving,
  stepSending,
} from '../../../lib/protocol/ratchet';
import { readRatchet, writeRatchet } from '../../../lib/protocol/ratchet-codec';
import { agreeAsInitiator, agreeAsResponder, type SignalBundle, type SignalPrekeys } from './agreement';
import {
  decodeMessage,
  decodePqHeader,
  encodeMessage,
  encodeOpening,
  encodePqHeader,
  type SignalMessage,
  type SignalOpening,
  typed,
} from './codec';
import { CURVE_TYPE, MESSAGE_INFO, MESSAGE_MAC_BYTES } from './facts';
import { SIGNAL_SCHEDULE } from './schedule';

export interface SignalSession {
  readonly mine: Bytes;
  readonly theirs: Bytes;
  /** The initiator's until an answer comes. */
  readonly opening: SignalOpening | null;
  readonly ratchet: Ratchet;
  readonly pqRatchet: PqRatchet;
}

export async function initiate(engine: Engine, identity: KeyPair, bundle: SignalBundle): Promise<SignalSession> {
  const { secrets, opening } = await agreeAsInitiator(engine, identity, bundle);
  return {
    mine: identity.public,
    theirs: bundle.identityKey,
    opening,
    ratchet: await startAsInitiator(engine, secrets, bundle.signed.public, SIGNAL_SCHEDULE),
    pqRatchet: startPqRatchet('initiator', secrets, SIGNAL_SCHEDULE),
  };
}

export async function accept(engine: Engine, identity: KeyPair, prekeys: SignalPrekeys, opening: SignalOpening): Promise<SignalSession> {
  const secrets = await agreeAsResponder(engine, identity, prekeys, opening);
  return {
    mine: identity.public,
    theirs: opening.identityKey,
    opening: null,
    ratchet: startAsResponder(secrets, prekeys.signed),
    pqRatchet: startPqRatchet('responder', secrets, SIGNAL_SCHEDULE),
  };
}

function bodyKeys(messageKey: Bytes, pqKey: Bytes) {
  const [key, macKey, iv] = deriveKeys({ secret: messageKey, salt: pqKey, info: utf8(MESSAGE_INFO) }, KEY_BYTES, KEY_BYTES, 16);
  return { key, macKey, iv };
}

function codeOf(macKey: Bytes, sender: Bytes, receiver: Bytes, covered: Bytes): Bytes {
  return mac(macKey, concat(typed(CURVE_TYPE, sender), typed(CURVE_TYPE, receiver), covered)).slice(0, MESSAGE_MAC_BYTES);
}

export interface SealedMessage {
  readonly session: SignalSession;
  readonly hasOpening: boolean;
  readonly bytes: Bytes;
}

/** `addresses`: both ends' names, the sender's first, which libsignal binds while there is an opening. */
export function seal(engine: Engine, session: SignalSession, plaintext: Bytes, addresses: Bytes | null): SealedMessage {
  const { ratchet, header, messageKey } = stepSending(session.ratchet);
  const pq = stepPqRatchetSending(engine, session.pqRatchet, SIGNAL_SCHEDULE);
  const { key, macKey, iv } = bodyKeys(messageKey, pq.key);
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const covered = encodeMessage({
    ratchetKey: header.ratchetKey,
    counter: header.counter,
    // libsignal gives the last message's number, the specification how many there were; it reads neither.
    previousCounter: Math.max(0, header.previousCount - 1),
    ciphertext: concat(cipher.update(plaintext), cipher.final()),
    pqRatchet: encodePqHeader(pq.header),
    addresses: session.opening && addresses,
  });
  const message = concat(covered, codeOf(macKey, session.mine, session.theirs, covered));
  return {
    session: { ...session, ratchet, pqRatchet: pq.pqRatchet },
    hasOpening: session.opening !== null,
    bytes: session.opening ? encodeOpening(session.opening, message) : message,
  };
}

/** Signal does not say how many messages a key epoch had: so many after the last seen one may still come. */
const LATE_IN_EPOCH = 200;

/** As the product would have sent it. */
function headerOf(session: SignalSession, message: SignalMessage): Header {
  if (message.pqRatchet === null) throw new Error('no post-quantum ratchet');
  const pq = decodePqHeader(message.pqRatchet);
  return {
    ratchetKey: message.ratchetKey,
    // There was one at least: without any this chain's key would not have been known.
    previousCount: message.previousCounter + 1,
    counter: message.counter,
    pq: { ...pq, previousCount: session.pqRatchet.chains.receiving.next + LATE_IN_EPOCH },
  };
}

/** Headers travel in the clear, so what stands for a chain's header key is its ratchet key; an unknown one begins the next chain. */
function matchClear(ratchet: Ratchet, header: Header): { readonly named: Ratchet; readonly match: HeaderMatch } {
  const isHeaders = (key: Bytes) => equalBytes(key, header.ratchetKey);
  const isKnown = [ratchet.receiving, ...ratchet.retired].some((chain) => chain && isHeaders(chain.headerKey));
  const named = isKnown ? ratchet : { ...ratchet, nextReceivingHeaderKey: header.ratchetKey };
  const match = matchHeader(named, (key) => (isHeaders(key) ? encodeHeader(header) : null));
  if (match === null) throw new Error('no chain');
  return { named, match };
}

/** @throws {Error} for what was opened before, or is not the other side's; `session` stays as it was. */
export async function open(
  engine: Engine,
  session: SignalSession,
  bytes: Bytes,
  nowMs: number,
): Promise<{ readonly session: SignalSession; readonly plaintext: Bytes; readonly addresses: Bytes | null }> {
  const { message, covered, mac: code } = decodeMessage(bytes);
  const { named, match } = matchClear(session.ratchet, headerOf(session, message));
  const { ratchet, messageKey } = await stepReceiving(engine, named, match, nowMs, SIGNAL_SCHEDULE);
  const pq = stepPqRatchetReceiving(session.pqRatchet, match.header.pq, nowMs, SIGNAL_SCHEDULE);
  const { key, macKey, iv } = bodyKeys(messageKey, pq.key);
  if (!equalBytes(codeOf(macKey, session.theirs, session.mine, covered), code)) throw new Error('wrong MAC');
  const cipher = createDecipheriv('aes-256-cbc', key, iv);
  const plaintext = concat(cipher.update(message.ciphertext), cipher.final());
  const pqRatchet = absorbBraidPart(pq.pqRatchet, match.header.pq, SIGNAL_SCHEDULE);
  return { session: { ...session, opening: null, ratchet, pqRatchet }, plaintext, addresses: message.addresses };
}

/** Through the product's own stored form of both ratchets, as after a restart. */
export function restarted(session: SignalSession): SignalSession {
  const writer = new Writer();
  writeRatchet(writer, session.ratchet);
  writePqRatchet(writer, session.pqRatchet);
  const reader = new Reader(writer.done());
  const back = { ...session, ratchet: readRatchet(reader), pqRatchet: readPqRatchet(reader) };
  reader.end();
  return back;
}
