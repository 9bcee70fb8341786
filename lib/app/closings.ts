/**
 * What this user no longer needs on a relay is taken away there: queues with CLOSE, prekey boxes with PRE_DEL, invites with INV_DEL.
 * Written in the same commit that forgets them here, and owed until the relay has answered, or for a month: a relay forgets what
 * nobody uses by itself.
 */
import { type Bytes, fromHex, toHex } from '../protocol/bytes';
import { signAsQueue } from '../protocol/queue-keys';
import type { ServerFrame } from '../protocol/relay';
import { boxMessage, inviteDeletionMessage, relayOrigin } from '../protocol/relay-proof';
import type { Core } from './core';
import { AppError } from './errors';
import { readerProof, readQueues } from './queues';
import type { ClosingRecord, ContactRecord, InviteRecord, MyBox, MyQueue } from './records';

const OWED_MS = 30 * 24 * 3600_000;
const END_MS = 60_000;

export interface Closings {
  /** Whatever is due, also where this device is not connected now. Safe to call at any time. */
  tend(): void;
}

function owed({ world }: Core, id: Bytes, what: ClosingRecord['what'], fromMs = 0): ClosingRecord {
  return { id: toHex(id), what, fromMs, untilMs: Math.max(world.clock.now(), fromMs) + OWED_MS };
}

function owedQueues(core: Core, queues: readonly MyQueue[]): ClosingRecord[] {
  return queues.filter(({ rid }) => rid).map((queue) => owed(core, queue.newId, { kind: 'queue', relay: queue.relay, queue }));
}

/** Not before `fromMs`. */
export function closingOfBox(core: Core, { relay, boxId, ownerSecret }: MyBox, fromMs: number): ClosingRecord {
  return owed(core, boxId, { kind: 'box', relay, boxId, ownerSecret }, fromMs);
}

/** Everything on relays that is there for this contact alone. */
export function closingsOf(core: Core, contact: Pick<ContactRecord, 'mine' | 'theirs' | 'moves' | 'box'>): readonly ClosingRecord[] {
  const queues = owedQueues(core, readQueues(contact));
  const box = contact.box.mine;
  return box ? [...queues, closingOfBox(core, box, 0)] : queues;
}

/** Of an invite that is withdrawn, or was never taken. */
export function closingsOfInvite(core: Core, { id, queue, ownerSecret, isOpen }: InviteRecord): readonly ClosingRecord[] {
  const queues = owedQueues(core, [queue]);
  const inviteId = fromHex(id);
  return isOpen ? [...queues, owed(core, inviteId, { kind: 'invite', relay: queue.relay, inviteId, ownerSecret })] : queues;
}

/** Gone, or never there for us. */
function expectGone(reply: ServerFrame): void {
  if (reply.kind !== 'ok' && !(reply.kind === 'err' && reply.code === 'AUTH')) throw new AppError('relay-refused');
}

/** `drained`: resolves once the relay has said that nothing waits there any more. */
export async function closeQueue(core: Core, queue: MyQueue, drained: Promise<void> = Promise.resolve()): Promise<void> {
  const { relays, world } = core;
  const { relay, rid } = queue;
  const proof = readerProof(core, queue, false);
  if (!rid || !proof) throw new AppError('relay-unreachable');
  const reply = await relays.ask(relay, { kind: 'sub', proofs: [proof] });
  if (reply.kind !== 'ok-proofs') throw new AppError('relay-refused');
  if (!reply.accepted[0]) return;
  await new Promise<void>((resolve, reject) => {
    const cancel = world.clock.after(END_MS, () => reject(new AppError('relay-unreachable')));
    void drained.then(() => {
      cancel();
      resolve();
    });
  });
  expectGone(await relays.ask(relay, { kind: 'close', rid }));
}

export function createClosings(core: Core): Closings {
  const { journal, lane, world } = core;
  const closing = new Set<string>();

  async function close({ what }: ClosingRecord): Promise<void> {
    const { relay } = what;
    if (what.kind === 'queue') return closeQueue(core, what.queue);
    const nonce = core.relays.nonce(relay);
    if (!nonce) throw new AppError('relay-unreachable');
    const bound = { origin: relayOrigin(relay), nonce };
    if (what.kind === 'box') {
      const { boxId } = what;
      const signature = signAsQueue(what.ownerSecret, boxMessage({ ...bound, boxId, revision: 0 }));
      return expectGone(await core.relays.ask(relay, { kind: 'pre-del', boxId, signature }));
    }
    const { inviteId } = what;
    const signature = signAsQueue(what.ownerSecret, inviteDeletionMessage({ ...bound, inviteId }));
    expectGone(await core.relays.ask(relay, { kind: 'inv-del', inviteId, signature }));
  }

  async function tendOne(record: ClosingRecord): Promise<void> {
    const isGivenUp = world.clock.now() >= record.untilMs;
    if (closing.has(record.id) || world.clock.now() < record.fromMs) return;
    if (!isGivenUp && !core.relays.isOpen(record.what.relay)) return core.relays.open(record.what.relay);
    closing.add(record.id);
    try {
      if (!isGivenUp) await close(record);
      await lane.run(() => journal.commit((change) => change.endClosing(record.id)));
      core.relays.closeUnused();
    } finally {
      closing.delete(record.id);
    }
  }

  return {
    tend() {
      for (const record of [...journal.closings.values()]) tendOne(record).catch((error: unknown) => world.report(error));
    },
  };
}
