/** The app's `Store` over IndexedDB: sealed values under array keys, one strict transaction a commit. */
import { promisifyRequest } from 'idb-keyval';
import { AppError } from '../app/errors';
import type { RangeOptions, Store, StoreChange, StoreKey, StoreValue } from '../app/ports';
import type { Bytes } from '../protocol/bytes';
import type { Database } from './database';
import type { Vault } from './vault';

type SealedEntry = readonly [IDBValidKey, Uint8Array];

/** All keys that continue `prefix`: in IndexedDB's order an array sorts after every number and string. */
function keyRange(prefix: StoreKey, options: RangeOptions = {}): IDBKeyRange {
  const lower = options.after === undefined ? [...prefix] : [...prefix, options.after];
  const upper = options.before === undefined ? [...prefix, []] : [...prefix, options.before];
  return IDBKeyRange.bound(lower, upper, true, true);
}

async function readEntries(store: IDBObjectStore, prefix: StoreKey, options: RangeOptions): Promise<SealedEntry[]> {
  const range = keyRange(prefix, options);
  if (!options.isReversed) {
    const [foundKeys, found] = await Promise.all([
      promisifyRequest(store.getAllKeys(range, options.limit)),
      promisifyRequest<Uint8Array[]>(store.getAll(range, options.limit)),
    ]);
    return foundKeys.map((key, i) => [key, found[i] as Uint8Array]);
  }
  return new Promise((resolve, reject) => {
    const entries: SealedEntry[] = [];
    const request = store.openCursor(range, 'prev');
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const cursor = request.result;
      if (!cursor || entries.length >= (options.limit ?? Number.POSITIVE_INFINITY)) return resolve(entries);
      entries.push([cursor.key, cursor.value as Uint8Array]);
      cursor.continue();
    };
  });
}

/** A record that does not open. It stays where it lies, and counts as not there. */
export type OnDamaged = (key: StoreKey) => void;

/** `vault` gives the one that is open. @throws {AppError} locked */
export function createJournalStore(database: Database, vault: () => Vault, onDamaged: OnDamaged): Store {
  /** A box around the value, or null: one damaged record must not keep the others from being read. */
  async function tryOpen(key: StoreKey, sealed: Uint8Array): Promise<{ readonly value: StoreValue } | null> {
    try {
      return { value: await vault().open(key, sealed) };
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'vault-damaged') throw error;
      onDamaged(key);
      return null;
    }
  }

  return {
    async get(key) {
      const sealed = await database.use('readonly', (store) => promisifyRequest<Uint8Array | undefined>(store.get([...key])));
      return sealed && (await tryOpen(key, sealed))?.value;
    },
    async range(prefix, options = {}) {
      const entries = await database.use('readonly', (store) => readEntries(store, prefix, options));
      const opened = entries.map(async ([key, sealed]) => {
        const storeKey = key as (string | number)[];
        const box = await tryOpen(storeKey, sealed);
        return box && ([storeKey, box.value] as const);
      });
      return (await Promise.all(opened)).filter((entry) => entry !== null);
    },
    count: (prefix) => database.use('readonly', (store) => promisifyRequest(store.count(keyRange(prefix)))),
    async commit(changes: readonly StoreChange[]) {
      const sealing = vault();
      // Seal first: Firefox ends a transaction at any await that is not IndexedDB's.
      const sealed = await Promise.all(
        changes.map(
          async (change): Promise<[StoreChange, Bytes | null]> => [
            change,
            'value' in change ? await sealing.seal(change.key, change.value) : null,
          ],
        ),
      );
      return database.writeStrictly((store) => {
        // Everything may have been deleted meanwhile: a record from before must not be the first of what comes after.
        if (vault() !== sealing) throw new AppError('locked');
        for (const [{ kind, key }, value] of sealed) {
          if (kind === 'delete') store.delete([...key]);
          else if (kind === 'clear') store.delete(keyRange(key));
          else if (kind === 'add') store.add(value, [...key]);
          else store.put(value, [...key]);
        }
      });
    },
  };
}
