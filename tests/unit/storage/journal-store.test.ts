import 'fake-indexeddb/auto';
import { promisifyRequest } from 'idb-keyval';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store, StoreKey } from '../../../lib/app/ports';
import { type Database, openRecords } from '../../../lib/storage/database';
import { createJournalStore } from '../../../lib/storage/journal-store';
import { createVault } from '../../../lib/storage/vault';

let database: Database;
let store: Store;
let name = '';
let damaged: StoreKey[] = [];
const dataKey = crypto.getRandomValues(new Uint8Array(32));

async function open(): Promise<void> {
  database = openRecords(name);
  damaged = [];
  const vault = await createVault(crypto, dataKey.slice());
  store = createJournalStore(
    database,
    () => vault,
    (key) => void damaged.push(key),
  );
}

beforeEach(async () => {
  name = crypto.randomUUID();
  await open();
});
afterEach(() => database.close());

/** Everything the database holds, as it lies there. */
function rawRecords(): Promise<readonly (readonly [IDBValidKey, unknown])[]> {
  return database.use('readonly', async (records) => {
    const [keys, values] = await Promise.all([promisifyRequest(records.getAllKeys()), promisifyRequest(records.getAll())]);
    return keys.map((key, i) => [key, values[i]] as const);
  });
}

function rawPut(key: IDBValidKey, value: unknown): Promise<boolean> {
  return database.writeStrictly((records) => void records.put(value, key));
}

const put = (key: (string | number)[], value: unknown) => ({ kind: 'put' as const, key, value });

describe('a record', () => {
  it('comes back as it was, bytes included, also after the browser was closed', async () => {
    const value = { text: 'Grüße 👋', list: [1, null, { deep: new Uint8Array([0, 255, 7]) }] };
    await store.commit([put(['message', 'c', 1], value)]);
    database.close();
    await open();
    expect(await store.get(['message', 'c', 1])).toEqual(value);
  });

  it('lies sealed: neither its text nor its field names are in the database', async () => {
    await store.commit([put(['message', 'c', 1], { text: 'under the blue pot' })]);
    const lying = await rawRecords();
    const bytes = lying.flatMap(([, value]) => (value instanceof Uint8Array ? [Buffer.from(value).toString('latin1')] : []));
    expect(bytes).toHaveLength(1);
    expect(bytes.join()).not.toMatch(/blue pot|text/);
  });

  it('that is written twice the same is not the same bytes', async () => {
    await store.commit([put(['a', 1], 'x'), put(['a', 2], 'x')]);
    const [first, second] = (await rawRecords())
      .filter(([key]) => Array.isArray(key))
      .map(([, value]) => Buffer.from(value as Uint8Array).toString('hex'));
    expect(first).not.toBe(second);
  });

  it('moved under another key, or with one bit changed, does not open, and harms no other', async () => {
    await store.commit([put(['contact', 'a'], 'Ana'), put(['contact', 'b'], 'Jun'), put(['message', 'a', 1], 'hello')]);
    const records = new Map((await rawRecords()).map(([key, value]) => [JSON.stringify(key), value as Uint8Array]));
    await rawPut(['contact', 'a'], records.get('["contact","b"]'));
    const changed = Uint8Array.from(records.get('["message","a",1]') as Uint8Array);
    changed[20] = (changed[20] as number) ^ 1;
    await rawPut(['message', 'a', 1], changed);
    expect(await store.get(['contact', 'a'])).toBeUndefined();
    expect(await store.get(['message', 'a', 1])).toBeUndefined();
    expect(await store.get(['contact', 'b'])).toBe('Jun');
    expect(await store.range(['contact'])).toEqual([[['contact', 'b'], 'Jun']]);
    expect(damaged).toEqual([
      ['contact', 'a'],
      ['message', 'a', 1],
      ['contact', 'a'],
    ]);
  });
});

describe('a commit', () => {
  it('is all or nothing', async () => {
    const bad = { kind: 'put' as const, key: ['a', Number.NaN], value: 1 };
    await expect(store.commit([put(['a', 1], 1), bad])).rejects.toMatchObject({ code: 'storage-failed' });
    expect(await store.range(['a'])).toEqual([]);
  });

  it('deletes and puts in one', async () => {
    await store.commit([put(['a', 1], 'old')]);
    await store.commit([{ kind: 'delete', key: ['a', 1] }, put(['a', 2], 'new')]);
    expect((await store.range(['a'])).map(([key]) => key)).toEqual([['a', 2]]);
  });

  it('that adds under a taken key writes nothing at all, and says so', async () => {
    expect(await store.commit([{ kind: 'add', key: ['a', 1], value: 'first' }])).toBe(true);
    expect(await store.commit([put(['b', 1], 'beside'), { kind: 'add', key: ['a', 1], value: 'second' }])).toBe(false);
    expect(await store.get(['a', 1])).toBe('first');
    expect(await store.range(['b'])).toEqual([]);
  });

  it('asks for strict durability', async () => {
    const asked: unknown[] = [];
    const original = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (...given: Parameters<IDBDatabase['transaction']>) {
      if (given[1] === 'readwrite') asked.push(given[2]);
      return original.apply(this, given);
    };
    await store.commit([put(['a', 1], 1)]);
    IDBDatabase.prototype.transaction = original;
    expect(asked).toEqual([{ durability: 'strict' }]);
  });
});

describe('a range', () => {
  beforeEach(async () => {
    const messages = Array.from({ length: 12 }, (_, i) => put(['message', 'c', i + 1], i + 1));
    await store.commit([...messages, put(['message', 'd', 1], 'other'), put(['messages', 'c', 1], 'near'), put(['message', 'c'], 'short')]);
  });
  const read = async (...given: Parameters<Store['range']>) => (await store.range(...given)).map(([, value]) => value);

  it('reads what continues the prefix, in the order of numbers', async () => {
    expect(await read(['message', 'c'])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('reads a window from the end', async () => {
    expect(await read(['message', 'c'], { limit: 3, isReversed: true })).toEqual([12, 11, 10]);
    expect(await read(['message', 'c'], { limit: 3, isReversed: true, before: 10 })).toEqual([9, 8, 7]);
    expect(await read(['message', 'c'], { after: 10 })).toEqual([11, 12]);
  });

  it('reads deeper keys through a short prefix', async () => {
    expect(await read(['message'])).toHaveLength(14);
  });
});

it('a profile of a newer version is told so, and left alone', async () => {
  database.close();
  const newer = indexedDB.open(name, 99);
  await promisifyRequest(newer);
  newer.result.close();
  await expect(openRecords(name).use('readonly', () => 1)).rejects.toMatchObject({ code: 'storage-outdated' });
});

it('a database of an earlier version is refused, not read as if it were new, and left as it was', async () => {
  const name = `earlier ${crypto.randomUUID()}`;
  const open = (version?: number) =>
    new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name, version);
      request.onupgradeneeded = () => request.result.createObjectStore('records').put(new Uint8Array([7]), ['kept']);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  (await open(1)).close();
  for (let i = 0; i < 2; i++) await expect(openRecords(name).use('readonly', () => 1)).rejects.toMatchObject({ code: 'storage-older' });
  const database = await open();
  expect([database.version, [...database.objectStoreNames]]).toEqual([1, ['records']]);
  database.close();
});
