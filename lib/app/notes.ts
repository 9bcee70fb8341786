/**
 * Notes to oneself: a conversation with nobody. It has a contact's record, so that all that is done with conversations is done with it
 * too, but no session, and queues nowhere: nothing is ever made, opened or sent for it.
 */
import { chosenFor } from '../domain/choices';
import { QUEUE_SECRET_BYTES } from '../protocol/queue-keys';
import { INVITE_ID_BYTES, QUEUE_ID_BYTES } from '../protocol/relay';
import { newContact } from './contacts';
import type { Core } from './core';
import { NO_DRAFT } from './drafts';
import { checkText, lastOf, putMessage, writable } from './messages';
import { makeQueue } from './queues';
import { type ContactRecord, keys, type MessageRecord, nextOrder } from './records';
import { replyOf } from './replies';
import type { MessageCommand } from './view-messages';
import { messageView } from './windows';

/** No such host can ever be (RFC 6761), and it is never asked for. */
const NOWHERE = 'wss://notes.invalid';

function notesOf({ journal }: Core): ContactRecord | undefined {
  return [...journal.contacts.values()].find(({ state }) => state === 'self');
}

/** Runs in the lane. Its id; made where there is none. @throws {AppError} no-profile */
export async function openNotes(core: Core): Promise<string> {
  const { statement } = core.identity();
  const known = notesOf(core);
  if (known) return known.id;
  const notes = newContact(core, {
    ...{ name: '', state: 'self', statement, inviteId: '00'.repeat(INVITE_ID_BYTES), liveKeys: [] },
    mine: makeQueue(core, NOWHERE),
    theirs: {
      relay: NOWHERE,
      sid: new Uint8Array(QUEUE_ID_BYTES),
      writerSecret: new Uint8Array(QUEUE_SECRET_BYTES),
      isRegistered: false,
    },
    direct: { mine: 'denied', theirs: null },
  });
  await core.journal.commit((change) => {
    change.contact(notes);
    change.after(() => core.hub.contact(notes.id));
  });
  return notes.id;
}

type Writing = Extract<MessageCommand, { kind: 'message.send' }>;

/** Runs in the lane. The same id again is the same note. Its time runs from writing: nobody else will read it. */
export async function writeNote(core: Core, { id, contactId, text, ...wish }: Writing): Promise<void> {
  const contact = writable(core, contactId);
  checkText(text);
  const sequence = contact.nextSequence;
  const sentAtMs = core.world.clock.now();
  const expiry = wish.expiry === undefined ? chosenFor(contact.choices, core.journal.settings).expiry : wish.expiry;
  const note: MessageRecord = {
    ...{ id, sequence, isMine: true, text, sentAtMs, receivedAtMs: null, delivery: null, mayWait: false },
    order: nextOrder(contact, sentAtMs),
    expiry,
    expiresAtMs: expiry ? core.expiry.now() + 1000 * expiry.seconds : null,
    replyTo: wish.replyTo ?? null,
  };
  const reply = await replyOf(core, contactId, note);
  await core.journal.commit((change) => {
    putMessage(core, change, contactId, note);
    change.add(keys.content(contactId, id), sequence);
    const order = { ...contact.order, mine: note.order };
    change.contact({ ...contact, order, nextSequence: sequence + 1, draft: '', draftOf: NO_DRAFT, last: lastOf(note) });
    change.after(() => core.hub.message(contactId, messageView(note, contact, reply)));
    change.after(() => core.hub.contact(contactId));
  });
}
