/** What the user has seen of a conversation. */
import { chosenFor } from '../domain/choices';
import type { Core } from './core';
import { AppError } from './errors';
import type { Change } from './journal';
import { type ContactRecord, keys, type MessageRecord } from './records';
import { messageView } from './windows';

const READ_BATCH = 200;

/** As unread, while it is after what was seen. */
export function isCounted({ isMine, deleted }: Pick<MessageRecord, 'isMine' | 'deleted'>): boolean {
  return !isMine && !deleted;
}

/** From now on its time runs, if it is counted from reading. */
function startReading(core: Core, change: Change, contact: ContactRecord, message: MessageRecord): void {
  const { expiry, expiresAtMs, sequence } = message;
  if (expiry?.base !== 'read' || expiresAtMs != null) return;
  const read = { ...message, expiresAtMs: core.expiry.now() + 1000 * expiry.seconds };
  change.put(keys.message(contact.id, sequence), read);
  core.expiry.put(change, read.expiresAtMs, contact.id, sequence);
  change.after(() => core.hub.message(contact.id, messageView(read, contact)));
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
  const counted = theirs.filter(isCounted);
  const isMore = seen.length === READ_BATCH && seen.at(-1)?.sequence !== upTo;
  const readUpTo = isMore ? (seen.at(-1)?.sequence ?? upTo) : upTo;
  // At the end nothing is unread, whatever was counted: a damaged record can't be read, nor stay unread for ever.
  const unread = readUpTo === contact.nextSequence - 1 ? 0 : Math.max(0, contact.unread - counted.length);
  await journal.commit((change) => {
    change.contact({ ...contact, readUpTo, unread });
    const isTold = chosenFor(contact.choices, journal.settings).tellsReading;
    for (const message of theirs) {
      const { id, mayWait } = message;
      if (isTold) core.receipts.owe(change, contactId, { contentId: id, isRead: true, mayWait });
      startReading(core, change, contact, message);
    }
    change.after(() => core.hub.contact(contactId));
    change.after(() => core.world.shell.dismiss(contactId));
  });
  core.receipts.flushSoon(contactId);
  return isMore;
}

/** Not to be called in the lane: between windows it is others'. */
export async function readAll(core: Core, contactId: string): Promise<void> {
  const upTo = (core.journal.contacts.get(contactId)?.nextSequence ?? 1) - 1;
  while (await core.lane.run(() => markRead(core, contactId, upTo)));
  await core.lane.run(() => flag(core, contactId, false));
}

async function flag({ journal, hub }: Core, contactId: string, isMarkedUnread: boolean): Promise<void> {
  const contact = journal.contacts.get(contactId);
  if (!contact || (contact.isMarkedUnread ?? false) === isMarkedUnread) return;
  await journal.commit((change) => {
    change.contact({ ...contact, isMarkedUnread });
    change.after(() => hub.contact(contactId));
  });
}

/** @throws {AppError} contact-unknown */
export async function markConversation(core: Core, contactId: string, mark: 'unread' | 'opened' | 'read'): Promise<void> {
  if (!core.journal.contacts.has(contactId)) throw new AppError('contact-unknown');
  if (mark === 'read') await readAll(core, contactId);
  else await core.lane.run(() => flag(core, contactId, mark === 'unread'));
}
