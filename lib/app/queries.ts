/** What a contact asks after: which of their contents are here, and which were read. */
import { chosenFor } from '../domain/choices';
import { toHex } from '../protocol/bytes';
import { type Content, MAX_RECEIPT_IDS } from '../protocol/content';
import type { Core } from './core';
import { newContentId } from './ids';
import type { Change } from './journal';
import { type ContactRecord, keys, type OutboxBody, type OutboxRow } from './records';

type Query = Extract<Content, { kind: 'query' }>;
type Answer = Extract<OutboxBody, { kind: 'receipt' }>;
type AnswerRow = OutboxRow & { readonly body: Answer };

/** So many owed answers wait at most, or a contact whom none can reach fills the device with them. Who needs the rest asks again. */
const MOST_ANSWERS = 20;

function isAnswer(row: OutboxRow): row is AnswerRow {
  return row.body.kind === 'receipt';
}

/** Each id once, as it is now. */
function joined(before: Answer, now: Answer): Answer {
  const renewed = new Set([...now.delivered, ...now.read, ...now.missing]);
  const join = (earlier: readonly string[], later: readonly string[]) => [...earlier.filter((id) => !renewed.has(id)), ...later];
  return {
    kind: 'receipt',
    delivered: join(before.delivered, now.delivered),
    read: join(before.read, now.read),
    missing: join(before.missing, now.missing),
  };
}

function fits({ delivered, read, missing }: Answer): boolean {
  return delivered.length + read.length + missing.length <= MAX_RECEIPT_IDS;
}

/** With an answer that still waits unsealed, where it fits. */
function owe({ journal, outbox, world }: Core, change: Change, contact: ContactRecord, answer: Answer, mayWait: boolean): ContactRecord {
  const owed = [...journal.outboxOf(contact.id).values()].filter(isAnswer);
  for (const row of owed) {
    const body = joined(row.body, answer);
    if (row.sealed || row.wasSealed || row.mayWait !== mayWait || !fits(body)) continue;
    change.outbox(contact.id, { ...row, body });
    return contact;
  }
  return owed.length < MOST_ANSWERS ? outbox.add(change, contact, newContentId(world.random), answer, mayWait) : contact;
}

/** In the lane. */
export async function answerQuery(
  core: Core,
  contactId: string,
  { ids, mayWait }: Query,
): Promise<(change: Change, contact: ContactRecord) => ContactRecord> {
  const known = core.journal.contacts.get(contactId);
  const isTold = known !== undefined && chosenFor(known.choices, core.journal.settings).tellsReading;
  const isRead = (sequence: number) => isTold && sequence > (known.untoldUpTo ?? 0) && sequence <= known.readUpTo;
  const body = { kind: 'receipt' as const, delivered: [] as string[], read: [] as string[], missing: [] as string[] };
  for (const id of new Set(ids.map(toHex))) {
    const sequence = (await core.journal.store.get(keys.content(contactId, id))) as number | undefined;
    const list = sequence === undefined ? body.missing : isRead(sequence) ? body.read : body.delivered;
    list.push(id);
  }
  return (change, contact) => owe(core, change, contact, body, mayWait);
}
