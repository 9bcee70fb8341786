import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Batch } from '../../../server/store/batch';
import { type Database, openDatabase } from '../../../server/store/engine';
import { migrate } from '../../../server/store/schema';
import { openRelayDatabase, openSqliteStore } from '../../../server/store/sqlite';
import { StoreError } from '../../../server/store/store';
import { seeded } from '../../support/seed';
import { storeFacts } from './store-facts';
import { busyStoreFacts } from './store-facts-busy';

storeFacts('SQLite', openSqliteStore);
busyStoreFacts('SQLite', openSqliteStore);

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tincan-sqlite-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function storeErrorOf(error: unknown): string {
  return error instanceof StoreError ? error.code : `not a StoreError: ${String(error)}`;
}

const fill = (size: number, value: number) => new Uint8Array(size).fill(value);

describe('a database of an earlier relay', () => {
  test('gives out what waits in it, in order, and counts it', async () => {
    const database = openDatabase(join(directory, 'relay.db'));
    migrate(database, 2);
    const queue = database.prepare('INSERT INTO queues (rid, sid, new_id, reader_key, doorbell_key) VALUES (?, ?, ?, ?, ?)');
    queue.run(fill(24, 1), fill(24, 2), fill(16, 3), fill(32, 4), fill(32, 5));
    const add = database.prepare('INSERT INTO messages (queue, message_id, stored_at, expires_at, cell) VALUES (1, ?, 0, 9000, ?)');
    for (const value of [7, 3, 5]) add.run(fill(16, value), fill(4096, value));
    database.close();
    const store = openSqliteStore(directory);
    const waiting = await store.waiting({ queue: 1, after: 0, limit: 9, nowMs: 0 });
    expect(waiting.map(({ cell }) => cell)).toEqual([7, 3, 5].map((value) => fill(4096, value)));
    const more = { queue: 1, messageId: fill(16, 8), cell: fill(4096, 8), nowMs: 0, expiresAtMs: 9000 };
    expect(await store.append(more, { messages: 3, bytes: 1e9 })).toEqual({ kind: 'over-quota' });
    expect(await store.append({ ...more, messageId: fill(16, 3) }, { messages: 9, bytes: 1e9 })).toMatchObject({ isNew: false });
    await store.close();
  });
});

describe('what is kept in memory', () => {
  test('is what the database holds, through removals, sweeps and failed commits', async () => {
    const random = seeded('recent messages');
    const below = (limit: number) => Math.floor(random() * limit);
    const store = openSqliteStore(directory);
    const wish = (value: number, rid = value) => ({
      ...{ newId: fill(16, value), readerKey: fill(32, 1), doorbellKey: fill(32, 1), doorBits: 0, tokenHash: null },
      ...{ rid: fill(24, rid), sid: fill(24, value) },
    });
    for (const value of [1, 2, 3]) await store.createQueue(wish(value));
    const database = openDatabase(join(directory, 'relay.db'));
    const stored = database.prepare('SELECT cell FROM messages WHERE queue = ? AND sequence > ? AND expires_at > ? ORDER BY sequence');
    const quota = { messages: 100, bytes: 1e9 };
    let nowMs = 1000;
    const step = (): Promise<unknown> => {
      const [queue, messageId] = [1 + below(3), fill(16, below(120))];
      const message = { queue, messageId, cell: fill(4096, below(256)), nowMs, expiresAtMs: nowMs + 1 + below(400) };
      const kind = below(20);
      if (kind < 12) return store.append(message, quota);
      if (kind < 18) return store.removeMessage(queue, messageId);
      // An id that is taken: the commit it is part of fails, and is made again without it.
      return kind === 18 ? store.createQueue(wish(99, 1)).catch(() => null) : store.sweep(nowMs, 5);
    };
    for (let round = 0; round < 40; round++) {
      await Promise.all(Array.from({ length: 1 + below(24) }, step));
      nowMs += below(60);
      const held = database.prepare('SELECT count(*) AS messages, coalesce(sum(length(cell)), 0) AS bytes FROM messages').get();
      expect(await store.waitingTotals()).toEqual({ ...(held as object) });
      for (const queue of [1, 2, 3]) {
        const newest = await store.newest(queue, nowMs);
        for (const after of [0, newest - 1 - below(8)]) {
          const given = await store.waiting({ queue, after, limit: 1000, nowMs });
          const held = stored.all(queue, after, nowMs) as { cell: Uint8Array }[];
          expect(given.map(({ cell }) => cell[0])).toEqual(held.map(({ cell }) => cell[0]));
        }
        const { count } = database.prepare('SELECT count(*) AS count FROM messages WHERE queue = ?').get(queue) as { count: number };
        const probe = { queue, messageId: fill(16, 250), cell: fill(4096, 0), nowMs, expiresAtMs: nowMs + 1 };
        expect(await store.append(probe, { messages: count, bytes: 1e9 })).toEqual({ kind: 'over-quota' });
        expect(await store.append(probe, { messages: count + 1, bytes: 1e9 })).toMatchObject({ isNew: true });
        expect(await store.removeMessage(queue, probe.messageId)).toBeGreaterThan(0);
      }
    }
    database.close();
    await store.close();
  }, 30_000);
});

describe('one data directory', () => {
  test('belongs to one relay at a time', async () => {
    const store = openSqliteStore(directory);
    expect(() => openSqliteStore(directory)).toThrow(expect.objectContaining({ code: 'in-use' }));
    await store.close();
    await openSqliteStore(directory).close();
  });

  test("written by a newer relay is refused, and can be opened again by that one's lock", async () => {
    await openSqliteStore(directory).close();
    const database = openDatabase(join(directory, 'relay.db'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => openSqliteStore(directory)).toThrow(expect.objectContaining({ code: 'newer-schema' }));
    expect(() => openSqliteStore(directory)).toThrow(expect.objectContaining({ code: 'newer-schema' }));
  });

  test('holds a database that reaches the disk at every commit', () => {
    const database = openRelayDatabase(join(directory, 'relay.db'));
    expect(database.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
    // 2 is FULL: an fsync of the log at each commit.
    expect(database.prepare('PRAGMA synchronous').get()).toMatchObject({ synchronous: 2 });
    database.close();
  });
});

describe('a batch', () => {
  let database: Database;
  let batch: Batch;

  beforeEach(() => {
    database = openDatabase(join(directory, 'batch.db'));
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (v INTEGER UNIQUE, b BLOB)');
    batch = new Batch(database);
  });
  afterEach(() => database.close());

  const insert = (value: number, size = 1) =>
    batch.change(() => database.prepare('INSERT INTO t VALUES (?, ?)').run(value, new Uint8Array(size)));
  const stored = () => (database.prepare('SELECT v FROM t ORDER BY v').all() as { v: number }[]).map(({ v }) => v);

  test('of one turn is one transaction', async () => {
    let commits = 0;
    const counting = new Batch({
      exec: (sql) => {
        if (sql === 'COMMIT') commits += 1;
        database.exec(sql);
      },
      prepare: (sql) => database.prepare(sql),
      close: () => {},
    });
    await Promise.all([1, 2, 3].map((value) => counting.change(() => database.prepare('INSERT INTO t VALUES (?, null)').run(value))));
    expect(commits).toBe(1);
    expect(stored()).toEqual([1, 2, 3]);
  });

  test('promises nothing before the commit', async () => {
    const order: string[] = [];
    const watched = new Batch({
      exec: (sql) => {
        order.push(sql);
        database.exec(sql);
      },
      prepare: (sql) => database.prepare(sql),
      close: () => {},
    });
    await watched.change(() => order.push('run')).then(() => order.push('told'));
    expect(order).toEqual(['BEGIN IMMEDIATE', 'run', 'COMMIT', 'told']);
  });

  test('whose commit fails breaks its promise, though every statement had run', async () => {
    const uncommitted = new Batch({
      exec: (sql) => {
        if (sql === 'COMMIT') throw new Error('I/O error');
        database.exec(sql);
      },
      prepare: (sql) => database.prepare(sql),
      close: () => {},
    });
    const failure = await uncommitted
      .change(() => database.prepare('INSERT INTO t VALUES (1, null)').run())
      .then(() => 'kept', storeErrorOf);
    expect(failure).toBe('unavailable');
    expect(stored()).toEqual([]);
  });

  test('with one change that fails keeps the others', async () => {
    const results = await Promise.allSettled([insert(1), insert(1), insert(2)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(stored()).toEqual([1, 2]);
  });

  test('on a full disk fails with that code, keeps what is stored, and goes on when there is room', async () => {
    await insert(1);
    const { page_count: pages } = database.prepare('PRAGMA page_count').get() as { page_count: number };
    database.exec(`PRAGMA max_page_count = ${pages + 2}`);
    const failure = await insert(2, 100_000).then(() => 'stored', storeErrorOf);
    expect(failure).toBe('full');
    await insert(3);
    expect(stored()).toEqual([1, 3]);
  });

  test('that can reach no database fails with a code and nothing of the statement', async () => {
    database.close();
    const error: unknown = await insert(1).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(storeErrorOf(error)).toBe('unavailable');
    expect(String(error)).toBe('StoreError: unavailable');
    database = openDatabase(join(directory, 'batch.db'));
  });
});
