/** What is being written in a conversation, and the message that it answers or is to take the place of. */

import type { Core } from './core';
import { AppError } from './errors';
import type { ContactRecord } from './records';
import type { ViewCommand } from './view';

type Saving = Extract<ViewCommand, { kind: 'draft.save' }>;

/** Runs in the lane. A message that was sent has taken its draft along already. @throws {AppError} contact-unknown */
export async function saveDraft({ journal, hub }: Core, { contactId, text, replyTo, edits }: Saving): Promise<void> {
  const contact = journal.contacts.get(contactId);
  if (!contact) throw new AppError('contact-unknown');
  const [replyId, editedId] = [replyTo ?? null, edits ?? null];
  const known = contact.draftOf ?? NO_DRAFT;
  if (contact.draft === text && known.replyTo === replyId && known.edits === editedId) return;
  await journal.commit((change) => {
    change.contact({ ...contact, draft: text, draftOf: { replyTo: replyId, edits: editedId } });
    change.after(() => hub.contact(contactId));
  });
}

export const NO_DRAFT: NonNullable<ContactRecord['draftOf']> = { replyTo: null, edits: null };

/** The contact without a draft that was of a message that is gone: what was to take its place goes too, an answer stays as a text. */
export function withoutDraftOf(contact: ContactRecord, messageIds: readonly string[]): ContactRecord {
  const { replyTo, edits } = contact.draftOf ?? NO_DRAFT;
  if (edits !== null && messageIds.includes(edits)) return { ...contact, draft: '', draftOf: NO_DRAFT };
  if (replyTo !== null && messageIds.includes(replyTo)) return { ...contact, draftOf: NO_DRAFT };
  return contact;
}
