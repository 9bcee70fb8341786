import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backUp, Refusal, restore } from '../../../server/backup';
import { openDatabase } from '../../../server/store/engine';
import { migrate } from '../../../server/store/schema';
import { openSqliteStore } from '../../../server/store/sqlite';
import type { Store } from '../../../server/store/store';
import { storeFacts } from './store-facts';
import { busyStoreFacts } from './store-facts-busy';

let folder: string;
let dataDir: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tincan-backup-'));
  dataDir = join(folder, 'data');
  file = join(folder, 'copy.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A store that has been backed up and restored is a store like any other. */
function openRestored(directory: string): Store {
  if (!readdirSync(directory).includes('relay.db')) {
    const origin = mkdtempSync(join(directory, 'origin-'));
    const store = openSqliteStore(origin);
    backUp(origin, join(directory, 'copy'));
    restore(directory, join(directory, 'copy'), { isReplacing: false });
    void store.close();
  }
  return openSqliteStore(directory);
}
storeFacts('restored SQLite', openRestored);
busyStoreFacts('restored SQLite', openRestored);

const bytes = (size: number, value: number) => new Uint8Array(size).fill(value);

/** With one queue and so many messages in it. */
async function filled(directory: string, messages: number): Promise<Store> {
  const store = openSqliteStore(directory);
  const key = bytes(32, 1);
  await store.createQueue({
    newId: bytes(16, 1),
    readerKey: key,
    doorbellKey: key,
    rid: bytes(24, 1),
    sid: bytes(24, 2),
    doorBits: 0,
    tokenHash: null,
  });
  const { number: queue } = (await store.queueByRid(bytes(24, 1))) ?? { number: 0 };
  for (let value = 1; value <= messages; value++)
    await store.append(
      { queue, messageId: bytes(16, value), cell: bytes(4096, value), nowMs: 1, expiresAtMs: 9e12 },
      { messages: 99, bytes: 1e9 },
    );
  return store;
}

async function messagesIn(directory: string): Promise<number> {
  const store = openSqliteStore(directory);
  const { messages } = await store.waitingTotals();
  await store.close();
  return messages;
}

function refusalOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  return 'not refused';
}

test('a store whose relay died is backed up whole, with what only its log holds', async () => {
  const store = await filled(dataDir, 20);
  // Copied while open: what a killed process leaves behind.
  const dead = join(folder, 'dead');
  mkdirSync(dead);
  for (const name of ['relay.db', 'relay.db-wal']) writeFileSync(join(dead, name), readFileSync(join(dataDir, name)));
  await store.close();
  expect(readFileSync(join(dead, 'relay.db-wal')).length).toBeGreaterThan(20 * 4096);
  expect(backUp(dead, file)).toMatchObject({ messages: 20, queues: 1 });
  restore(join(folder, 'new'), file, { isReplacing: false });
  expect(await messagesIn(join(folder, 'new'))).toBe(20);
  expect(await messagesIn(dead)).toBe(20);
});

describe('a backup is refused', () => {
  test('over a file that exists, into a folder that does not, and of a directory without a store', async () => {
    await filled(dataDir, 1).then((store) => store.close());
    writeFileSync(file, 'precious');
    expect(refusalOf(() => backUp(dataDir, file))).toBe(`${file} exists already. Choose another name, or remove it.`);
    expect(readFileSync(file, 'utf8')).toBe('precious');
    expect(refusalOf(() => backUp(dataDir, join(folder, 'no', 'where.db')))).toContain('(ENOENT). Check the room and the rights there.');
    expect(refusalOf(() => backUp(join(folder, 'empty'), join(folder, 'b.db')))).toContain("There is no relay's database in");
    expect(readdirSync(folder).toSorted()).toEqual(['copy.db', 'data']);
  });
});

describe('a restore is refused and changes nothing', () => {
  test('over a running relay, over a store unless told to replace it, and over what an earlier one has kept', async () => {
    const old = await filled(dataDir, 2);
    await filled(join(folder, 'other'), 5).then((store) => store.close());
    backUp(join(folder, 'other'), file);
    const overOld = (isReplacing: boolean) => refusalOf(() => restore(dataDir, file, { isReplacing }));
    expect(overOld(true)).toBe(`A relay runs on ${dataDir}. Stop it first.`);
    await old.close();
    expect(overOld(false)).toContain('add --replace');
    expect(await messagesIn(dataDir)).toBe(2);
    const { replaced } = restore(dataDir, file, { isReplacing: true });
    expect(await messagesIn(dataDir)).toBe(5);
    expect(overOld(true)).toContain('still lies there from an earlier restore');
    expect(await messagesIn(dataDir)).toBe(5);
    expect(replaced).toBe(join(dataDir, 'relay.db.before-restore'));
    restore(join(folder, 'kept'), replaced ?? '', { isReplacing: false });
    expect(await messagesIn(join(folder, 'kept'))).toBe(2);
  });

  test('with a file that is missing, no database, cut short, damaged, or of a newer relay', async () => {
    await filled(dataDir, 4).then((store) => store.close());
    backUp(dataDir, file);
    const copy = readFileSync(file);
    const write = (name: string, content: Uint8Array) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const newer = write('newer.db', copy);
    const database = openDatabase(newer);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const damaged = Buffer.from(copy);
    damaged.fill(0xff, 4096, 3 * 4096);
    const cases: readonly (readonly [path: string, reason: string])[] = [
      [join(folder, 'missing.db'), 'There is no file'],
      [write('text.db', Buffer.from('not a database, though long enough to be looked at '.repeat(99))), "is no relay's database"],
      [write('empty.db', Buffer.alloc(0)), "is no relay's database"],
      [write('short.db', copy.subarray(0, copy.length - 4096)), "is no relay's database"],
      [write('damaged.db', damaged), "is no relay's database"],
      [newer, 'by a newer Tincan'],
    ];
    for (const [path, reason] of cases)
      expect(
        refusalOf(() => restore(dataDir, path, { isReplacing: true })),
        path,
      ).toContain(reason);
    expect(readdirSync(dataDir).filter((name) => /unfinished|before/.test(name))).toEqual([]);
    expect(await messagesIn(dataDir)).toBe(4);
  });

  test('but a damaged store gives way to a backup, and is kept with its log', async () => {
    await filled(join(folder, 'other'), 3).then((store) => store.close());
    backUp(join(folder, 'other'), file);
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'relay.db'), 'damaged beyond recognition'.repeat(200));
    writeFileSync(join(dataDir, 'relay.db-wal'), 'its log');
    expect(() => openSqliteStore(dataDir)).toThrow(expect.objectContaining({ code: 'damaged' }));
    restore(dataDir, file, { isReplacing: true });
    expect(await messagesIn(dataDir)).toBe(3);
    expect(readFileSync(join(dataDir, 'relay.db.before-restore'), 'utf8')).toContain('damaged beyond');
    expect(readFileSync(join(dataDir, 'relay.db.before-restore-wal'), 'utf8')).toBe('its log');
  });
});

test('a backup of an earlier version is restored into this one', async () => {
  const old = openDatabase(file);
  migrate(old, 1);
  old.close();
  restore(dataDir, file, { isReplacing: false });
  await filled(dataDir, 2).then((store) => store.close());
  expect(await messagesIn(dataDir)).toBe(2);
});

test('after a clean end the one file holds everything', async () => {
  await filled(dataDir, 7).then((store) => store.close());
  mkdirSync(join(folder, 'copied'));
  writeFileSync(join(folder, 'copied', 'relay.db'), readFileSync(join(dataDir, 'relay.db')));
  expect(await messagesIn(join(folder, 'copied'))).toBe(7);
});
