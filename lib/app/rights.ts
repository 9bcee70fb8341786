/**
 * This user's queues on each relay, and the right to use them: made, registered and proved again on every connection.
 *
 *   HELLO ──NEW──▶ queue made ──KEY──▶ writer registered ──SUB, OPEN──▶ proved
 *
 * What was proved is kept under the connection's nonce, so that a new worker on the same connection proves nothing twice.
 */
import { type Bytes, equalBytes, toHex } from '../protocol/bytes';
import { queuePublicKey, signAsQueue } from '../protocol/queue-keys';
import { type ClientFrame, MAX_PROOFS, type ServerFrame } from '../protocol/relay';
import { proofMessage, relayOrigin } from '../protocol/relay-proof';
import { isAdmissionRefused } from './admission';
import { isVisibleTo } from './choices';
import type { Core } from './core';
import { AppError } from './errors';
import { arrive } from './moves';
import type { Bell } from './ports';
import { movesOf, newQueue, readerProof, readQueues, relaysOf, withMade, writtenQueues } from './queues';
import { type ContactRecord, keys, type MyQueue, type ProvedRecord, type TheirQueue } from './records';

/** A relay that puts something off is not asked again sooner, nor left alone for longer, whatever it says. */
const PUT_OFF_MS = { least: 500, most: 60_000 } as const;

interface RightsEntry {
  proved: Set<string>;
  connecting: Promise<void> | null;
  isStale: boolean;
  isPutOff: boolean;
}

export interface Rights {
  /** Of every queue that this user reads. */
  bells(): readonly Bell[];
  canWrite(queue: TheirQueue): boolean;
  /** Makes, registers and proves every queue on this relay that still needs it. */
  connect(relay: string): Promise<void>;
  /** The connection is gone, and what was proved on it. */
  lose(relay: string): void;
  /** What was proved on the connection with this nonce before this worker woke; null when it is a new connection. */
  resume(relay: string, nonce: Bytes): Promise<ProvedRecord | null>;
}

function readerMark(queue: MyQueue, isLive: boolean): string {
  return `r${isLive ? '+' : '-'}${toHex(queue.rid as Bytes)}`;
}

function writerMark(queue: TheirQueue): string {
  return `w${toHex(queue.sid)}`;
}

interface Reader {
  readonly contactId: string | null;
  readonly queue: MyQueue;
  readonly isLive: boolean;
}

export function createRights(core: Core): Rights {
  const { journal, world } = core;
  const entries = new Map<string, RightsEntry>();

  function entry(relay: string): RightsEntry {
    let found = entries.get(relay);
    if (!found) {
      found = { proved: new Set(), connecting: null, isStale: false, isPutOff: false };
      entries.set(relay, found);
    }
    return found;
  }

  /** Asks; what the relay refuses for now only is asked again later, with all else that is then missing. */
  async function askPatiently(relay: string, frame: ClientFrame): Promise<ServerFrame> {
    const here = entry(relay);
    const reply = await core.relays.ask(relay, frame);
    if (reply.kind !== 'err' || reply.code === 'POW' || reply.retryMs === 0 || here.isPutOff) return reply;
    here.isPutOff = true;
    world.clock.after(Math.min(Math.max(reply.retryMs, PUT_OFF_MS.least), PUT_OFF_MS.most), () => {
      here.isPutOff = false;
      void rights.connect(relay);
    });
    return reply;
  }

  async function makeQueue(queue: MyQueue): Promise<MyQueue> {
    const reply = await askPatiently(queue.relay, newQueue(core, queue));
    if (reply.kind !== 'ok-queue') throw new AppError(isAdmissionRefused(reply) ? 'relay-password' : 'relay-refused');
    return { ...queue, rid: reply.rid, sid: reply.sid };
  }

  /**
   * Each step is idempotent at the relay and committed before the next. A request may have replaced the queue meanwhile: then it is
   * not of it. Returns whether there is a new right to prove.
   */
  async function prepare(contactId: string, relay: string): Promise<boolean> {
    const update = (change: (contact: ContactRecord) => ContactRecord) =>
      core.lane.run(async () => {
        const contact = journal.contacts.get(contactId);
        if (contact) await journal.commit((draft) => draft.contact(change(contact)));
      });
    const contact = journal.contacts.get(contactId);
    if (!contact || contact.state === 'preview' || contact.choices.isBlocked) return false;
    const toMake = readQueues(contact).filter((queue) => queue.relay === relay && !queue.rid);
    for (const queue of toMake) {
      const made = await makeQueue(queue);
      await update((now) => withMade(now, made));
      core.outbox.pump(contactId);
    }
    const isToRegister = contact.state !== 'request' && contact.theirs.relay === relay && !contact.theirs.isRegistered;
    if (isToRegister) {
      await register(contact.theirs);
      const { sid } = contact.theirs;
      await update((now) => (equalBytes(now.theirs.sid, sid) ? { ...now, theirs: { ...now.theirs, isRegistered: true } } : now));
    }
    const { next } = movesOf(contact).theirs;
    const isToMove = next?.relay === relay;
    if (isToMove) {
      await register(next);
      await core.lane.run(() => arrive(core, contactId, next.sid));
    }
    return toMake.length > 0 || isToRegister || isToMove;
  }

  async function register({ relay, sid, writerSecret }: TheirQueue): Promise<void> {
    const reply = await askPatiently(relay, { kind: 'key', sid, writerKey: queuePublicKey(writerSecret) });
    if (reply.kind !== 'ok') throw new AppError('relay-refused');
  }

  function readersOn(relay: string): Reader[] {
    const found: Reader[] = [];
    for (const contact of journal.contacts.values()) {
      if (contact.choices.isBlocked) continue;
      const isLive = isVisibleTo(journal, contact);
      for (const queue of readQueues(contact)) if (queue.relay === relay && queue.rid) found.push({ contactId: contact.id, queue, isLive });
    }
    for (const { queue } of journal.invites.values())
      if (queue.relay === relay && queue.rid) found.push({ contactId: null, queue, isLive: false });
    return found;
  }

  function writersOn(relay: string): { readonly contact: ContactRecord; readonly queue: TheirQueue }[] {
    const heard = [...journal.contacts.values()].filter(({ choices }) => !choices.isBlocked);
    return heard.flatMap((contact) =>
      writtenQueues(contact).flatMap((queue) => (queue.relay === relay && queue.isRegistered ? [{ contact, queue }] : [])),
    );
  }

  async function provedOn(): Promise<Readonly<Record<string, ProvedRecord | undefined>>> {
    return ((await journal.store.get(keys.proved)) ?? {}) as Record<string, ProvedRecord | undefined>;
  }

  async function prove(relay: string): Promise<void> {
    const here = entry(relay);
    const nonce = core.relays.nonce(relay);
    if (!nonce) return;
    const origin = relayOrigin(relay);
    const readers = readersOn(relay).filter(({ queue, isLive }) => !here.proved.has(readerMark(queue, isLive)));
    const writers = writersOn(relay).filter(({ queue }) => !here.proved.has(writerMark(queue)));
    for (let i = 0; i < readers.length; i += MAX_PROOFS) {
      const part = readers.slice(i, i + MAX_PROOFS);
      const proofs = part.flatMap(({ queue, isLive }) => readerProof(core, queue, isLive) ?? []);
      if (proofs.length < part.length) return;
      const reply = await askPatiently(relay, { kind: 'sub', proofs });
      if (reply.kind !== 'ok-proofs') continue;
      for (const [k, { contactId, queue, isLive }] of part.entries()) {
        here.proved.delete(readerMark(queue, !isLive));
        if (reply.accepted[k]) here.proved.add(readerMark(queue, isLive));
        else if (contactId) core.moves.onRefused(contactId, queue);
      }
    }
    for (let i = 0; i < writers.length; i += MAX_PROOFS) {
      const part = writers.slice(i, i + MAX_PROOFS);
      const proofs = part.map(({ queue }) => {
        const message = proofMessage({ origin, nonce, queueId: queue.sid, role: 'writer' });
        return { sid: queue.sid, signature: signAsQueue(queue.writerSecret, message) };
      });
      const reply = await askPatiently(relay, { kind: 'open', proofs });
      if (reply.kind !== 'ok-proofs') continue;
      for (const [k, { queue }] of part.entries()) if (reply.accepted[k]) here.proved.add(writerMark(queue));
    }
    if (readers.length + writers.length > 0) await keep(relay, nonce);
    for (const { contact, queue } of writers) if (queue === contact.theirs) core.strings.onWritable(contact.id);
  }

  async function keep(relay: string, nonce: Bytes): Promise<void> {
    if (core.relays.nonce(relay) !== nonce) return;
    const record: ProvedRecord = { nonce, offsetMs: core.relays.now(relay) - world.clock.now(), queues: [...entry(relay).proved] };
    await core.lane.run(async () => {
      const others = await provedOn();
      await journal.commit((draft) => draft.put(keys.proved, { ...others, [relay]: record }));
    });
  }

  /** Who is blocked is no longer read, nor written to before the right to it is proved again. */
  async function leaveBlocked(relay: string): Promise<void> {
    const { proved } = entry(relay);
    const nonce = core.relays.nonce(relay);
    const blocked = [...journal.contacts.values()].filter(({ choices }) => choices.isBlocked);
    const marksOf = ({ rid }: MyQueue) => (rid ? [`r+${toHex(rid)}`, `r-${toHex(rid)}`] : []);
    const left = blocked.flatMap(readQueues).filter((queue) => marksOf(queue).some((mark) => proved.has(mark)));
    const rids = left.flatMap(({ rid }) => rid ?? []);
    const marks = [...left.flatMap(marksOf), ...blocked.flatMap(writtenQueues).map(writerMark)].filter((mark) => proved.has(mark));
    if (!nonce || marks.length === 0) return;
    if (rids.length > 0) await core.relays.ask(relay, { kind: 'unsub', rids });
    for (const mark of marks) proved.delete(mark);
    await keep(relay, nonce);
  }

  async function runOnce(relay: string): Promise<void> {
    await leaveBlocked(relay);
    // Who reads a queue on a private relay may make more.
    await prove(relay);
    let isMore = false;
    for (const contact of [...journal.contacts.values()]) {
      if (!relaysOf(contact).includes(relay)) continue;
      try {
        if (await prepare(contact.id, relay)) isMore = true;
      } catch (error) {
        // One contact's refused queue must not hold up the others, nor its own first half.
        isMore = true;
        world.report(error);
      }
    }
    if (isMore) await prove(relay);
    core.events.onQueues();
    core.boxes.tend(relay);
    core.heal.tend(relay);
    core.moves.tend();
    core.closings.tend();
  }

  function bells(): readonly Bell[] {
    const heard = [...journal.contacts.values()].filter(({ choices }) => !choices.isBlocked);
    const queues = [...heard.flatMap(readQueues), ...[...journal.invites.values()].map(({ queue }) => queue)];
    return queues.flatMap(({ relay, rid, doorbellSecret }) => (rid ? [{ relay, rid, doorbellSecret }] : []));
  }

  const rights: Rights = {
    bells,
    canWrite: (queue) => core.relays.isOpen(queue.relay) && entry(queue.relay).proved.has(writerMark(queue)),
    connect(relay) {
      const here = entry(relay);
      if (!core.relays.isOpen(relay)) return Promise.resolve();
      if (here.connecting !== null) {
        here.isStale = true;
        return here.connecting;
      }
      const run = async (): Promise<void> => {
        do {
          here.isStale = false;
          await runOnce(relay);
        } while (here.isStale);
      };
      here.connecting = run()
        .catch((error: unknown) => world.report(error))
        .finally(() => {
          here.connecting = null;
        });
      return here.connecting;
    },
    lose(relay) {
      entry(relay).proved = new Set();
    },
    async resume(relay, nonce) {
      const known = (await provedOn())[relay];
      const kept = known && equalBytes(known.nonce, nonce) ? known : null;
      entry(relay).proved = new Set(kept?.queues);
      return kept;
    },
  };
  return rights;
}
