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

function prepare(database: Database) {
  const sql = (text: string) => database.prepare(text);
  return {
    add: sql('INSERT INTO messages (queue, message_id, stored_at, expires_at, cell) VALUES (?, ?, ?, ?, ?)'),
    expiry: sql('SELECT expires_at FROM messages WHERE queue = ? AND message_id = ?'),
    // No row for a queue that is not there.
    load: sql(
      'SELECT count(sequence) AS messages, coalesce(sum(length(cell)), 0) AS bytes FROM queues LEFT JOIN messages ON queue = number WHERE number = ? GROUP BY number',
    ),
    waiting: sql(
      'SELECT sequence, message_id, stored_at, cell FROM messages WHERE queue = ? AND sequence > ? AND expires_at > ? ORDER BY sequence LIMIT ?',
    ),
    newest: sql('SELECT sequence FROM messages WHERE queue = ? AND expires_at > ? ORDER BY sequence DESC LIMIT 1'),
    remove: sql('DELETE FROM messages WHERE queue = ? AND message_id = ? RETURNING length(cell) AS bytes'),
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

  constructor(database: Database) {
    this.#sql = prepare(database);
    this.#loads = new QueueLoads((queue) => this.#sql.load.get(queue) as QueueLoad | undefined);
  }

  append(message: NewMessage, quota: QueueQuota): Appended {
    const { queue, messageId, cell, nowMs, expiresAtMs } = message;
    const first = this.#sql.expiry.get(queue, messageId) as { expires_at: number } | undefined;
    if (first && first.expires_at > nowMs) return { kind: 'stored', expiresAtMs: first.expires_at, isNew: false };
    if (first) this.remove(queue, messageId);
    const load = this.#loads.of(queue);
    if (!load) return { kind: 'no-queue' };
    if (load.messages >= quota.messages || load.bytes + cell.length > quota.bytes) return { kind: 'over-quota' };
    const sequence = Number(this.#sql.add.run(queue, messageId, nowMs, expiresAtMs, cell).lastInsertRowid);
    this.#loads.added(queue, cell.length);
    this.#count(1, cell.length);
    this.#recent.add(queue, { sequence, messageId, storedAtMs: nowMs, cell, expiresAtMs });
    return { kind: 'stored', expiresAtMs, isNew: true };
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

  remove(queue: QueueNumber, messageId: Bytes): boolean {
    const removed = this.#sql.remove.get(queue, messageId) as { bytes: number } | undefined;
    if (!removed) return false;
    this.#loads.removed(queue, removed.bytes);
    this.#count(-1, -removed.bytes);
    this.#recent.remove(queue, messageId);
    return true;
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
