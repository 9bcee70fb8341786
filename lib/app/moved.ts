/** A message of this user's has come further, or ended: what else of the records says so. */
import { advanceDelivery, type Delivery, type DeliveryEvent, hasArrived, isGivenUp } from '../domain/delivery';
import type { Core } from './core';
import type { Change } from './journal';
import { type ContactRecord, keys, type MessageRecord } from './records';
import { messageView } from './windows';

/** It counts as waiting on this device. */
export function isWaiting({ delivery, deleted }: Pick<MessageRecord, 'delivery' | 'deleted'>): boolean {
  return delivery?.stage === 'local' && !isGivenUp(delivery) && !deleted;
}

/** It came there, and its time runs from when it is read: until that is heard it stays here, and is asked after. */
export function awaitsReading({ delivery, expiry, expiresAtMs }: MessageRecord): boolean {
  return delivery?.stage === 'delivered' && expiry?.base === 'read' && expiresAtMs == null;
}

/** When its time runs from now on: null while it does not, or when it is none of those. */
function overFrom(contact: ContactRecord, { expiry, expiresAtMs }: MessageRecord, delivery: Delivery): number | null {
  if (!expiry || expiresAtMs != null || expiry.base !== 'read') return expiresAtMs ?? null;
  // Who does not tell when they read would leave it here for ever.
  const fromMs = delivery.readAtMs ?? (contact.told.reading ? null : delivery.deliveredAtMs);
  return fromMs == null ? null : fromMs + 1000 * expiry.seconds;
}

/** The message as the event leaves it; itself when the event moves nothing. */
export function moved(contact: ContactRecord, message: MessageRecord, event: DeliveryEvent): MessageRecord {
  if (!message.delivery) return message;
  const delivery = advanceDelivery(message.delivery, event);
  if (delivery === message.delivery) return message;
  return { ...message, delivery, expiresAtMs: overFrom(contact, message, delivery) };
}

/** Puts a message that has moved; returns the contact as it then is. */
export function putMoved(core: Core, change: Change, contact: ContactRecord, before: MessageRecord, after: MessageRecord): ContactRecord {
  const { sequence, delivery, expiresAtMs } = after;
  change.put(keys.message(contact.id, sequence), after);
  if (delivery && (hasArrived(delivery) || isGivenUp(delivery))) {
    if (!awaitsReading(after)) change.delete(keys.unconfirmed(contact.id, sequence));
    change.delete(keys.copy(contact.id, sequence));
    core.outbox.endText(change, contact.id, sequence);
  }
  if (expiresAtMs != null && expiresAtMs !== before.expiresAtMs) core.expiry.put(change, expiresAtMs, contact.id, sequence);
  const waiting = contact.waiting - Number(isWaiting(before)) + Number(isWaiting(after));
  const last =
    contact.last?.sequence === sequence ? { ...contact.last, delivery, ...(expiresAtMs == null ? {} : { expiresAtMs }) } : contact.last;
  change.after(() => core.hub.message(contact.id, messageView(after, contact)));
  change.after(() => core.hub.contact(contact.id));
  return { ...contact, waiting, last };
}
