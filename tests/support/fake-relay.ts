/** A relay in memory with the real one's answers, for tests of the app floor. The real one has tests of its own. */

import type { Clock } from '../../lib/app/ports';
import { type Bytes, toHex } from '../../lib/protocol/bytes';
import type { ClientFrame, OpenProof, RelayErrorCode, ServerFrame, SubProof } from '../../lib/protocol/relay';

export type Msg = Extract<ServerFrame, { kind: 'msg' }>;

interface Queue {
  readonly rid: Bytes;
  readonly sid: Bytes;
  writerKey: string | null;
  reader: RelayConnection | null;
  isLive: boolean;
  readonly bells: Set<RelayConnection>;
  readonly waiting: {
    readonly messageId: Bytes;
    readonly cell: Bytes;
    readonly atMs: number;
    readonly untilMs: number;
    wasHanded: boolean;
  }[];
}

export class RelayConnection {
  readonly nonce = crypto.getRandomValues(new Uint8Array(32));
  readonly relay: FakeRelay;
  readonly push: (frame: ServerFrame) => void;
  readonly writable = new Set<string>();
  /** Closed with 4409. */
  onReplaced: () => void = () => undefined;
  /** Everything that was ever asked on it. */
  readonly heard: ClientFrame[] = [];

  constructor(relay: FakeRelay, push: (frame: ServerFrame) => void) {
    this.relay = relay;
    this.push = push;
  }
}

const RETENTION_SECONDS = 7 * 24 * 3600;

function secondsOf({ ttlSeconds }: { readonly ttlSeconds: number }): number {
  return ttlSeconds === 0 ? RETENTION_SECONDS : Math.min(ttlSeconds, RETENTION_SECONDS);
}

export class FakeRelay {
  readonly #clock: Clock;
  readonly #queues: Queue[] = [];
  readonly #made = new Map<string, Queue>();
  readonly #invites = new Map<string, { readonly sealed: Bytes; taker: string | null }>();
  readonly #boxes = new Map<string, { readonly revision: number; readonly lastResort: Bytes; readonly bundles: Bytes[] }>();
  readonly connections = new Set<RelayConnection>();
  /** Of all time. */
  readonly everConnected: RelayConnection[] = [];
  #keepsAll = false;
  /** Its clock, as HELLO tells it, less the true one. */
  clockAheadMs = 0;
  /** Answers in its place, where it gives an answer. */
  lie: (frame: ClientFrame) => ServerFrame | null = () => null;
  /** What it hands out, and in which order. */
  handOut: (messages: readonly Msg[]) => readonly Msg[] = (messages) => messages;
  /** Named in the next HELLO. */
  stunUrls: readonly string[] = [];
  /** Everything that was ever asked of it. */
  readonly heard: ClientFrame[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  connect(push: (frame: ServerFrame) => void): RelayConnection {
    const connection = new RelayConnection(this, push);
    this.connections.add(connection);
    this.everConnected.push(connection);
    push({
      kind: 'hello',
      nonce: connection.nonce,
      timeMs: this.#clock.now() + this.clockAheadMs,
      retentionSeconds: RETENTION_SECONDS,
      maxRetentionSeconds: 864_000,
      stunUrls: this.stunUrls,
    });
    return connection;
  }

  disconnect(connection: RelayConnection): void {
    this.connections.delete(connection);
    for (const queue of this.#queues) {
      queue.bells.delete(connection);
      if (queue.reader === connection) queue.reader = null;
    }
  }

  #by(id: Bytes): Queue | undefined {
    const wanted = toHex(id);
    return this.#queues.find(({ rid, sid }) => toHex(rid) === wanted || toHex(sid) === wanted);
  }

  /** As a relay does that means ill. */
  keepForEver(): void {
    this.#keepsAll = true;
  }

  #forgetOld(queue: Queue): void {
    if (this.#keepsAll) return;
    const living = queue.waiting.filter(({ untilMs }) => untilMs > this.#clock.now());
    queue.waiting.splice(0, queue.waiting.length, ...living);
  }

  /** Hands this out to whoever reads that queue, whatever lies there. */
  push(frame: Msg): void {
    this.#by(frame.rid)?.reader?.push(frame);
  }

  /** The ids by which queues are read. */
  rids(): readonly Bytes[] {
    return this.#queues.map(({ rid }) => rid);
  }

  /** Every cell that waits, in all queues. */
  waiting(): readonly Bytes[] {
    for (const queue of this.#queues) this.#forgetOld(queue);
    return this.#queues.flatMap((queue) => queue.waiting.map(({ cell }) => cell));
  }

  #deliver(queue: Queue): void {
    const { reader, rid } = queue;
    this.#forgetOld(queue);
    if (!reader) return;
    const frames = queue.waiting.map((message): Msg => {
      message.wasHanded = true;
      const ageSeconds = Math.floor((this.#clock.now() - message.atMs) / 1000);
      return { kind: 'msg', rid, messageId: message.messageId, ageSeconds, cell: message.cell };
    });
    for (const frame of this.handOut(frames)) reader.push(frame);
    reader.push({ kind: 'end', rid });
  }

  #subscribe(connection: RelayConnection, { rid, role, isLive }: SubProof): boolean {
    const queue = this.#by(rid);
    if (!queue) return false;
    if (role === 'doorbell') {
      queue.bells.add(connection);
      if (queue.waiting.length > 0) queueMicrotask(() => connection.push({ kind: 'bell', rid: queue.rid }));
      return true;
    }
    const older = queue.reader;
    if (older && older !== connection) {
      this.disconnect(older);
      older.onReplaced();
    }
    queue.reader = connection;
    queue.isLive = isLive;
    queueMicrotask(() => this.#deliver(queue));
    return true;
  }

  #open(connection: RelayConnection, { sid }: OpenProof): boolean {
    if (!this.#by(sid)?.writerKey) return false;
    connection.writable.add(toHex(sid));
    return true;
  }

  /** What the next takers would be given, the last resort at the end. */
  bundlesIn(boxId: Bytes): readonly Bytes[] {
    const box = this.#boxes.get(toHex(boxId));
    return box ? [...box.bundles, box.lastResort] : [];
  }

  /** As if others who know the box had taken every one-time bundle. */
  runDry(boxId: Bytes): void {
    const box = this.#boxes.get(toHex(boxId));
    if (box) box.bundles.length = 0;
  }

  /** The queue with this reading or writing id, and what waits in it: as if it had never been. */
  forget(id: Bytes): void {
    const queue = this.#by(id);
    if (queue) this.#queues.splice(this.#queues.indexOf(queue), 1);
  }

  /** So many queues. */
  get size(): number {
    return this.#queues.length;
  }

  has(id: Bytes): boolean {
    return this.#by(id) !== undefined;
  }

  isRead(rid: Bytes): boolean {
    return this.#by(rid)?.reader != null;
  }

  /** Hands out in the wrong order. */
  turnAround(): void {
    for (const { waiting } of this.#queues) waiting.reverse();
  }

  /** Hands out once more all it was ever given. */
  replay(): void {
    for (const frame of this.heard) {
      const queue = frame.kind === 'send' ? this.#by(frame.sid) : undefined;
      if (frame.kind === 'send' && queue)
        queue.reader?.push({ kind: 'msg', rid: queue.rid, messageId: frame.messageId, ageSeconds: 0, cell: frame.cell });
    }
  }

  /** As a relay that was restored from an old backup would. */
  loseEverythingWaiting(): void {
    for (const queue of this.#queues) queue.waiting.length = 0;
  }

  loseOneWaiting(): void {
    this.#queues.find(({ waiting }) => waiting.length > 0)?.waiting.splice(1, 1);
  }

  /** As one that lies would hand it out: in another order. */
  shuffleWaiting(draw: () => number): void {
    for (const { waiting } of this.#queues) {
      const drawn = waiting.map((message) => ({ message, at: draw() })).sort((a, b) => a.at - b.at);
      waiting.splice(0, waiting.length, ...drawn.map(({ message }) => message));
    }
  }

  ask(connection: RelayConnection, frame: ClientFrame): ServerFrame {
    this.heard.push(frame);
    connection.heard.push(frame);
    const lie = this.lie(frame);
    if (lie) return lie;
    const err = (code: Exclude<RelayErrorCode, 'POW'>): ServerFrame => ({ kind: 'err', code, retryMs: 0 });
    switch (frame.kind) {
      case 'new': {
        const id = toHex(frame.newId) + toHex(frame.readerKey);
        let queue = this.#made.get(id);
        if (!queue) {
          const [rid, sid] = [crypto.getRandomValues(new Uint8Array(24)), crypto.getRandomValues(new Uint8Array(24))];
          queue = { rid, sid, writerKey: null, reader: null, isLive: false, bells: new Set(), waiting: [] };
          this.#queues.push(queue);
          this.#made.set(id, queue);
        }
        return { kind: 'ok-queue', rid: queue.rid, sid: queue.sid };
      }
      case 'key': {
        const queue = this.#by(frame.sid);
        const key = toHex(frame.writerKey);
        if (!queue || (queue.writerKey && queue.writerKey !== key)) return err('AUTH');
        queue.writerKey = key;
        return { kind: 'ok' };
      }
      case 'sub':
        return { kind: 'ok-proofs', accepted: frame.proofs.map((proof) => this.#subscribe(connection, proof)) };
      case 'open':
        return { kind: 'ok-proofs', accepted: frame.proofs.map((proof) => this.#open(connection, proof)) };
      case 'send': {
        const queue = this.#by(frame.sid);
        if (!queue || !connection.writable.has(toHex(frame.sid))) return err('AUTH');
        const isNew = !queue.waiting.some(({ messageId }) => toHex(messageId) === toHex(frame.messageId));
        if (isNew) {
          const [atMs, wasHanded] = [this.#clock.now(), queue.reader !== null];
          queue.waiting.push({ messageId: frame.messageId, cell: frame.cell, atMs, untilMs: atMs + 1000 * secondsOf(frame), wasHanded });
          const msg = { kind: 'msg', rid: queue.rid, messageId: frame.messageId, ageSeconds: 0, cell: frame.cell } as const;
          if (queue.reader) for (const each of this.handOut([msg])) queue.reader.push(each);
          for (const bell of queue.bells) bell.push({ kind: 'bell', rid: queue.rid });
        }
        return { kind: 'ok-stored', expiresInSeconds: secondsOf(frame) };
      }
      case 'ack':
      case 'del': {
        const queue = this.#by(frame.kind === 'ack' ? frame.rid : frame.queueId);
        if (queue) this.#forgetOld(queue);
        const at = queue?.waiting.findIndex(({ messageId }) => toHex(messageId) === toHex(frame.messageId)) ?? -1;
        if (at < 0) return err('NO_MSG');
        const [removed] = queue?.waiting.splice(at, 1) ?? [];
        if (frame.kind === 'ack') return { kind: 'ok' };
        return { kind: 'ok-deleted', wasHanded: removed?.wasHanded ? 'maybe' : 'no' };
      }
      case 'look': {
        const waiting = new Set(this.#by(frame.sid)?.waiting.map(({ messageId }) => toHex(messageId)));
        if (!connection.writable.has(toHex(frame.sid))) return err('AUTH');
        return { kind: 'ok-waiting', isWaiting: frame.messageIds.map((id) => waiting.has(toHex(id))) };
      }
      case 'sig': {
        const queue = this.#by(frame.sid);
        if (!connection.writable.has(toHex(frame.sid))) return err('AUTH');
        if (!queue?.reader || !queue.isLive) return err('NO_MSG');
        queue.reader.push({ kind: 'sig', rid: queue.rid, payload: frame.payload });
        return { kind: 'ok' };
      }
      case 'inv-put':
        this.#invites.set(toHex(frame.inviteId), { sealed: frame.sealed, taker: null });
        return { kind: 'ok' };
      case 'inv-take': {
        const invite = this.#invites.get(toHex(frame.inviteId));
        const taker = toHex(frame.takerKey);
        if (!invite || (invite.taker && invite.taker !== taker)) return err('GONE');
        invite.taker = taker;
        return { kind: 'ok-invite', sealed: invite.sealed };
      }
      case 'inv-del':
        this.#invites.delete(toHex(frame.inviteId));
        return { kind: 'ok' };
      case 'pre-put': {
        const box = this.#boxes.get(toHex(frame.boxId)) ?? { revision: 0, lastResort: frame.lastResort, bundles: [] };
        if (frame.revision > box.revision) {
          const bundles = [...(frame.isReplacement ? [] : box.bundles), ...frame.oneTimes];
          this.#boxes.set(toHex(frame.boxId), { revision: frame.revision, lastResort: frame.lastResort, bundles });
        }
        const now = this.#boxes.get(toHex(frame.boxId)) ?? box;
        return { kind: 'ok-box', revision: now.revision, left: now.bundles.length };
      }
      case 'pre-take': {
        const box = this.#boxes.get(toHex(frame.boxId));
        return box ? { kind: 'ok-bundle', sealed: box.bundles.shift() ?? box.lastResort } : err('GONE');
      }
      case 'pre-del':
        this.#boxes.delete(toHex(frame.boxId));
        return { kind: 'ok' };
      // No door is made here.
      case 'knock':
        return err('GONE');
      case 'close': {
        const queue = this.#by(frame.rid);
        if (!queue || queue.reader !== connection) return err('AUTH');
        this.forget(frame.rid);
        return { kind: 'ok' };
      }
      case 'unsub':
        for (const queue of this.#queues)
          if (queue.reader === connection && frame.rids.some((rid) => toHex(rid) === toHex(queue.rid))) queue.reader = null;
        return { kind: 'ok' };
      case 'pass':
        return { kind: 'ok' };
      case 'ping':
        return { kind: 'pong' };
      default:
        return frame satisfies never;
    }
  }
}
