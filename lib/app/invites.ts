/**
 * This user's invites. Every step names its ids before it asks the relay, and asks again with the same ids after a death.
 *
 *   drafted ──NEW──▶ its queue made ──INV_PUT──▶ open ──request arrives, or cancelled, or expired──▶ forgotten
 */
import { type Bytes, equalBytes, fromHex, toHex } from '../protocol/bytes';
import { ProtocolError } from '../protocol/errors';
import { identityHash } from '../protocol/identity';
import { encodeInvite, type Invite, parseInvite, sealInviteBundle } from '../protocol/invite';
import { createInvitePrekeys, decodePrekeyBundle, encodePrekeyBundle, encodePrekeys } from '../protocol/prekeys';
import { QUEUE_SECRET_BYTES, queuePublicKey } from '../protocol/queue-keys';
import { INVITE_ID_BYTES } from '../protocol/relay';
import { isAdmissionRefused } from './admission';
import { closingsOfInvite } from './closings';
import type { Core } from './core';
import { AppError } from './errors';
import type { Change } from './journal';
import { makeQueue, newQueue } from './queues';
import type { InviteRecord } from './records';
import { inviteView } from './view-hub';

const INVITE_MS = 7 * 24 * 3600_000;

/** @throws {AppError} relay-address when none is chosen */
export function ownRelay(core: Core): string {
  if (!core.journal.relay) throw new AppError('relay-address');
  return core.journal.relay;
}

/** Runs in the lane: names everything an invite needs, before anyone hears of it. */
async function draftInvite(core: Core): Promise<InviteRecord> {
  const { journal, world } = core;
  const now = world.clock.now();
  const relay = ownRelay(core);
  for (const invite of journal.invites.values()) if (invite.expiresAtMs > now && invite.queue.relay === relay) return invite;
  const identity = core.identity();
  const inviteId = world.random.bytes(INVITE_ID_BYTES);
  const secret = world.random.bytes(32);
  // Whole seconds, as the link carries them; and never longer than the relay keeps it.
  const expiresAtMs = Math.floor((now + Math.min(INVITE_MS, core.relays.retentionMs(relay))) / 1000) * 1000;
  const { prekeys, bundle } = createInvitePrekeys(world.engine, identity);
  const record: InviteRecord = {
    id: toHex(inviteId),
    link: encodeInvite({ relay, inviteId, secret, identityHash: identityHash(identity.statement), expiresAtMs }),
    expiresAtMs,
    secret,
    ownerSecret: world.random.bytes(QUEUE_SECRET_BYTES),
    prekeys: encodePrekeys(prekeys),
    bundle: encodePrekeyBundle(bundle),
    queue: makeQueue(core, relay),
    isOpen: false,
  };
  await journal.commit((change) => change.invite(record));
  return record;
}

/** Shows the open invite, making one if there is none. Waits for the relay, so it must not run in the lane. */
export async function showInvite(core: Core): Promise<void> {
  const { journal, lane, relays, world } = core;
  let invite = await lane.run(() => draftInvite(core));
  const { relay } = invite.queue;
  if (!invite.queue.rid) {
    const reply = await relays.ask(relay, newQueue(core, invite.queue));
    if (reply.kind !== 'ok-queue') throw new AppError(isAdmissionRefused(reply) ? 'relay-password' : 'invite-relay-refused');
    const made: InviteRecord = { ...invite, queue: { ...invite.queue, rid: reply.rid, sid: reply.sid } };
    await lane.run(() => journal.commit((change) => change.invite(made)));
    invite = made;
  }
  if (!invite.isOpen) {
    const address = { relay, sid: invite.queue.sid as Bytes };
    const bundle = { bundle: decodePrekeyBundle(invite.bundle), name: journal.profile?.name ?? '', address };
    const inviteId = fromHex(invite.id);
    const reply = await relays.ask(relay, {
      kind: 'inv-put',
      inviteId,
      ownerKey: queuePublicKey(invite.ownerSecret),
      ttlSeconds: Math.max(1, Math.ceil((invite.expiresAtMs - world.clock.now()) / 1000)),
      sealed: sealInviteBundle(world.engine, invite.secret, inviteId, bundle),
    });
    if (reply.kind !== 'ok') throw new AppError('invite-relay-refused');
    const opened = { ...invite, isOpen: true };
    await lane.run(() => journal.commit((change) => change.invite(opened)));
  }
  core.hub.patch([{ kind: 'invite', invite: inviteView(core) }]);
  void core.rights.connect(relay);
}

/** Gone for this user at once; the relay is told as soon as it answers. */
export async function cancelInvite(core: Core): Promise<void> {
  const { journal, lane } = core;
  for (const invite of [...journal.invites.values()]) await lane.run(() => journal.commit((change) => endInvite(core, change, invite)));
  core.closings.tend();
  core.hub.patch([{ kind: 'invite', invite: null }]);
}

/** Forgotten, with what it has on its relay. */
export function endInvite(core: Core, change: Change, invite: InviteRecord): void {
  change.forgetInvite(invite.id);
  for (const owed of closingsOfInvite(core, invite)) change.closing(owed);
}

/** @throws {AppError} invite-own, invite-expired, invite-truncated, invite-version, invite-malformed */
export function readInvite(core: Core, text: string): Invite {
  try {
    const invite = parseInvite(text);
    if (equalBytes(invite.identityHash, identityHash(core.identity().statement))) throw new AppError('invite-own');
    if (invite.expiresAtMs <= core.world.clock.now()) throw new AppError('invite-expired');
    return invite;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if (error.code === 'invite-truncated' || error.code === 'invite-version') throw new AppError(error.code);
    throw new AppError('invite-malformed');
  }
}
