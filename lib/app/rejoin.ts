/**
 * A fresh invite of somebody who is a contact already takes up the old conversation. What the two shared is given up on this side, and
 * the request that goes out over the invite makes the other side give it up too (contacts.ts); what was said stays, and what may not
 * have arrived is asked after by both.
 */
import type { InviteBundle } from '../protocol/invite';
import { initiateSession } from '../protocol/session';
import { closingsOf } from './closings';
import type { Core } from './core';
import { newContentId } from './ids';
import { ownRelay } from './invites';
import { askAfter, unconfirmedIds } from './messages';
import { makeQueue, movesOf, NO_MOVES, theirQueue } from './queues';
import { type ContactRecord, keys } from './records';

/**
 * Nothing can be said to them now, or what they said last stays closed. While all is well their invite is left to whom it was meant
 * for: it can be taken once.
 */
export function isBroken(core: Core, contact: ContactRecord): boolean {
  if (contact.state === 'requested') return true;
  if (contact.state !== 'accepted' || contact.changed || core.strings.openId(contact.id) !== null) return false;
  return contact.healed.isWanted || !core.rights.canWrite(contact.theirs);
}

/** In the lane. */
export async function rejoin(core: Core, contactId: string, inviteId: string, { bundle, address }: InviteBundle): Promise<void> {
  const { journal, world } = core;
  const known = journal.contacts.get(contactId);
  if (!known || known.inviteId === inviteId) return;
  await core.sessions.of(contactId);
  const missing = await unconfirmedIds(core, contactId);
  const session = await initiateSession(world.engine, { identity: core.identity(), bundle });
  const anew: ContactRecord = {
    ...known,
    state: 'requested',
    inviteId,
    mine: makeQueue(core, ownRelay(core)),
    theirs: theirQueue(core, address),
    moves: { ...NO_MOVES, order: movesOf(known).order, sinceMs: world.clock.now() },
    live: { ...known.live, theirs: [] },
    box: { mine: null, theirs: null },
    healed: { mineAtMs: 0, theirsAtMs: [], generation: 1, isWanted: false },
  };
  await journal.commit((change) => {
    for (const owed of closingsOf(core, known)) change.closing(owed);
    core.sessions.replace(change, contactId, session);
    change.delete(keys.stock(contactId));
    change.delete(keys.taken(inviteId));
    core.outbox.resealAll(change, contactId);
    // A request that was owed to the old address goes to the new one now.
    const isOwed = [...journal.outboxOf(contactId).values()].some(({ body }) => body.kind === 'request');
    const asked = isOwed ? anew : core.outbox.add(change, anew, newContentId(world.random), { kind: 'request' }, true);
    change.contact(askAfter(core, change, asked, { ids: missing, mayWait: true }));
    change.after(() => core.hub.contact(contactId));
  });
  core.strings.close(contactId);
  for (const relay of new Set([anew.mine.relay, address.relay])) {
    core.relays.open(relay);
    void core.rights.connect(relay).then(() => core.outbox.pump(contactId));
  }
  core.closings.tend();
}
