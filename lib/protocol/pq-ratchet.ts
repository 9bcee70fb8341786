/**
 * The ratchet beside the Double Ratchet: the braid agrees on secrets, the chains make a key of them for each message. Both ratchets'
 * keys go into every message (the Triple Ratchet): to read one, both must be broken.
 */
import { type Braid, type BraidPart, receiveBraid, sendBraid, startBraid } from './braid';
import type { Bytes } from './bytes';
import type { Engine } from './engine';
import { KEY_SCHEDULE, type KeySchedule } from './key-schedule';
import { addEpoch, type PqChains, type PqPlace, startPqChains, stepPqReceiving, stepPqSending, trimPqChains } from './pq-chains';
import type { SessionSecrets } from './pqxdh';

export interface PqRatchet {
  readonly braid: Braid;
  readonly chains: PqChains;
}

/** In every header. */
export interface PqHeader {
  /** The braid's epoch of the sender. The message's key is of the epoch before: the last one both sides are known to have. */
  readonly epoch: number;
  /** Number of messages in the sender's key epoch before. */
  readonly previousCount: number;
  /** Number of this message in its key epoch, from 0. */
  readonly counter: number;
  readonly part: BraidPart;
}

export function startPqRatchet(side: PqChains['side'], secrets: SessionSecrets, schedule: KeySchedule = KEY_SCHEDULE): PqRatchet {
  return {
    braid: startBraid(side, secrets.pqAuthenticationKey, schedule),
    chains: startPqChains(side, secrets.pqRootKey, schedule),
  };
}

type BraidOutput = { readonly epoch: number; readonly secret: Bytes } | null;

function withOutput(chains: PqChains, output: BraidOutput, schedule: KeySchedule): PqChains {
  return output === null ? chains : addEpoch(chains, output.epoch, output.secret, schedule);
}

export interface PqSendStep {
  readonly pqRatchet: PqRatchet;
  readonly header: PqHeader;
  readonly key: Bytes;
}

export function stepPqRatchetSending(
  engine: Pick<Engine, 'randomBytes'>,
  { braid, chains }: PqRatchet,
  schedule: KeySchedule = KEY_SCHEDULE,
): PqSendStep {
  const sent = sendBraid(engine, braid, schedule);
  const stepped = stepPqSending(withOutput(chains, sent.output, schedule), sent.braid.epoch - 1, schedule);
  const { previousCount, counter } = stepped.place;
  return {
    pqRatchet: { braid: sent.braid, chains: stepped.chains },
    header: { epoch: sent.braid.epoch, previousCount, counter, part: sent.part },
    key: stepped.key,
  };
}

/** The key alone: the braid's part counts once the message has been opened with it. @throws {ProtocolError} as `stepPqReceiving` */
export function stepPqRatchetReceiving(
  { braid, chains }: PqRatchet,
  { epoch, previousCount, counter }: PqHeader,
  nowMs: number,
  schedule: KeySchedule = KEY_SCHEDULE,
): { readonly pqRatchet: PqRatchet; readonly key: Bytes } {
  const place: PqPlace = { epoch: epoch - 1, previousCount, counter };
  const stepped = stepPqReceiving(chains, place, nowMs, schedule);
  return { pqRatchet: { braid, chains: trimPqChains(stepped.chains, nowMs) }, key: stepped.key };
}

/** @throws {ProtocolError} as `receiveBraid` */
export function absorbBraidPart({ braid, chains }: PqRatchet, { epoch, part }: PqHeader, schedule: KeySchedule = KEY_SCHEDULE): PqRatchet {
  const received = receiveBraid(braid, { epoch, part }, schedule);
  return { braid: received.braid, chains: withOutput(chains, received.output, schedule) };
}

export function trimPqRatchet({ braid, chains }: PqRatchet, nowMs: number): PqRatchet {
  return { braid, chains: trimPqChains(chains, nowMs) };
}
