/**
 * Hands waiting messages to one connection, queue by queue in turn, each queue in order, and never more than `inFlight`
 * unacknowledged per queue. Messages come from the store alone: a wake-up only says that it is worth asking again.
 */
import type { Bytes } from '../lib/protocol/bytes';
import { CLOSE_OVERLOAD } from '../lib/protocol/relay';
import type { Clock } from './clock';
import { idKey } from './id';
import type { Limits } from './limits';
import { failureCode, type Log } from './log';
import type { Outlet } from './outlet';
import type { QueueNumber, Store } from './store/store';

/** One queue being read on one connection. */
export interface Subscription {
  readonly queue: QueueNumber;
  readonly rid: Bytes;
  /** Everything up to here has been handed over on this connection. */
  cursor: number;
  readonly inFlight: Set<string>;
  /** Where `end` is due: the newest message when it was subscribed. Null once said. */
  endAt: number | null;
  isEnded: boolean;
}

// Read from the store at once: at most 256 KiB, so that one queue's turn stays short.
const TURN_MESSAGES = 16;

export class Deliveries {
  readonly #ready = new Set<Subscription>();
  readonly #parts: { readonly store: Store; readonly clock: Clock; readonly limits: Limits; readonly log: Log };
  readonly #outlet: Outlet;
  #isRunning = false;

  constructor(parts: { readonly store: Store; readonly clock: Clock; readonly limits: Limits; readonly log: Log }, outlet: Outlet) {
    this.#parts = parts;
    this.#outlet = outlet;
  }

  wake(subscription: Subscription): void {
    this.#ready.add(subscription);
    this.#start();
  }

  /** The message no longer counts as in flight. */
  settle(subscription: Subscription, messageId: Bytes): void {
    const wasFull = subscription.inFlight.size >= this.#parts.limits.inFlight;
    if (subscription.inFlight.delete(idKey(messageId)) && wasFull) this.wake(subscription);
  }

  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#run().catch((error: unknown) => {
      this.#isRunning = false;
      this.#parts.log.error('delivery-failed', { code: failureCode(error) });
      this.#outlet.close(CLOSE_OVERLOAD);
    });
  }

  async #run(): Promise<void> {
    for (const subscription of this.#ready) {
      if (!this.#outlet.isOpen) break;
      if (!this.#outlet.hasRoom) {
        this.#outlet.whenRoom(() => this.#start());
        break;
      }
      this.#ready.delete(subscription);
      if (await this.#turn(subscription)) this.#ready.add(subscription);
    }
    this.#isRunning = false;
  }

  /** True when more may wait. */
  async #turn(subscription: Subscription): Promise<boolean> {
    const { store, clock, limits } = this.#parts;
    const limit = Math.min(TURN_MESSAGES, limits.inFlight - subscription.inFlight.size);
    const nowMs = clock.now();
    const { queue, rid } = subscription;
    const messages = limit > 0 ? await store.waiting({ queue, after: subscription.cursor, limit, nowMs }) : [];
    if (subscription.isEnded) return false;
    for (const { sequence, messageId, storedAtMs, cell } of messages) {
      subscription.cursor = sequence;
      subscription.inFlight.add(idKey(messageId));
      const ageSeconds = Math.max(0, Math.floor((nowMs - storedAtMs) / 1000));
      this.#outlet.send({ kind: 'msg', rid, messageId, ageSeconds, cell });
    }
    const isExhausted = limit > 0 && messages.length < limit;
    this.#sayEnd(subscription, isExhausted);
    return limit > 0 && !isExhausted;
  }

  #sayEnd(subscription: Subscription, isExhausted: boolean): void {
    if (subscription.endAt === null || !(isExhausted || subscription.cursor >= subscription.endAt)) return;
    subscription.endAt = null;
    this.#outlet.send({ kind: 'end', rid: subscription.rid });
  }
}
