/**
 * What comes of a conversation: texts, whole or in parts, and edits, reactions and deletions, before their message or after it. Each
 * is taken once, by its content id, and confirmed by a receipt; parts by that of the whole.
 */
import { afterArrival } from '../domain/choices';
import { toHex } from '../protocol/bytes';
import { ProtocolError } from '../protocol/errors';
import type { Core } from './core';
import {
  type EarlyRecord,
  type EditContent,
  earlyOf,
  endEarly,
  joined,
  keepEarly,
  type LifeContent,
  type PartContent,
  type SaidContent,
  type TextContent,
} from './early';
import { isEmoji } from './emoji';
import type { Change } from './journal';
import { edited, emptied, putChanged, reacted } from './life';
import { isTooLong, lastOf, putMessage } from './messages';
import { placeOf } from './place';
import { isCounted } from './reading';
import { type ContactRecord, isOver, keys, type MessageRecord, type SeenRecord } from './records';
import { replyOf } from './replies';
import { endSaid, saidAbout } from './said';
import { messageView } from './windows';

/** Adds what a content means to the change; returns the contact as it then is. */
export type Application = (change: Change, contact: ContactRecord) => ContactRecord;

/** `confirms`: what a receipt is owed for with it, and again when it is repeated. */
export interface Taken {
  readonly apply: Application;
  readonly confirms: SeenRecord['confirms'];
}

export const NOTHING: Taken = { apply: (_, contact) => contact, confirms: null };

/** Who asked us has nothing to say before we accept; whom we asked has accepted by writing, though the acceptance may come later. */
function isHeard({ state }: ContactRecord): boolean {
  return state === 'accepted' || state === 'requested';
}

function confirming(id: string, { mayWait }: LifeContent, apply: Application): Taken {
  return { apply, confirms: { contentId: id, mayWait } };
}

function withOrder(contact: ContactRecord, content: TextContent | SaidContent): ContactRecord {
  if (content.kind === 'delete' || content.order <= contact.order.theirs) return contact;
  return { ...contact, order: { ...contact.order, theirs: content.order } };
}

/** What a contact may do to this message. */
function after(message: MessageRecord, content: SaidContent, atMs: number): MessageRecord {
  switch (content.kind) {
    case 'edit':
      return message.isMine ? message : edited(message, { ...content, atMs });
    case 'reaction':
      return content.emoji === '' || isEmoji(content.emoji) ? reacted(message, 'theirs', content) : message;
    case 'delete':
      return message.isMine ? message : emptied(message, atMs);
    default:
      return content satisfies never;
  }
}

/** When a message that has just come is over: by this device's clock, less the time it was on its way. Null: not yet known, or never. */
function overAt(core: Core, expiry: TextContent['expiry'], ageSeconds: number): number | null {
  return expiry?.base === 'sent' ? core.expiry.now() + 1000 * (expiry.seconds - expiry.ageSeconds - ageSeconds) : null;
}

/** Off when this content is known. One that is over when it comes is never shown; its content id stays. */
async function takeText(core: Core, contactId: string, content: TextContent, ageSeconds: number): Promise<Taken> {
  const { journal, world } = core;
  const id = toHex(content.contentId);
  const known = journal.contacts.get(contactId) as ContactRecord;
  const nowMs = world.clock.now();
  const early = await earlyOf(core, contactId, id);
  const { sequence, isLast, ...placed } = await placeOf(core, known, content.order);
  const came: MessageRecord = {
    ...{ id, sequence, order: content.order, isMine: false, text: content.text, sentAtMs: content.sentAtMs, receivedAtMs: nowMs },
    ...{ delivery: null, mayWait: content.mayWait },
    expiry: content.expiry && { seconds: content.expiry.seconds, base: content.expiry.base },
    expiresAtMs: overAt(core, content.expiry, ageSeconds),
    replyTo: content.replyTo && toHex(content.replyTo),
  };
  if (isOver(came, core.expiry.now())) {
    const apply: Application = (change, contact) => {
      endEarly(change, contactId, id, early);
      change.add(keys.content(contactId, id), 0);
      return contact;
    };
    return confirming(id, content, apply);
  }
  const message = early.reduce((before, row) => (isSaid(row.content) ? after(before, row.content, row.atMs) : before), came);
  const reply = await replyOf(core, contactId, message);
  return confirming(id, content, (change, contact) => {
    endEarly(change, contactId, id, early);
    putMessage(core, change, contactId, message);
    change.add(keys.content(contactId, id), sequence);
    const choices = afterArrival(contact.choices, nowMs);
    // Deleted before it came: its place is kept, and nothing is to be read.
    const unread = placed.unread - Number(!isCounted(message));
    const next = { ...withOrder(contact, content), ...placed, unread, choices, last: isLast ? lastOf(message) : contact.last };
    change.after(() => core.hub.message(contactId, messageView(message, next, reply)));
    change.after(() => core.typing.hear(contactId, false));
    if (!message.deleted) change.after(() => core.notices.arrived(contactId, message));
    return next;
  });
}

function isSaid(content: LifeContent): content is SaidContent {
  return content.kind === 'edit' || content.kind === 'reaction' || content.kind === 'delete';
}

function isDeletion({ content }: EarlyRecord): boolean {
  return content.kind === 'delete';
}

/** Of what is to be deleted when it comes, nothing else is kept. Null: there is no room. */
async function beforeTarget(core: Core, contactId: string, target: string, early: Omit<EarlyRecord, 'atMs'>): Promise<Application | null> {
  const others = await earlyOf(core, contactId, target);
  if (others.some(isDeletion)) return NOTHING.apply;
  const keep = await keepEarly(core, contactId, target, early);
  const apply: Application = (change, contact) => {
    if (early.content.kind === 'delete') endEarly(change, contactId, target, others);
    keep?.(change);
    return contact;
  };
  return keep && apply;
}

/** What an edit, a reaction or a deletion does to one message. Null: it has to wait for it, and there is no room. */
async function onTarget(core: Core, contactId: string, target: string, early: Omit<EarlyRecord, 'atMs'>): Promise<Application | null> {
  const { journal, world } = core;
  const content = early.content as SaidContent;
  const sequence = (await journal.store.get(keys.content(contactId, target))) as number | undefined;
  if (sequence === undefined) return beforeTarget(core, contactId, target, early);
  const message = (await journal.store.get(keys.message(contactId, sequence))) as MessageRecord | undefined;
  const changed = message && !isOver(message, core.expiry.now()) ? after(message, content, world.clock.now()) : message;
  if (!message || !changed || changed === message) return NOTHING.apply;
  const said = changed.deleted ? await saidAbout(core, contactId, [target]) : [];
  return (change, contact) => {
    for (const each of said) endSaid(core, change, contactId, each);
    return putChanged(core, change, contact, message, changed);
  };
}

/** Of a deletion, what it says of this one: it may have to wait with each of them. */
function about(content: SaidContent, target: string): SaidContent {
  return content.kind === 'delete' ? { ...content, targets: content.targets.filter((each) => toHex(each) === target) } : content;
}

/** Off when this content is known. */
async function takeSaid(core: Core, contactId: string, content: SaidContent, ageSeconds: number): Promise<Taken> {
  const id = toHex(content.contentId);
  const targets = new Set((content.kind === 'delete' ? content.targets : [content.target]).map(toHex));
  const applications: (Application | null)[] = [];
  for (const target of targets) applications.push(await onTarget(core, contactId, target, { content: about(content, target), ageSeconds }));
  const isTaken = !applications.includes(null);
  const apply: Application = (change, contact) => {
    if (isTaken) change.add(keys.content(contactId, id), 0);
    return applications.reduce<ContactRecord>((next, each) => (each ? each(change, next) : next), withOrder(contact, content));
  };
  return isTaken ? confirming(id, content, apply) : { apply, confirms: null };
}

/** Of no app that keeps to the rules: nothing of it is kept, nor confirmed. */
function refused({ world }: Core, contactId: string, pieces: readonly EarlyRecord[], whole: TextContent | EditContent): Taken {
  world.report(new ProtocolError('too-large', { size: whole.text.length }));
  const apply: Application = (change, contact) => {
    endEarly(change, contactId, toHex(whole.contentId), pieces);
    return contact;
  };
  return { apply, confirms: null };
}

/** One of several pieces: it waits for the others, or completes them. */
async function takePiece(
  core: Core,
  contactId: string,
  content: TextContent | EditContent | PartContent,
  ageSeconds: number,
): Promise<Taken> {
  const of = toHex(content.kind === 'part' ? content.of : content.contentId);
  if ((await core.journal.store.get(keys.content(contactId, of))) !== undefined) return confirming(of, content, NOTHING.apply);
  const nowMs = core.world.clock.now();
  const isPiece = (each: LifeContent) => each.kind === 'part' || toHex(each.contentId) === of;
  const early = await earlyOf(core, contactId, of);
  if (early.some(isDeletion)) return NOTHING;
  const others = early.filter((row) => isPiece(row.content));
  const isOther = (row: EarlyRecord) => toHex(row.content.contentId) !== toHex(content.contentId);
  const complete = joined([...others.filter(isOther), { content, atMs: nowMs, ageSeconds }]);
  if (!complete) {
    const keep = await keepEarly(core, contactId, of, { content, ageSeconds });
    const apply: Application = (change, contact) => {
      keep?.(change);
      return contact;
    };
    return { apply, confirms: null };
  }
  const { whole, first } = complete;
  if (isTooLong(whole.text)) return refused(core, contactId, others, whole);
  const age = first.ageSeconds + Math.floor((nowMs - first.atMs) / 1000);
  const taken = whole.kind === 'text' ? await takeText(core, contactId, whole, age) : await takeSaid(core, contactId, whole, age);
  const apply: Application = (change, contact) => {
    endEarly(change, contactId, of, others);
    return taken.apply(change, contact);
  };
  return { ...taken, apply };
}

/** `ageSeconds`: so long it lay on a relay. In the lane. */
export async function takeLife(core: Core, contactId: string, content: LifeContent, ageSeconds: number): Promise<Taken> {
  const contact = core.journal.contacts.get(contactId);
  if (!contact || !isHeard(contact)) return NOTHING;
  if (content.kind === 'part') return takePiece(core, contactId, content, ageSeconds);
  if ((content.kind === 'text' || content.kind === 'edit') && content.parts > 1) return takePiece(core, contactId, content, ageSeconds);
  return content.kind === 'text' ? takeText(core, contactId, content, ageSeconds) : takeSaid(core, contactId, content, ageSeconds);
}
