/**
 * The profiles of this device. Each has a database, a lock and keys of its own; of another's records none can read a byte.
 *
 *   nothing written: one profile ──stage──▶ doomed ──keep──▶ listed, active ──remove──▶ doomed ──deleted──▶ gone
 *
 * What is to be deleted is written down before anything of it is touched, and the next start goes on with it. What is staged
 * counts as doomed until it is kept, so that a worker that dies in between leaves nothing behind.
 */
import { promisifyRequest } from 'idb-keyval';
import { AppError } from '../app/errors';
import type { Device, ProfileEntry, ProfileList, Profiles, StoreKey } from '../app/ports';
import { toHex } from '../protocol/bytes';
import { type Database, deleteRecords, listDatabases, openRecords } from './database';
import { createKeyring, type KeyringParts, type SessionKey } from './keyring';
import { deviceSecret, makeDeviceKey } from './root';
import { createVault, type Vault } from './vault';

export interface ProfilesParts extends Omit<KeyringParts, 'database' | 'session'> {
  readonly session: (profileId: string) => SessionKey;
}

/** The first profile's; every other one's begins with it. */
const FIRST = 'tincan';
const REGISTRY = 'tincan-profiles';
const DEVICE_KEY = 'device';
const LIST_KEY = 'list';
/** Labels are sealed under a key that never leaves this browser. */
const LIST_AS: StoreKey = ['profiles'];
const ID_BYTES = 8;

interface StoredList extends ProfileList {
  readonly doomed: readonly string[];
}

interface OpenDevice extends Device {
  readonly database: Database;
}

export function createProfiles(parts: ProfilesParts): Profiles {
  const { crypto } = parts;
  const registry = openRecords(REGISTRY);
  const devices = new Map<string, OpenDevice>();
  /** Doomed on the disk, and still wanted by this worker. */
  const staged = new Set<string>();
  let turn: Promise<unknown> = Promise.resolve();

  /** Reads and writes of the list never mix. */
  function inTurn<Result>(run: () => Promise<Result>): Promise<Result> {
    const result = turn.then(run);
    turn = result.catch(() => undefined);
    return result;
  }

  const newId = () => `${FIRST}-${toHex(crypto.getRandomValues(new Uint8Array(ID_BYTES)))}`;

  const get = <Value>(key: string) => registry.use('readonly', (store) => promisifyRequest<Value | undefined>(store.get(key)));

  async function vaultOf(device: CryptoKey): Promise<Vault> {
    return createVault(crypto, await deviceSecret(crypto, { device }));
  }

  /** From the databases themselves: what the list said of them is lost, they are not. */
  async function found(): Promise<StoredList> {
    const ids = (await listDatabases()).filter((name) => name === FIRST || (name.startsWith(`${FIRST}-`) && name !== REGISTRY));
    const entries = (ids.length > 0 ? ids : [FIRST]).map((id) => ({ id, label: '' }));
    return { entries, activeId: entries[0]?.id ?? FIRST, doomed: [] };
  }

  async function read(): Promise<StoredList> {
    const [device, sealed] = await Promise.all([get<CryptoKey>(DEVICE_KEY), get<Uint8Array>(LIST_KEY)]);
    if (!sealed) return { entries: [{ id: FIRST, label: '' }], activeId: FIRST, doomed: [] };
    const opened = device && (await (await vaultOf(device)).open(LIST_AS, sealed).catch(() => null));
    if (opened) return opened as StoredList;
    parts.onDamaged(LIST_AS);
    return found();
  }

  async function write(list: StoredList): Promise<void> {
    const device = (await get<CryptoKey>(DEVICE_KEY)) ?? (await makeDeviceKey(crypto));
    const sealed = await (await vaultOf(device)).seal(LIST_AS, list);
    await registry.writeStrictly((store) => {
      store.put(device, DEVICE_KEY);
      store.put(sealed, LIST_KEY);
    });
  }

  function deviceOf(id: string): OpenDevice {
    let device = devices.get(id);
    if (!device) {
      const database = openRecords(id);
      device = { database, ...createKeyring({ ...parts, database, session: parts.session(id) }) };
      devices.set(id, device);
    }
    return device;
  }

  /** Its records first: a database that something still has open is deleted only later. */
  async function erase(id: string): Promise<void> {
    const { database, keyring } = deviceOf(id);
    await keyring.wipe();
    database.close();
    devices.delete(id);
    await deleteRecords(id);
  }

  /** Goes on with what was begun. What can't be deleted now stays doomed: the others must open all the same. */
  async function settled(): Promise<StoredList> {
    const list = await read();
    const left: string[] = [];
    for (const id of list.doomed) {
      if (staged.has(id)) left.push(id);
      else await erase(id).catch(() => void left.push(id));
    }
    const next = { ...list, doomed: left };
    if (left.length < list.doomed.length) await write(next);
    return next;
  }

  async function change(to: (list: StoredList) => StoredList): Promise<void> {
    await write(to(await read()));
  }

  function without(list: StoredList, ids: readonly string[]): StoredList {
    const kept = list.entries.filter(({ id }) => !ids.includes(id));
    const entries = kept.length > 0 ? kept : [{ id: newId(), label: '' }];
    const isActive = entries.some(({ id }) => id === list.activeId);
    return { entries, activeId: isActive ? list.activeId : (entries[0] as ProfileEntry).id, doomed: [...list.doomed, ...ids] };
  }

  return {
    list: () =>
      inTurn(async () => {
        const { entries, activeId } = await settled();
        return { entries, activeId };
      }),
    device: deviceOf,
    select: (activeId) =>
      inTurn(() =>
        change((list) => {
          if (!list.entries.some(({ id }) => id === activeId)) throw new AppError('profile-unknown');
          return { ...list, activeId };
        }),
      ),
    rename: (profileId, label) =>
      inTurn(() =>
        change((list) => ({ ...list, entries: list.entries.map((entry) => (entry.id === profileId ? { ...entry, label } : entry)) })),
      ),
    stage: () =>
      inTurn(async () => {
        const id = newId();
        staged.add(id);
        await change((list) => ({ ...list, doomed: [...list.doomed, id] }));
        return id;
      }),
    keep: (id, label) =>
      inTurn(async () => {
        await change(({ entries, doomed }) => ({
          entries: [...entries, { id, label }],
          activeId: id,
          doomed: doomed.filter((each) => each !== id),
        }));
        staged.delete(id);
      }),
    remove: (ids) =>
      inTurn(async () => {
        for (const id of ids) staged.delete(id);
        // Whoever wants everything gone wants it gone also where the list can't be written.
        const isWritten = await change((list) => without(list, ids)).then(
          () => true,
          () => false,
        );
        if (isWritten && (await settled()).doomed.some((id) => ids.includes(id))) throw new AppError('storage-failed');
        if (isWritten) return;
        for (const id of ids) await deviceOf(id).keyring.wipe();
      }),
  };
}
