/** The list of profiles and what lies behind it: nothing half made is ever listed, nothing half deleted ever stays. */
import 'fake-indexeddb/auto';
import { promisifyRequest } from 'idb-keyval';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Profiles, StoreKey } from '../../../lib/app/ports';
import type { Argon2Input } from '../../../lib/protocol/argon2';
import { type Bytes, utf8 } from '../../../lib/protocol/bytes';
import { hash } from '../../../lib/protocol/kdf';
import { listDatabases, openRecords } from '../../../lib/storage/database';
import { createProfiles } from '../../../lib/storage/profiles';

const argon2id = async ({ password, salt, passes }: Argon2Input): Promise<Bytes> => hash(utf8(`${passes} `), salt, password);
const PIN = { kind: 'pin', text: '271828' } as const;

let sessions = new Map<string, Bytes>();
let damaged: StoreKey[] = [];
let profiles: Profiles;

/** A worker starts: nothing of the one before is left in memory, nor of its connections. */
function startWorker(): void {
  damaged = [];
  const session = (id: string) => ({
    get: async () => sessions.get(id)?.slice() ?? null,
    set: async (key: Bytes) => void sessions.set(id, key.slice()),
    clear: async () => void sessions.delete(id),
  });
  profiles = createProfiles({ crypto, argon2id, session, now: () => 1_800_000_000_000, onDamaged: (key) => void damaged.push(key) });
}

beforeEach(() => {
  sessions = new Map();
  startWorker();
});
afterEach(async () => {
  vi.restoreAllMocks();
  const { entries } = await profiles.list();
  await profiles.remove(entries.map(({ id }) => id));
  for (const name of await listDatabases()) indexedDB.deleteDatabase(name);
});

async function write(id: string, name: string): Promise<void> {
  const { keyring, store } = profiles.device(id);
  await keyring.open();
  await store.commit([{ kind: 'put', key: ['profile'], value: name }]);
}

async function read(id: string): Promise<unknown> {
  const { keyring, store } = profiles.device(id);
  await keyring.open();
  return store.get(['profile']);
}

async function add(label: string): Promise<string> {
  const id = await profiles.stage();
  await profiles.keep(id, label);
  return id;
}

const ids = async () => (await profiles.list()).entries.map(({ id }) => id);
const everything = async () => (await listDatabases()).filter((name) => name !== 'tincan-profiles').sort();

test('there is one profile before anything is written, and nothing is written to say so', async () => {
  expect(await profiles.list()).toEqual({ entries: [{ id: 'tincan', label: '' }], activeId: 'tincan' });
  await write('tincan', 'Jun');
  startWorker();
  expect(await read('tincan')).toBe('Jun');
});

test('each profile has records and keys of its own: a record of one does not open in another', async () => {
  await write('tincan', 'Jun');
  const id = await add('Work');
  await write(id, 'J. Smith');
  startWorker();
  expect(await profiles.list()).toEqual({
    entries: [
      { id: 'tincan', label: '' },
      { id, label: 'Work' },
    ],
    activeId: id,
  });
  expect([await read('tincan'), await read(id)]).toEqual(['Jun', 'J. Smith']);
  const first = openRecords('tincan');
  const second = openRecords(id);
  const sealed = await first.use('readonly', (records) => promisifyRequest<Uint8Array>(records.get(['profile'])));
  await second.writeStrictly((records) => void records.put(sealed, ['profile']));
  expect(await read(id)).toBeUndefined();
  expect(damaged).toEqual([['profile']]);
  first.close();
  second.close();
});

test('what was staged and never kept is gone at the next start, and listed by none', async () => {
  const id = await profiles.stage();
  await write(id, 'half restored');
  expect(await ids()).toEqual(['tincan']);
  expect(await read(id)).toBe('half restored');
  startWorker();
  expect(await ids()).toEqual(['tincan']);
  expect(await everything()).not.toContain(id);
});

test('a label lies in no database as it is written', async () => {
  await add('Whistleblowers');
  const registry = openRecords('tincan-profiles');
  const values = await registry.use('readonly', (records) => promisifyRequest<unknown[]>(records.getAll()));
  registry.close();
  const bytes = values.filter((value) => value instanceof Uint8Array).map((value) => Buffer.from(value as Uint8Array).toString('latin1'));
  expect(bytes).toHaveLength(1);
  expect(bytes.join()).not.toContain('Whistleblowers');
  expect(values.some((value) => value instanceof CryptoKey && !value.extractable)).toBe(true);
});

test('a removed profile is gone with its session key, and the next one is active', async () => {
  await write('tincan', 'Jun');
  const id = await add('Work');
  await write(id, 'J. Smith');
  await profiles.device(id).keyring.protect('', { secret: PIN, wipeAfter: 0 });
  expect(sessions.size).toBe(1);
  await profiles.remove([id]);
  expect(sessions.size).toBe(0);
  expect(await profiles.list()).toEqual({ entries: [{ id: 'tincan', label: '' }], activeId: 'tincan' });
  expect(await everything()).toEqual(['tincan']);
  expect(await read('tincan')).toBe('Jun');
});

test('when all are removed there is an empty one, never the old one', async () => {
  await write('tincan', 'Jun');
  const id = await add('Work');
  await write(id, 'J. Smith');
  await profiles.remove(['tincan', id]);
  const { entries, activeId } = await profiles.list();
  expect(entries).toEqual([{ id: activeId, label: '' }]);
  expect(['tincan', id]).not.toContain(activeId);
  expect(await everything()).toEqual([]);
  expect(await read(activeId)).toBeUndefined();
});

test('a removal that was cut short is finished by the next start, before anything is opened', async () => {
  await write('tincan', 'Jun');
  const id = await add('Work');
  await write(id, 'J. Smith');
  // The worker dies at the first database it would delete.
  const erased = vi.spyOn(IDBObjectStore.prototype, 'clear').mockImplementation(() => {
    throw new DOMException('killed', 'AbortError');
  });
  await expect(profiles.remove(['tincan', id])).rejects.toMatchObject({ code: 'storage-failed' });
  expect(await ids()).toHaveLength(1);
  erased.mockRestore();
  startWorker();
  const { entries } = await profiles.list();
  expect(entries).toHaveLength(1);
  expect(await everything()).toEqual([]);
});

test('records are wiped also where the list can’t be written', async () => {
  await write('tincan', 'Jun');
  const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  await profiles.remove(['tincan']);
  put.mockRestore();
  startWorker();
  expect(await read('tincan')).toBeUndefined();
});

test('a list that no longer opens loses labels and no profile', async () => {
  await write('tincan', 'Jun');
  const id = await add('Work');
  await write(id, 'J. Smith');
  const registry = openRecords('tincan-profiles');
  await registry.writeStrictly((records) => void records.put(new Uint8Array(60), 'list'));
  registry.close();
  startWorker();
  const { entries } = await profiles.list();
  expect(damaged).toEqual([['profiles']]);
  expect(entries.map((entry) => entry.id).sort()).toEqual(['tincan', id].sort());
  expect([await read('tincan'), await read(id)]).toEqual(['Jun', 'J. Smith']);
  await profiles.rename(id, 'Work again');
  startWorker();
  expect((await profiles.list()).entries).toContainEqual({ id, label: 'Work again' });
});

test('a full disk is said, and changes nothing', async () => {
  await write('tincan', 'Jun');
  const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  await expect(profiles.stage()).rejects.toMatchObject({ code: 'storage-full' });
  await expect(profiles.rename('tincan', 'Home')).rejects.toMatchObject({ code: 'storage-full' });
  put.mockRestore();
  expect(await profiles.list()).toEqual({ entries: [{ id: 'tincan', label: '' }], activeId: 'tincan' });
  await expect(profiles.select('tincan-0000')).rejects.toMatchObject({ code: 'profile-unknown' });
});
