/**
 * What edits, reactions and deletions do to a message, in whatever order they come and however often: of each the one of the highest
 * order holds, and what is deleted for everyone stays so.
 */
import type { Core } from './core';
import { withoutDraftOf } from './drafts';
import type { Change } from './journal';
import { lastOf } from './messages';
import { isWaiting } from './moved';
import { isCounted } from './reading';
import { type ContactRecord, keys, type MessageRecord, type Reaction } from './records';
import { messageView } from './windows';

export function edited(message: MessageRecord, { text, order, atMs }: { text: string; order: number; atMs: number }): MessageRecord {
  const isLatest = order > (message.edited?.order ?? message.order);
  if (message.deleted || !isLatest || text.trim() === '') return message;
  return { ...message, text, edited: { order, atMs } };
}

/** '' is kept too: an older one that comes late must not bring back what was taken away. */
export function reacted(message: MessageRecord, by: 'mine' | 'theirs', reaction: Reaction): MessageRecord {
  const { mine = null, theirs = null } = message.reactions ?? {};
  const before = by === 'mine' ? mine : theirs;
  if (message.deleted || reaction.order <= (before?.order ?? 0)) return message;
  return { ...message, reactions: { mine, theirs, [by]: reaction } };
}

/** For everyone: a line stays, without anything of what was said. */
export function emptied(message: MessageRecord, atMs: number): MessageRecord {
  if (message.deleted) return message;
  const { replyTo: _replyTo, reactions: _reactions, edited: _edited, ...rest } = message;
  return { ...rest, text: '', deleted: { atMs, confirmedAtMs: null } };
}

/** Puts a message of which something else than its delivery has changed; returns the contact as it then is. */
export function putChanged(core: Core, change: Change, contact: ContactRecord, before: MessageRecord, after: MessageRecord): ContactRecord {
  const { sequence } = after;
  change.put(keys.message(contact.id, sequence), after);
  if (after.text !== before.text) core.search.forget(change, contact.id, sequence);
  const isUnseen = !after.isMine && sequence > contact.readUpTo;
  if (after.text !== before.text && isUnseen && !after.deleted) change.after(() => core.notices.changed(contact.id, after));
  change.after(() => core.hub.message(contact.id, messageView(after, contact)));
  change.after(() => core.hub.contact(contact.id));
  const waiting = contact.waiting - Number(isWaiting(before)) + Number(isWaiting(after));
  const next = after.deleted ? withoutDraftOf(contact, [after.id]) : contact;
  const unread = contact.unread - Number(isUnseen && isCounted(before) && !isCounted(after));
  if (unread === 0 && contact.unread > 0) change.after(() => core.world.shell.dismiss(contact.id));
  return { ...next, waiting, unread, last: contact.last?.sequence === sequence ? lastOf(after) : contact.last };
}
