/** What the contact's relay says of a message it was given. */
import { advanceDelivery } from '../domain/delivery';
import type { Core } from './core';
import { keys, type MessageRecord, type OutboxRow } from './records';
import { messageView } from './windows';

/** In the lane: the relay holds it, and the send ends. */
export async function noteHeld(core: Core, contactId: string, row: OutboxRow, expiresInSeconds: number): Promise<void> {
  const { journal, world } = core;
  const contact = journal.contacts.get(contactId);
  if (!contact) return;
  const { body } = row;
  const message =
    body.kind === 'text' ? ((await journal.store.get(keys.message(contactId, body.sequence))) as MessageRecord | undefined) : undefined;
  await journal.commit((change) => {
    change.endOutbox(contactId, row.n);
    if (!message?.delivery) return;
    const atMs = world.clock.now();
    const delivery = advanceDelivery(message.delivery, { kind: 'relay-ok', atMs, untilMs: atMs + expiresInSeconds * 1000 });
    if (delivery === message.delivery) return;
    const held = { ...message, delivery };
    change.put(keys.message(contactId, message.sequence), held);
    const isLast = contact.last?.sequence === message.sequence;
    const waiting = message.delivery.stage === 'local' ? contact.waiting - 1 : contact.waiting;
    change.contact({ ...contact, waiting, last: isLast && contact.last ? { ...contact.last, delivery } : contact.last });
    change.after(() => core.hub.message(contactId, messageView(held, contact)));
    change.after(() => core.hub.contact(contactId));
  });
}
