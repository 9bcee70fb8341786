/**
 * What the device keeps. Every record is sealed by the storage floor; keys hold only random ids, hashes and counters.
 *
 *   profile | relay                          one each
 *   settings                                 what the user has chosen for everybody
 *   invite, inviteId                         an open invite of this user
 *   taken, inviteId                          an invite this user is taking: its key is committed before the relay is asked
 *   contact, contactId
 *   session, contactId, sessionId            a ratchet: one sends, the archived ones only receive
 *   stock, contactId                         the prekeys behind this user's box for the contact
 *   message, contactId, sequence
 *   content, contactId, contentId            sequence of that message, 0 of what is none; outlives it as a tombstone
 *   unconfirmed, contactId, sequence         a sent message without a delivery receipt, or without that of reading which its end waits for
 *   expiry, atMs, contactId, sequence        a message that is over then
 *   clock                                    the latest time that was seen
 *   said, contactId, contentId               an edit, a reaction or a deletion without a delivery receipt
 *   early, contactId, target, contentId      a content that waits for another, kept 45 days (early.ts)
 *   early-on, day, contactId, target, contentId   nothing: which of them are over is found without opening any
 *   copy, contactId, sequence                what the contact's relay holds of a message, and of what was said of it
 *   withdrawal, contactId, sequence          what a relay is to let go of
 *   search, contactId, block                 the words of a block of messages (search-segments.ts)
 *   indexed, contactId                       up to which sequence messages stand in segments
 *   unindexed, contactId, sequence           a message that has changed or gone since
 *   outbox, contactId, n                     an owed send
 *   receipt, contactId, contentId            an owed receipt
 *   seen, contactId, hash                    an envelope already opened, kept 45 days
 *   seen-on, day, contactId, hash            nothing: which of them are over is found without opening any
 *   closing, id                              a queue, prekey box or invite that is still to be taken away from its relay
 *   lock                                     when it locks by itself
 *   backup                                   when the last backup was made
 *   hints                                    what the user has been told once
 *   room                                     nothing: written to see whether there is room again
 *   owner                                    the name of this store at the network host
 *   proved                                   by relay: the queues whose rights were proved on the connection with this nonce
 */
import type { Choices, Expiry, Settings } from '../domain/choices';
import type { Delivery } from '../domain/delivery';
import type { Bytes } from '../protocol/bytes';
import type { BoxAddress } from '../protocol/prekey-box';
import type { DirectChoice } from '../protocol/profile';
import type { Hint } from './hints';
import type { StoreKey } from './ports';
import type { ContactState } from './view';

export interface ProfileRecord {
  readonly name: string;
  readonly identity: Bytes;
  readonly createdAtMs: number;
}

/** The relay this user's new queues are made on, and the password or token they were given for it; '' for none. */
export interface RelayRecord {
  readonly url: string;
  readonly access?: string;
}

/** A queue this user reads. `rid` and `sid` are null until the relay has made it. */
export interface MyQueue {
  readonly relay: string;
  readonly newId: Bytes;
  readonly readerSecret: Bytes;
  readonly doorbellSecret: Bytes;
  readonly rid: Bytes | null;
  readonly sid: Bytes | null;
}

/** A queue this user writes. */
export interface TheirQueue {
  readonly relay: string;
  readonly sid: Bytes;
  readonly writerSecret: Bytes;
  /** The relay knows this writer's key. */
  readonly isRegistered: boolean;
}

export interface InviteRecord {
  readonly id: string;
  readonly link: string;
  readonly expiresAtMs: number;
  readonly secret: Bytes;
  readonly ownerSecret: Bytes;
  readonly prekeys: Bytes;
  readonly bundle: Bytes;
  readonly queue: MyQueue;
  /** False until the relay holds it: only then is it shown. */
  readonly isOpen: boolean;
}

export interface TakenRecord {
  readonly takerKey: Bytes;
  readonly atMs: number;
}

/** A prekey box of this user's, for one contact. */
export interface MyBox extends BoxAddress {
  readonly ownerSecret: Bytes;
  /** Of the last put that was begun; each has one of its own. */
  readonly revision: number;
  /** When the keys on offer are a week old. */
  readonly rotatesAtMs: number;
  /** The relay holds that put. */
  readonly isFilled: boolean;
  /** The contact was told where it lies. */
  readonly isTold: boolean;
}

/** A fresh queue of this user's: the contact is told of it until they say that they write there. */
export interface PendingQueue {
  readonly queue: MyQueue;
  readonly order: number;
  /** When it was told last; 0: never. */
  readonly toldAtMs: number;
}

/** A queue the contact writes to no more; read until then. */
export interface LeftQueue {
  readonly queue: MyQueue;
  readonly closesAtMs: number;
}

/** Of the queues of one contact: see moves.ts. */
export interface MovesRecord {
  /** Of the queue of this user's that was begun last. */
  readonly order: number;
  /** Of `mine`; 0: none was ever announced. */
  readonly mineOrder: number;
  /** Oldest first. */
  readonly pending: readonly PendingQueue[];
  readonly left: readonly LeftQueue[];
  /** Since when the contact writes to `mine`; 0: since they are one. */
  readonly sinceMs: number;
  /** When something of theirs was last opened, to the day. */
  readonly heardAtMs: number;
  /** `mine` is gone, or may be. */
  readonly isWanted: boolean;
  readonly theirs: {
    /** The highest taken. */
    readonly order: number;
    /** Where they want to be written to, once this user is registered there. */
    readonly next: TheirQueue | null;
    /** Where they were written to before: something may still wait there. */
    readonly former: { readonly queue: TheirQueue; readonly untilMs: number } | null;
  };
}

/** To be taken away from its relay. */
export interface ClosingRecord {
  readonly id: string;
  /** Not before; 0: at once. */
  readonly fromMs: number;
  /** Given up then. */
  readonly untilMs: number;
  readonly what:
    | { readonly kind: 'queue'; readonly relay: string; readonly queue: MyQueue }
    | { readonly kind: 'box'; readonly relay: string; readonly boxId: Bytes; readonly ownerSecret: Bytes }
    | { readonly kind: 'invite'; readonly relay: string; readonly inviteId: Bytes; readonly ownerSecret: Bytes };
}

export interface SessionRecord {
  readonly session: Bytes;
  readonly archivedAtMs: number | null;
}

export interface ContactRecord {
  readonly id: string;
  readonly name: string;
  readonly state: ContactState;
  readonly statement: Bytes;
  readonly fingerprint: string;
  /** Another identity answers in their place: nothing is sent until the user has accepted it. */
  readonly changed: { readonly statement: Bytes; readonly fingerprint: string } | null;
  readonly addedAtMs: number;
  readonly lastSeenMs: number | null;
  readonly isOnline: boolean;
  /** The invite this contact came by, so that the same link leads back to them. */
  readonly inviteId: string;
  readonly mine: MyQueue;
  readonly theirs: TheirQueue;
  /** Absent until one of the two first moves. */
  readonly moves?: MovesRecord;
  readonly direct: { readonly mine: DirectChoice | null; readonly theirs: DirectChoice | null };
  readonly choices: Choices;
  /** What they let this user know, and the version of the contents they understand. */
  readonly told: { readonly reading: boolean; readonly typing: boolean; readonly version: number };
  /** Of the last text, edit or reaction to them, and the highest of theirs: see `nextOrder`. */
  readonly order: { readonly mine: number; readonly theirs: number };
  readonly live: {
    readonly mine: Bytes;
    readonly mineAtMs: number;
    /** Newest last, at most two. */
    readonly theirs: readonly Bytes[];
    /** Highest stamp of theirs taken so far: kept, so that a restart reopens no window for replays. */
    readonly lastStamp: number;
  };
  readonly box: { readonly mine: MyBox | null; readonly theirs: BoxAddress | null };
  readonly healed: {
    /** When this user last replaced the session, and when the contact did the last few times. */
    readonly mineAtMs: number;
    readonly theirsAtMs: readonly number[];
    /** The latest of any session: outlives the sessions, so that one made after a loss is later than what was lost. */
    readonly generation: number;
    /** Something of theirs stayed closed, or there is no session to write in. */
    readonly isWanted: boolean;
    /** The session begun last is over last-resort prekeys, and the contact has not answered in it. Absent where it never was. */
    readonly isWeak?: boolean;
  };
  /** When they were last asked, through the relay, which messages they never saw. */
  readonly askedAtMs?: number;
  readonly nextSequence: number;
  readonly nextOutbox: number;
  /** Of theirs after `readUpTo`, but for what was deleted for everyone. */
  readonly unread: number;
  /** Read, and to be looked at again: until it is opened. */
  readonly isMarkedUnread?: boolean;
  /** Messages up to here have been seen by the user. */
  readonly readUpTo: number;
  /** Up to here nothing is told as read any more: it was seen before this user let the contact know. Absent: 0. */
  readonly untoldUpTo?: number;
  readonly waiting: number;
  readonly draft: string;
  /** Content ids of what the draft answers, or is to take the place of: then `under` was being written before, and `replyTo` is of that. */
  readonly draftOf?: { readonly replyTo: string | null; readonly edits: string | null; readonly under?: string };
  readonly last: {
    readonly sequence: number;
    readonly text: string;
    readonly isMine: boolean;
    readonly atMs: number;
    readonly delivery: Delivery | null;
    readonly expiresAtMs?: number | null;
  } | null;
}

export interface Reaction {
  readonly emoji: string;
  readonly order: number;
}

export interface MessageRecord {
  readonly id: string;
  /** Its place in the conversation: whole, but for one that came after others written later than it (place.ts). */
  readonly sequence: number;
  /** Its place among what its writer said. */
  readonly order: number;
  readonly isMine: boolean;
  readonly text: string;
  readonly sentAtMs: number;
  readonly receivedAtMs: number | null;
  readonly delivery: Delivery | null;
  readonly mayWait: boolean;
  readonly expiry?: Expiry | null;
  /** From then on it is neither shown nor found, and it is deleted soon after. Absent or null: it stays. */
  readonly expiresAtMs?: number | null;
  /** Content id of the message it answers. */
  readonly replyTo?: string | null;
  readonly edited?: { readonly order: number; readonly atMs: number } | null;
  readonly reactions?: { readonly mine: Reaction | null; readonly theirs: Reaction | null };
  /** Deleted for everyone: nothing is left of its text. `confirmedAtMs`: the other device has said so. */
  readonly deleted?: { readonly atMs: number; readonly confirmedAtMs: number | null } | null;
}

/** Never twice the same, never falling, and after a restore above what was used since the backup. */
export function nextOrder({ order }: Pick<ContactRecord, 'order'>, nowMs: number): number {
  return Math.max(order.mine + 1, nowMs);
}

/** Its place in time on this device. */
export function messageAtMs({ receivedAtMs, sentAtMs }: MessageRecord): number {
  return receivedAtMs ?? sentAtMs;
}

export function isOver({ expiresAtMs }: Pick<MessageRecord, 'expiresAtMs'>, nowMs: number): boolean {
  return expiresAtMs != null && expiresAtMs <= nowMs;
}

/** What an owed send carries; built into content only when it is sealed, so that it is true at that moment. */
export type OutboxBody =
  | { readonly kind: 'request' }
  | { readonly kind: 'accept' }
  | { readonly kind: 'profile' }
  | { readonly kind: 'live-key'; readonly liveKey: Bytes }
  | { readonly kind: 'prekey-box' }
  | { readonly kind: 'heal' }
  | { readonly kind: 'address' | 'address-taken'; readonly order: number }
  /** `part`: of a text in parts, but for the first. */
  | { readonly kind: 'text'; readonly sequence: number; readonly part?: number }
  | { readonly kind: 'said'; readonly id: string; readonly part: number }
  | {
      readonly kind: 'receipt';
      readonly delivered: readonly string[];
      readonly read: readonly string[];
      readonly missing: readonly string[];
    }
  | { readonly kind: 'query'; readonly ids: readonly string[] };

export interface OutboxRow {
  readonly n: number;
  readonly contentId: string;
  readonly body: OutboxBody;
  readonly mayWait: boolean;
  readonly sealed: { readonly envelope: Bytes; readonly atMs: number } | null;
  /** Nothing of it may be anywhere from then on. */
  readonly expiresAtMs?: number | null;
  /** It was sealed once, now or before: it may have come there. */
  readonly wasSealed?: boolean;
  /** It was given to a string, now or before: no relay can say that it has not come there. */
  readonly wasOnString?: boolean;
}

/** What this user has said of messages and the contact has not confirmed: `target` is the message's content id. */
export interface SaidRecord {
  readonly what:
    | { readonly kind: 'edit' | 'reaction'; readonly target: string; readonly sequence: number }
    | { readonly kind: 'delete'; readonly targets: readonly string[] };
  readonly mayWait: boolean;
  readonly atMs: number;
}

export interface ReceiptRow {
  readonly contentId: string;
  readonly isRead: boolean;
  readonly mayWait: boolean;
}

export interface SeenRecord {
  readonly atMs: number;
  /** The content that came whole with this envelope, so that a repeat is answered again. */
  readonly confirms: { readonly contentId: string; readonly mayWait: boolean } | null;
}

export type SettingsRecord = Settings;

/** What a relay holds, or may hold, of a message; each as it is known there. */
export interface Copy {
  readonly relay: string;
  readonly sid: Bytes;
  readonly messageId: Bytes;
  readonly untilMs: number;
}

export interface CopyRecord {
  readonly copies: readonly Copy[];
  /** It was given to a string before: the relays’ word alone does not take it back. */
  readonly wasOnString?: boolean;
}

export interface ClockRecord {
  readonly highMs: number;
}

export interface LockRecord {
  readonly autoLockMinutes: number;
}

export interface HintsRecord {
  readonly known: readonly Hint[];
}

export interface BackupRecord {
  readonly atMs: number;
}

export interface ProvedRecord {
  readonly nonce: Bytes;
  /** The relay's clock less this device's, as its HELLO told. */
  readonly offsetMs: number;
  readonly queues: readonly string[];
}

/** Since 1970, in UTC. */
export function dayOf(atMs: number): number {
  return Math.floor(atMs / (24 * 3600_000));
}

/** For so long an envelope that comes again is known. */
export const SEEN_DAYS = 45;

/** Those in which an envelope that is still known may have come; a clock may have run a day ahead. */
export function recentDays(nowMs: number): readonly number[] {
  return Array.from({ length: SEEN_DAYS + 3 }, (_, ago) => dayOf(nowMs) + 1 - ago);
}

export const keys = {
  profile: ['profile'] as StoreKey,
  relay: ['relay'] as StoreKey,
  settings: ['settings'] as StoreKey,
  invite: (id: string): StoreKey => ['invite', id],
  taken: (id: string): StoreKey => ['taken', id],
  contact: (id: string): StoreKey => ['contact', id],
  session: (id: string, sessionId: string): StoreKey => ['session', id, sessionId],
  stock: (id: string): StoreKey => ['stock', id],
  message: (id: string, sequence: number): StoreKey => ['message', id, sequence],
  content: (id: string, contentId: string): StoreKey => ['content', id, contentId],
  unconfirmed: (id: string, sequence: number): StoreKey => ['unconfirmed', id, sequence],
  expiry: (atMs: number, id: string, sequence: number): StoreKey => ['expiry', atMs, id, sequence],
  clock: ['clock'] as StoreKey,
  said: (id: string, contentId: string): StoreKey => ['said', id, contentId],
  early: (id: string, target: string, contentId: string): StoreKey => ['early', id, target, contentId],
  earlyOn: (day: number, id: string, target: string, contentId: string): StoreKey => ['early-on', day, id, target, contentId],
  copy: (id: string, sequence: number): StoreKey => ['copy', id, sequence],
  withdrawal: (id: string, sequence: number): StoreKey => ['withdrawal', id, sequence],
  search: (id: string, block: number): StoreKey => ['search', id, block],
  indexed: (id: string): StoreKey => ['indexed', id],
  unindexed: (id: string, sequence: number): StoreKey => ['unindexed', id, sequence],
  outbox: (id: string, n: number): StoreKey => ['outbox', id, n],
  receipt: (id: string, contentId: string): StoreKey => ['receipt', id, contentId],
  seen: (id: string, hash: string): StoreKey => ['seen', id, hash],
  seenOn: (day: number, id: string, hash: string): StoreKey => ['seen-on', day, id, hash],
  proved: ['proved'] as StoreKey,
  closing: (id: string): StoreKey => ['closing', id],
  lock: ['lock'] as StoreKey,
  backup: ['backup'] as StoreKey,
  hints: ['hints'] as StoreKey,
  room: ['room'] as StoreKey,
  owner: ['owner'] as StoreKey,
} as const;

/** Every store that holds records of one contact: what forgetting a contact deletes. */
export const CONTACT_STORES = [
  'session',
  'message',
  'content',
  'unconfirmed',
  'said',
  'early',
  'copy',
  'withdrawal',
  'search',
  'unindexed',
  'outbox',
  'receipt',
  'seen',
] as const;
