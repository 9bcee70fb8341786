/**
 * What the relay keeps. Knows queues, sizes and times; never who or what.
 * A promise of a change resolves only when the change is durable, and changes asked for in one order are made in that order.
 */
import type { Bytes } from '../../lib/protocol/bytes';

/** A queue's number in this store: never shown to a client. */
export type QueueNumber = number;

export interface Queue {
  readonly number: QueueNumber;
  readonly rid: Bytes;
  readonly sid: Bytes;
  readonly readerKey: Bytes;
  readonly doorbellKey: Bytes;
  /** Null until the writer has registered. */
  readonly writerKey: Bytes | null;
  /** The work a knock costs; 0 for a queue that is no door. A door has no writer. */
  readonly doorBits: number;
  /** Days of running time since its reader last came. */
  readonly idleDays: number;
}

export interface NewQueue {
  readonly newId: Bytes;
  readonly readerKey: Bytes;
  readonly doorbellKey: Bytes;
  readonly doorBits: number;
  readonly rid: Bytes;
  readonly sid: Bytes;
  /** The hash of the token this queue is to use up; null where none is asked for. */
  readonly tokenHash: Bytes | null;
}

export interface NewMessage {
  readonly queue: QueueNumber;
  readonly messageId: Bytes;
  readonly cell: Bytes;
  readonly nowMs: number;
  readonly expiresAtMs: number;
}

export interface QueueQuota {
  readonly messages: number;
  readonly bytes: number;
}

/** `isNew` is false when the same message id already waited; the first one stands. Sequences rise over all queues. */
export type Appended =
  | { readonly kind: 'stored'; readonly expiresAtMs: number; readonly isNew: true; readonly sequence: number }
  | { readonly kind: 'stored'; readonly expiresAtMs: number; readonly isNew: false }
  | { readonly kind: 'over-quota' }
  | { readonly kind: 'no-queue' };

export interface WaitingMessage {
  /** Rises within a queue in the order of commits. */
  readonly sequence: number;
  readonly messageId: Bytes;
  readonly storedAtMs: number;
  readonly cell: Bytes;
}

export interface WaitingRange {
  readonly queue: QueueNumber;
  readonly after: number;
  readonly limit: number;
  readonly nowMs: number;
}

export interface NewInvite {
  readonly inviteId: Bytes;
  readonly ownerKey: Bytes;
  readonly sealed: Bytes;
  readonly expiresAtMs: number;
  readonly nowMs: number;
}

export interface BoxChange {
  readonly boxId: Bytes;
  readonly ownerKey: Bytes;
  readonly revision: number;
  readonly isReplacement: boolean;
  readonly lastResort: Bytes;
  readonly oneTimes: readonly Bytes[];
  readonly nowMs: number;
  readonly expiresAtMs: number;
}

/** The box as it stands afterwards, changed or not. */
export type BoxPut =
  | { readonly kind: 'box'; readonly revision: number; readonly left: number }
  | { readonly kind: 'taken' }
  | { readonly kind: 'over-quota' };

export interface WaitingTotals {
  readonly messages: number;
  /** Of their cells. */
  readonly bytes: number;
}

export interface Store {
  /**
   * Idempotent by (`newId`, `readerKey`): the queue that stands, which on a repeat has older ids. Null when it would need a token
   * and that one is unknown or has been used for another queue.
   */
  createQueue(wish: NewQueue): Promise<Pick<Queue, 'rid' | 'sid' | 'doorbellKey' | 'doorBits'> | null>;
  queueByRid(rid: Bytes): Promise<Queue | null>;
  queueBySid(sid: Bytes): Promise<Queue | null>;
  /** Its reader came: its idle time begins again. */
  noteReader(queue: QueueNumber): Promise<void>;
  /** With all its messages. Its number is never given to another. */
  removeQueue(queue: QueueNumber): Promise<void>;
  /** Up to `limit` queues whose reader has not come for `idleDays` days of running time. Returns how many. */
  removeIdleQueues(idleDays: number, limit: number): Promise<number>;
  addToken(tokenHash: Bytes): Promise<void>;
  /** The key that stands afterwards: the first ever registered. Null when there is no such queue, and for a door. */
  registerWriter(sid: Bytes, writerKey: Bytes): Promise<Bytes | null>;

  append(message: NewMessage, quota: QueueQuota): Promise<Appended>;
  /** In order, later than `after`, not expired. */
  waiting(range: WaitingRange): Promise<readonly WaitingMessage[]>;
  /** The newest waiting message's sequence, 0 when none waits. */
  newest(queue: QueueNumber, nowMs: number): Promise<number>;
  /** Which of these still wait, in the order asked. */
  areWaiting(queue: QueueNumber, messageIds: readonly Bytes[], nowMs: number): Promise<readonly boolean[]>;
  /** Its sequence; null when it was not there. */
  removeMessage(queue: QueueNumber, messageId: Bytes): Promise<number | null>;

  /** Idempotent by (`inviteId`, `ownerKey`); false when the id belongs to another owner. */
  putInvite(invite: NewInvite): Promise<boolean>;
  /** The sealed invite for the first taker, and for that taker again; null for everyone else and everything else. */
  takeInvite(take: { readonly inviteId: Bytes; readonly takerKey: Bytes; readonly nowMs: number }): Promise<Bytes | null>;
  inviteOwner(inviteId: Bytes, nowMs: number): Promise<Bytes | null>;
  removeInvite(inviteId: Bytes): Promise<void>;

  /** Nothing changes unless the revision is higher than the box's. At most `maxLeft` bundles. */
  putBox(change: BoxChange, maxLeft: number): Promise<BoxPut>;
  /** A bundle, which is then gone, or the last resort; null when there is no such box. */
  takeBundle(boxId: Bytes, nowMs: number): Promise<Bytes | null>;
  boxOwner(boxId: Bytes, nowMs: number): Promise<Bytes | null>;
  removeBox(boxId: Bytes): Promise<void>;

  /** Deletes up to `limit` expired messages, as many invites and as many boxes; its cost does not grow with what has not expired. Returns how many. */
  sweep(nowMs: number, limit: number): Promise<number>;
  /** The latest time ever noted; 0 in a new store. */
  latestTime(): Promise<number>;
  /** What passes between two notes of one process counts as running time. */
  noteTime(nowMs: number): Promise<void>;

  /** Counted when first asked for, then carried along. */
  waitingTotals(): Promise<WaitingTotals>;
  /** Freed inside the store: filled again before it takes more of the disk. */
  reusableBytes(): Promise<number>;

  /** Resolves when every change asked for so far is durable or has failed. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export type StoreErrorCode = 'full' | 'damaged' | 'unavailable' | 'in-use' | 'newer-schema';

/** Carries no statement and no value. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode) {
    super(code);
    this.name = 'StoreError';
    this.code = code;
  }
}
