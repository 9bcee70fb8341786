/**
 * The Double Ratchet with header encryption (Signal's specification, section 4). Every step takes a ratchet and returns the
 * next one; the old one stays as it was, so a message is opened on a copy and only the caller's commit makes it true.
 *
 *   next header key opens it ─▶ retire the receiving chain, DH step, new receiving chain, DH step, new sending chain
 *   current header key       ─▶ receiving chain forward to N, keys in between are kept
 *   retired header key       ─▶ a kept key
 */
import type { Bytes } from './bytes';
import type { Engine } from './engine';
import { ProtocolError } from './errors';
import { decodeHeader, type Header, type RatchetHeader } from './header';
import { deriveKeys, KEY_BYTES, macs } from './kdf';
import { KEY_SCHEDULE, type KeySchedule } from './key-schedule';
import { type KeyPair, takeKeyPair } from './keys';
import type { SessionSecrets } from './pqxdh';
import { type RetiredChain, type SkippedKey, takeSkipped, trimKeptKeys } from './skipped-keys';

/** How far one message may jump ahead in a chain. */
const MAX_SKIP = 1000;

interface Chain {
  readonly headerKey: Bytes;
  readonly chainKey: Bytes;
  /** Number of the next message. */
  readonly next: number;
}
export type SendingChain = Chain;
export interface ReceivingChain extends Chain {
  readonly skipped: readonly SkippedKey[];
}

export interface Ratchet {
  readonly rootKey: Bytes;
  readonly ratchetKey: KeyPair;
  /** Null only before a responder's first step. */
  readonly sending: SendingChain | null;
  readonly nextSendingHeaderKey: Bytes;
  /** Null until the other side's first message. */
  readonly receiving: ReceivingChain | null;
  readonly nextReceivingHeaderKey: Bytes;
  /** Length of the sending chain before this one. */
  readonly previousCount: number;
  /** Earlier receiving chains that still miss messages, newest first. */
  readonly retired: readonly RetiredChain[];
}

/** Which header key opened an envelope's header. */
export type HeaderMatch = { readonly header: Header } & (
  | { readonly chain: 'current' | 'next' }
  | { readonly chain: 'retired'; readonly index: number }
);

/** For the chain it opens, and for the answer to it. */
const RATCHET_KEY_AGREEMENTS = 2;
const MESSAGE_STEP = new Uint8Array([1]);
const CHAIN_STEP = new Uint8Array([2]);

interface RootStep {
  readonly rootKey: Bytes;
  readonly chainKey: Bytes;
  readonly nextHeaderKey: Bytes;
}

/** Whose arithmetic and whose derivations the Diffie-Hellman steps use. */
interface StepContext {
  readonly engine: Engine;
  readonly schedule: KeySchedule;
}

/** KDF_RK: 96 bytes. `shared` is X25519 of a ratchet key of either side. */
function stepRoot(schedule: KeySchedule, rootKey: Bytes, shared: Bytes): RootStep {
  const [nextRoot, chainKey, nextHeaderKey] = deriveKeys(
    { secret: shared, salt: rootKey, info: schedule.ratchetRoot },
    KEY_BYTES,
    KEY_BYTES,
    KEY_BYTES,
  );
  return { rootKey: nextRoot, chainKey, nextHeaderKey };
}

/** KDF_CK. */
function stepChain<C extends Chain>(chain: C): { readonly chain: C; readonly messageKey: Bytes } {
  const [messageKey, chainKey] = macs(chain.chainKey, MESSAGE_STEP, CHAIN_STEP);
  return { chain: { ...chain, chainKey, next: chain.next + 1 }, messageKey };
}

export async function startAsInitiator(
  engine: Engine,
  secrets: SessionSecrets,
  theirSignedPrekey: Bytes,
  schedule: KeySchedule = KEY_SCHEDULE,
): Promise<Ratchet> {
  const ratchetKey = await takeKeyPair(engine, RATCHET_KEY_AGREEMENTS);
  const step = stepRoot(schedule, secrets.rootKey, await engine.x25519(ratchetKey.secret, theirSignedPrekey));
  return {
    rootKey: step.rootKey,
    ratchetKey,
    sending: { headerKey: secrets.initiatorHeaderKey, chainKey: step.chainKey, next: 0 },
    nextSendingHeaderKey: step.nextHeaderKey,
    receiving: null,
    nextReceivingHeaderKey: secrets.responderHeaderKey,
    previousCount: 0,
    retired: [],
  };
}

export function startAsResponder(secrets: SessionSecrets, mySignedPrekey: KeyPair): Ratchet {
  return {
    rootKey: secrets.rootKey,
    ratchetKey: { secret: mySignedPrekey.secret, public: mySignedPrekey.public },
    sending: null,
    nextSendingHeaderKey: secrets.responderHeaderKey,
    receiving: null,
    nextReceivingHeaderKey: secrets.initiatorHeaderKey,
    previousCount: 0,
    retired: [],
  };
}

export interface SendStep {
  readonly ratchet: Ratchet;
  readonly header: RatchetHeader;
  readonly headerKey: Bytes;
  readonly messageKey: Bytes;
}

/** @throws {ProtocolError} no-prekey on a responder that has not received yet: there is no chain to send on. */
export function stepSending(ratchet: Ratchet): SendStep {
  if (ratchet.sending === null) throw new ProtocolError('no-prekey', { reason: 'nothing received yet' });
  const { headerKey, next: counter } = ratchet.sending;
  const { chain, messageKey } = stepChain(ratchet.sending);
  const header = { ratchetKey: ratchet.ratchetKey.public, previousCount: ratchet.previousCount, counter };
  return { ratchet: { ...ratchet, sending: chain }, header, headerKey, messageKey };
}

/** `tryOpen` gets at most seven keys: current, next, and one for each retired chain. */
export function matchHeader(ratchet: Ratchet, tryOpen: (headerKey: Bytes) => Bytes | null): HeaderMatch | null {
  const current = ratchet.receiving && tryOpen(ratchet.receiving.headerKey);
  if (current) return { chain: 'current', header: decodeHeader(current) };
  const next = tryOpen(ratchet.nextReceivingHeaderKey);
  if (next) return { chain: 'next', header: decodeHeader(next) };
  for (const [index, { headerKey }] of ratchet.retired.entries()) {
    const retired = tryOpen(headerKey);
    if (retired) return { chain: 'retired', index, header: decodeHeader(retired) };
  }
  return null;
}

/** Keeps the keys of the messages before `counter`. @throws {ProtocolError} skip-limit */
function skipTo(chain: ReceivingChain, counter: number, nowMs: number): ReceivingChain {
  if (counter - chain.next > MAX_SKIP) throw new ProtocolError('skip-limit', { skip: counter - chain.next, max: MAX_SKIP });
  const skipped = [...chain.skipped];
  let ahead = chain;
  while (ahead.next < counter) {
    const step = stepChain(ahead);
    skipped.push({ counter: ahead.next, messageKey: step.messageKey, storedAtMs: nowMs });
    ahead = step.chain;
  }
  return { ...ahead, skipped };
}

/** Two DH steps: their new key opens a receiving chain, then a new key of ours opens a sending chain. */
async function stepDh({ engine, schedule }: StepContext, ratchet: Ratchet, header: RatchetHeader, nowMs: number): Promise<Ratchet> {
  const finished = ratchet.receiving && skipTo(ratchet.receiving, header.previousCount, nowMs);
  const ratchetKey = await takeKeyPair(engine, RATCHET_KEY_AGREEMENTS);
  // Neither agreement waits for the other: only the roots follow one another.
  const [theirTurn, myTurn] = await Promise.all(
    [ratchet.ratchetKey, ratchetKey].map(({ secret }) => engine.x25519(secret, header.ratchetKey)),
  );
  const received = stepRoot(schedule, ratchet.rootKey, theirTurn as Bytes);
  const sent = stepRoot(schedule, received.rootKey, myTurn as Bytes);
  return {
    rootKey: sent.rootKey,
    ratchetKey,
    sending: { headerKey: ratchet.nextSendingHeaderKey, chainKey: sent.chainKey, next: 0 },
    nextSendingHeaderKey: sent.nextHeaderKey,
    receiving: { headerKey: ratchet.nextReceivingHeaderKey, chainKey: received.chainKey, next: 0, skipped: [] },
    nextReceivingHeaderKey: received.nextHeaderKey,
    previousCount: ratchet.sending?.next ?? 0,
    retired: finished ? [{ headerKey: finished.headerKey, skipped: finished.skipped }, ...ratchet.retired] : ratchet.retired,
  };
}

interface ReceiveStep {
  readonly ratchet: Ratchet;
  readonly messageKey: Bytes;
}

function receiveInCurrent(ratchet: Ratchet, counter: number, nowMs: number): ReceiveStep {
  const { receiving } = ratchet;
  if (receiving === null) throw new ProtocolError('key-trimmed', { counter });
  if (counter < receiving.next) {
    const { messageKey, skipped } = takeSkipped(receiving.skipped, counter);
    return { ratchet: { ...ratchet, receiving: { ...receiving, skipped } }, messageKey };
  }
  const { chain, messageKey } = stepChain(skipTo(receiving, counter, nowMs));
  return { ratchet: { ...ratchet, receiving: chain }, messageKey };
}

function receiveInRetired(ratchet: Ratchet, index: number, counter: number): ReceiveStep {
  const chain = ratchet.retired[index];
  if (chain === undefined) throw new ProtocolError('key-trimmed', { counter });
  const { messageKey, skipped } = takeSkipped(chain.skipped, counter);
  return { ratchet: { ...ratchet, retired: ratchet.retired.with(index, { ...chain, skipped }) }, messageKey };
}

/** Drops kept keys that are over a bound. Do it before matching, so that an expired key is never used. */
export function trimRatchet(ratchet: Ratchet, nowMs: number): Ratchet {
  const { receiving } = ratchet;
  if (ratchet.retired.length === 0 && (receiving === null || receiving.skipped.length === 0)) return ratchet;
  const kept = trimKeptKeys({ current: receiving?.skipped ?? [], retired: ratchet.retired }, nowMs);
  return { ...ratchet, receiving: receiving && { ...receiving, skipped: kept.current }, retired: kept.retired };
}

async function receiveIn(context: StepContext, ratchet: Ratchet, match: HeaderMatch, nowMs: number): Promise<ReceiveStep> {
  const { header } = match;
  switch (match.chain) {
    case 'current':
      return receiveInCurrent(ratchet, header.counter, nowMs);
    case 'next':
      return receiveInCurrent(await stepDh(context, ratchet, header, nowMs), header.counter, nowMs);
    case 'retired':
      return receiveInRetired(ratchet, match.index, header.counter);
    default:
      return match satisfies never;
  }
}

/**
 * The message key of a matched header, and the ratchet as it is once that message has been opened. `ratchet` is the one
 * that was matched.
 * @throws {ProtocolError} key-trimmed when that key has been used or given up, skip-limit, weak-shared-secret
 */
export async function stepReceiving(
  engine: Engine,
  ratchet: Ratchet,
  match: HeaderMatch,
  nowMs: number,
  schedule: KeySchedule = KEY_SCHEDULE,
): Promise<ReceiveStep> {
  const received = await receiveIn({ engine, schedule }, ratchet, match, nowMs);
  return { ratchet: trimRatchet(received.ratchet, nowMs), messageKey: received.messageKey };
}
