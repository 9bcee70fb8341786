/**
 * How much waits in each queue that is written to. Counted once, then carried along: a counter in the database would cost every
 * message two more rows. Bounded, and always free to forget.
 */
import type { QueueNumber } from './store';

export interface QueueLoad {
  readonly messages: number;
  readonly bytes: number;
}

const MAX_QUEUES = 100_000;

export class QueueLoads {
  readonly #loads = new Map<QueueNumber, QueueLoad>();
  readonly #count: (queue: QueueNumber) => QueueLoad | undefined;
  readonly #maxQueues: number;

  constructor(count: (queue: QueueNumber) => QueueLoad | undefined, maxQueues = MAX_QUEUES) {
    this.#count = count;
    this.#maxQueues = maxQueues;
  }

  /** Undefined when there is no such queue. */
  of(queue: QueueNumber): QueueLoad | undefined {
    const known = this.#loads.get(queue);
    if (known) return known;
    if (this.#loads.size >= this.#maxQueues) this.#loads.clear();
    const counted = this.#count(queue);
    if (counted) this.#loads.set(queue, counted);
    return counted;
  }

  added(queue: QueueNumber, bytes: number): void {
    this.#change(queue, 1, bytes);
  }

  removed(queue: QueueNumber, bytes: number): void {
    this.#change(queue, -1, -bytes);
  }

  forget(queue: QueueNumber): void {
    this.#loads.delete(queue);
  }

  clear(): void {
    this.#loads.clear();
  }

  /** What is not known will be counted when it is asked for. */
  #change(queue: QueueNumber, messages: number, bytes: number): void {
    const known = this.#loads.get(queue);
    if (known) this.#loads.set(queue, { messages: known.messages + messages, bytes: known.bytes + bytes });
  }
}
