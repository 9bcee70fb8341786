/**
 * The queues one connection may use: rights it has proved, and what they allow.
 * Knows queues, sizes and times. Never sees plaintext, and cannot: it imports no session code.
 */
import type { Bytes } from '../lib/protocol/bytes';
import { CLOSE_REPLACED, type ClientFrame, type OpenProof, type SubProof } from '../lib/protocol/relay';
import { proofMessage } from '../lib/protocol/relay-proof';
import { type Answer, type Caller, OK, refusal } from './answer';
import { Deliveries, type Subscription } from './deliveries';
import { idKey } from './id';
import { Bucket } from './limits';
import { failureCode } from './log';
import type { Outlet } from './outlet';
import { lifetimeMs, type Parts } from './parts';
import { isPublicKey, isSameKey, provesRight } from './rights';
import type { Leave } from './router/router';
import type { Queue, QueueNumber } from './store/store';

type Frame<Kind extends ClientFrame['kind']> = Extract<ClientFrame, { kind: Kind }>;

interface Reading {
  readonly subscription: Subscription;
  readonly leave: Leave;
}

export class ConnectionQueues {
  readonly #parts: Parts;
  readonly #caller: Caller;
  readonly #outlet: Outlet;
  readonly #deliveries: Deliveries;
  readonly #sends: Bucket;
  readonly #proofs: Bucket;
  readonly #writers = new Map<string, QueueNumber>();
  readonly #readers = new Map<string, Reading>();
  readonly #bells = new Map<string, Leave>();

  constructor(parts: Parts, caller: Caller, outlet: Outlet) {
    const { limits } = parts;
    this.#parts = parts;
    this.#caller = caller;
    this.#outlet = outlet;
    this.#deliveries = new Deliveries(parts, outlet);
    this.#sends = new Bucket({ perSecond: limits.sendsPerConnection, burst: limits.sendsPerConnectionBurst });
    this.#proofs = new Bucket({ perSecond: limits.proofsPerConnection, burst: limits.proofsPerConnectionBurst });
  }

  async registerWriter(frame: Frame<'key'>): Promise<Answer> {
    if (!isPublicKey(frame.writerKey)) return refusal('SYNTAX');
    const standing = await this.#parts.store.registerWriter(frame.sid, frame.writerKey);
    return isSameKey(standing, frame.writerKey) ? OK : refusal('AUTH');
  }

  async openWriting(frame: Frame<'open'>): Promise<Answer> {
    const retryMs = this.#proofs.take(frame.proofs.length);
    if (retryMs > 0) return refusal('RATE', retryMs);
    if (this.#rights + frame.proofs.length > this.#parts.limits.subscriptions) return refusal('QUOTA');
    const queues = await Promise.all(frame.proofs.map((proof) => this.#provenWriter(proof)));
    for (const queue of queues) if (queue) this.#writers.set(idKey(queue.sid), queue.number);
    return { frame: { kind: 'ok-proofs', accepted: queues.map((queue) => queue !== null) } };
  }

  async #provenWriter({ sid, signature }: OpenProof): Promise<Queue | null> {
    const queue = await this.#parts.store.queueBySid(sid);
    const message = proofMessage({ origin: this.#caller.origin, nonce: this.#caller.nonce, queueId: sid, role: 'writer' });
    const isProved = await provesRight({ publicKey: queue?.writerKey ?? null, message, signature });
    return isProved ? queue : null;
  }

  async subscribe(frame: Frame<'sub'>): Promise<Answer> {
    const retryMs = this.#proofs.take(frame.proofs.length);
    if (retryMs > 0) return refusal('RATE', retryMs);
    if (this.#rights + frame.proofs.length > this.#parts.limits.subscriptions) return refusal('QUOTA');
    const starts = await Promise.all(frame.proofs.map((proof) => this.#provenStart(proof)));
    return {
      frame: { kind: 'ok-proofs', accepted: starts.map((start) => start !== null) },
      after: () => {
        for (const start of starts) start?.();
      },
    };
  }

  /** What begins once the proof has been accepted; null when it is refused. */
  async #provenStart(proof: SubProof): Promise<(() => void) | null> {
    const { rid, role, signature } = proof;
    const queue = await this.#parts.store.queueByRid(rid);
    const publicKey = (role === 'reader' ? queue?.readerKey : queue?.doorbellKey) ?? null;
    const message = proofMessage({ origin: this.#caller.origin, nonce: this.#caller.nonce, queueId: rid, role });
    const isProved = await provesRight({ publicKey, message, signature });
    if (!isProved || !queue) return null;
    const newest = await this.#parts.store.newest(queue.number, this.#parts.clock.now());
    return () => {
      this.#warnOfIdleness(queue);
      if (role === 'doorbell') return this.#startBell(queue, newest);
      this.#caller.admission.give();
      this.#noteReader(queue);
      this.#startReading(queue, newest, proof.isLive);
    };
  }

  /** A doorbell may still call its owner in time; a reader learns how near it was. */
  #warnOfIdleness({ rid, idleDays }: Queue): void {
    const { queueWarnDays, queueIdleDays } = this.#parts.limits;
    if (idleDays >= queueWarnDays) this.#outlet.send({ kind: 'idle', rid, daysLeft: Math.max(0, queueIdleDays - idleDays) });
  }

  /** Once a day at most, and nobody waits for it: a reader comes again. */
  #noteReader(queue: Queue): void {
    if (queue.idleDays === 0) return;
    const { store, log } = this.#parts;
    store.noteReader(queue.number).catch((error: unknown) => log.error('note-failed', { code: failureCode(error) }));
  }

  #startReading(queue: Queue, newest: number, isLive: boolean): void {
    const key = idKey(queue.rid);
    this.#stopReading(key);
    if (!this.#outlet.isOpen) return;
    const subscription: Subscription = {
      queue: queue.number,
      // A copy in V8's own heap, an eighth of a buffer's size; and nothing below may hold on to the rest of the queue.
      rid: queue.rid.slice(),
      cursor: 0,
      inFlight: new Set(),
      endAt: newest,
      isEnded: false,
    };
    const leave = this.#parts.router.attachReader(queue.number, {
      wake: () => this.#deliveries.wake(subscription),
      signal: (payload) => isLive && this.#signalReader(subscription.rid, payload),
      replaced: () => this.#outlet.close(CLOSE_REPLACED),
    });
    this.#readers.set(key, { subscription, leave });
    this.#deliveries.wake(subscription);
  }

  #signalReader(rid: Bytes, payload: Bytes): boolean {
    if (!this.#outlet.isOpen || !this.#outlet.hasRoom) return false;
    this.#outlet.send({ kind: 'sig', rid, payload });
    return true;
  }

  #startBell(queue: Queue, newest: number): void {
    const key = idKey(queue.rid);
    this.#stopBell(key);
    if (!this.#outlet.isOpen) return;
    const rid = queue.rid.slice();
    const ring = () => this.#outlet.send({ kind: 'bell', rid });
    this.#bells.set(key, this.#parts.router.attachBell(queue.number, { ring }));
    if (newest > 0) ring();
  }

  unsubscribe(frame: Frame<'unsub'>): Answer {
    for (const rid of frame.rids) {
      this.#stopReading(idKey(rid));
      this.#stopBell(idKey(rid));
    }
    return OK;
  }

  async send(frame: Frame<'send'>): Promise<Answer> {
    const { sid, messageId, cell, ttlSeconds } = frame;
    const queue = this.#writers.get(idKey(sid));
    if (queue === undefined) return refusal('AUTH');
    const retryMs = this.#sends.take() || this.#parts.budgets.sends.take(queue);
    if (retryMs > 0) return refusal('RATE', retryMs);
    const { store, clock, limits, retentionSeconds, router, handovers, metrics } = this.#parts;
    const nowMs = clock.now();
    const expiresAtMs = nowMs + lifetimeMs(ttlSeconds, retentionSeconds);
    const quota = { messages: limits.queueMessages, bytes: limits.queueBytes };
    const appended = await store.append({ queue, messageId, cell, nowMs, expiresAtMs }, quota);
    if (appended.kind === 'no-queue') return refusal('AUTH');
    if (appended.kind === 'over-quota') return refusal('QUOTA');
    if (appended.isNew) {
      handovers.stored(appended.sequence);
      metrics.messages.add('stored');
      router.wake(queue);
    }
    return { frame: { kind: 'ok-stored', expiresInSeconds: Math.floor((appended.expiresAtMs - nowMs) / 1000) } };
  }

  async acknowledge(frame: Frame<'ack'>): Promise<Answer> {
    const reading = this.#readers.get(idKey(frame.rid));
    if (!reading) return refusal('AUTH');
    const sequence = await this.#parts.store.removeMessage(reading.subscription.queue, frame.messageId);
    if (sequence !== null) this.#parts.metrics.messages.add('acknowledged');
    this.#deliveries.settle(reading.subscription, frame.messageId);
    return OK;
  }

  async delete(frame: Frame<'del'>): Promise<Answer> {
    const key = idKey(frame.queueId);
    const reading = this.#readers.get(key);
    const queue = reading?.subscription.queue ?? this.#writers.get(key);
    if (queue === undefined) return refusal('AUTH');
    const { store, handovers, metrics } = this.#parts;
    const sequence = await store.removeMessage(queue, frame.messageId);
    if (reading) this.#deliveries.settle(reading.subscription, frame.messageId);
    if (sequence === null) return refusal('NO_MSG');
    metrics.messages.add('deleted');
    return { frame: { kind: 'ok-deleted', wasHanded: handovers.wasHanded(queue, sequence) } };
  }

  /** To its writer alone: a taken-back or fetched message looks like one that never was. */
  async look(frame: Frame<'look'>): Promise<Answer> {
    const queue = this.#writers.get(idKey(frame.sid));
    if (queue === undefined) return refusal('AUTH');
    const retryMs = this.#sends.take();
    if (retryMs > 0) return refusal('RATE', retryMs);
    const isWaiting = await this.#parts.store.areWaiting(queue, frame.messageIds, this.#parts.clock.now());
    return { frame: { kind: 'ok-waiting', isWaiting } };
  }

  /** Gone before anything else is read on this connection; its writers are refused from their next frame on. */
  async close(frame: Frame<'close'>): Promise<Answer> {
    const key = idKey(frame.rid);
    const reading = this.#readers.get(key);
    if (!reading) return refusal('AUTH');
    await this.#parts.store.removeQueue(reading.subscription.queue);
    this.#stopReading(key);
    this.#stopBell(key);
    return OK;
  }

  async signal(frame: Frame<'sig'>): Promise<Answer> {
    const queue = this.#writers.get(idKey(frame.sid));
    if (queue === undefined) return refusal('AUTH');
    const retryMs = this.#sends.take();
    if (retryMs > 0) return refusal('RATE', retryMs);
    return (await this.#parts.router.signal(queue, frame.payload)) ? OK : refusal('NO_MSG');
  }

  /** The connection has closed. */
  leave(): void {
    for (const key of [...this.#readers.keys()]) this.#stopReading(key);
    for (const key of [...this.#bells.keys()]) this.#stopBell(key);
    this.#writers.clear();
  }

  get #rights(): number {
    return this.#readers.size + this.#bells.size + this.#writers.size;
  }

  #stopReading(key: string): void {
    const reading = this.#readers.get(key);
    if (!reading) return;
    reading.subscription.isEnded = true;
    reading.leave();
    this.#readers.delete(key);
  }

  #stopBell(key: string): void {
    this.#bells.get(key)?.();
    this.#bells.delete(key);
  }
}
