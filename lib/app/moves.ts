/**
 * Queues move: to another relay when the user chooses one, to a fresh queue on the same relay once a month, and when the one in use
 * is gone. Both sides at once, again before the last move is over, and with a death at any write.
 *
 *   mine:    none ──due: named──▶ pending ──NEW──▶ made ──told, daily──▶ … ──contact confirms──▶ mine
 *                                                              the one before ──▶ left ──in time, emptied──▶ closed
 *   theirs:  address of a higher order arrives ──▶ next ──KEY──▶ theirs, confirmation owed        the one before ──▶ former
 *
 * Everything pending, in use or left is read, so nothing on its way is lost; what comes twice is known by its hash. Nothing is
 * remembered of what is under way: each step is owed for as long as the records say so. The announcement goes through the contact's
 * own relay or a string, so a relay that is gone for good locks nobody out. Orders rise with the clock: a device restored from an
 * older backup announces higher ones than were ever taken.
 */
import { type Bytes, equalBytes, toHex } from '../protocol/bytes';
import type { Content } from '../protocol/content';
import { closeQueue } from './closings';
import type { Core } from './core';
import { newContentId } from './ids';
import type { Change } from './journal';
import { makeQueue, movesOf, theirQueue } from './queues';
import type { ContactRecord, LeftQueue, MovesRecord, MyQueue } from './records';

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;
const RETELL_MS = DAY_MS;
const ROTATE_MS = 30 * DAY_MS;
/** So that a relay does not see all queues of one person made anew on one day. */
const ROTATE_JITTER_MS = 10 * DAY_MS;
/** Somebody who was not heard of for longer would not confirm soon. */
const HEARD_MS = 7 * DAY_MS;
/** A backup made before is still good for so long: it knows the queue that was left. */
const KEPT_MS = { sameRelay: 30 * DAY_MS, otherRelay: 7 * DAY_MS } as const;
const FORMER_MS = KEPT_MS.sameRelay;
/** A relay that is gone keeps its queues to itself. */
const GIVE_UP_MS = 30 * DAY_MS;
const MAX_PENDING = 3;

export interface Moves {
  /** Begins, tells and closes what is due. Safe to call at any time. */
  tend(): void;
  /** The relay refused the right to read this queue: it has lost it. */
  onRefused(contactId: string, queue: MyQueue): void;
  /** Everything that waited in this queue has been handed over, and stored. */
  onEnd(rid: Bytes): void;
}

type AddressContent = Extract<Content, { kind: 'address' }>;

function leave(queues: readonly MyQueue[], forRelay: string, nowMs: number): readonly LeftQueue[] {
  return queues
    .filter(({ rid }) => rid)
    .map((queue) => ({ queue, closesAtMs: nowMs + (queue.relay === forRelay ? KEPT_MS.sameRelay : KEPT_MS.otherRelay) }));
}

/** The contact writes to what was announced under this order from now on. */
function confirmed(contact: ContactRecord, order: number, nowMs: number): ContactRecord {
  const moves = movesOf(contact);
  const at = moves.pending.findIndex((pending) => pending.order === order);
  const taken = moves.pending[at];
  if (order === moves.mineOrder) return contact;
  // A memory of before, theirs or ours, names a queue that the other has left.
  if (!taken) return { ...contact, moves: { ...moves, order: Math.max(moves.order, order), isWanted: moves.pending.length === 0 } };
  const before = [contact.mine, ...moves.pending.slice(0, at).map(({ queue }) => queue)];
  const left = [...moves.left, ...leave(before, taken.queue.relay, nowMs)];
  return {
    ...contact,
    mine: taken.queue,
    moves: { ...moves, mineOrder: order, pending: moves.pending.slice(at + 1), left, sinceMs: nowMs, isWanted: false },
  };
}

function withTheirs(contact: ContactRecord, theirs: Partial<MovesRecord['theirs']>): ContactRecord {
  const moves = movesOf(contact);
  return { ...contact, moves: { ...moves, theirs: { ...moves.theirs, ...theirs } } };
}

function confirm(core: Core, change: Change, contact: ContactRecord): ContactRecord {
  const { order } = movesOf(contact).theirs;
  return core.outbox.add(change, contact, newContentId(core.world.random), { kind: 'address-taken', order }, true);
}

/** Of a contact who is accepted. In the lane, in the change that stores the envelope. */
export function takeAddress(core: Core, change: Change, contact: ContactRecord, { order, address }: AddressContent): ContactRecord {
  if (contact.state !== 'accepted') return contact;
  const { world } = core;
  const known = movesOf(contact).theirs;
  if (!address) {
    const settled = confirmed(contact, order, world.clock.now());
    change.after(() => core.boxes.tend(settled.mine.relay));
    change.after(() => core.moves.tend());
    return settled;
  }
  if (order === known.order && !known.next) return confirm(core, change, contact);
  if (order <= known.order) return contact;
  const next = theirQueue(core, address);
  change.after(() => {
    core.relays.open(next.relay);
    void core.rights.connect(next.relay);
  });
  return withTheirs(contact, { order, next });
}

/** The relay knows this user as the writer of the contact's new queue. In the lane. */
export async function arrive(core: Core, contactId: string, sid: Bytes): Promise<void> {
  const { journal, world } = core;
  const contact = journal.contacts.get(contactId);
  const next = contact && movesOf(contact).theirs.next;
  if (!contact || !next || !equalBytes(next.sid, sid)) return;
  const former = { queue: contact.theirs, untilMs: world.clock.now() + FORMER_MS };
  const theirs = { ...next, isRegistered: true };
  await journal.commit((change) => {
    change.contact(confirm(core, change, withTheirs({ ...contact, theirs }, { next: null, former })));
    change.after(() => core.hub.contact(contactId));
  });
}

export function createMoves(core: Core): Moves {
  const { journal, lane, world } = core;
  const closing = new Set<string>();
  const draining = new Map<string, () => void>();
  let isTending = false;
  let isStale = false;

  function isOld(contact: ContactRecord, { sinceMs, heardAtMs }: MovesRecord): boolean {
    const nowMs = world.clock.now();
    const jitterMs = ((contact.mine.newId[0] ?? 0) / 256) * ROTATE_JITTER_MS;
    const heardMs = Math.max(heardAtMs, contact.lastSeenMs ?? 0);
    return nowMs >= Math.max(sinceMs, contact.addedAtMs) + ROTATE_MS + jitterMs && nowMs - heardMs < HEARD_MS;
  }

  function isDue(contact: ContactRecord): boolean {
    if (contact.state !== 'accepted' || contact.changed || contact.choices.isBlocked || !journal.relay) return false;
    const moves = movesOf(contact);
    const newest = moves.pending.at(-1)?.queue ?? contact.mine;
    if (newest.relay !== journal.relay) return true;
    if (moves.pending.length > 0) return false;
    // A relay that refuses everything must not be asked for queue after queue.
    const isRecent = world.clock.now() - moves.order * 1000 < HOUR_MS;
    return (moves.isWanted && !isRecent) || isOld(contact, moves);
  }

  function begun(contact: ContactRecord, relay: string): ContactRecord {
    const nowMs = world.clock.now();
    const moves = movesOf(contact);
    const order = Math.max(moves.order + 1, Math.floor(nowMs / 1000));
    // Of what the relay has not made nobody knows.
    const known = moves.pending.filter(({ queue }) => queue.rid);
    const pending = [...known, { queue: makeQueue(core, relay), order, toldAtMs: 0 }];
    const over = pending.slice(0, -MAX_PENDING).map(({ queue }) => queue);
    const left = [...moves.left, ...leave(over, relay, nowMs)];
    return { ...contact, moves: { ...moves, order, pending: pending.slice(-MAX_PENDING), left, isWanted: false } };
  }

  /** In the lane. */
  async function begin(contactId: string): Promise<void> {
    const contact = journal.contacts.get(contactId);
    const { relay } = journal;
    if (!contact || !relay || !isDue(contact)) return;
    await journal.commit((change) => {
      change.contact(begun(contact, relay));
      change.after(() => core.hub.contact(contactId));
    });
    core.relays.open(relay);
    void core.rights.connect(relay);
  }

  function isToBeTold(contact: ContactRecord): boolean {
    const newest = movesOf(contact).pending.at(-1);
    if (contact.state !== 'accepted' || !newest?.queue.sid || world.clock.now() - newest.toldAtMs < RETELL_MS) return false;
    return ![...journal.outboxOf(contact.id).values()].some(({ body }) => body.kind === 'address' && body.order === newest.order);
  }

  /** In the lane. */
  async function tell(contactId: string): Promise<void> {
    const contact = journal.contacts.get(contactId);
    if (!contact || !isToBeTold(contact)) return;
    const moves = movesOf(contact);
    const pending = moves.pending.map((one) => (one.order === moves.order ? { ...one, toldAtMs: world.clock.now() } : one));
    await journal.commit((change) => {
      const body = { kind: 'address', order: moves.order } as const;
      const told = { ...contact, moves: { ...moves, pending } };
      change.contact(core.outbox.add(change, told, newContentId(world.random), body, true));
    });
    core.outbox.pump(contactId);
  }

  /** In the lane. */
  async function forget(contactId: string, queue: MyQueue): Promise<void> {
    const contact = journal.contacts.get(contactId);
    if (!contact) return;
    const moves = movesOf(contact);
    const left = moves.left.filter((one) => !equalBytes(one.queue.newId, queue.newId));
    await journal.commit((change) => change.contact({ ...contact, moves: { ...moves, left } }));
    core.relays.closeUnused();
  }

  /** Resolves once what waited there has been stored: the relay says so behind the last of it. */
  function drained(rid: Bytes): Promise<void> {
    return new Promise((resolve) => draining.set(toHex(rid), resolve));
  }

  function close(contactId: string, { queue, closesAtMs }: LeftQueue): void {
    const { rid, relay } = queue;
    const key = rid ? toHex(rid) : '';
    if (!rid || closing.has(key)) return;
    const isGivenUp = world.clock.now() >= closesAtMs + GIVE_UP_MS;
    if (!isGivenUp && !core.relays.isOpen(relay)) return;
    closing.add(key);
    const closed = isGivenUp ? Promise.resolve() : closeQueue(core, queue, drained(rid));
    closed
      .then(() => lane.run(() => forget(contactId, queue)))
      .catch((error: unknown) => world.report(error))
      .finally(() => {
        closing.delete(key);
        draining.delete(key);
      });
  }

  /** In the lane: nothing of ours waits there any more. */
  async function forgetFormer(contactId: string): Promise<void> {
    const contact = journal.contacts.get(contactId);
    const former = contact && movesOf(contact).theirs.former;
    if (!former || world.clock.now() < former.untilMs) return;
    await journal.commit((change) => change.contact(withTheirs(contact, { former: null })));
    core.relays.closeUnused();
  }

  async function tendOne(contact: ContactRecord): Promise<void> {
    if (isDue(contact)) await lane.run(() => begin(contact.id));
    if (isToBeTold(contact)) await lane.run(() => tell(contact.id));
    const { left, theirs } = movesOf(contact);
    for (const one of left) if (world.clock.now() >= one.closesAtMs) close(contact.id, one);
    if (theirs.former) await lane.run(() => forgetFormer(contact.id));
  }

  async function tendAll(): Promise<void> {
    do {
      isStale = false;
      for (const contact of [...journal.contacts.values()]) await tendOne(contact).catch((error: unknown) => world.report(error));
    } while (isStale);
    isTending = false;
  }

  const moves: Moves = {
    tend() {
      isStale = true;
      if (isTending) return;
      isTending = true;
      void tendAll();
    },
    onRefused(contactId, queue) {
      const run = lane.run(async () => {
        const contact = journal.contacts.get(contactId);
        if (!contact || !equalBytes(contact.mine.newId, queue.newId)) return;
        const moves = movesOf(contact);
        if (moves.isWanted || moves.pending.length > 0) return;
        await journal.commit((change) => change.contact({ ...contact, moves: { ...moves, isWanted: true } }));
      });
      run.then(() => moves.tend()).catch((error: unknown) => world.report(error));
    },
    onEnd: (rid) => draining.get(toHex(rid))?.(),
  };
  return moves;
}
