/**
 * A contact who tells no longer when they read: what they had not read until then, and is counted from reading, would stay here for
 * ever. Its time runs from that moment on.
 */
import type { Tells } from '../protocol/profile';
import type { Core } from './core';
import type { Change } from './journal';
import { awaitsReading, putMoved } from './moved';
import type { ContactRecord } from './records';
import { readMessages } from './windows';

/** So far back they are looked for: they may turn it on and off as often as they like. */
const MOST = 2000;

/** In the lane. What the change of what they tell does to the messages of this user's. */
export async function afterTelling(
  core: Core,
  contactId: string,
  tells: Tells,
): Promise<(change: Change, contact: ContactRecord) => ContactRecord> {
  const isTurned = core.journal.contacts.get(contactId)?.told.reading === true && !tells.reading;
  const open = isTurned ? (await readMessages(core, contactId, { isReversed: true }, MOST)).filter(awaitsReading) : [];
  return (change, contact) =>
    open.reduce((next, message) => {
      const expiresAtMs = core.expiry.now() + 1000 * (message.expiry?.seconds ?? 0);
      return putMoved(core, change, next, message, { ...message, expiresAtMs });
    }, contact);
}
