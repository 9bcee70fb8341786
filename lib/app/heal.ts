/**
 * When a contact's envelopes can't be opened, the sessions of the two have come apart (a restored device, a lost write). A
 * new one is made from the contact's prekey box and said so in it: only who holds the contact's identity is ever answered.
 *
 *   envelope nobody opens,
 *   nothing to write in   ──▶ wanted ──at most hourly──▶ PRE_TAKE ──▶ session of a later generation, with what may be lost
 *                                └── the contact begins one, or answers the one begun last ──▶ no longer wanted
 *   opening from the box  ──at most 4 an hour──▶ the same on the other side
 *
 * What is wanted is on the disk before the envelope that asks for it is acknowledged. What was sealed and not confirmed is sealed
 * anew, both ask which of the unconfirmed texts are missing, and say again where their boxes lie.
 */
import { type Bytes, equalBytes } from '../protocol/bytes';
import { ProtocolError, type ProtocolErrorCode } from '../protocol/errors';
import { fingerprint } from '../protocol/fingerprint';
import type { TheirIdentity } from '../protocol/identity';
import { LIVE_KEY_BYTES } from '../protocol/live';
import { openBundle } from '../protocol/prekey-box';
import { decodeStock, encodeStock, findPrekeys, usePrekeys } from '../protocol/prekey-stock';
import { decodePrekeys } from '../protocol/prekeys';
import { acceptSession, envelopePrekeyIds, initiateSession, type Opened, type Session } from '../protocol/session';
import { nextGeneration } from '../protocol/session-set';
import type { Core } from './core';
import { AppError } from './errors';
import { newContentId } from './ids';
import type { Change } from './journal';
import { askAfter, unconfirmedIds } from './messages';
import { movesOf } from './queues';
import { type ContactRecord, keys, type OutboxBody } from './records';

const HEAL_MS = 3600_000;
const MAX_THEIRS = 4;
/** Between tries that came to nothing, for want of the relay say. */
const RETRY_MS = 5 * 60_000;

/** Faults of a session that has come apart. Others are of the envelope alone: a new session would not open it either. */
const BROKEN: readonly ProtocolErrorCode[] = [
  'bad-tag',
  // Of no repeat: those were looked up. The contact has gone back to keys that were used before.
  'key-trimmed',
  'skip-limit',
  'braid-epoch',
  'braid-part',
  'braid-mac',
  'no-prekey',
];

export interface Heal {
  /** In the lane. An envelope of this contact could not be opened for this fault; null: there is no session to write to them in. */
  consider(contactId: string, fault: ProtocolError | null): Promise<void>;
  /** Goes on with what is wanted of contacts whose box lies on this relay. Safe to call at any time. */
  tend(relay: string): void;
}

/** A session that a contact has begun, and what storing it must change too. */
export interface Begun extends Opened {
  readonly theirIdentity: TheirIdentity;
  readonly use: (change: Change) => void;
}

/** Everything owed is sealed anew, and what was lost in between is said or asked for. The contact's sessions were read before. */
export function refresh(core: Core, change: Change, contact: ContactRecord, missing: readonly string[]): ContactRecord {
  core.outbox.resealAll(change, contact.id);
  const say = (said: ContactRecord, body: OutboxBody) => core.outbox.add(change, said, newContentId(core.world.random), body, true);
  const healed = say(contact, { kind: 'heal' });
  const boxed = contact.box.mine?.isTold ? say(healed, { kind: 'prekey-box' }) : healed;
  // One of the two may have no memory of the queue that the other writes to.
  const { order, next } = movesOf(contact).theirs;
  const told = order > 0 && !next ? say(boxed, { kind: 'address-taken', order }) : boxed;
  return askAfter(core, change, told, { ids: missing, mayWait: true });
}

/** Opens what begins a session from this contact's box, or from an invite that they took meanwhile. In the lane. */
export async function openBeginning(core: Core, contact: ContactRecord, envelope: Uint8Array): Promise<Begun> {
  const { journal, world } = core;
  const nowMs = world.clock.now();
  const ids = envelopePrekeyIds(envelope);
  if (ids === null) throw new ProtocolError('bad-tag', { reason: 'no session' });
  const request = { identity: core.identity(), envelope, nowMs };
  for (const invite of journal.invites.values()) {
    const prekeys = decodePrekeys(invite.prekeys);
    if (prekeys.signed.id !== ids.signedId) continue;
    const accepted = await acceptSession(world.engine, { ...request, prekeys });
    return { ...accepted, use: (change) => change.forgetInvite(invite.id) };
  }
  const stored = (await journal.store.get(keys.stock(contact.id))) as Uint8Array | undefined;
  if (!stored) throw new ProtocolError('no-prekey');
  const recent = contact.healed.theirsAtMs.filter((atMs) => Math.abs(nowMs - atMs) < HEAL_MS);
  if (recent.length >= MAX_THEIRS) throw new ProtocolError('no-prekey', { reason: 'too often' });
  const stock = decodeStock(stored);
  const prekeys = findPrekeys(stock, ids);
  const accepted = await acceptSession(world.engine, { ...request, prekeys });
  const used = usePrekeys(stock, prekeys, accepted.session.id, nowMs);
  return { ...accepted, use: (change) => change.put(keys.stock(contact.id), encodeStock(used)) };
}

/** What lies in the box now may be of a memory that is gone, and one bundle of it is. */
function unfilled({ box }: ContactRecord): ContactRecord['box'] {
  return { ...box, mine: box.mine && { ...box.mine, isFilled: false } };
}

/** The contact once it has begun a session: the box wants filling again. */
export function afterBeginning(core: Core, contact: ContactRecord, session: Session): ContactRecord {
  const theirsAtMs = [...contact.healed.theirsAtMs, core.world.clock.now()].slice(-MAX_THEIRS);
  const generation = Math.max(contact.healed.generation, session.generation);
  return { ...contact, healed: { ...contact.healed, theirsAtMs, generation, isWanted: false, isWeak: false }, box: unfilled(contact) };
}

/** Once the contact answers the session begun last, all that they sealed before they knew it has been asked for in it. */
export function afterOpening(contact: ContactRecord, before: Session | null, after: Session): ContactRecord {
  const isAnswer = before?.stage.kind === 'unanswered' && after.stage.kind === 'answered';
  const { isWanted, isWeak, generation } = contact.healed;
  if (!(isWanted || isWeak) || !isAnswer || after.generation !== generation) return contact;
  return { ...contact, healed: { ...contact.healed, isWanted: false, isWeak: false } };
}

/** In the lane: from here on nothing is sealed for, sent to or connected with this contact until the user has accepted the new identity. */
export async function noteChanged(core: Core, contactId: string, statement: Bytes): Promise<void> {
  const contact = core.journal.contacts.get(contactId);
  if (!contact || (contact.changed && equalBytes(contact.changed.statement, statement))) return;
  const changed = { statement, fingerprint: fingerprint(statement) };
  await core.journal.commit((change) => {
    change.contact({ ...contact, changed });
    change.after(() => core.hub.contact(contactId));
  });
  core.strings.close(contactId);
  core.world.report(new ProtocolError('identity-changed'));
}

/**
 * The user has seen the new identity's fingerprint and takes it for this contact's. Nothing of the old one is kept but the
 * conversation; what waits goes to the new one. Runs in the lane. @throws {AppError} contact-unknown, identity-other
 */
export async function acceptIdentity(core: Core, contactId: string, seen: string): Promise<void> {
  const { journal, world } = core;
  const contact = journal.contacts.get(contactId);
  if (!contact) throw new AppError('contact-unknown');
  if (!contact.changed) return;
  if (contact.changed.fingerprint !== seen) throw new AppError('identity-other');
  await core.sessions.of(contactId);
  const { mine, theirs } = contact.box;
  const accepted: ContactRecord = {
    ...contact,
    ...contact.changed,
    changed: null,
    order: { ...contact.order, theirs: 0 },
    live: { ...contact.live, mine: world.random.bytes(LIVE_KEY_BYTES), mineAtMs: world.clock.now(), theirs: [], lastStamp: 0 },
    healed: { ...contact.healed, mineAtMs: 0, theirsAtMs: [], isWanted: true, isWeak: false },
    box: { mine: mine && { ...mine, isFilled: false, isTold: false }, theirs },
  };
  await journal.commit((change) => {
    core.sessions.replace(change, contactId, null);
    core.outbox.resealAll(change, contactId);
    change.contact(accepted);
    change.after(() => core.hub.contact(contactId));
  });
  if (theirs) core.heal.tend(theirs.relay);
  core.boxes.tend(accepted.mine.relay);
}

export function createHeal(core: Core): Heal {
  const { journal, lane, world } = core;
  /** Under way, or waiting: then calling it ends the wait. */
  const trying = new Map<string, () => void>();

  /** Null when nothing is wanted or possible. */
  function dueInMs(contact: ContactRecord | undefined): number | null {
    if (contact?.state !== 'accepted' || contact.choices.isBlocked || contact.changed || !contact.box.theirs || !contact.healed.isWanted)
      return null;
    return Math.max(0, HEAL_MS - Math.abs(world.clock.now() - contact.healed.mineAtMs));
  }

  async function begin(contactId: string): Promise<void> {
    const box = journal.contacts.get(contactId)?.box.theirs;
    if (!box || dueInMs(journal.contacts.get(contactId)) !== 0) return;
    const reply = await core.relays.ask(box.relay, { kind: 'pre-take', boxId: box.boxId });
    if (reply.kind !== 'ok-bundle') throw new AppError('relay-refused');
    await lane.run(async () => {
      const contact = journal.contacts.get(contactId);
      if (!contact || dueInMs(contact) !== 0) return;
      const nowMs = world.clock.now();
      const bundle = await openBundle(world.engine, box, reply.sealed);
      if (!equalBytes(bundle.statement, contact.statement)) return noteChanged(core, contactId, bundle.statement);
      const generation = nextGeneration(await core.sessions.of(contactId), contact.healed.generation, nowMs);
      const session = await initiateSession(world.engine, { identity: core.identity(), bundle, generation });
      const missing = await unconfirmedIds(core, contactId);
      await journal.commit((change) => {
        core.sessions.put(change, contactId, session);
        const healed = { ...contact.healed, mineAtMs: nowMs, generation, isWanted: false, isWeak: session.isLastResort };
        change.contact(refresh(core, change, { ...contact, healed, box: unfilled(contact) }, missing));
      });
      core.boxes.tend(contact.mine.relay);
    });
    core.outbox.pump(contactId);
  }

  function wait(contactId: string, delayMs: number): void {
    const end = () => {
      cancel();
      trying.delete(contactId);
      start(contactId);
    };
    const cancel = world.clock.after(delayMs, end);
    trying.set(contactId, end);
  }

  function start(contactId: string): void {
    const delayMs = dueInMs(journal.contacts.get(contactId));
    if (delayMs === null || trying.has(contactId)) return;
    if (delayMs > 0) {
      world.shell.wakeAt(world.clock.now() + delayMs);
      wait(contactId, delayMs);
      return;
    }
    trying.set(contactId, () => undefined);
    begin(contactId).then(
      () => {
        trying.delete(contactId);
        // For what stayed closed between the write and here.
        start(contactId);
      },
      (error: unknown) => {
        world.report(error);
        wait(contactId, RETRY_MS);
      },
    );
  }

  return {
    async consider(contactId, fault) {
      const contact = journal.contacts.get(contactId);
      if (contact?.state !== 'accepted' || (fault && !BROKEN.includes(fault.code))) return;
      if (!contact.healed.isWanted) {
        const healed = { ...contact.healed, isWanted: true };
        await journal.commit((change) => change.contact({ ...contact, healed }));
      }
      start(contactId);
    },
    tend(relay) {
      for (const { id, box } of journal.contacts.values()) {
        if (box.theirs?.relay !== relay) continue;
        trying.get(id)?.();
        start(id);
      }
    },
  };
}
