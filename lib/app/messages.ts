/** Messages of a conversation: writing one, removing some, and what their receipts do. */
import { chosenFor } from '../domain/choices';
import { advanceDelivery, type DeliveryEvent } from '../domain/delivery';
import { fromHex, utf8 } from '../protocol/bytes';
import { type Content, MAX_RECEIPT_IDS } from '../protocol/content';
import { MAX_TEXT_BYTES } from '../protocol/content-life';
import type { Core } from './core';
import { AppError } from './errors';
import { newContentId } from './ids';
import type { Change } from './journal';
import { type ContactRecord, keys, type MessageRecord, messageAtMs, nextOrder } from './records';
import type { MessageCommand } from './view-messages';
import { messageView, readMessages } from './windows';

const READ_BATCH = 200;
const PREVIEW_LETTERS = 120;

/** What the list shows of a conversation's last message. */
export function lastOf(message: MessageRecord): ContactRecord['last'] {
  const text = [...message.text.slice(0, 2 * PREVIEW_LETTERS)].slice(0, PREVIEW_LETTERS).join('');
  return {
    sequence: message.sequence,
    text,
    isMine: message.isMine,
    atMs: messageAtMs(message),
    delivery: message.delivery,
    ...(message.expiresAtMs == null ? {} : { expiresAtMs: message.expiresAtMs }),
  };
}

/** A new message, and when it will be over. */
export function putMessage(core: Core, change: Change, contactId: string, message: MessageRecord): void {
  const { sequence, expiresAtMs } = message;
  change.put(keys.message(contactId, sequence), message);
  if (expiresAtMs != null) change.put(keys.expiry(expiresAtMs, contactId, sequence), true);
  change.after(() => core.search.tend());
}

/** Runs in the lane. The same id again is the same message: nothing is written twice. */
type Writing = Extract<MessageCommand, { kind: 'message.send' }>;

export async function writeText(core: Core, { id, contactId, text, routing }: Writing): Promise<void> {
  const { journal, world } = core;
  const contact = journal.contacts.get(contactId);
  if (!contact) throw new AppError('contact-unknown');
  if (contact.state !== 'accepted' && contact.state !== 'requested') throw new AppError('contact-not-accepted');
  if (contact.choices.isBlocked) throw new AppError('contact-blocked');
  if (text.trim() === '') throw new AppError('text-empty');
  if (utf8(text).length > MAX_TEXT_BYTES) throw new AppError('text-too-long');
  const sequence = contact.nextSequence;
  const way = routing ?? chosenFor(contact.choices, journal.settings).routing;
  if (way === 'ask') throw new AppError('routing-ask');
  const mayWait = way === 'relay';
  const sentAtMs = world.clock.now();
  const order = nextOrder(contact, sentAtMs);
  const content: Content = {
    ...{ kind: 'text', contentId: fromHex(id), mayWait, text, parts: 1, sentAtMs, order },
    expiry: null,
    replyTo: null,
  };
  const sealed = contact.state === 'accepted' ? await core.outbox.sealEarly(contact, content) : null;
  const message: MessageRecord = {
    id,
    sequence,
    order,
    isMine: true,
    text,
    sentAtMs,
    receivedAtMs: null,
    delivery: { stage: 'local' },
    mayWait,
  };
  // A page that repeats itself finds its id taken: then the message is written already, and this change is off.
  await journal.commit((change) => {
    putMessage(core, change, contactId, message);
    change.add(keys.content(contactId, id), sequence);
    change.put(keys.unconfirmed(contactId, sequence), id);
    const counted = core.outbox.add(change, contact, id, { kind: 'text', sequence }, mayWait, sealed);
    change.contact({
      ...counted,
      order: { ...counted.order, mine: order },
      nextSequence: sequence + 1,
      waiting: contact.waiting + 1,
      draft: '',
      last: lastOf(message),
    });
    change.after(() => core.hub.message(contactId, messageView(message, contact)));
    change.after(() => core.hub.contact(contactId));
  });
  core.strings.consider(contactId);
  core.outbox.pump(contactId);
}

async function mineById(core: Core, contactId: string, contentId: string): Promise<MessageRecord | null> {
  const sequence = (await core.journal.store.get(keys.content(contactId, contentId))) as number | undefined;
  if (sequence === undefined) return null;
  const message = (await core.journal.store.get(keys.message(contactId, sequence))) as MessageRecord | undefined;
  return message?.isMine ? message : null;
}

/** Texts of this user's without a receipt, that aren't waiting to be sent anyway. */
export async function unconfirmedIds(core: Core, contactId: string): Promise<readonly string[]> {
  const unconfirmed = await core.journal.store.range(['unconfirmed', contactId]);
  const owed = new Set([...core.journal.outboxOf(contactId).values()].map((row) => row.contentId));
  return unconfirmed.map(([, id]) => id as string).filter((id) => !owed.has(id));
}

/** Asks which of these texts the contact has, in as many queries as it takes. */
export function askAfter(
  { outbox, world }: Core,
  change: Change,
  contact: ContactRecord,
  { ids, mayWait }: { readonly ids: readonly string[]; readonly mayWait: boolean },
): ContactRecord {
  let asked = contact;
  for (let i = 0; i < ids.length; i += MAX_RECEIPT_IDS) {
    const query = { kind: 'query', ids: ids.slice(i, i + MAX_RECEIPT_IDS) } as const;
    asked = outbox.add(change, asked, newContentId(world.random), query, mayWait);
  }
  return asked;
}

interface Told {
  readonly contentId: string;
  readonly event: DeliveryEvent;
}

/** Reads what a receipt touches, and returns what it changes. A receipt never moves a message down, and moves each once. */
export async function applyReceipt(
  core: Core,
  contactId: string,
  told: readonly Told[],
): Promise<(change: Change, contact: ContactRecord) => ContactRecord> {
  const moved = new Map<string, { before: MessageRecord; after: MessageRecord }>();
  for (const { contentId, event } of told) {
    const before = moved.get(contentId)?.before ?? (await mineById(core, contactId, contentId));
    if (!before?.delivery) continue;
    const current = moved.get(contentId)?.after ?? before;
    const delivery = advanceDelivery(current.delivery ?? before.delivery, event);
    if (delivery !== before.delivery) moved.set(contentId, { before, after: { ...before, delivery } });
  }
  return (change, contact) => {
    let next = contact;
    for (const { before, after } of moved.values()) {
      change.put(keys.message(contactId, after.sequence), after);
      change.delete(keys.unconfirmed(contactId, after.sequence));
      core.outbox.endText(change, contactId, after.id);
      const waiting = before.delivery?.stage === 'local' ? next.waiting - 1 : next.waiting;
      const last = next.last?.sequence === after.sequence ? { ...next.last, delivery: after.delivery } : next.last;
      next = { ...next, waiting, last };
      change.after(() => core.hub.message(contactId, messageView(after, contact)));
    }
    return next;
  };
}

/** A contact says it never saw these: whatever isn't waiting to be sent anyway is sealed again under the same content id. */
export async function resend(
  core: Core,
  contactId: string,
  contentIds: readonly string[],
): Promise<(change: Change, contact: ContactRecord) => ContactRecord> {
  const owed = new Set([...core.journal.outboxOf(contactId).values()].map((row) => row.contentId));
  const lost: MessageRecord[] = [];
  for (const contentId of contentIds) {
    const message = owed.has(contentId) ? null : await mineById(core, contactId, contentId);
    if (message && (message.delivery?.stage === 'local' || message.delivery?.stage === 'held')) lost.push(message);
  }
  return (change, contact) => {
    let next = contact;
    for (const { id, sequence, mayWait } of lost) next = core.outbox.add(change, next, id, { kind: 'text', sequence }, mayWait);
    return next;
  };
}

/**
 * Reads what goes with these messages; returns what removes them. Their content ids stay, so that a repeat is known and not
 * shown again, and so does a receipt that is owed for one. A send that is owed ends.
 */
export async function removal(
  core: Core,
  contactId: string,
  sequences: ReadonlySet<number>,
): Promise<(change: Change, contact: ContactRecord) => ContactRecord> {
  const { journal, hub, outbox, search, world } = core;
  const known = await Promise.all([...sequences].map((sequence) => journal.store.get(keys.message(contactId, sequence))));
  const gone = known.filter((message) => message !== undefined) as MessageRecord[];
  const last = journal.contacts.get(contactId)?.last;
  const isLastGone = last != null && sequences.has(last.sequence);
  const newest = isLastGone ? await newestBut(core, contactId, sequences) : undefined;
  return (change, contact) => {
    for (const sequence of sequences) {
      change.delete(keys.message(contactId, sequence));
      change.delete(keys.unconfirmed(contactId, sequence));
      search.forget(change, contactId, sequence);
    }
    for (const { id, sequence, expiresAtMs } of gone) {
      if (expiresAtMs != null) change.delete(keys.expiry(expiresAtMs, contactId, sequence));
      outbox.endText(change, contactId, id);
      change.after(() => hub.messageGone(contactId, id));
    }
    const unread = contact.unread - gone.filter(({ isMine, sequence }) => !isMine && sequence > contact.readUpTo).length;
    const waiting = contact.waiting - gone.filter(({ delivery }) => delivery?.stage === 'local').length;
    if (unread === 0 && contact.unread > 0) change.after(() => world.shell.dismiss(contactId));
    change.after(() => hub.contact(contactId));
    return { ...contact, unread, waiting, last: isLastGone ? (newest ? lastOf(newest) : null) : contact.last };
  };
}

async function newestBut(core: Core, contactId: string, sequences: ReadonlySet<number>): Promise<MessageRecord | undefined> {
  const newest = await readMessages(core, contactId, { isReversed: true }, sequences.size + 1);
  return newest.find(({ sequence }) => !sequences.has(sequence));
}

/**
 * Runs in the lane. Counts the first window of what the user has seen since, and owes read receipts for it. True: there is more,
 * and the lane is others' in between.
 */
export async function markRead(core: Core, contactId: string, upTo: number): Promise<boolean> {
  const { journal } = core;
  const contact = journal.contacts.get(contactId);
  if (!contact || upTo <= contact.readUpTo || upTo >= contact.nextSequence) return false;
  const entries = await journal.store.range(['message', contactId], { after: contact.readUpTo, before: upTo + 1, limit: READ_BATCH });
  const seen = entries.map(([, value]) => value as MessageRecord);
  const theirs = seen.filter((message) => !message.isMine);
  const isMore = seen.length === READ_BATCH && seen.at(-1)?.sequence !== upTo;
  const readUpTo = isMore ? (seen.at(-1)?.sequence ?? upTo) : upTo;
  // At the end nothing is unread, whatever was counted: a damaged record can't be read, nor stay unread for ever.
  const unread = readUpTo === contact.nextSequence - 1 ? 0 : Math.max(0, contact.unread - theirs.length);
  await journal.commit((change) => {
    change.contact({ ...contact, readUpTo, unread });
    const isTold = chosenFor(contact.choices, journal.settings).tellsReading;
    for (const { id, mayWait } of isTold ? theirs : []) core.receipts.owe(change, contactId, { contentId: id, isRead: true, mayWait });
    change.after(() => core.hub.contact(contactId));
    change.after(() => core.world.shell.dismiss(contactId));
  });
  core.receipts.flushSoon(contactId);
  return isMore;
}
