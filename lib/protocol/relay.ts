/**
 * Client ⇄ relay frames (`relay.v1`). Binary, one framing for all:
 * kind(1) ‖ request id(4, big-endian; 0 in frames the relay sends unasked) ‖ body.
 * PROTOCOL.md has every body byte by byte.
 */
import type { Bytes } from './bytes';

export const RELAY_SUBPROTOCOL = 'relay.v1';
export const RELAY_PATH = '/v1';
export const MAX_FRAME_BYTES = 65_536;
/** A stored cell has exactly one of these sizes, all overhead included. */
export const CELL_SIZES = [4096, 16_384] as const;
/** What a stranger may leave at a door. */
export const KNOCK_CELL_BYTES = 4096;
export const MAX_SIGNAL_BYTES = 16_384;
export const MAX_INVITE_BYTES = 4096;
export const MAX_PROOFS = 64;

/** A prekey bundle sealed for those who know its box. */
export const SEALED_BUNDLE_BYTES = 2048;
/** In one `pre-put`. */
export const MAX_BUNDLES = 24;

export const QUEUE_ID_BYTES = 24;
export const MESSAGE_ID_BYTES = 16;
export const INVITE_ID_BYTES = 16;
export const BOX_ID_BYTES = 16;
/** Chosen by the client for a `new`, so that it may be repeated. */
export const NEW_ID_BYTES = 16;
export const NONCE_BYTES = 32;
/** Lets its holder in once where queues are not made for everybody. */
export const TOKEN_BYTES = 16;
export const PASSWORD_PROOF_BYTES = 32;
/** The counter that proves work, see relay-work.ts. */
export const WORK_BYTES = 8;
/** What stands in a frame for which no token, or no work, is asked. */
export const NO_TOKEN = new Uint8Array(TOKEN_BYTES);
export const NO_WORK = new Uint8Array(WORK_BYTES);
/** More than an hour on one core of a browser. */
export const MAX_WORK_BITS = 32;
/** Ed25519, RFC 8032. */
export const PUBLIC_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
export const MAX_STUN_URLS = 8;
export const MAX_STUN_URL_BYTES = 120;

export type ProofRole = 'reader' | 'doorbell' | 'writer';

/** One queue's proof of a right: an Ed25519 signature over `proofMessage(…)` by that queue's key for the role. */
export interface SubProof {
  readonly rid: Bytes;
  readonly role: 'reader' | 'doorbell';
  /** False: to the writer this reader looks offline (blocked, hidden or locked). Ignored for a doorbell. */
  readonly isLive: boolean;
  readonly signature: Bytes;
}
export interface OpenProof {
  readonly sid: Bytes;
  readonly signature: Bytes;
}

export type ClientFrame =
  /**
   * Makes a queue; idempotent by (`newId`, `readerKey`). With `doorBits` above 0 it is a door: it has no writer, and a knock costs so
   * much work. `token` and `work` are zeros where none is asked for. POW: send it again with work. Answer: `ok-queue`.
   */
  | {
      readonly kind: 'new';
      readonly newId: Bytes;
      readonly readerKey: Bytes;
      readonly doorbellKey: Bytes;
      readonly doorBits: number;
      readonly token: Bytes;
      readonly work: Bytes;
    }
  /** Registers the writer's key once; the same key again is OK, another is AUTH, like a missing queue. */
  | { readonly kind: 'key'; readonly sid: Bytes; readonly writerKey: Bytes }
  /** Proves reading rights for this connection, ≤ 64. Answer: `ok-proofs`, one flag per entry. Waiting messages follow, then `end`. */
  | { readonly kind: 'sub'; readonly proofs: readonly SubProof[] }
  /** Proves writing rights for this connection, ≤ 64. Answer: `ok-proofs`. */
  | { readonly kind: 'open'; readonly proofs: readonly OpenProof[] }
  | { readonly kind: 'unsub'; readonly rids: readonly Bytes[] }
  /** Stores one cell; idempotent by (`sid`, `messageId`). `ttlSeconds` 0 means the relay's default. Answer: `ok-stored`, only once durable. */
  | { readonly kind: 'send'; readonly sid: Bytes; readonly messageId: Bytes; readonly ttlSeconds: number; readonly cell: Bytes }
  /** The reader has committed the message: the relay forgets it. */
  | { readonly kind: 'ack'; readonly rid: Bytes; readonly messageId: Bytes }
  /** Deletes a waiting message, by its reader or its writer (take back). Answer: `ok-deleted`; NO_MSG when it is not there. */
  | { readonly kind: 'del'; readonly queueId: Bytes; readonly messageId: Bytes }
  /**
   * Asks which of these messages, ≤ 64, still wait in a queue that this connection may write. Answer: `ok-waiting`, one flag each;
   * it says nothing of why one is gone.
   */
  | { readonly kind: 'look'; readonly sid: Bytes; readonly messageIds: readonly Bytes[] }
  /** For a live reader only: never stored, NO_MSG when nobody is live. */
  | { readonly kind: 'sig'; readonly sid: Bytes; readonly payload: Bytes }
  /** Stores a sealed one-time invite; idempotent by (`inviteId`, `ownerKey`). The owner's key may delete it (`inv-del`). */
  | { readonly kind: 'inv-put'; readonly inviteId: Bytes; readonly ownerKey: Bytes; readonly ttlSeconds: number; readonly sealed: Bytes }
  /** Atomic; idempotent for `takerKey`, GONE for every other, and for an invite that is unknown or expired. Answer: `ok-invite`. */
  | { readonly kind: 'inv-take'; readonly inviteId: Bytes; readonly takerKey: Bytes }
  /** Withdraws an invite: an Ed25519 signature by the owner's key over `inviteDeletionMessage(…)`. */
  | { readonly kind: 'inv-del'; readonly inviteId: Bytes; readonly signature: Bytes }
  /**
   * Fills a prekey box. A put whose `revision` is not higher than the box's changes nothing, so it may be repeated; `isReplacement`
   * drops what the box held. Another owner's key is TAKEN, too many bundles are QUOTA. Signed over `boxMessage(…)`. Answer: `ok-box`.
   */
  | {
      readonly kind: 'pre-put';
      readonly boxId: Bytes;
      readonly ownerKey: Bytes;
      readonly revision: number;
      readonly signature: Bytes;
      readonly isReplacement: boolean;
      readonly lastResort: Bytes;
      readonly oneTimes: readonly Bytes[];
    }
  /** Takes a bundle that nobody else gets; when there is none left, the last-resort one. GONE when there is no such box. Answer: `ok-bundle`. */
  | { readonly kind: 'pre-take'; readonly boxId: Bytes }
  /** Removes a box: signed over `boxMessage(…)` with revision 0. */
  | { readonly kind: 'pre-del'; readonly boxId: Bytes; readonly signature: Bytes }
  /**
   * Leaves one cell of 4096 bytes at a stranger's door. Without enough work it is answered POW; GONE when there is no such door,
   * QUOTA when too many wait there. Answer: `ok-stored`, only once durable.
   */
  | {
      readonly kind: 'knock';
      readonly sid: Bytes;
      readonly messageId: Bytes;
      readonly ttlSeconds: number;
      readonly cell: Bytes;
      readonly work: Bytes;
    }
  /** Its reader ends a queue or a door, with everything in it: afterwards it is as if it had never been. */
  | { readonly kind: 'close'; readonly rid: Bytes }
  /** States the relay's password for this connection: `passwordProof(…)`. AUTH when it is another. */
  | { readonly kind: 'pass'; readonly proof: Bytes }
  | { readonly kind: 'ping' };

/** A frame that may have to be paid for with work. */
export type PaidFrame = Extract<ClientFrame, { readonly work: Bytes }>;

export type RelayErrorCode =
  | 'SYNTAX'
  | 'AUTH'
  | 'QUOTA'
  | 'TOO_LARGE'
  | 'RATE'
  | 'NO_MSG'
  | 'GONE'
  | 'TAKEN'
  | 'POW'
  | 'RETRY'
  | 'VERSION'
  | 'FULL';

export type ServerFrame =
  /** First frame on a connection. `stunUrls` is empty when the relay runs no STUN responder. */
  | {
      readonly kind: 'hello';
      readonly nonce: Bytes;
      readonly timeMs: number;
      readonly retentionSeconds: number;
      readonly maxRetentionSeconds: number;
      readonly stunUrls: readonly string[];
    }
  | { readonly kind: 'ok' }
  | { readonly kind: 'ok-waiting'; readonly isWaiting: readonly boolean[] }
  | { readonly kind: 'ok-queue'; readonly rid: Bytes; readonly sid: Bytes }
  | { readonly kind: 'ok-proofs'; readonly accepted: readonly boolean[] }
  | { readonly kind: 'ok-stored'; readonly expiresInSeconds: number }
  | { readonly kind: 'ok-invite'; readonly sealed: Bytes }
  /**
   * The message is gone. 'no': the relay is sure that no reader was ever handed it; 'maybe': it was handed over without having been
   * acknowledged, or the relay doesn't know.
   */
  | { readonly kind: 'ok-deleted'; readonly wasHanded: 'no' | 'maybe' }
  /** The box's revision, and how many bundles it has left to give once. */
  | { readonly kind: 'ok-box'; readonly revision: number; readonly left: number }
  | { readonly kind: 'ok-bundle'; readonly sealed: Bytes }
  | { readonly kind: 'err'; readonly code: Exclude<RelayErrorCode, 'POW'>; readonly retryMs: number }
  /** The frame is to be sent again with so many bits of work. */
  | { readonly kind: 'err'; readonly code: 'POW'; readonly workBits: number }
  /** A waiting message. `ageSeconds` since it was stored. Redelivered until acknowledged. */
  | { readonly kind: 'msg'; readonly rid: Bytes; readonly messageId: Bytes; readonly ageSeconds: number; readonly cell: Bytes }
  | { readonly kind: 'sig'; readonly rid: Bytes; readonly payload: Bytes }
  /** Something waits in a queue whose doorbell this connection holds. */
  | { readonly kind: 'bell'; readonly rid: Bytes }
  /** Everything that waited in the queue when it was subscribed has been handed over. */
  | { readonly kind: 'end'; readonly rid: Bytes }
  /** Nobody has read this queue for most of a year: so many days are left before the relay forgets it, unless its reader comes. */
  | { readonly kind: 'idle'; readonly rid: Bytes; readonly daysLeft: number }
  | { readonly kind: 'drain'; readonly reconnectAfterMs: number }
  | { readonly kind: 'pong' };

export const CLOSE_DRAIN = 1001;
export const CLOSE_POLICY = 1008;
export const CLOSE_TOO_LARGE = 1009;
export const CLOSE_OVERLOAD = 1013;
export const CLOSE_HEARTBEAT = 4408;
/** The same reading right was proved on a newer connection: stop reconnecting. */
export const CLOSE_REPLACED = 4409;
