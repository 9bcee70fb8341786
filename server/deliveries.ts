/**
 * Hands waiting messages to one connection, queue by queue in turn, each queue in order, and never more than `inFlight`
 * unacknowledged per queue. Messages come from the store alone: a wake-up only says that it is worth asking again.
 */
import type { Bytes } from '../lib/protocol/bytes';
import { CLOSE_OVERLOAD } from '../lib/protocol/relay';
import type { Clock } from './clock';
import type { Handovers } from './handovers';
import { idKey } from './id';
import type { Limits } from './limits';
import { failureCode, type Log } from './log';
import type { Outlet } from './outlet';
import type { QueueNumber, Store, WaitingMessage } from './store/store';

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

interface DeliveryParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly handovers: Handovers;
  readonly log: Log;
}

export class Deliveries {
  readonly #ready = new Set<Subscription>();
  readonly #parts: DeliveryParts;
  readonly #outlet: Outlet;
  #isRunning = false;

  constructor(parts: DeliveryParts, outlet: Outlet) {
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
    const limit = Math.min(TURN_MESSAGES, this.#parts.limits.inFlight - subscription.inFlight.size);
    const count = limit > 0 ? await this.#handOver(subscription, limit) : 0;
    if (subscription.isEnded) return false;
    const isExhausted = limit > 0 && count < limit;
    this.#sayEnd(subscription, isExhausted);
    return limit > 0 && !isExhausted;
  }

  /** How many were there. */
  async #handOver(subscription: Subscription, limit: number): Promise<number> {
    const { store, clock, handovers } = this.#parts;
    const { queue, cursor } = subscription;
    const nowMs = clock.now();
    let handedUpTo = 0;
    handovers.readingBegins(queue);
    try {
      const messages = await store.waiting({ queue, after: cursor, limit, nowMs });
      if (subscription.isEnded) return 0;
      for (const message of messages) this.#hand(subscription, message, nowMs);
      handedUpTo = messages.at(-1)?.sequence ?? 0;
      return messages.length;
    } finally {
      handovers.readingEnds(queue, handedUpTo);
    }
  }

  #hand(subscription: Subscription, { sequence, messageId, storedAtMs, cell }: WaitingMessage, nowMs: number): void {
    subscription.cursor = sequence;
    subscription.inFlight.add(idKey(messageId));
    const ageSeconds = Math.max(0, Math.floor((nowMs - storedAtMs) / 1000));
    this.#outlet.send({ kind: 'msg', rid: subscription.rid, messageId, ageSeconds, cell });
  }

  #sayEnd(subscription: Subscription, isExhausted: boolean): void {
    if (subscription.endAt === null || !(isExhausted || subscription.cursor >= subscription.endAt)) return;
    subscription.endAt = null;
    this.#outlet.send({ kind: 'end', rid: subscription.rid });
  }
}
