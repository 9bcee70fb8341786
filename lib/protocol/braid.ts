/**
 * The ML-KEM Braid (Signal's specification, revision 1): two people agree again and again on a secret by ML-KEM-768, in chunks that
 * ride on their messages. Each state is its own type; a step consumes one and gives the next. In each epoch one side has
 * the key, the other the ciphertext; then they change places.
 *
 *   key side           keys-unsampled ─send─▶ keys-sampled ─ct1─▶ header-sent ─whole ct1─▶ ct1-received ─ct2─▶ ct2-receiving
 *                            ▲                                                                                    │ whole ct2:
 *   next epoch, places change│                                                                                    ▼ secret
 *   ciphertext side    ct2-sampled ◀─vector and ack─ ct1-sampled ◀─send: secret─ header-received ◀─whole header─ no-header
 *                                                     (on the way: ct1-acknowledged, or vector-received)
 */
import { type Authenticator, startAuthenticator } from './braid-authenticator';
import { receiveAsCiphertextSide, sendAsCiphertextSide } from './braid-ciphertext-side';
import { receiveAsKeySide, sendAsKeySide } from './braid-key-side';
import type { Bytes } from './bytes';
import type { Engine } from './engine';
import type { Chunk, Inbound, Outbound } from './erasure';
import { ProtocolError } from './errors';
import { KEY_SCHEDULE, type KeySchedule } from './key-schedule';

interface Epoch {
  /** From 1. */
  readonly epoch: number;
  readonly authenticator: Authenticator;
}

export type KeySide = Epoch &
  (
    | { readonly kind: 'keys-unsampled' }
    | { readonly kind: 'keys-sampled'; readonly seed: Bytes; readonly header: Outbound }
    | { readonly kind: 'header-sent'; readonly seed: Bytes; readonly vector: Outbound; readonly ct1: Inbound }
    | { readonly kind: 'ct1-received'; readonly seed: Bytes; readonly vector: Outbound; readonly ct1: Bytes }
    | { readonly kind: 'ct2-receiving'; readonly seed: Bytes; readonly ct1: Bytes; readonly ct2: Inbound }
  );

export type CiphertextSide = Epoch &
  (
    | { readonly kind: 'no-header'; readonly header: Inbound }
    | { readonly kind: 'header-received'; readonly header: Bytes }
    | {
        readonly kind: 'ct1-sampled';
        readonly header: Bytes;
        /** Of the unfinished encapsulation. */
        readonly message: Bytes;
        readonly ct1: Outbound;
        readonly vector: Inbound;
      }
    | { readonly kind: 'ct1-acknowledged'; readonly header: Bytes; readonly message: Bytes; readonly vector: Inbound }
    | { readonly kind: 'vector-received'; readonly ct1: Outbound; readonly ct2: Bytes }
    | { readonly kind: 'ct2-sampled'; readonly ct2: Outbound }
  );

export type Braid = KeySide | CiphertextSide;

export type ChunkKind = 'header' | 'vector' | 'vector-and-ack' | 'ct1' | 'ct2';

/** What one message carries of the braid. */
export type BraidPart = { readonly kind: 'none' } | { readonly kind: ChunkKind; readonly chunk: Chunk };

export interface BraidMessage {
  readonly epoch: number;
  readonly part: BraidPart;
}

export interface BraidStep<State extends Braid = Braid> {
  readonly braid: State;
  /** The secret of epoch `epoch`, once for each. */
  readonly output: { readonly epoch: number; readonly secret: Bytes } | null;
}

/** The initiator of the session has the first key. `key` is the agreement's PQ authentication key. */
export function startBraid(side: 'initiator' | 'responder', key: Bytes, schedule: KeySchedule = KEY_SCHEDULE): Braid {
  const start = { epoch: 1, authenticator: startAuthenticator(key, schedule) };
  return side === 'initiator' ? { ...start, kind: 'keys-unsampled' } : { ...start, kind: 'no-header', header: [] };
}

function isKeySide(braid: Braid): braid is KeySide {
  switch (braid.kind) {
    case 'keys-unsampled':
    case 'keys-sampled':
    case 'header-sent':
    case 'ct1-received':
    case 'ct2-receiving':
      return true;
    case 'no-header':
    case 'header-received':
    case 'ct1-sampled':
    case 'ct1-acknowledged':
    case 'vector-received':
    case 'ct2-sampled':
      return false;
    default:
      return braid satisfies never;
  }
}

/** Every message carries what this gives; losing it costs one chunk. */
export function sendBraid(
  engine: Pick<Engine, 'randomBytes'>,
  braid: Braid,
  schedule: KeySchedule = KEY_SCHEDULE,
): BraidStep & { readonly part: BraidPart } {
  return isKeySide(braid) ? sendAsKeySide(engine, braid, schedule) : sendAsCiphertextSide(engine, braid, schedule);
}

const KEY_SIDE_SENDS: readonly BraidPart['kind'][] = ['none', 'header', 'vector', 'vector-and-ack'];
const CIPHERTEXT_SIDE_SENDS: readonly BraidPart['kind'][] = ['none', 'ct1', 'ct2'];

/** The other side is one epoch ahead as soon as it has the secret, and then has nothing to send but that. */
function advance(braid: Braid): Braid {
  if (braid.kind !== 'ct2-sampled') throw new ProtocolError('braid-epoch', { epoch: braid.epoch });
  return { kind: 'keys-unsampled', epoch: braid.epoch + 1, authenticator: braid.authenticator };
}

/**
 * Give it authentic messages only. Earlier epochs' messages, and chunks that come twice or late, change nothing.
 * @throws {ProtocolError} braid-epoch for an epoch that can't have begun, braid-part for a part that only this side sends,
 * braid-mac for a header or a ciphertext that the other side's authenticator did not make, bad-key
 */
export function receiveBraid(braid: Braid, { epoch, part }: BraidMessage, schedule: KeySchedule = KEY_SCHEDULE): BraidStep {
  if (epoch < braid.epoch) return { braid, output: null };
  if (epoch > braid.epoch + 1) throw new ProtocolError('braid-epoch', { epoch: braid.epoch, theirs: epoch });
  const current = epoch === braid.epoch ? braid : advance(braid);
  const expected = isKeySide(current) ? CIPHERTEXT_SIDE_SENDS : KEY_SIDE_SENDS;
  if (!expected.includes(part.kind)) throw new ProtocolError('braid-part', { part: part.kind });
  return isKeySide(current) ? receiveAsKeySide(current, part, schedule) : receiveAsCiphertextSide(current, part, schedule);
}
