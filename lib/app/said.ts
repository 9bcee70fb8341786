/**
 * Edits, reactions and deletions of this user's that the contact has not confirmed: kept until they are, asked after with the texts,
 * and sent again when they are missing. A later one of the same kind of the same message takes the place of an earlier one.
 */
import { isGivenUp } from '../domain/delivery';
import { type Bytes, fromHex, toHex } from '../protocol/bytes';
import type { ContentBody } from '../protocol/content';
import { partId, splitText } from '../protocol/content-life';
import type { Core } from './core';
import type { Change } from './journal';
import { type ContactRecord, keys, type MessageRecord, type OutboxRow, type SaidRecord } from './records';

/** In how many pieces it goes, and when nothing of them may be anywhere any more. */
interface Pieces {
  readonly parts: number;
  readonly expiresAtMs: number | null;
}

const ONE: Pieces = { parts: 1, expiresAtMs: null };

export interface Said extends SaidRecord {
  readonly id: string;
}

async function allSaid({ journal }: Core, contactId: string): Promise<readonly Said[]> {
  const entries = await journal.store.range(['said', contactId]);
  return entries.map(([key, value]) => ({ id: String(key[2]), ...(value as SaidRecord) }));
}

/** Edits and reactions of these messages. */
export async function saidAbout(core: Core, contactId: string, messageIds: readonly string[]): Promise<readonly Said[]> {
  const wanted = new Set(messageIds);
  return (await allSaid(core, contactId)).filter(({ what }) => what.kind !== 'delete' && wanted.has(what.target));
}

/** Nobody asks after it any more, and what is owed of it ends. */
export function endSaid({ outbox }: Core, change: Change, contactId: string, { id }: Pick<Said, 'id'>): void {
  change.delete(keys.said(contactId, id));
  outbox.end(change, contactId, (body) => body.kind === 'said' && body.id === id);
}

export function pieceId(id: string, part: number): string {
  return part === 0 ? id : toHex(partId(fromHex(id), part));
}

function addRows(
  { outbox }: Core,
  change: Change,
  contact: ContactRecord,
  { id, mayWait }: Pick<Said, 'id' | 'mayWait'>,
  { parts, expiresAtMs }: Pieces,
): ContactRecord {
  let owing = contact;
  for (let part = 0; part < parts; part++)
    owing = outbox.add(change, owing, pieceId(id, part), { kind: 'said', id, part }, mayWait, { expiresAtMs });
  return owing;
}

/** It is about this message, and no longer anywhere than that. */
export function piecesAbout({ text, expiresAtMs }: MessageRecord, { kind }: SaidRecord['what']): Pieces {
  return { parts: kind === 'edit' ? splitText(text).length : 1, expiresAtMs: expiresAtMs ?? null };
}

/** Owes a new one; its content id is never another's. */
export function say(core: Core, change: Change, contact: ContactRecord, said: Omit<Said, 'atMs'>, pieces = ONE): ContactRecord {
  const { id, what, mayWait } = said;
  change.put(keys.said(contact.id, id), { what, mayWait, atMs: core.world.clock.now() } satisfies SaidRecord);
  change.add(keys.content(contact.id, id), 0);
  return addRows(core, change, contact, said, pieces);
}

function editBody({ text, edited }: MessageRecord, id: Bytes, target: Bytes, part: number): ContentBody | null {
  const pieces = splitText(text);
  const piece = pieces[part];
  if (!edited || piece === undefined) return null;
  if (part > 0) return { kind: 'part', of: id, index: part, text: piece };
  return { kind: 'edit', target, order: edited.order, parts: pieces.length, text: piece };
}

/** As it is now. Null: nothing is left of it to be said. */
export async function saidBody(
  { journal }: Core,
  contactId: string,
  { id, part }: Extract<OutboxRow['body'], { kind: 'said' }>,
): Promise<ContentBody | null> {
  const said = (await journal.store.get(keys.said(contactId, id))) as SaidRecord | undefined;
  if (!said) return null;
  const { what } = said;
  if (what.kind === 'delete') return { kind: 'delete', targets: what.targets.map(fromHex) };
  const message = (await journal.store.get(keys.message(contactId, what.sequence))) as MessageRecord | undefined;
  if (!message) return null;
  const target = fromHex(what.target);
  if (what.kind === 'edit') return editBody(message, fromHex(id), target, part);
  const mine = message.reactions?.mine;
  return mine ? { kind: 'reaction', target, ...mine } : null;
}

type Settling = (change: Change, contact: ContactRecord) => ContactRecord;

type Deleted = MessageRecord & { readonly deleted: NonNullable<MessageRecord['deleted']> };

/** What it deletes and is not known to be deleted there. */
async function deletedBy(core: Core, contactId: string, { what }: Said): Promise<readonly Deleted[]> {
  const found: Deleted[] = [];
  for (const target of what.kind === 'delete' ? what.targets : []) {
    const sequence = (await core.journal.store.get(keys.content(contactId, target))) as number | undefined;
    const message = sequence && ((await core.journal.store.get(keys.message(contactId, sequence))) as MessageRecord | undefined);
    if (message && message.deleted?.confirmedAtMs === null) found.push({ ...message, deleted: message.deleted });
  }
  return found;
}

/** What a receipt for these ends; `put` is given each message that is now known to be deleted there, and when that was heard. */
export async function confirmSaid(
  core: Core,
  contactId: string,
  ids: readonly string[],
  put: (change: Change, contact: ContactRecord, message: Deleted) => void,
): Promise<Settling> {
  const wanted = new Set(ids);
  const confirmed = (await allSaid(core, contactId)).filter(({ id }) => wanted.has(id));
  const deleted = (await Promise.all(confirmed.map((said) => deletedBy(core, contactId, said)))).flat();
  return (change, contact) => {
    for (const said of confirmed) endSaid(core, change, contactId, said);
    const confirmedAtMs = core.world.clock.now();
    for (const message of deleted) put(change, contact, { ...message, deleted: { ...message.deleted, confirmedAtMs } });
    return contact;
  };
}

/** Owes again what the contact has never seen, where it isn't owed anyway, nor about a message that is being taken back. */
export async function resendSaid(core: Core, contactId: string, ids: readonly string[]): Promise<Settling> {
  const wanted = new Set(ids);
  const owed = owedSaid(core, contactId);
  const lost = (await allSaid(core, contactId)).filter(({ id }) => wanted.has(id) && !owed.has(id));
  const pieces = await Promise.all(lost.map((said) => piecesOf(core, contactId, said)));
  return (change, contact) =>
    lost.reduce((owing, said, i) => {
      const { [i]: known } = pieces;
      return known ? addRows(core, change, owing, said, known) : owing;
    }, contact);
}

async function piecesOf({ journal }: Core, contactId: string, { what }: Said): Promise<Pieces | null> {
  if (what.kind === 'delete') return ONE;
  const message = (await journal.store.get(keys.message(contactId, what.sequence))) as MessageRecord | undefined;
  const { delivery } = message ?? {};
  return message && delivery?.takeBack == null && !(delivery && isGivenUp(delivery)) ? piecesAbout(message, what) : null;
}

function owedSaid({ journal }: Core, contactId: string): ReadonlySet<string> {
  return new Set([...journal.outboxOf(contactId).values()].flatMap(({ body }) => (body.kind === 'said' ? [body.id] : [])));
}

/** Those without a receipt that aren't waiting to be sent anyway. */
export async function unconfirmedSaid(core: Core, contactId: string): Promise<readonly string[]> {
  const owed = owedSaid(core, contactId);
  return (await allSaid(core, contactId)).map(({ id }) => id).filter((id) => !owed.has(id));
}

/** By contact: said at that time or earlier, given to a relay or allowed there, and still without a receipt. */
export async function saidBefore(core: Core, atMs: number): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  for (const [[, contactId, id], value] of await core.journal.store.range(['said'])) {
    const { mayWait, ...said } = value as SaidRecord;
    if (!mayWait || said.atMs > atMs || owedSaid(core, String(contactId)).has(String(id))) continue;
    found.set(String(contactId), [...(found.get(String(contactId)) ?? []), String(id)]);
  }
  return found;
}
