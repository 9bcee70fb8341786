/** Messages of a conversation: writing one, removing some, and what their receipts do. */
import { chosenFor } from '../domain/choices';
import { type Delivery, type DeliveryEvent, hasArrived, isGivenUp } from '../domain/delivery';
import { firstLetters } from '../domain/excerpt';
import { fromHex } from '../protocol/bytes';
import { type Content, MAX_RECEIPT_IDS } from '../protocol/content';
import { splitText } from '../protocol/content-life';
import type { Core } from './core';
import { NO_DRAFT, withoutDraftOf } from './drafts';
import { AppError } from './errors';
import { newContentId } from './ids';
import type { Change } from './journal';
import { isWaiting, moved, putMoved } from './moved';
import type { SealedEarly } from './outbox';
import { textBody } from './outbox-body';
import { isCounted } from './reading';
import { type ContactRecord, keys, type MessageRecord, messageAtMs, nextOrder } from './records';
import { replyOf } from './replies';
import { confirmSaid, endSaid, pieceId, resendSaid, saidAbout, unconfirmedSaid } from './said';
import { mineById } from './take-back';
import type { MessageCommand } from './view-messages';
import { messageView, readMessages } from './windows';

const PREVIEW_LETTERS = 120;
const MOST_CHARACTERS = 20_000;

export function isTooLong(text: string): boolean {
  return [...text].length > MOST_CHARACTERS;
}

/** What the list shows of a conversation's last message. */
export function lastOf(message: MessageRecord): ContactRecord['last'] {
  return {
    sequence: message.sequence,
    text: firstLetters(message.text, PREVIEW_LETTERS),
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
  if (expiresAtMs != null) core.expiry.put(change, expiresAtMs, contactId, sequence);
  // One between others may lie where messages have been folded already.
  if (Number.isInteger(sequence)) change.after(() => core.search.tend());
  else core.search.forget(change, contactId, sequence);
}

/** @throws {AppError} contact-unknown, contact-not-accepted, contact-blocked */
export function writable({ journal }: Core, contactId: string): ContactRecord {
  const contact = journal.contacts.get(contactId);
  if (!contact) throw new AppError('contact-unknown');
  if (contact.state === 'preview' || contact.state === 'request') throw new AppError('contact-not-accepted');
  if (contact.choices.isBlocked) throw new AppError('contact-blocked');
  return contact;
}

/** @throws {AppError} text-empty, text-too-long */
export function checkText(text: string): void {
  if (text.trim() === '') throw new AppError('text-empty');
  if (isTooLong(text)) throw new AppError('text-too-long');
}

type Writing = Extract<MessageCommand, { kind: 'message.send' }>;

/** The owed sends of a message. `sealed`: the whole of it. */
export function addText(
  { outbox }: Core,
  change: Change,
  contact: ContactRecord,
  message: MessageRecord,
  how: { readonly sealed?: SealedEarly | null; readonly wasSealed?: boolean; readonly wasOnString?: boolean } = {},
): ContactRecord {
  const { id, sequence, mayWait, expiry, expiresAtMs } = message;
  const overAtMs = expiry?.base === 'sent' ? (expiresAtMs ?? null) : null;
  let owing = contact;
  for (const part of splitText(message.text).keys()) {
    const body = { kind: 'text', sequence, ...(part > 0 && { part }) } as const;
    owing = outbox.add(change, owing, pieceId(id, part), body, mayWait, { ...how, expiresAtMs: overAtMs });
  }
  return owing;
}

/** Runs in the lane. The same id again is the same message: nothing is written twice. */
export async function writeText(core: Core, { id, contactId, text, ...wish }: Writing): Promise<void> {
  const { journal, world } = core;
  const contact = writable(core, contactId);
  checkText(text);
  const chosen = chosenFor(contact.choices, journal.settings);
  const routing = wish.routing ?? chosen.routing;
  if (routing === 'ask') throw new AppError('routing-ask');
  const sequence = contact.nextSequence;
  const sentAtMs = world.clock.now();
  const expiry = wish.expiry === undefined ? chosen.expiry : wish.expiry;
  const message: MessageRecord = {
    ...{ id, sequence, isMine: true, text, sentAtMs, receivedAtMs: null, delivery: { stage: 'local' }, mayWait: routing === 'relay' },
    order: nextOrder(contact, sentAtMs),
    expiry,
    expiresAtMs: expiry?.base === 'sent' ? core.expiry.now() + 1000 * expiry.seconds : null,
    replyTo: wish.replyTo ?? null,
  };
  const content: Content = { ...textBody(message, sentAtMs), contentId: fromHex(id), mayWait: message.mayWait };
  const isAtOnce = contact.state === 'accepted' && content.kind === 'text' && content.parts === 1;
  const sealed = isAtOnce ? await core.outbox.sealEarly(contact, content) : null;
  const reply = await replyOf(core, contactId, message);
  // A page that repeats itself finds its id taken: then the message is written already, and this change is off.
  await journal.commit((change) => {
    putMessage(core, change, contactId, message);
    change.add(keys.content(contactId, id), sequence);
    change.put(keys.unconfirmed(contactId, sequence), id);
    const counted = addText(core, change, contact, message, { sealed });
    const order = { ...counted.order, mine: message.order };
    change.contact({
      ...counted,
      order,
      nextSequence: sequence + 1,
      waiting: contact.waiting + 1,
      draft: '',
      draftOf: NO_DRAFT,
      last: lastOf(message),
    });
    change.after(() => core.hub.message(contactId, messageView(message, contact, reply)));
    change.after(() => core.hub.contact(contactId));
  });
  core.strings.consider(contactId);
  core.outbox.pump(contactId);
}

/** Sequences of texts of which something waits to be sent. */
export function owedTexts({ journal }: Core, contactId: string): ReadonlySet<number> {
  return new Set([...journal.outboxOf(contactId).values()].flatMap(({ body }) => (body.kind === 'text' ? [body.sequence] : [])));
}

/** What this user has said without a receipt, and isn't waiting to be sent anyway. */
export async function unconfirmedIds(core: Core, contactId: string): Promise<readonly string[]> {
  const unconfirmed = await core.journal.store.range(['unconfirmed', contactId]);
  const owed = owedTexts(core, contactId);
  const texts = unconfirmed.flatMap(([key, id]) => (owed.has(Number(key[2])) ? [] : [id as string]));
  return [...texts, ...(await unconfirmedSaid(core, contactId))];
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
  const touched = new Map<string, { message: MessageRecord; events: DeliveryEvent[] }>();
  for (const { contentId, event } of told) {
    const message = touched.get(contentId)?.message ?? (await mineById(core, contactId, contentId));
    if (!message?.delivery) continue;
    const events = touched.get(contentId)?.events ?? [];
    touched.set(contentId, { message, events: [...events, event] });
  }
  // One receipt may say both that a message came and that it was deleted.
  const arrived = new Map<string, MessageRecord>();
  const settle = await confirmSaid(
    core,
    contactId,
    told.map(({ contentId }) => contentId),
    (change, contact, { deleted, ...message }) => {
      const known = { ...(arrived.get(message.id) ?? message), deleted };
      change.put(keys.message(contactId, message.sequence), known);
      change.after(() => core.hub.message(contactId, messageView(known, contact)));
    },
  );
  return (change, contact) => {
    let next = contact;
    for (const { message, events } of touched.values()) {
      const after = events.reduce((before, event) => moved(contact, before, event), message);
      arrived.set(message.id, after);
      if (after !== message) next = putMoved(core, change, next, message, after);
    }
    return settle(change, next);
  };
}

/**
 * A contact says it never saw these: whatever isn't waiting to be sent anyway is sealed again under the same content id. What was to be
 * taken back is, unless a relay may still have it.
 */
export async function resend(
  core: Core,
  contactId: string,
  contentIds: readonly string[],
): Promise<(change: Change, contact: ContactRecord) => ContactRecord> {
  const owed = owedTexts(core, contactId);
  const lost: MessageRecord[] = [];
  for (const contentId of contentIds) {
    const message = await mineById(core, contactId, contentId);
    if (!message?.delivery || message.deleted || owed.has(message.sequence)) continue;
    if (!hasArrived(message.delivery) && !isGivenUp(message.delivery)) lost.push(message);
  }
  const fetched = lost.filter(({ delivery }) => delivery?.takeBack === 'fetched').map(({ id }) => id);
  const over = fetched.length > 0 ? await saidAbout(core, contactId, fetched) : [];
  const resay = await resendSaid(core, contactId, contentIds);
  return (change, contact) => {
    let next = resay(change, contact);
    for (const each of over) endSaid(core, change, contactId, each);
    for (const message of lost) {
      const { takeBack } = message.delivery as Delivery;
      const taken = takeBack === 'fetched' ? moved(contact, message, { kind: 'taken-back', atMs: core.world.clock.now() }) : message;
      if (taken !== message) next = putMoved(core, change, next, message, taken);
      else if (takeBack == null) next = addText(core, change, next, message, { wasSealed: true });
    }
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
  const said = await saidAbout(
    core,
    contactId,
    gone.map(({ id }) => id),
  );
  return (change, contact) => {
    for (const sequence of sequences) {
      change.delete(keys.message(contactId, sequence));
      change.delete(keys.unconfirmed(contactId, sequence));
      change.delete(keys.copy(contactId, sequence));
      search.forget(change, contactId, sequence);
    }
    for (const each of said) endSaid(core, change, contactId, each);
    for (const { id, sequence, expiresAtMs, isMine } of gone) {
      // What nobody saw is never said to have been read, however far is read later.
      if (!isMine && sequence > contact.readUpTo) change.put(keys.content(contactId, id), 0);
      if (expiresAtMs != null) change.delete(keys.expiry(expiresAtMs, contactId, sequence));
      outbox.endText(change, contactId, sequence);
      change.after(() => hub.messageGone(contactId, id));
    }
    const unread = contact.unread - gone.filter((message) => isCounted(message) && message.sequence > contact.readUpTo).length;
    const waiting = contact.waiting - gone.filter(isWaiting).length;
    if (unread === 0 && contact.unread > 0) change.after(() => world.shell.dismiss(contactId));
    change.after(() => hub.contact(contactId));
    const next = withoutDraftOf(
      contact,
      gone.map(({ id }) => id),
    );
    return { ...next, unread, waiting, last: isLastGone ? (newest ? lastOf(newest) : null) : contact.last };
  };
}

/**
 * Ends messages whose time is over: they go without a trace, but for this user's own that had not arrived. Of these a line stays, without
 * their text, that says so.
 */
export async function expiration(
  core: Core,
  contactId: string,
  over: ReadonlySet<number>,
): Promise<(change: Change, contact: ContactRecord) => ContactRecord> {
  const known = await Promise.all([...over].map((sequence) => core.journal.store.get(keys.message(contactId, sequence))));
  const unheard = (known.filter((message) => message !== undefined) as MessageRecord[]).filter(
    ({ delivery }) => delivery && !hasArrived(delivery) && !isGivenUp(delivery),
  );
  const kept = new Set(unheard.map(({ sequence }) => sequence));
  const said = await saidAbout(
    core,
    contactId,
    unheard.map(({ id }) => id),
  );
  const remove = await removal(core, contactId, new Set([...over].filter((sequence) => !kept.has(sequence))));
  return (change, contact) => {
    let next = remove(change, contact);
    for (const each of said) endSaid(core, change, contactId, each);
    for (const message of unheard) {
      const { expiresAtMs, replyTo: _replyTo, reactions: _reactions, ...rest } = message;
      const atMs = expiresAtMs ?? core.expiry.now();
      const ended = { ...moved(next, { ...rest, expiresAtMs: null }, { kind: 'expired', atMs }), text: '' };
      next = putMoved(core, change, next, message, ended);
      if (next.last?.sequence === message.sequence) next = { ...next, last: lastOf(ended) };
      next = withoutDraftOf(next, [message.id]);
      core.search.forget(change, contactId, message.sequence);
    }
    return next;
  };
}

async function newestBut(core: Core, contactId: string, sequences: ReadonlySet<number>): Promise<MessageRecord | undefined> {
  const newest = await readMessages(core, contactId, { isReversed: true }, sequences.size + 1);
  return newest.find(({ sequence }) => !sequences.has(sequence));
}
