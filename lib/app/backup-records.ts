/** Records as a backup has them, and back: what a restored device must make anew is made here. */
import type { Delivery } from '../domain/delivery';
import type { BackupContact } from '../protocol/backup-contact';
import type { BackupItem, BackupMessage, BackupProfile } from '../protocol/backup-items';
import type { BackupDelivery } from '../protocol/backup-message';
import type { Bytes } from '../protocol/bytes';
import { fingerprint } from '../protocol/fingerprint';
import { LIVE_KEY_BYTES } from '../protocol/live';
import { draftBeneath } from './drafts';
import type { Clock, Random } from './ports';
import type { ContactRecord, LockRecord, MessageRecord, MyBox, ProfileRecord, RelayRecord, SettingsRecord } from './records';

const MOST_AUTO_LOCK_MINUTES = 0xffff;

export interface KnownOfMe {
  readonly profile: ProfileRecord;
  readonly relay: RelayRecord | undefined;
  readonly lock: LockRecord | undefined;
  readonly settings: SettingsRecord;
}

export function profileItem(atMs: number, { profile, relay, lock, settings }: KnownOfMe): BackupProfile {
  return {
    kind: 'profile',
    atMs,
    ...profile,
    relay: relay ? { url: relay.url, access: relay.access ?? '' } : null,
    autoLockMinutes: lock ? Math.min(lock.autoLockMinutes, MOST_AUTO_LOCK_MINUTES) : null,
    settings,
  };
}

export function contactItem(contact: ContactRecord): BackupContact {
  return {
    kind: 'contact',
    id: contact.id,
    name: contact.name,
    statement: contact.statement,
    changedStatement: contact.changed?.statement ?? null,
    addedAtMs: contact.addedAtMs,
    lastSeenMs: contact.lastSeenMs,
    inviteId: contact.inviteId,
    mine: contact.mine,
    theirs: contact.theirs,
    direct: contact.direct,
    choices: contact.choices,
    told: contact.told,
    order: contact.order,
    box: contact.box,
    generation: contact.healed.generation,
    nextSequence: contact.nextSequence,
    readUpTo: contact.readUpTo,
    // A backup knows no draft that edits.
    draft: draftBeneath(contact).draft,
  };
}

/**
 * Whether a relay has answered is of that moment. What was being taken back then must not be sent again: it counts as taken back until
 * the contact, who is asked, says that it came.
 */
function deliveryItem(delivery: Delivery | null, sentAtMs: number): BackupDelivery | null {
  return (
    delivery && {
      stage: delivery.stage,
      heldAtMs: delivery.heldAtMs ?? null,
      heldUntilMs: delivery.heldUntilMs ?? null,
      deliveredAtMs: delivery.deliveredAtMs ?? null,
      readAtMs: delivery.readAtMs ?? null,
      outcome: delivery.takeBack ? { kind: 'taken-back', atMs: delivery.heldAtMs ?? sentAtMs } : (delivery.outcome ?? null),
    }
  );
}

export function messageItem(message: MessageRecord, isUnconfirmed: boolean): BackupItem {
  const { id, sequence, order, isMine, text, sentAtMs, receivedAtMs, mayWait } = message;
  return {
    ...{ kind: 'message', id, sequence, order, isMine, text, sentAtMs, receivedAtMs, mayWait, isUnconfirmed },
    expiry: message.expiry ?? null,
    expiresAtMs: message.expiresAtMs ?? null,
    replyTo: message.replyTo ?? null,
    edited: message.edited ?? null,
    reactions: message.reactions ?? { mine: null, theirs: null },
    deleted: message.deleted ?? null,
    delivery: deliveryItem(message.delivery, sentAtMs),
  };
}

/** What the messages of a contact come to. */
export type Tally = Pick<ContactRecord, 'unread' | 'waiting' | 'last'>;

/** What lies there is of keys that are gone: filled anew under the same address, which the contact may know. */
function myBox({ ownerSecret, revision, ...address }: NonNullable<BackupContact['box']['mine']>): MyBox {
  return { ...address, ownerSecret, revision, rotatesAtMs: 0, isFilled: false, isTold: false };
}

function changedIdentity(statement: Bytes | null): ContactRecord['changed'] {
  return statement && { statement, fingerprint: fingerprint(statement) };
}

/** `isSelf`: the identity is this user's own, and there is nobody to begin a session with. Else it wants a session begun anew, under live keys that were never used. @throws {ProtocolError} for a statement that is none */
export function restoredContact(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  contact: BackupContact,
  { isSelf, ...tally }: Tally & { readonly isSelf: boolean },
): ContactRecord {
  const { id, name, statement, addedAtMs, lastSeenMs, inviteId, mine, theirs, direct, nextSequence, readUpTo, draft } = contact;
  const { choices, told, order } = contact;
  return {
    ...{ id, name, statement, addedAtMs, lastSeenMs, inviteId, mine, theirs, direct, nextSequence, readUpTo, draft },
    ...{ choices, told, order },
    state: isSelf ? 'self' : 'accepted',
    fingerprint: fingerprint(statement),
    changed: changedIdentity(contact.changedStatement),
    isOnline: false,
    live: { mine: random.bytes(LIVE_KEY_BYTES), mineAtMs: clock.now(), theirs: [], lastStamp: 0 },
    box: { mine: contact.box.mine && myBox(contact.box.mine), theirs: contact.box.theirs },
    healed: { mineAtMs: 0, theirsAtMs: [], generation: contact.generation, isWanted: !isSelf },
    nextOutbox: 1,
    // Which of it they were not to know is not in a backup.
    untoldUpTo: readUpTo,
    ...tally,
  };
}

export function restoredMessage({ kind: _kind, isUnconfirmed: _isUnconfirmed, ...message }: BackupMessage): MessageRecord {
  return message;
}
