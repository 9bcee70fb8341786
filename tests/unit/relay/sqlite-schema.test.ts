/** What earlier versions left in the database is taken over, and what is stored costs no statement more. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../server/store/engine';
import { migrate, SCHEMA_VERSION } from '../../../server/store/schema';
import { openRelayDatabase, openSqliteStore, SqliteStore } from '../../../server/store/sqlite';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tincan-schema-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** What a relay of each schema wrote: the first knew queues, messages and invites. */
const OLD_ROWS = `
  INSERT INTO queues (number, rid, sid, new_id, reader_key, doorbell_key) VALUES (7, x'01', x'02', x'03', x'04', x'05');
  INSERT INTO messages (queue, message_id, stored_at, expires_at, cell) VALUES (7, x'0a', 1, 9000, x'aabb'), (7, x'0b', 2, 9000, x'ccddee');
  INSERT INTO invites (invite_id, owner_key, sealed, expires_at) VALUES (x'06', x'07', x'08', 9000);
  UPDATE clock SET latest_ms = 1234;
`;

describe('a database of an earlier version', () => {
  test.each(Array.from({ length: SCHEMA_VERSION }, (_, at) => at + 1))(
    '%i of the schema keeps everything and learns the rest',
    async (version) => {
      const database = openDatabase(join(directory, 'relay.db'));
      migrate(database, version);
      expect(database.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: version });
      database.exec(OLD_ROWS);
      database.close();
      const store = openSqliteStore(directory);
      const queue = await store.queueByRid(Uint8Array.of(1));
      expect(queue).toMatchObject({ number: 7, sid: Uint8Array.of(2), writerKey: null, doorBits: 0, idleDays: 0 });
      const waiting = await store.waiting({ queue: 7, after: 0, limit: 9, nowMs: 5 });
      expect(waiting.map(({ cell }) => [...cell])).toEqual([
        [0xaa, 0xbb],
        [0xcc, 0xdd, 0xee],
      ]);
      expect(await store.waitingTotals()).toEqual({ messages: 2, bytes: 5 });
      expect(await store.inviteOwner(Uint8Array.of(6), 5)).toEqual(Uint8Array.of(7));
      expect(await store.latestTime()).toBe(1234);
      expect(await store.removeMessage(7, Uint8Array.of(0x0a))).toBeGreaterThan(0);
      expect(await store.waitingTotals()).toEqual({ messages: 1, bytes: 3 });
      if (version < SCHEMA_VERSION) {
        // No number twice, not even of what an earlier version made.
        const [rid, key] = [Uint8Array.of(8), Uint8Array.of(9)];
        await store.removeQueue(7);
        await store.createQueue({ newId: rid, readerKey: key, doorbellKey: key, rid, sid: key, doorBits: 0, tokenHash: null });
        expect((await store.queueByRid(rid))?.number).toBe(8);
        expect(await store.waitingTotals()).toEqual({ messages: 0, bytes: 0 });
      }
      await store.close();
    },
  );
});

/** Of one row, or the engine's own: walking them costs the same always. */
const SMALL = /SCAN (clock|pragma_\w+|CONSTANT ROW)/;
/** Counted once, when first asked for. */
const ONCE = 'SCAN messages USING COVERING INDEX messages_in_order';

describe('the cost', () => {
  test('of no statement grows with what is stored: each finds its rows by an index', () => {
    const database = openRelayDatabase(join(directory, 'relay.db'));
    const statements: string[] = [];
    const listening = {
      exec: () => {},
      close: () => {},
      prepare: (sql: string) => {
        statements.push(sql);
        return database.prepare(sql);
      },
    };
    new SqliteStore(listening, database);
    const walks = statements.flatMap((sql) => {
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Array.from({ length: sql.split('?').length - 1 }, () => null));
      const steps = (plan as { detail: string }[]).map(({ detail }) => detail);
      return steps.some((step) => step.startsWith('SCAN') && !SMALL.test(step) && step !== ONCE) ? [`${sql}: ${steps.join('; ')}`] : [];
    });
    expect(statements.length).toBeGreaterThan(30);
    expect(walks).toEqual([]);
    database.close();
  });

  test('of a sweep that finds nothing is the same over 10,000 messages as over none', async () => {
    const [empty, full] = [openSqliteStore(join(directory, 'empty')), openSqliteStore(join(directory, 'full'))];
    const database = openDatabase(join(directory, 'full', 'relay.db'));
    database.exec(`
      INSERT INTO queues (number, rid, sid, new_id, reader_key, doorbell_key) VALUES (7, x'01', x'02', x'03', x'04', x'05');
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
        INSERT INTO messages (queue, message_id, stored_at, expires_at, cell) SELECT 7, CAST(i AS BLOB), 1, 9000 + i, x'aabb' FROM n;
    `);
    const costMs = async (store: typeof empty) => {
      const startMs = performance.now();
      for (let count = 0; count < 20; count++) await store.sweep(5000, 500);
      return performance.now() - startMs;
    };
    const costs: [number, number][] = [];
    for (let round = 0; round < 9; round++) costs.push([await costMs(empty), await costMs(full)]);
    const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
    const ratio = median(costs.map(([, over]) => over)) / median(costs.map(([under]) => under));
    console.log(`a sweep over 10,000 messages that have time costs ${ratio.toFixed(2)} of one over none`);
    // Walking them would be a factor of some hundred.
    expect(ratio).toBeLessThan(5);
    await Promise.all([empty.close(), full.close()]);
    database.close();
  }, 30_000);
});
