/**
 * How two people become contacts.
 *
 *   inviter: making ──NEW, INV_PUT──▶ open ──request arrives──▶ contact 'request' ──accept──▶ 'accepted'
 *   taker:   link ──key committed, INV_TAKE──▶ contact 'preview' ──accept──▶ 'requested' ──accept arrives──▶ 'accepted'
 *
 * Every step names its ids before it asks the relay, and asks again with the same ids after a death.
 */
import { NO_CHOICES } from '../domain/choices';
import { type Bytes, equalBytes, toHex } from '../protocol/bytes';
import { decodeContent } from '../protocol/content';
import { ProtocolError } from '../protocol/errors';
import { fingerprint } from '../protocol/fingerprint';
import { createIdentity, encodeIdentity, identityHash } from '../protocol/identity';
import { type Invite, type InviteBundle, openInviteBundle } from '../protocol/invite';
import { decodePrekeys } from '../protocol/prekeys';
import type { DirectChoice } from '../protocol/profile';
import { acceptSession, initiateSession, type Session } from '../protocol/session';
import { closingsOf } from './closings';
import type { Core } from './core';
import { AppError } from './errors';
import { newContactId, newContentId } from './ids';
import { ownRelay, readInvite } from './invites';
import type { Change } from './journal';
import { askAfter, unconfirmedIds } from './messages';
import { makeQueue, theirQueue } from './queues';
import { envelopeHash } from './receive';
import { type ContactRecord, type InviteRecord, keys, type ProfileRecord, type SeenRecord, type TakenRecord } from './records';
import { isBroken, rejoin } from './rejoin';
import { metHalfway, type Request, startedOver } from './requests';
import { inviteView, profileView } from './view-hub';

const MAX_NAME_LETTERS = 48;

/** Runs in the lane. @throws {AppError} name-empty, name-too-long */
export async function createProfile(core: Core, typed: string): Promise<void> {
  const { journal, world } = core;
  const name = typed.normalize('NFC').trim();
  if (name === '') throw new AppError('name-empty');
  if ([...name].length > MAX_NAME_LETTERS) throw new AppError('name-too-long');
  // A second first run, from another page, must not make a second identity.
  if (journal.profile) return;
  const profile: ProfileRecord = { name, identity: encodeIdentity(createIdentity(world.engine)), createdAtMs: world.clock.now() };
  await journal.commit((change) => {
    change.put(keys.profile, profile);
    change.after(() => {
      journal.profile = profile;
      core.hub.patch([{ kind: 'profile', profile: profileView(core) as NonNullable<ReturnType<typeof profileView>> }]);
    });
  });
}

function contactByIdentity(core: Core, hash: Bytes): ContactRecord | null {
  for (const contact of core.journal.contacts.values())
    if (contact.state !== 'self' && equalBytes(identityHash(contact.statement), hash)) return contact;
  return null;
}

export function newContact(
  core: Core,
  parts: Pick<ContactRecord, 'name' | 'state' | 'statement' | 'inviteId' | 'mine' | 'theirs' | 'direct'> & { liveKeys: readonly Bytes[] },
): ContactRecord {
  const { liveKeys, ...named } = parts;
  const now = core.world.clock.now();
  return {
    ...named,
    id: newContactId(core.world.random),
    fingerprint: fingerprint(parts.statement),
    changed: null,
    addedAtMs: now,
    lastSeenMs: null,
    isOnline: false,
    choices: NO_CHOICES,
    told: { reading: true, typing: true, version: 1 },
    order: { mine: 0, theirs: 0 },
    live: { mine: core.world.random.bytes(32), mineAtMs: now, theirs: liveKeys, lastStamp: 0 },
    box: { mine: null, theirs: null },
    healed: { mineAtMs: 0, theirsAtMs: [], generation: 1, isWanted: false },
    nextSequence: 1,
    nextOutbox: 1,
    unread: 0,
    readUpTo: 0,
    waiting: 0,
    draft: '',
    last: null,
  };
}

/** Takes an invite and makes a contact in state 'preview'. Waits for the relay, so it must not run in the lane. */
export async function takeInvite(core: Core, text: string): Promise<string> {
  const { journal, lane, relays, world } = core;
  const invite = readInvite(core, text);
  const id = toHex(invite.inviteId);
  const known = contactByIdentity(core, invite.identityHash);
  // The same link leads to the same contact, however often it is opened.
  if (known?.inviteId === id && known.state !== 'request') return known.id;
  if (known && !isBroken(core, known)) throw new AppError('invite-contact-exists');
  const stored = (await journal.store.get(keys.taken(id))) as TakenRecord | undefined;
  const taken: TakenRecord = stored ?? { takerKey: world.random.bytes(32), atMs: world.clock.now() };
  if (!stored) await lane.run(() => journal.commit((change) => change.put(keys.taken(id), taken)));
  const reply = await relays.ask(invite.relay, { kind: 'inv-take', inviteId: invite.inviteId, takerKey: taken.takerKey });
  if (reply.kind === 'err' && reply.code === 'GONE') throw new AppError('invite-used');
  if (reply.kind !== 'ok-invite') throw new AppError('relay-refused');
  const opened = await openBundle(core, invite, reply.sealed);
  return lane.run(async () => {
    const raced = contactByIdentity(core, invite.identityHash);
    if (raced && isBroken(core, raced)) await rejoin(core, raced.id, id, opened);
    if (raced) return raced.id;
    const contact = newContact(core, {
      name: opened.name,
      state: 'preview',
      statement: opened.bundle.statement,
      inviteId: id,
      mine: makeQueue(core, ownRelay(core)),
      theirs: theirQueue(core, opened.address),
      direct: { mine: null, theirs: null },
      liveKeys: [],
    });
    const session = await initiateSession(world.engine, { identity: core.identity(), bundle: opened.bundle });
    await journal.commit((change) => {
      change.contact(contact);
      core.sessions.put(change, contact.id, session);
      change.after(() => core.hub.contact(contact.id));
    });
    return contact.id;
  });
}

async function openBundle({ world }: Core, invite: Invite, sealed: Bytes): Promise<InviteBundle> {
  try {
    return await openInviteBundle(world.engine, invite, sealed);
  } catch (error) {
    if (error instanceof ProtocolError) throw new AppError('invite-wrong-identity');
    throw error;
  }
}

/** A session and the request that came in it, over one of our invites. */
interface Arrival {
  readonly invite: InviteRecord;
  readonly session: Session;
  readonly statement: Bytes;
  readonly request: Request;
  /** Texts to somebody known that they may never have received. */
  readonly missing: readonly string[];
}

function addStranger(core: Core, change: Change, { invite, session, statement, request }: Arrival): string {
  const contact = newContact(core, {
    name: request.name,
    state: 'request',
    statement,
    inviteId: invite.id,
    mine: invite.queue,
    theirs: theirQueue(core, request.address),
    direct: { mine: null, theirs: request.direct },
    liveKeys: [request.liveKey],
  });
  change.contact(contact);
  core.sessions.put(change, contact.id, session);
  change.after(() => core.notices.arrived(contact.id, null));
  return contact.id;
}

/** Of somebody this user has asked too, or has accepted long ago. */
function addKnown(core: Core, change: Change, known: ContactRecord, { invite, session, request, missing }: Arrival): string {
  change.after(() => core.strings.onAccepted(known.id));
  if (known.state === 'requested') {
    change.contact(metHalfway(core, known, request));
    core.sessions.put(change, known.id, session);
    return known.id;
  }
  for (const owed of closingsOf(core, known)) change.closing(owed);
  core.outbox.resealAll(change, known.id);
  const anew = startedOver(core, known, invite.queue, request);
  const accepted = core.outbox.add(change, anew, newContentId(core.world.random), { kind: 'accept' }, true);
  change.contact(askAfter(core, change, accepted, { ids: missing, mayWait: true }));
  core.sessions.replace(change, known.id, session);
  change.delete(keys.stock(known.id));
  return known.id;
}

/** A first envelope on an open invite's queue. Runs in the lane; what isn't a request changes nothing. */
export async function receiveRequest(core: Core, invite: InviteRecord, envelope: Bytes): Promise<void> {
  const { journal, world } = core;
  const prekeys = decodePrekeys(invite.prekeys);
  const accepted = await acceptSession(world.engine, { identity: core.identity(), prekeys, envelope, nowMs: world.clock.now() }).catch(
    (error: unknown) => {
      if (error instanceof ProtocolError) return null;
      throw error;
    },
  );
  const request = accepted && decodeRequest(accepted.plaintext);
  if (!accepted || !request) return;
  const { statement } = accepted.theirIdentity;
  const known = contactByIdentity(core, identityHash(statement));
  const isWelcome = known?.state === 'requested' || known?.state === 'accepted';
  // Somebody only looked at, or who asked before: this request takes the place of that.
  if (known && !isWelcome) await forgetContact(core, known.id);
  if (known) await core.sessions.of(known.id);
  const missing = known && isWelcome ? await unconfirmedIds(core, known.id) : [];
  // The prekeys go in the commit that keeps the first message: not before, or a death here would lock the other side out.
  await journal.commit((change) => {
    const arrival = { invite, session: accepted.session, statement, request, missing };
    const contactId = known && isWelcome ? addKnown(core, change, known, arrival) : addStranger(core, change, arrival);
    change.put(keys.seen(contactId, envelopeHash(envelope)), { atMs: world.clock.now(), confirms: null } satisfies SeenRecord);
    change.forgetInvite(invite.id);
    change.after(() => core.hub.contact(contactId));
    change.after(() => core.hub.patch([{ kind: 'invite', invite: inviteView(core) }]));
  });
}

function decodeRequest(plaintext: Bytes): Request | null {
  try {
    const content = decodeContent(plaintext);
    return content.kind === 'request' ? content : null;
  } catch {
    return null;
  }
}

/** Confirms a preview or accepts a request. Runs in the lane; the same choice again changes nothing. */
export async function acceptContact(core: Core, contactId: string, direct: DirectChoice): Promise<void> {
  const { journal } = core;
  const contact = journal.contacts.get(contactId);
  if (!contact) throw new AppError('contact-unknown');
  if (contact.state !== 'preview' && contact.state !== 'request') return;
  const isAnswer = contact.state === 'request';
  const decided: ContactRecord = {
    ...contact,
    state: isAnswer ? 'accepted' : 'requested',
    direct: { ...contact.direct, mine: direct },
  };
  await journal.commit((change) => {
    const body = { kind: isAnswer ? ('accept' as const) : ('request' as const) };
    change.contact(core.outbox.add(change, decided, newContentId(core.world.random), body, true));
    change.delete(keys.taken(contact.inviteId));
    change.after(() => core.hub.contact(contactId));
  });
  core.world.shell.dismiss(contactId);
  for (const relay of new Set([contact.mine.relay, contact.theirs.relay])) {
    core.relays.open(relay);
    void core.rights.connect(relay).then(() => core.outbox.pump(contactId));
  }
}

/** Forgets a preview or a request with everything kept of it. Runs in the lane. */
export async function declineContact(core: Core, contactId: string): Promise<void> {
  const contact = core.journal.contacts.get(contactId);
  if (!contact || (contact.state !== 'preview' && contact.state !== 'request')) return;
  await forgetContact(core, contactId);
}

/** Forgets an accepted contact with everything kept of them. What they send from then on reaches nobody. Runs in the lane. */
export async function removeContact(core: Core, contactId: string): Promise<void> {
  const contact = core.journal.contacts.get(contactId);
  if (!contact) return;
  core.presence.leave(contactId);
  await forgetContact(core, contactId);
  const { relay, rid } = contact.mine;
  // Best effort: a queue that nobody reads is idle until the relay forgets it.
  if (rid && core.relays.isOpen(relay)) core.relays.ask(relay, { kind: 'close', rid }).catch((error: unknown) => core.world.report(error));
}

async function forgetContact(core: Core, contactId: string): Promise<void> {
  const contact = core.journal.contacts.get(contactId);
  const owed = contact ? closingsOf(core, contact) : [];
  await core.journal.forget(contactId, core.world.clock.now(), owed);
  core.closings.tend();
  core.sessions.forget(contactId);
  core.world.shell.dismiss(contactId);
  core.hub.contact(contactId);
}

/** Changes whether this contact may connect directly, and tells them. Runs in the lane. */
export async function setDirect(core: Core, contactId: string, direct: DirectChoice): Promise<void> {
  const { journal } = core;
  const contact = journal.contacts.get(contactId);
  if (!contact) throw new AppError('contact-unknown');
  if (contact.direct.mine === direct) return;
  const decided = { ...contact, direct: { ...contact.direct, mine: direct } };
  await journal.commit((change) => {
    const isKnownToThem = contact.state === 'accepted';
    const owing = isKnownToThem ? core.outbox.add(change, decided, newContentId(core.world.random), { kind: 'profile' }, true) : decided;
    change.contact(owing);
    change.after(() => core.hub.contact(contactId));
  });
  if (direct === 'denied') core.strings.close(contactId);
  core.outbox.pump(contactId);
  core.strings.consider(contactId);
}
