/** What a user has chosen comes true: to whom they are here, who is cut off, and what others are told of them. */
import { type Choices, type Chosen, chosenFor, type Settings } from '../domain/choices';
import type { Core } from './core';
import { AppError } from './errors';
import { newContentId } from './ids';
import type { Change, Journal } from './journal';
import type { ContactRecord } from './records';

/** To everybody else it is as if this user were offline. */
export function isVisibleTo({ settings }: Pick<Journal, 'settings'>, contact: ContactRecord): boolean {
  return contact.state === 'accepted' && chosenFor(contact.choices, settings).tellsPresence;
}

interface Turn {
  readonly contact: ContactRecord;
  readonly choices: Choices;
  readonly was: Chosen;
  readonly is: Chosen;
}

/** What was read and not yet told is told as delivered alone. */
function dropReadReceipts({ journal }: Core, change: Change, contactId: string): void {
  for (const row of journal.receiptsOf(contactId).values()) if (row.isRead) change.receipt(contactId, { ...row, isRead: false });
  for (const row of journal.outboxOf(contactId).values()) {
    const { body } = row;
    if (body.kind !== 'receipt' || body.read.length === 0) continue;
    change.outbox(contactId, { ...row, body: { ...body, delivered: [...body.delivered, ...body.read], read: [] }, sealed: null });
  }
}

/** As they are to be introduced from now on; one that waits is built when it goes. */
function introduceAnew(core: Core, change: Change, contact: ContactRecord): ContactRecord {
  const isOwed = [...core.journal.outboxOf(contact.id).values()].some(({ body, sealed }) => body.kind === 'profile' && !sealed);
  return isOwed ? contact : core.outbox.add(change, contact, newContentId(core.world.random), { kind: 'profile' }, true);
}

function write(core: Core, change: Change, { contact, choices, was, is }: Turn): void {
  if (was.tellsReading && !is.tellsReading) dropReadReceipts(core, change, contact.id);
  // What was seen meanwhile stays untold, whoever asks after it later.
  const untoldUpTo = !was.tellsReading && is.tellsReading ? contact.readUpTo : contact.untoldUpTo;
  const chosen = { ...contact, choices, isOnline: is.tellsPresence && contact.isOnline, ...(untoldUpTo !== undefined && { untoldUpTo }) };
  const isTold = was.tellsReading !== is.tellsReading || was.tellsTyping !== is.tellsTyping;
  const isKnownToThem = contact.state === 'accepted' || contact.state === 'requested';
  change.contact(isTold && isKnownToThem ? introduceAnew(core, change, chosen) : chosen);
  change.after(() => core.hub.contact(contact.id));
}

/** A relay that only blocked contacts have to do with sees no connection either. */
function leaveRelays({ journal, link }: Core, { mine, theirs }: ContactRecord): void {
  const wanted = new Set([journal.relay, ...[...journal.invites.values()].map(({ queue }) => queue.relay)]);
  for (const { choices, ...other } of journal.contacts.values())
    if (!choices.isBlocked) wanted.add(other.mine.relay).add(other.theirs.relay);
  for (const relay of new Set([mine.relay, theirs.relay])) if (!wanted.has(relay)) link.send({ kind: 'relay.close', relay });
}

/** After the commit. Rights are proved anew as they now are: live, not live, or not at all. */
function comeTrue(core: Core, { contact, choices, was, is }: Turn): void {
  const { id, mine, theirs, state } = contact;
  core.outbox.pump(id);
  const isTurned = contact.choices.isBlocked !== choices.isBlocked;
  if (!isTurned && was.tellsPresence === is.tellsPresence) return;
  if (was.tellsPresence && !is.tellsPresence && state === 'accepted') core.presence.leave(id);
  if (choices.isBlocked) {
    core.world.shell.dismiss(id);
    void core.rights.connect(mine.relay).then(() => leaveRelays(core, contact));
    return;
  }
  for (const relay of new Set([mine.relay, theirs.relay])) {
    if (isTurned) core.relays.open(relay);
    // Who is unblocked is greeted when the right to write is proved.
    void core.rights.connect(relay).then(() => (isTurned || relay !== mine.relay ? undefined : core.presence.greet(id)));
  }
}

async function choose(core: Core, settings: Settings, choicesOf: (contact: ContactRecord) => Choices): Promise<void> {
  const { journal } = core;
  const turns = [...journal.contacts.values()].map((contact): Turn => {
    const choices = choicesOf(contact);
    return { contact, choices, was: chosenFor(contact.choices, journal.settings), is: chosenFor(choices, settings) };
  });
  const isChanged = ({ contact, choices, was, is }: Turn) =>
    choices !== contact.choices || (Object.keys(is) as (keyof Chosen)[]).some((name) => was[name] !== is[name]);
  const changed = turns.filter(isChanged);
  await journal.commit((change) => {
    if (settings !== journal.settings) change.settings(settings);
    for (const turn of changed) write(core, change, turn);
    change.after(() => core.hub.patch([{ kind: 'settings', settings }]));
  });
  for (const turn of changed) comeTrue(core, turn);
}

/** Runs in the lane. */
export async function chooseSettings(core: Core, chosen: Partial<Settings>): Promise<void> {
  await choose(core, { ...core.journal.settings, ...chosen }, ({ choices }) => choices);
}

/** Runs in the lane. @throws {AppError} contact-unknown */
export async function chooseForContact(core: Core, contactId: string, chosen: Partial<Choices>): Promise<void> {
  const { journal } = core;
  if (!journal.contacts.has(contactId)) throw new AppError('contact-unknown');
  await choose(core, journal.settings, ({ id, choices }) => (id === contactId ? { ...choices, ...chosen } : choices));
}
