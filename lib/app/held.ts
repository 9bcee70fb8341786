/** What the contact's relay says of a message it was given: it holds it, or does not take it. */
import { type DeliveryEvent, hasArrived } from '../domain/delivery';
import type { Bytes } from '../protocol/bytes';
import { splitText } from '../protocol/content-life';
import { hash } from '../protocol/kdf';
import { MESSAGE_ID_BYTES } from '../protocol/relay';
import type { Core } from './core';
import type { Change } from './journal';
import { moved, putMoved } from './moved';
import { type ContactRecord, type CopyRecord, keys, type MessageRecord, type OutboxRow, type SaidRecord } from './records';

/** No relay keeps anything longer, whatever it says. */
const MOST_SECONDS = 10 * 24 * 3600;

/** Under this id the relay knows a sealed content. */
export function messageIdOf(envelope: Bytes): Bytes {
  return hash(envelope).slice(0, MESSAGE_ID_BYTES);
}

/** The message that is sent by it, or of which something is said. */
async function messageOf({ journal }: Core, contactId: string, { body }: OutboxRow): Promise<MessageRecord | undefined> {
  if (body.kind !== 'text' && body.kind !== 'said') return undefined;
  const said = body.kind === 'said' ? ((await journal.store.get(keys.said(contactId, body.id))) as SaidRecord | undefined) : undefined;
  const of = body.kind === 'text' ? body : said?.what;
  return of && 'sequence' in of
    ? ((await journal.store.get(keys.message(contactId, of.sequence))) as MessageRecord | undefined)
    : undefined;
}

function putMove(core: Core, change: Change, contact: ContactRecord, message: MessageRecord | undefined, event: DeliveryEvent): void {
  const after = message && moved(contact, message, event);
  if (message && after && after !== message) change.contact(putMoved(core, change, contact, message, after));
}

function isOf(message: MessageRecord, body: OutboxRow['body']): boolean {
  return body.kind === 'text' && body.sequence === message.sequence;
}

/** In the lane: the relay holds it, and the send ends. */
export async function noteHeld(core: Core, contact: ContactRecord, row: OutboxRow, expiresInSeconds: number): Promise<void> {
  const { journal, world } = core;
  const message = await messageOf(core, contact.id, row);
  const atMs = world.clock.now();
  const untilMs = atMs + 1000 * Math.min(expiresInSeconds, MOST_SECONDS);
  const kept = message && ((await journal.store.get(keys.copy(contact.id, message.sequence))) as CopyRecord | undefined);
  const { relay, sid } = contact.theirs;
  await journal.commit((change) => {
    change.endOutbox(contact.id, row.n);
    // Of what has arrived nothing is taken back.
    if (!message?.delivery || hasArrived(message.delivery) || !row.sealed) return;
    const copy = { relay, sid, messageId: messageIdOf(row.sealed.envelope), untilMs };
    const wasOnString = row.wasOnString === true || kept?.wasOnString === true;
    const living = (kept?.copies ?? []).filter((each) => each.untilMs > atMs);
    change.put(keys.copy(contact.id, message.sequence), { copies: [...living, copy], wasOnString } satisfies CopyRecord);
    if (row.body.kind === 'said') return;
    // Held when every part is, until the first of them is deleted.
    const isMore = [...journal.outboxOf(contact.id).values()].some(({ n, body }) => n !== row.n && isOf(message, body));
    const heldUntilMs = splitText(message.text).length > 1 ? Math.min(untilMs, ...living.map((each) => each.untilMs)) : untilMs;
    if (!isMore) putMove(core, change, contact, message, { kind: 'relay-ok', atMs, untilMs: heldUntilMs });
  });
}

/** In the lane: it is tried again, and until then its sender knows why it waits. */
export async function noteRefused(core: Core, contact: ContactRecord, row: OutboxRow, cause: 'queue-gone' | 'queue-full'): Promise<void> {
  const message = row.body.kind === 'text' ? await messageOf(core, contact.id, row) : undefined;
  const event = { kind: 'relay-refused', cause, atMs: core.world.clock.now() } as const;
  await core.journal.commit((change) => putMove(core, change, contact, message, event));
}
