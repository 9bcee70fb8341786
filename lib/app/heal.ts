/**
 * When a contact's envelopes can't be opened, the sessions of the two have come apart (a restored device, a lost write). A
 * new one is made from the contact's prekey box and said so in it: only who holds the contact's identity is ever answered.
 *
 *   envelope nobody opens ──at most hourly──▶ PRE_TAKE ──▶ session of the next generation, with what the old one may have lost
 *   opening from the box  ──at most 4 an hour──▶ the same on the other side
 *
 * What was sealed and not confirmed is sealed anew, and both ask which of the unconfirmed texts are missing.
 */
import { ProtocolError, type ProtocolErrorCode } from '../protocol/errors';
import type { TheirIdentity } from '../protocol/identity';
import { openBundle } from '../protocol/prekey-box';
import { decodeStock, encodeStock, findPrekeys, usePrekeys } from '../protocol/prekey-stock';
import { decodePrekeys } from '../protocol/prekeys';
import { acceptSession, envelopePrekeyIds, initiateSession, type Opened, type Session } from '../protocol/session';
import { nextGeneration } from '../protocol/session-set';
import type { Core } from './core';
import { AppError } from './errors';
import { newContentId } from './ids';
import type { Change } from './journal';
import { unconfirmedIds } from './messages';
import { type ContactRecord, keys } from './records';

const HEAL_MS = 3600_000;
const MAX_THEIRS = 4;
/** Between tries that came to nothing, for want of the relay say. */
const RETRY_MS = 5 * 60_000;

/** Faults of a session that has come apart. Others are of the envelope alone: a new session would not open it either. */
const BROKEN: readonly ProtocolErrorCode[] = ['bad-tag', 'skip-limit', 'braid-epoch', 'braid-part', 'braid-mac', 'no-prekey'];

export interface Heal {
  /** An envelope of this contact could not be opened, for this fault or because no session knew it. */
  consider(contactId: string, fault: ProtocolError | null): void;
}

/** A session that a contact has begun, and what storing it must change too. */
export interface Begun extends Opened {
  readonly theirIdentity: TheirIdentity;
  readonly use: (change: Change) => void;
}

/** Everything owed is sealed anew, and what was lost in between is asked for. The contact's sessions were read before. */
export function refresh(core: Core, change: Change, contact: ContactRecord, missing: readonly string[]): ContactRecord {
  core.outbox.resealAll(change, contact.id);
  const said = core.outbox.add(change, contact, newContentId(core.world.random), { kind: 'heal' }, true);
  if (missing.length === 0) return said;
  return core.outbox.add(change, said, newContentId(core.world.random), { kind: 'query', ids: missing }, true);
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
  const recent = contact.healed.theirsAtMs.filter((atMs) => nowMs - atMs < HEAL_MS);
  if (recent.length >= MAX_THEIRS) throw new ProtocolError('no-prekey', { reason: 'too often' });
  const stock = decodeStock(stored);
  const prekeys = findPrekeys(stock, ids);
  const accepted = await acceptSession(world.engine, { ...request, prekeys });
  const used = usePrekeys(stock, prekeys, accepted.session.id, nowMs);
  return { ...accepted, use: (change) => change.put(keys.stock(contact.id), encodeStock(used)) };
}

/** The contact once it has begun a session: the box wants filling again. */
export function afterBeginning(core: Core, contact: ContactRecord, session: Session): ContactRecord {
  const nowMs = core.world.clock.now();
  const { mine } = contact.box;
  const theirsAtMs = [...contact.healed.theirsAtMs, nowMs].slice(-MAX_THEIRS);
  const generation = Math.max(contact.healed.generation, session.generation);
  return {
    ...contact,
    healed: { ...contact.healed, theirsAtMs, generation },
    box: { ...contact.box, mine: mine && { ...mine, isFilled: false } },
  };
}

export function createHeal(core: Core): Heal {
  const { journal, lane, world } = core;
  const triedAt = new Map<string, number>();

  function mayHeal(contact: ContactRecord | undefined): contact is ContactRecord {
    const nowMs = world.clock.now();
    if (contact?.state !== 'accepted' || !contact.box.theirs) return false;
    return Math.abs(nowMs - contact.healed.mineAtMs) >= HEAL_MS;
  }

  async function begin(contactId: string): Promise<void> {
    const box = journal.contacts.get(contactId)?.box.theirs;
    if (!box) return;
    const reply = await core.relays.ask(box.relay, { kind: 'pre-take', boxId: box.boxId });
    if (reply.kind !== 'ok-bundle') throw new AppError('relay-refused');
    await lane.run(async () => {
      const contact = journal.contacts.get(contactId);
      if (!mayHeal(contact)) return;
      const bundle = openBundle(box, contact.statement, reply.sealed);
      const generation = nextGeneration(await core.sessions.of(contactId), contact.healed.generation, world.clock.now());
      const session = await initiateSession(world.engine, { identity: core.identity(), bundle, generation });
      const missing = await unconfirmedIds(core, contactId);
      await journal.commit((change) => {
        core.sessions.put(change, contactId, session);
        const healed = { ...contact, healed: { ...contact.healed, mineAtMs: world.clock.now(), generation } };
        change.contact(refresh(core, change, healed, missing));
      });
    });
    core.outbox.pump(contactId);
  }

  return {
    consider(contactId, fault) {
      if (fault && !BROKEN.includes(fault.code)) return;
      const nowMs = world.clock.now();
      const isTooSoon = Math.abs(nowMs - (triedAt.get(contactId) ?? Number.NEGATIVE_INFINITY)) < RETRY_MS;
      if (isTooSoon || !mayHeal(journal.contacts.get(contactId))) return;
      triedAt.set(contactId, nowMs);
      begin(contactId).catch((error: unknown) => world.report(error));
    },
  };
}
