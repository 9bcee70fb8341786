/**
 * The newest messages of the queues written last, as they stand in the database, so that a reader who is there costs no query.
 * Holds committed messages only, between two transactions; bounded, and always free to forget.
 */
import type { Bytes } from '../../lib/protocol/bytes';
import { equalBytes } from '../../lib/protocol/bytes';
import type { QueueNumber, WaitingMessage, WaitingRange } from './store';

export interface RecentMessage extends WaitingMessage {
  readonly expiresAtMs: number;
}

interface Tail {
  /** Whatever waits in the queue with a later sequence is in `messages`, oldest first. */
  after: number;
  messages: RecentMessage[];
}

interface Bounds {
  readonly queues: number;
  readonly bytes: number;
  readonly perQueue: number;
}

const BOUNDS: Bounds = { queues: 10_000, bytes: 16 * 1024 * 1024, perQueue: 64 };

export class RecentMessages {
  readonly #bounds: Bounds;
  /** The queue written longest ago first. */
  readonly #tails = new Map<QueueNumber, Tail>();
  #bytes = 0;

  constructor(bounds = BOUNDS) {
    this.#bounds = bounds;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The newest message of its queue. */
  add(queue: QueueNumber, message: RecentMessage): void {
    const tail = this.#tails.get(queue) ?? { after: message.sequence - 1, messages: [] };
    this.#tails.delete(queue);
    this.#tails.set(queue, tail);
    tail.messages.push(message);
    this.#bytes += message.cell.length;
    if (tail.messages.length > this.#bounds.perQueue) this.#shorten(tail);
    while (this.#bytes > this.#bounds.bytes || this.#tails.size > this.#bounds.queues) this.#forgetOldest();
  }

  find(queue: QueueNumber, messageId: Bytes): RecentMessage | null {
    return this.#tails.get(queue)?.messages.find((message) => equalBytes(message.messageId, messageId)) ?? null;
  }

  /** How many of a queue's messages are known here: its newest. */
  count(queue: QueueNumber): number {
    return this.#tails.get(queue)?.messages.length ?? 0;
  }

  remove(queue: QueueNumber, message: RecentMessage): void {
    const messages = this.#tails.get(queue)?.messages ?? [];
    const index = messages.indexOf(message);
    if (index < 0) return;
    messages.splice(index, 1);
    this.#bytes -= message.cell.length;
  }

  /** Null when only the database knows. */
  waiting(range: WaitingRange): readonly WaitingMessage[] | null {
    const tail = this.#tails.get(range.queue);
    if (!tail || range.after < tail.after) return null;
    const found = tail.messages.filter(({ sequence, expiresAtMs }) => sequence > range.after && expiresAtMs > range.nowMs);
    return found.length > range.limit ? found.slice(0, range.limit) : found;
  }

  forget(queue: QueueNumber): void {
    for (const { cell } of this.#tails.get(queue)?.messages ?? []) this.#bytes -= cell.length;
    this.#tails.delete(queue);
  }

  clear(): void {
    this.#tails.clear();
    this.#bytes = 0;
  }

  #shorten(tail: Tail): void {
    const oldest = tail.messages.shift();
    if (!oldest) return;
    tail.after = oldest.sequence;
    this.#bytes -= oldest.cell.length;
  }

  #forgetOldest(): void {
    const [oldest] = this.#tails.keys();
    if (oldest !== undefined) this.forget(oldest);
  }
}
