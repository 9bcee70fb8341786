/** A queue's making and reading, and all queues that this user and a contact have for each other: several while either moves (moves.ts). */
import { equalBytes } from '../protocol/bytes';
import type { QueueAddress } from '../protocol/profile';
import { QUEUE_SECRET_BYTES, queuePublicKey, signAsQueue } from '../protocol/queue-keys';
import { type ClientFrame, NEW_ID_BYTES, NO_WORK, type SubProof } from '../protocol/relay';
import { proofMessage, relayOrigin } from '../protocol/relay-proof';
import { tokenFor } from './admission';
import type { Core } from './core';
import type { ContactRecord, MovesRecord, MyQueue, TheirQueue } from './records';

export const NO_MOVES: MovesRecord = {
  order: 0,
  mineOrder: 0,
  pending: [],
  left: [],
  sinceMs: 0,
  heardAtMs: 0,
  isWanted: false,
  theirs: { order: 0, next: null, former: null },
};

export function movesOf({ moves }: Pick<ContactRecord, 'moves'>): MovesRecord {
  return moves ?? NO_MOVES;
}

type Queues = Pick<ContactRecord, 'mine' | 'theirs' | 'moves'>;

/** Those this user reads, or will once the relay has made them. */
export function readQueues(contact: Queues): readonly MyQueue[] {
  const { pending, left } = movesOf(contact);
  return [contact.mine, ...pending.map(({ queue }) => queue), ...left.map(({ queue }) => queue)];
}

/** Those in which something of this user's may wait: the one in use first. */
export function writtenQueues(contact: Queues): readonly TheirQueue[] {
  const { former } = movesOf(contact).theirs;
  return former ? [contact.theirs, former.queue] : [contact.theirs];
}

/** Every relay that is needed for this contact. */
export function relaysOf(contact: ContactRecord): readonly string[] {
  if (contact.choices.isBlocked || contact.state === 'self') return [];
  const { next } = movesOf(contact).theirs;
  return [...readQueues(contact), ...writtenQueues(contact), ...(next ? [next] : [])].map(({ relay }) => relay);
}

/** The relay of this user's that the contact has not confirmed yet. */
export function movesTo(contact: ContactRecord): string | null {
  const newest = movesOf(contact).pending.at(-1)?.queue.relay ?? contact.mine.relay;
  return newest === contact.mine.relay ? null : newest;
}

/** The contact once the relay has made this queue; unchanged when it is no longer one of theirs. */
export function withMade(contact: ContactRecord, made: MyQueue): ContactRecord {
  if (equalBytes(contact.mine.newId, made.newId)) return { ...contact, mine: made };
  const moves = movesOf(contact);
  const pending = moves.pending.map((one) => (equalBytes(one.queue.newId, made.newId) ? { ...one, queue: made } : one));
  return { ...contact, moves: { ...moves, pending } };
}

/** A queue of this user's, named before the relay makes it. */
export function makeQueue(core: Core, relay: string): MyQueue {
  const { random } = core.world;
  return {
    relay,
    newId: random.bytes(NEW_ID_BYTES),
    readerSecret: random.bytes(QUEUE_SECRET_BYTES),
    doorbellSecret: random.bytes(QUEUE_SECRET_BYTES),
    rid: null,
    sid: null,
  };
}

/** A queue of a contact's, at which this user is not registered yet. */
export function theirQueue({ world }: Core, { relay, sid }: QueueAddress): TheirQueue {
  return { relay, sid, writerSecret: world.random.bytes(QUEUE_SECRET_BYTES), isRegistered: false };
}

/** Without work: relays.ts adds it when the relay wants some. */
export function newQueue(core: Core, queue: MyQueue): ClientFrame {
  const readerKey = queuePublicKey(queue.readerSecret);
  const doorbellKey = queuePublicKey(queue.doorbellSecret);
  return { kind: 'new', newId: queue.newId, readerKey, doorbellKey, doorBits: 0, token: tokenFor(core, queue.relay), work: NO_WORK };
}

/** Null while the relay is not open, and for a queue that it has not made. */
export function readerProof({ relays }: Core, { relay, rid, readerSecret }: MyQueue, isLive: boolean): SubProof | null {
  const nonce = relays.nonce(relay);
  if (!nonce || !rid) return null;
  const message = proofMessage({ origin: relayOrigin(relay), nonce, queueId: rid, role: 'reader' });
  return { rid, role: 'reader', isLive, signature: signAsQueue(readerSecret, message) };
}
