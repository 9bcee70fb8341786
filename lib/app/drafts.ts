/**
 * What is being written in a conversation. Beside its text the message that it answers; or the message that it is to take the place of,
 * and then what was being written before lies beneath and comes back.
 */

import type { Core } from './core';
import { AppError } from './errors';
import { type ContactRecord, isOver, keys, type MessageRecord } from './records';
import type { ViewCommand } from './view';

type Saving = Extract<ViewCommand, { kind: 'draft.save' }>;
type DraftOf = NonNullable<ContactRecord['draftOf']>;
type Drafted = Pick<ContactRecord, 'draft' | 'draftOf'>;

export const NO_DRAFT: DraftOf = { replyTo: null, edits: null };

async function isHere({ journal, expiry }: Core, contactId: string, messageId: string): Promise<boolean> {
  const sequence = (await journal.store.get(keys.content(contactId, messageId))) as number | undefined;
  if (!sequence) return false;
  const message = (await journal.store.get(keys.message(contactId, sequence))) as MessageRecord | undefined;
  return message !== undefined && !message.deleted && !isOver(message, expiry.now());
}

/** Runs in the lane. A message that was sent has taken its draft along already. @throws {AppError} contact-unknown */
export async function saveDraft(core: Core, { contactId, text, replyTo, edits, under }: Saving): Promise<void> {
  const { journal, hub } = core;
  const contact = journal.contacts.get(contactId);
  if (!contact) throw new AppError('contact-unknown');
  const of: DraftOf = { replyTo: replyTo ?? null, edits: edits ?? null, ...(under ? { under } : {}) };
  const gone: string[] = [];
  for (const id of [of.replyTo, of.edits]) if (id !== null && !(await isHere(core, contactId, id))) gone.push(id);
  const next = withoutDraftOf({ ...contact, draft: text, draftOf: of }, gone);
  if (isSameDraft(contact, next)) return;
  await journal.commit((change) => {
    change.contact(next);
    change.after(() => hub.contact(contactId));
  });
}

function isSameDraft(a: Drafted, b: Drafted): boolean {
  const [of, other] = [a.draftOf ?? NO_DRAFT, b.draftOf ?? NO_DRAFT];
  const isSame = of.replyTo === other.replyTo && of.edits === other.edits && (of.under ?? '') === (other.under ?? '');
  return isSame && a.draft === b.draft;
}

/** Of one that was to take the place of a message: what lies beneath. */
export function draftBeneath<Contact extends Drafted>(contact: Contact): Contact {
  const { replyTo, edits, under } = contact.draftOf ?? NO_DRAFT;
  return edits === null ? contact : { ...contact, draft: under ?? '', draftOf: { replyTo, edits: null } };
}

/** The contact without a draft that was of a message that is gone: what was to take its place goes too, an answer stays as a text. */
export function withoutDraftOf(contact: ContactRecord, messageIds: readonly string[]): ContactRecord {
  const { edits } = contact.draftOf ?? NO_DRAFT;
  const left = edits !== null && messageIds.includes(edits) ? draftBeneath(contact) : contact;
  const of = left.draftOf ?? NO_DRAFT;
  return of.replyTo !== null && messageIds.includes(of.replyTo) ? { ...left, draftOf: { ...of, replyTo: null } } : left;
}

/** The change was made: what was being written before it comes back. */
export function afterEdit(contact: ContactRecord, messageId: string): ContactRecord {
  return contact.draftOf?.edits === messageId ? draftBeneath(contact) : contact;
}
