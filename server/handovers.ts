/**
 * Knows which messages no reader can have been handed, so that who takes one back is told the truth. Held in memory, in a few bytes a
 * queue, and always free to forget: what isn't known is "maybe", as is all that was stored before this process began. It holds for a
 * process that alone hands out what it stores; where several do, each must answer "maybe".
 */
import type { QueueNumber } from './store/store';

const MAX_QUEUES = 100_000;

export class Handovers {
  readonly #maxQueues: number;
  /** The first sequence that this process stored. */
  #since = Number.POSITIVE_INFINITY;
  /** Up to here any message of any queue may have been handed over. */
  #forgotten = 0;
  /** The latest sequence handed over, the queue handed from longest ago first. */
  readonly #upTo = new Map<QueueNumber, number>();
  /** How many are reading a queue from the store to hand it over. */
  readonly #reading = new Map<QueueNumber, number>();

  constructor(maxQueues = MAX_QUEUES) {
    this.#maxQueues = maxQueues;
  }

  stored(sequence: number): void {
    this.#since = Math.min(this.#since, sequence);
  }

  /** To be called before the store is read: a message removed meanwhile may still be among what was read. */
  readingBegins(queue: QueueNumber): void {
    this.#reading.set(queue, (this.#reading.get(queue) ?? 0) + 1);
  }

  /** With the sequence of the last message handed over, 0 for none. */
  readingEnds(queue: QueueNumber, upTo: number): void {
    const others = (this.#reading.get(queue) ?? 1) - 1;
    if (others > 0) this.#reading.set(queue, others);
    else this.#reading.delete(queue);
    if (upTo > 0) this.#note(queue, upTo);
  }

  #note(queue: QueueNumber, upTo: number): void {
    const latest = Math.max(upTo, this.#upTo.get(queue) ?? 0);
    this.#upTo.delete(queue);
    this.#upTo.set(queue, latest);
    if (this.#upTo.size <= this.#maxQueues) return;
    const [[oldest, sequence] = [queue, latest]] = this.#upTo;
    this.#upTo.delete(oldest);
    this.#forgotten = Math.max(this.#forgotten, sequence);
  }

  /** Of a message that has just been removed. "no" is certain, for whatever reader comes. */
  wasHanded(queue: QueueNumber, sequence: number): 'no' | 'maybe' {
    const isUnknown = sequence < this.#since || sequence <= this.#forgotten || this.#reading.has(queue);
    return isUnknown || sequence <= (this.#upTo.get(queue) ?? 0) ? 'maybe' : 'no';
  }
}
