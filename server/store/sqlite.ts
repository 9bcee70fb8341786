/** The embedded store: SQLite in WAL mode, synchronous=FULL, so that a commit has reached the disk when it returns. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bytes } from '../../lib/protocol/bytes';
import { Batch, type Commit } from './batch';
import { DATABASE_FILE, type Database, LOCK_FILE, lockDirectory, openDatabase, storeError } from './engine';
import { migrate } from './schema';
import { SqliteBoxes } from './sqlite-boxes';
import { SqliteInvites } from './sqlite-invites';
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
  WaitingTotals,
} from './store';

interface QueueRow {
  readonly number: number;
  readonly rid: Bytes;
  readonly sid: Bytes;
  readonly reader_key: Bytes;
  readonly doorbell_key: Bytes;
  readonly writer_key: Bytes | null;
  readonly door_bits: number;
  readonly read_on_day: number;
}

const PRAGMAS = `
  PRAGMA busy_timeout = 2000;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  PRAGMA secure_delete = FAST;
  PRAGMA cache_size = -65536;
`;

const QUEUE = 'number, rid, sid, reader_key, doorbell_key, writer_key, door_bits, read_on_day';

function prepare(database: Database) {
  const sql = (text: string) => database.prepare(text);
  return {
    nextQueueNumber: sql('UPDATE queue_numbers SET latest = latest + 1 WHERE id = 1'),
    addQueue: sql(
      'INSERT INTO queues (number, rid, sid, new_id, reader_key, doorbell_key, door_bits, read_on_day) SELECT latest, ?, ?, ?, ?, ?, ?, ? FROM queue_numbers WHERE id = 1',
    ),
    noteReader: sql('UPDATE queues SET read_on_day = max(read_on_day, ?) WHERE number = ?'),
    idleQueues: sql('SELECT number FROM queues WHERE read_on_day <= ? ORDER BY read_on_day LIMIT ?'),
    removeQueue: sql('DELETE FROM queues WHERE number = ?'),
    addToken: sql('INSERT INTO tokens (token_hash) VALUES (?)'),
    isTokenFree: sql('SELECT 1 FROM tokens WHERE token_hash = ? AND queue IS NULL'),
    useToken: sql('UPDATE tokens SET queue = (SELECT latest FROM queue_numbers WHERE id = 1) WHERE token_hash = ?'),
    queueByNew: sql('SELECT * FROM queues WHERE new_id = ? AND reader_key = ?'),
    queueByRid: sql(`SELECT ${QUEUE} FROM queues WHERE rid = ?`),
    queueBySid: sql(`SELECT ${QUEUE} FROM queues WHERE sid = ?`),
    nobodysQueue: sql(
      'SELECT 0 AS number, zeroblob(24) AS rid, zeroblob(24) AS sid, zeroblob(32) AS reader_key, zeroblob(32) AS doorbell_key, zeroblob(32) AS writer_key, 0 AS door_bits, 0 AS read_on_day',
    ),
    setWriter: sql('UPDATE queues SET writer_key = ? WHERE sid = ? AND writer_key IS NULL AND door_bits = 0'),
    freePages: sql('SELECT freelist_count * page_size AS bytes FROM pragma_freelist_count, pragma_page_size'),
    latestTime: sql('SELECT latest_ms FROM clock'),
    runningTime: sql('SELECT running_ms FROM clock'),
    noteTime: sql('UPDATE clock SET latest_ms = max(latest_ms, ?), running_ms = running_ms + ?'),
  };
}

const DAY_MS = 86_400_000;

type OnCommit = (commit: Commit) => void;

export class SqliteStore implements Store {
  readonly #database: Database;
  readonly #lock: Database | null;
  readonly #batch: Batch;
  readonly #messages: SqliteMessages;
  readonly #invites: SqliteInvites;
  readonly #boxes: SqliteBoxes;
  readonly #sql: ReturnType<typeof prepare>;
  #runningMs: number;
  #notedAtMs: number | null = null;

  constructor(database: Database, lock: Database | null, onCommit?: OnCommit) {
    this.#database = database;
    this.#lock = lock;
    this.#messages = new SqliteMessages(database);
    this.#invites = new SqliteInvites(database);
    this.#boxes = new SqliteBoxes(database);
    this.#batch = new Batch(database, (commit) => {
      if (!commit.isOk) this.#messages.forget();
      onCommit?.(commit);
    });
    this.#sql = prepare(database);
    this.#runningMs = (this.#sql.runningTime.get() as { running_ms: number }).running_ms;
  }

  /** Days that this store has been in use, over all processes. */
  get #day(): number {
    return Math.floor(this.#runningMs / DAY_MS);
  }

  #toQueue(row: unknown): Queue | null {
    if (!row) return null;
    const { number, rid, sid, ...rest } = row as QueueRow;
    const keys = { readerKey: rest.reader_key, doorbellKey: rest.doorbell_key, writerKey: rest.writer_key };
    return { number, rid, sid, ...keys, doorBits: rest.door_bits, idleDays: this.#day - rest.read_on_day };
  }

  createQueue(wish: NewQueue): Promise<Queue | null> {
    const { newId, readerKey, tokenHash } = wish;
    return this.#batch.change(() => {
      const standing = this.#toQueue(this.#sql.queueByNew.get(newId, readerKey));
      if (standing) return standing;
      if (tokenHash && !this.#sql.isTokenFree.get(tokenHash)) return null;
      this.#sql.nextQueueNumber.run();
      this.#sql.addQueue.run(wish.rid, wish.sid, newId, readerKey, wish.doorbellKey, wish.doorBits, this.#day);
      if (tokenHash) this.#sql.useToken.run(tokenHash);
      return this.#toQueue(this.#sql.queueByNew.get(newId, readerKey));
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
    const queue = this.#toQueue(row ?? this.#sql.nobodysQueue.get());
    return row === undefined ? null : queue;
  }

  noteReader(queue: QueueNumber): Promise<void> {
    return this.#batch.change(() => {
      this.#sql.noteReader.run(this.#day, queue);
    });
  }

  #dropQueue(queue: QueueNumber): void {
    this.#messages.removeQueue(queue);
    this.#sql.removeQueue.run(queue);
  }

  removeQueue(queue: QueueNumber): Promise<void> {
    return this.#batch.change(() => this.#dropQueue(queue));
  }

  removeIdleQueues(idleDays: number, limit: number): Promise<number> {
    return this.#batch.change(() => {
      const idle = this.#sql.idleQueues.all(this.#day - idleDays, limit) as { number: QueueNumber }[];
      for (const { number } of idle) this.#dropQueue(number);
      return idle.length;
    });
  }

  addToken(tokenHash: Bytes): Promise<void> {
    return this.#batch.change(() => {
      this.#sql.addToken.run(tokenHash);
    });
  }

  registerWriter(sid: Bytes, writerKey: Bytes): Promise<Bytes | null> {
    return this.#batch.change(() => {
      this.#sql.setWriter.run(writerKey, sid);
      return this.#toQueue(this.#sql.queueBySid.get(sid))?.writerKey ?? null;
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

  async areWaiting(queue: QueueNumber, messageIds: readonly Bytes[], nowMs: number): Promise<readonly boolean[]> {
    return messageIds.map((messageId) => this.#messages.isWaiting(queue, messageId, nowMs));
  }

  removeMessage(queue: QueueNumber, messageId: Bytes): Promise<number | null> {
    return this.#batch.change(() => this.#messages.remove(queue, messageId));
  }

  putInvite(invite: NewInvite): Promise<boolean> {
    return this.#batch.change(() => this.#invites.put(invite));
  }

  takeInvite(take: { inviteId: Bytes; takerKey: Bytes; nowMs: number }): Promise<Bytes | null> {
    return this.#batch.change(() => this.#invites.take(take));
  }

  async inviteOwner(inviteId: Bytes, nowMs: number): Promise<Bytes | null> {
    return this.#invites.owner(inviteId, nowMs);
  }

  removeInvite(inviteId: Bytes): Promise<void> {
    return this.#batch.change(() => this.#invites.remove(inviteId));
  }

  putBox(change: BoxChange, maxLeft: number): Promise<BoxPut> {
    return this.#batch.change(() => this.#boxes.put(change, maxLeft));
  }

  takeBundle(boxId: Bytes, nowMs: number): Promise<Bytes | null> {
    return this.#batch.change(() => this.#boxes.take(boxId, nowMs));
  }

  async boxOwner(boxId: Bytes, nowMs: number): Promise<Bytes | null> {
    return this.#boxes.owner(boxId, nowMs);
  }

  removeBox(boxId: Bytes): Promise<void> {
    return this.#batch.change(() => this.#boxes.remove(boxId));
  }

  sweep(nowMs: number, limit: number): Promise<number> {
    return this.#batch.change(
      () => this.#messages.sweep(nowMs, limit) + this.#invites.sweep(nowMs, limit) + this.#boxes.sweep(nowMs, limit),
    );
  }

  async latestTime(): Promise<number> {
    return (this.#sql.latestTime.get() as { latest_ms: number }).latest_ms;
  }

  noteTime(nowMs: number): Promise<void> {
    const elapsedMs = Math.max(0, nowMs - (this.#notedAtMs ?? nowMs));
    this.#notedAtMs = nowMs;
    this.#runningMs += elapsedMs;
    return this.#batch.change(() => {
      this.#sql.noteTime.run(nowMs, elapsedMs);
    });
  }

  async waitingTotals(): Promise<WaitingTotals> {
    return this.#messages.totals();
  }

  async reusableBytes(): Promise<number> {
    return (this.#sql.freePages.get() as { bytes: number }).bytes;
  }

  flush(): Promise<void> {
    return this.#batch.flushed();
  }

  /** The packaged engine leaves its log behind: whoever copies the one file shall have everything. */
  #emptyLog(): void {
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // On a full disk the log keeps what it has for the next start.
    }
  }

  async close(): Promise<void> {
    await this.flush();
    if (this.#lock) this.#emptyLog();
    this.#database.close();
    this.#lock?.close();
  }
}

/** @throws {StoreError} newer-schema */
export function openRelayDatabase(path: string): Database {
  const database = openDatabase(path);
  database.exec(PRAGMAS);
  migrate(database);
  return database;
}

interface OpenStoreOptions {
  readonly onCommit?: OnCommit;
  /** For one change by a command, whether or not the relay runs. */
  readonly isBesideRelay?: boolean;
}

/** @throws {StoreError} in-use, newer-schema, full, damaged, unavailable; the file system's own error when the directory can't be made or written. */
export function openSqliteStore(directory: string, { onCommit, isBesideRelay = false }: OpenStoreOptions = {}): Store {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = isBesideRelay ? null : lockDirectory(join(directory, LOCK_FILE));
  try {
    return new SqliteStore(openRelayDatabase(join(directory, DATABASE_FILE)), lock, onCommit);
  } catch (error) {
    lock?.close();
    throw storeError(error);
  }
}
