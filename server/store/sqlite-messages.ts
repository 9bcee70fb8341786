/**
 * Waiting messages in SQLite, and what is known of them in memory. Every change runs inside a transaction of the caller's; after one
 * that was rolled back, `forget`.
 */
import type { Bytes } from '../../lib/protocol/bytes';
import type { Database } from './engine';
import { type QueueLoad, QueueLoads } from './loads';
import { RecentMessages } from './recent';
import type { Appended, NewMessage, QueueNumber, QueueQuota, WaitingMessage, WaitingRange, WaitingTotals } from './store';

interface MessageRow {
  readonly sequence: number;
  readonly message_id: Bytes;
  readonly stored_at: number;
  readonly cell: Bytes;
}

interface RemovedRow {
  readonly sequence: number;
  readonly bytes: number;
}

function prepare(database: Database) {
  const sql = (text: string) => database.prepare(text);
  return {
    last: sql('SELECT coalesce(max(sequence), 0) AS sequence FROM messages'),
    add: sql('INSERT INTO messages (sequence, queue, message_id, stored_at, expires_at, cell) VALUES (?, ?, ?, ?, ?, ?)'),
    expiry: sql('SELECT expires_at FROM messages WHERE queue = ? AND message_id = ?'),
    // No row for a queue that is not there.
    load: sql(
      'SELECT count(sequence) AS messages, coalesce(sum(length(cell)), 0) AS bytes FROM queues LEFT JOIN messages ON queue = number WHERE number = ? GROUP BY number',
    ),
    waiting: sql(
      'SELECT sequence, message_id, stored_at, cell FROM messages WHERE queue = ? AND sequence > ? AND expires_at > ? ORDER BY sequence LIMIT ?',
    ),
    newest: sql('SELECT sequence FROM messages WHERE queue = ? AND expires_at > ? ORDER BY sequence DESC LIMIT 1'),
    // Readers acknowledge in order: the search ends with its first entries.
    remove: sql(
      'DELETE FROM messages WHERE sequence = (SELECT sequence FROM messages WHERE queue = ? AND message_id = ? ORDER BY sequence LIMIT 1) RETURNING sequence, length(cell) AS bytes',
    ),
    removeAt: sql('DELETE FROM messages WHERE sequence = ?'),
    totals: sql('SELECT count(*) AS messages, coalesce(sum(length(cell)), 0) AS bytes FROM messages INDEXED BY messages_in_order'),
    removeQueue: sql('DELETE FROM messages WHERE queue = ? RETURNING length(cell) AS bytes'),
    sweep: sql(
      'DELETE FROM messages WHERE sequence IN (SELECT sequence FROM messages WHERE expires_at <= ? ORDER BY expires_at LIMIT ?) RETURNING length(cell) AS bytes',
    ),
  };
}

export class SqliteMessages {
  readonly #sql: ReturnType<typeof prepare>;
  readonly #recent = new RecentMessages();
  readonly #loads: QueueLoads;
  /** Null until somebody asks: counting walks an index of all that waits. */
  #totals: WaitingTotals | null = null;
  /** Only rises: where a sequence came back, a reader past it would never see its message. After a restart no reader is past any. */
  #lastSequence: number;

  constructor(database: Database) {
    this.#sql = prepare(database);
    this.#lastSequence = (this.#sql.last.get() as { sequence: number }).sequence;
    this.#loads = new QueueLoads((queue) => this.#sql.load.get(queue) as QueueLoad | undefined);
  }

  append(message: NewMessage, quota: QueueQuota): Appended {
    const { queue, messageId, cell, nowMs, expiresAtMs } = message;
    const firstExpiresAtMs = this.#expiryOf(queue, messageId);
    if (firstExpiresAtMs !== null) {
      if (firstExpiresAtMs > nowMs) return { kind: 'stored', expiresAtMs: firstExpiresAtMs, isNew: false };
      this.remove(queue, messageId);
    }
    const load = this.#loads.of(queue);
    if (!load) return { kind: 'no-queue' };
    if (load.messages >= quota.messages || load.bytes + cell.length > quota.bytes) return { kind: 'over-quota' };
    this.#lastSequence += 1;
    const sequence = this.#lastSequence;
    this.#sql.add.run(sequence, queue, messageId, nowMs, expiresAtMs, cell);
    this.#loads.added(queue, cell.length);
    this.#count(1, cell.length);
    this.#recent.add(queue, { sequence, messageId, storedAtMs: nowMs, cell, expiresAtMs });
    return { kind: 'stored', expiresAtMs, isNew: true, sequence };
  }

  /** Null when it does not wait. Where a reader keeps up, all that waits is known in memory, and an index need not say so again. */
  #expiryOf(queue: QueueNumber, messageId: Bytes): number | null {
    const known = this.#recent.find(queue, messageId);
    if (known || this.#recent.count(queue) === this.#loads.of(queue)?.messages) return known?.expiresAtMs ?? null;
    return (this.#sql.expiry.get(queue, messageId) as { expires_at: number } | undefined)?.expires_at ?? null;
  }

  waiting(range: WaitingRange): readonly WaitingMessage[] {
    const recent = this.#recent.waiting(range);
    if (recent !== null) return recent;
    const rows = this.#sql.waiting.all(range.queue, range.after, range.nowMs, range.limit) as MessageRow[];
    return rows.map((row) => ({ sequence: row.sequence, messageId: row.message_id, storedAtMs: row.stored_at, cell: row.cell }));
  }

  newest(queue: QueueNumber, nowMs: number): number {
    return (this.#sql.newest.get(queue, nowMs) as { sequence: number } | undefined)?.sequence ?? 0;
  }

  isWaiting(queue: QueueNumber, messageId: Bytes, nowMs: number): boolean {
    return (this.#expiryOf(queue, messageId) ?? 0) > nowMs;
  }

  /** Its sequence; null when it was not there. */
  remove(queue: QueueNumber, messageId: Bytes): number | null {
    const removed = this.#removed(queue, messageId);
    if (!removed) return null;
    this.#loads.removed(queue, removed.bytes);
    this.#count(-1, -removed.bytes);
    return removed.sequence;
  }

  #removed(queue: QueueNumber, messageId: Bytes): RemovedRow | undefined {
    const known = this.#recent.find(queue, messageId);
    if (!known) return this.#sql.remove.get(queue, messageId) as RemovedRow | undefined;
    this.#recent.remove(queue, known);
    this.#sql.removeAt.run(known.sequence);
    return { sequence: known.sequence, bytes: known.cell.length };
  }

  /** All that waits in a queue that is about to go. */
  removeQueue(queue: QueueNumber): void {
    for (const { bytes } of this.#sql.removeQueue.all(queue) as { bytes: number }[]) this.#count(-1, -bytes);
    this.#recent.forget(queue);
    this.#loads.forget(queue);
  }

  sweep(nowMs: number, limit: number): number {
    const swept = this.#sql.sweep.all(nowMs, limit) as { bytes: number }[];
    if (swept.length > 0) this.#forgetQueues();
    for (const { bytes } of swept) this.#count(-1, -bytes);
    return swept.length;
  }

  totals(): WaitingTotals {
    this.#totals ??= this.#sql.totals.get() as WaitingTotals;
    return { ...this.#totals };
  }

  /** The tables may have changed behind what is known of them. */
  forget(): void {
    this.#forgetQueues();
    this.#totals = null;
  }

  #forgetQueues(): void {
    this.#recent.clear();
    this.#loads.clear();
  }

  #count(messages: number, bytes: number): void {
    if (this.#totals) this.#totals = { messages: this.#totals.messages + messages, bytes: this.#totals.bytes + bytes };
  }
}
