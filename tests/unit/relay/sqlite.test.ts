import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Batch } from '../../../server/store/batch';
import { type Database, openDatabase } from '../../../server/store/engine';
import { openRelayDatabase, openSqliteStore } from '../../../server/store/sqlite';
import { StoreError } from '../../../server/store/store';
import { storeFacts } from './store-facts';

storeFacts('SQLite', openSqliteStore);

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tincan-sqlite-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function storeErrorOf(error: unknown): string {
  return error instanceof StoreError ? error.code : `not a StoreError: ${String(error)}`;
}

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
