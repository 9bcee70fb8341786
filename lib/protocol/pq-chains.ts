/**
 * The post-quantum half of message keys (Sparse Post-Quantum Ratchet, Double Ratchet specification, section 5): a chain each way
 * for every epoch of the braid. A direction moves to the next epoch's chain when the sender knows that the other side has it.
 */
import type { Bytes } from './bytes';
import { ProtocolError } from './errors';
import { deriveKeys, KEY_BYTES } from './kdf';
import { KEY_SCHEDULE, type KeySchedule } from './key-schedule';
import { type SkippedKey, takeSkipped, trimSkipped } from './skipped-keys';

/** The most that can be lost in a row: the end of one ratchet chain and the beginning of the next. */
const MAX_PQ_SKIP = 2000;

export interface PqChain {
  readonly epoch: number;
  readonly chainKey: Bytes;
  /** Number of the next message. */
  readonly next: number;
}

export interface PqReceivingChain extends PqChain {
  readonly skipped: readonly SkippedKey[];
}

export interface RetiredEpoch {
  readonly epoch: number;
  readonly skipped: readonly SkippedKey[];
}

export interface PqChains {
  readonly side: 'initiator' | 'responder';
  readonly rootKey: Bytes;
  readonly sending: PqChain;
  /** Length of the sending chain of the epoch before. */
  readonly previousCount: number;
  readonly receiving: PqReceivingChain;
  /** First chain keys of the epoch after, until that direction moves there. */
  readonly nextSending: Bytes | null;
  readonly nextReceiving: Bytes | null;
  /** Earlier epochs that still miss messages, newest first. */
  readonly retired: readonly RetiredEpoch[];
}

/** Which key a message is under. */
export interface PqPlace {
  readonly epoch: number;
  readonly previousCount: number;
  readonly counter: number;
}

interface RootStep {
  readonly rootKey: Bytes;
  readonly sending: Bytes;
  readonly receiving: Bytes;
}

function cutRoot(side: PqChains['side'], material: Parameters<typeof deriveKeys>[0]): RootStep {
  const [rootKey, ofInitiator, ofResponder] = deriveKeys(material, KEY_BYTES, KEY_BYTES, KEY_BYTES);
  return side === 'initiator'
    ? { rootKey, sending: ofInitiator, receiving: ofResponder }
    : { rootKey, sending: ofResponder, receiving: ofInitiator };
}

/** KDF_SCKA_INIT: the chains of epoch 0. */
export function startPqChains(side: PqChains['side'], key: Bytes, schedule: KeySchedule = KEY_SCHEDULE): PqChains {
  const { rootKey, sending, receiving } = cutRoot(side, { secret: key, info: schedule.pqStart });
  return {
    side,
    rootKey,
    sending: { epoch: 0, chainKey: sending, next: 0 },
    previousCount: 0,
    receiving: { epoch: 0, chainKey: receiving, next: 0, skipped: [] },
    nextSending: null,
    nextReceiving: null,
    retired: [],
  };
}

/** KDF_SCKA_RK: the chains of the next epoch, which both directions must have reached before the one after. @throws {ProtocolError} braid-epoch */
export function addEpoch(chains: PqChains, epoch: number, secret: Bytes, schedule: KeySchedule = KEY_SCHEDULE): PqChains {
  const isNext = chains.sending.epoch + 1 === epoch && chains.receiving.epoch + 1 === epoch;
  if (!isNext) throw new ProtocolError('braid-epoch', { epoch: chains.sending.epoch, theirs: epoch });
  const { rootKey, sending, receiving } = cutRoot(chains.side, { secret, salt: chains.rootKey, info: schedule.pqRoot });
  return { ...chains, rootKey, nextSending: sending, nextReceiving: receiving };
}

/** KDF_SCKA_CK. */
function stepChain<C extends PqChain>(chain: C, schedule: KeySchedule): { readonly chain: C; readonly key: Bytes } {
  const { chainKey, key } = schedule.stepPqChain(chain.chainKey, chain.next);
  return { chain: { ...chain, chainKey, next: chain.next + 1 }, key };
}

function sendIn(chains: PqChains, epoch: number): PqChains {
  if (epoch === chains.sending.epoch) return chains;
  if (epoch !== chains.sending.epoch + 1 || chains.nextSending === null) throw new ProtocolError('braid-epoch', { epoch });
  const sending = { epoch, chainKey: chains.nextSending, next: 0 };
  return { ...chains, sending, previousCount: chains.sending.next, nextSending: null };
}

export function stepPqSending(
  chains: PqChains,
  epoch: number,
  schedule: KeySchedule = KEY_SCHEDULE,
): { readonly chains: PqChains; readonly place: PqPlace; readonly key: Bytes } {
  const current = sendIn(chains, epoch);
  const { chain, key } = stepChain(current.sending, schedule);
  const place = { epoch, previousCount: current.previousCount, counter: current.sending.next };
  return { chains: { ...current, sending: chain }, place, key };
}

/** Keeps the keys of the messages before `counter`. @throws {ProtocolError} skip-limit */
function skipTo(chain: PqReceivingChain, counter: number, nowMs: number, schedule: KeySchedule): PqReceivingChain {
  if (counter - chain.next > MAX_PQ_SKIP) throw new ProtocolError('skip-limit', { skip: counter - chain.next, max: MAX_PQ_SKIP });
  const skipped = [...chain.skipped];
  let ahead = chain;
  while (ahead.next < counter) {
    const step = stepChain(ahead, schedule);
    skipped.push({ counter: ahead.next, messageKey: step.key, storedAtMs: nowMs });
    ahead = step.chain;
  }
  return { ...ahead, skipped };
}

/** The finished epoch keeps the keys of its missing messages and no chain to make more from. */
function receiveInNext(chains: PqChains, { epoch, previousCount }: PqPlace, nowMs: number, schedule: KeySchedule): PqChains {
  if (epoch !== chains.receiving.epoch + 1 || chains.nextReceiving === null) {
    throw new ProtocolError('braid-epoch', { epoch: chains.receiving.epoch, theirs: epoch });
  }
  const finished = skipTo(chains.receiving, previousCount, nowMs, schedule);
  return {
    ...chains,
    receiving: { epoch, chainKey: chains.nextReceiving, next: 0, skipped: [] },
    nextReceiving: null,
    retired: [{ epoch: finished.epoch, skipped: finished.skipped }, ...chains.retired],
  };
}

interface ReceiveStep {
  readonly chains: PqChains;
  readonly key: Bytes;
}

function receiveInRetired(chains: PqChains, { epoch, counter }: PqPlace): ReceiveStep {
  const index = chains.retired.findIndex((retired) => retired.epoch === epoch);
  const { messageKey, skipped } = takeSkipped(chains.retired[index]?.skipped ?? [], counter);
  return { chains: { ...chains, retired: chains.retired.with(index, { epoch, skipped }) }, key: messageKey };
}

/** @throws {ProtocolError} key-trimmed for a key that was used or given up, skip-limit, braid-epoch */
export function stepPqReceiving(chains: PqChains, place: PqPlace, nowMs: number, schedule: KeySchedule = KEY_SCHEDULE): ReceiveStep {
  if (place.epoch < chains.receiving.epoch) return receiveInRetired(chains, place);
  const current = place.epoch === chains.receiving.epoch ? chains : receiveInNext(chains, place, nowMs, schedule);
  const { receiving } = current;
  if (place.counter < receiving.next) {
    const { messageKey, skipped } = takeSkipped(receiving.skipped, place.counter);
    return { chains: { ...current, receiving: { ...receiving, skipped } }, key: messageKey };
  }
  const { chain, key } = stepChain(skipTo(receiving, place.counter, nowMs, schedule), schedule);
  return { chains: { ...current, receiving: chain }, key };
}

/** As the Double Ratchet's: the oldest keys go first, and an epoch that misses nothing with them. */
export function trimPqChains(chains: PqChains, nowMs: number): PqChains {
  if (chains.retired.length === 0 && chains.receiving.skipped.length === 0) return chains;
  const [current = [], ...retired] = trimSkipped([chains.receiving.skipped, ...chains.retired.map(({ skipped }) => skipped)], nowMs);
  return {
    ...chains,
    receiving: { ...chains.receiving, skipped: current },
    retired: chains.retired.map((epoch, i) => ({ ...epoch, skipped: retired[i] ?? [] })).filter(({ skipped }) => skipped.length > 0),
  };
}
