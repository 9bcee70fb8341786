/** The embedded store: SQLite in WAL mode, synchronous=FULL, so that a commit has reached the disk when it returns. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bytes } from '../../lib/protocol/bytes';
import { equalBytes } from '../../lib/protocol/bytes';
import { Batch } from './batch';
import { type Database, lockDirectory, openDatabase } from './engine';
import { migrate } from './schema';
import { SqliteMessages } from './sqlite-messages';
import type {
  Appended,
  BoxChange,
  BoxPut,
  NewInvite,
  NewMessage,
  NewQueue,
  Queue,
  QueueNumber,
  QueueQuota,
  Store,
  WaitingMessage,
  WaitingRange,
} from './store';

interface QueueRow {
  readonly number: number;
  readonly rid: Bytes;
  readonly sid: Bytes;
  readonly reader_key: Bytes;
  readonly doorbell_key: Bytes;
  readonly writer_key: Bytes | null;
}

interface BoxRow {
  readonly number: number;
  readonly owner_key: Bytes;
  readonly revision: number;
  readonly last_resort: Bytes;
}

const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  PRAGMA secure_delete = FAST;
  PRAGMA cache_size = -65536;
`;

function prepare(database: Database) {
  const sql = (text: string) => database.prepare(text);
  return {
    addQueue: sql(
      'INSERT INTO queues (rid, sid, new_id, reader_key, doorbell_key) VALUES (?, ?, ?, ?, ?) ON CONFLICT (new_id, reader_key) DO NOTHING',
    ),
    queueByNew: sql('SELECT * FROM queues WHERE new_id = ? AND reader_key = ?'),
    queueByRid: sql('SELECT number, rid, sid, reader_key, doorbell_key, writer_key FROM queues WHERE rid = ?'),
    queueBySid: sql('SELECT number, rid, sid, reader_key, doorbell_key, writer_key FROM queues WHERE sid = ?'),
    nobodysQueue: sql(
      'SELECT 0 AS number, zeroblob(24) AS rid, zeroblob(24) AS sid, zeroblob(32) AS reader_key, zeroblob(32) AS doorbell_key, zeroblob(32) AS writer_key',
    ),
    setWriter: sql('UPDATE queues SET writer_key = ? WHERE sid = ? AND writer_key IS NULL'),
    addInvite: sql('INSERT INTO invites (invite_id, owner_key, sealed, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT (invite_id) DO NOTHING'),
    invite: sql('SELECT owner_key, sealed, taker_key FROM invites WHERE invite_id = ? AND expires_at > ?'),
    claimInvite: sql('UPDATE invites SET taker_key = ? WHERE invite_id = ? AND expires_at > ? AND taker_key IS NULL'),
    removeInvite: sql('DELETE FROM invites WHERE invite_id = ?'),
    removeExpiredInvite: sql('DELETE FROM invites WHERE invite_id = ? AND expires_at <= ?'),
    sweepInvites: sql(
      'DELETE FROM invites WHERE invite_id IN (SELECT invite_id FROM invites WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)',
    ),
    box: sql('SELECT number, owner_key, revision, last_resort FROM boxes WHERE box_id = ? AND expires_at > ?'),
    putBox: sql(
      'INSERT INTO boxes (box_id, owner_key, revision, last_resort, expires_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (box_id) DO UPDATE SET revision = excluded.revision, last_resort = excluded.last_resort, expires_at = excluded.expires_at',
    ),
    removeBox: sql('DELETE FROM boxes WHERE box_id = ?'),
    removeExpiredBox: sql('DELETE FROM boxes WHERE box_id = ? AND expires_at <= ?'),
    bundlesLeft: sql('SELECT count(*) AS count FROM bundles WHERE box = ?'),
    addBundle: sql('INSERT INTO bundles (box, sealed) VALUES (?, ?)'),
    firstBundle: sql('SELECT number, sealed FROM bundles WHERE box = ? ORDER BY number LIMIT 1'),
    removeBundle: sql('DELETE FROM bundles WHERE number = ?'),
    removeBundles: sql('DELETE FROM bundles WHERE box = ?'),
    sweepBoxes: sql('DELETE FROM boxes WHERE number IN (SELECT number FROM boxes WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)'),
    latestTime: sql('SELECT latest_ms FROM clock'),
    noteTime: sql('UPDATE clock SET latest_ms = max(latest_ms, ?)'),
  };
}

function toQueue(row: QueueRow | undefined): Queue | null {
  if (!row) return null;
  const { number, rid, sid } = row;
  return { number, rid, sid, readerKey: row.reader_key, doorbellKey: row.doorbell_key, writerKey: row.writer_key };
}

class SqliteStore implements Store {
  readonly #database: Database;
  readonly #lock: Database;
  readonly #batch: Batch;
  readonly #messages: SqliteMessages;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(database: Database, lock: Database) {
    this.#database = database;
    this.#lock = lock;
    this.#messages = new SqliteMessages(database);
    this.#batch = new Batch(database, () => this.#messages.forget());
    this.#sql = prepare(database);
  }

  createQueue(wish: NewQueue): Promise<Queue> {
    return this.#batch.change(() => {
      this.#sql.addQueue.run(wish.rid, wish.sid, wish.newId, wish.readerKey, wish.doorbellKey);
      return toQueue(this.#sql.queueByNew.get(wish.newId, wish.readerKey) as QueueRow) as Queue;
    });
  }

  async queueByRid(rid: Bytes): Promise<Queue | null> {
    return this.#found(this.#sql.queueByRid.get(rid));
  }

  async queueBySid(sid: Bytes): Promise<Queue | null> {
    return this.#found(this.#sql.queueBySid.get(sid));
  }

  /** A queue that is missing takes as long to read as one that is there: making a row into objects is most of the time. */
  #found(row: unknown): Queue | null {
    const queue = toQueue((row ?? this.#sql.nobodysQueue.get()) as QueueRow);
    return row === undefined ? null : queue;
  }

  registerWriter(sid: Bytes, writerKey: Bytes): Promise<Bytes | null> {
    return this.#batch.change(() => {
      this.#sql.setWriter.run(writerKey, sid);
      return toQueue(this.#sql.queueBySid.get(sid) as QueueRow | undefined)?.writerKey ?? null;
    });
  }

  append(message: NewMessage, quota: QueueQuota): Promise<Appended> {
    return this.#batch.change(() => this.#messages.append(message, quota));
  }

  async waiting(range: WaitingRange): Promise<readonly WaitingMessage[]> {
    return this.#messages.waiting(range);
  }

  async newest(queue: QueueNumber, nowMs: number): Promise<number> {
    return this.#messages.newest(queue, nowMs);
  }

  removeMessage(queue: QueueNumber, messageId: Bytes): Promise<boolean> {
    return this.#batch.change(() => this.#messages.remove(queue, messageId));
  }

  putInvite(invite: NewInvite): Promise<boolean> {
    return this.#batch.change(() => {
      this.#sql.removeExpiredInvite.run(invite.inviteId, invite.nowMs);
      this.#sql.addInvite.run(invite.inviteId, invite.ownerKey, invite.sealed, invite.expiresAtMs);
      const row = this.#sql.invite.get(invite.inviteId, invite.nowMs) as { owner_key: Bytes } | undefined;
      return row !== undefined && equalBytes(row.owner_key, invite.ownerKey);
    });
  }

  takeInvite(take: { inviteId: Bytes; takerKey: Bytes; nowMs: number }): Promise<Bytes | null> {
    return this.#batch.change(() => {
      this.#sql.claimInvite.run(take.takerKey, take.inviteId, take.nowMs);
      const row = this.#sql.invite.get(take.inviteId, take.nowMs) as { sealed: Bytes; taker_key: Bytes } | undefined;
      return row && equalBytes(row.taker_key, take.takerKey) ? row.sealed : null;
    });
  }

  async inviteOwner(inviteId: Bytes, nowMs: number): Promise<Bytes | null> {
    return (this.#sql.invite.get(inviteId, nowMs) as { owner_key: Bytes } | undefined)?.owner_key ?? null;
  }

  removeInvite(inviteId: Bytes): Promise<void> {
    return this.#batch.change(() => {
      this.#sql.removeInvite.run(inviteId);
    });
  }

  #boxRow(boxId: Bytes, nowMs: number): BoxRow | undefined {
    return this.#sql.box.get(boxId, nowMs) as BoxRow | undefined;
  }

  putBox(change: BoxChange, maxLeft: number): Promise<BoxPut> {
    const { boxId, ownerKey, revision, oneTimes, nowMs } = change;
    return this.#batch.change(() => {
      this.#sql.removeExpiredBox.run(boxId, nowMs);
      const before = this.#boxRow(boxId, nowMs);
      if (before && !equalBytes(before.owner_key, ownerKey)) return { kind: 'taken' };
      const left = before ? (this.#sql.bundlesLeft.get(before.number) as { count: number }).count : 0;
      if (before && before.revision >= revision) return { kind: 'box', revision: before.revision, left };
      const leftAfter = (change.isReplacement ? 0 : left) + oneTimes.length;
      if (leftAfter > maxLeft) return { kind: 'over-quota' };
      this.#sql.putBox.run(boxId, ownerKey, revision, change.lastResort, change.expiresAtMs);
      const { number } = this.#boxRow(boxId, nowMs) as BoxRow;
      if (change.isReplacement) this.#sql.removeBundles.run(number);
      for (const sealed of oneTimes) this.#sql.addBundle.run(number, sealed);
      return { kind: 'box', revision, left: leftAfter };
    });
  }

  takeBundle(boxId: Bytes, nowMs: number): Promise<Bytes | null> {
    return this.#batch.change(() => {
      const box = this.#boxRow(boxId, nowMs);
      if (!box) return null;
      const bundle = this.#sql.firstBundle.get(box.number) as { number: number; sealed: Bytes } | undefined;
      if (!bundle) return box.last_resort;
      this.#sql.removeBundle.run(bundle.number);
      return bundle.sealed;
    });
  }

  async boxOwner(boxId: Bytes, nowMs: number): Promise<Bytes | null> {
    return this.#boxRow(boxId, nowMs)?.owner_key ?? null;
  }

  removeBox(boxId: Bytes): Promise<void> {
    return this.#batch.change(() => {
      this.#sql.removeBox.run(boxId);
    });
  }

  sweep(nowMs: number, limit: number): Promise<number> {
    return this.#batch.change(() => {
      const messages = this.#messages.sweep(nowMs, limit);
      const invites = Number(this.#sql.sweepInvites.run(nowMs, limit).changes);
      return messages + invites + Number(this.#sql.sweepBoxes.run(nowMs, limit).changes);
    });
  }

  async latestTime(): Promise<number> {
    return (this.#sql.latestTime.get() as { latest_ms: number }).latest_ms;
  }

  noteTime(nowMs: number): Promise<void> {
    return this.#batch.change(() => {
      this.#sql.noteTime.run(nowMs);
    });
  }

  flush(): Promise<void> {
    return this.#batch.flushed();
  }

  async close(): Promise<void> {
    await this.flush();
    this.#database.close();
    this.#lock.close();
  }
}

/** @throws {StoreError} newer-schema */
export function openRelayDatabase(path: string): Database {
  const database = openDatabase(path);
  database.exec(PRAGMAS);
  migrate(database);
  return database;
}

/** @throws {StoreError} in-use, newer-schema; the file system's own error when the directory can't be made or written. */
export function openSqliteStore(directory: string): Store {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = lockDirectory(join(directory, 'relay.lock'));
  try {
    return new SqliteStore(openRelayDatabase(join(directory, 'relay.db')), lock);
  } catch (error) {
    lock.close();
    throw error;
  }
}
