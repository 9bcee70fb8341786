/**
 * The one IndexedDB database, behind idb-keyval's `UseStore`. Opened here rather than by `createStore`, so that a commit can
 * name its durability and a database closed under us is opened again.
 */
import { promisifyRequest, type UseStore } from 'idb-keyval';
import { AppError } from '../app/errors';

/** Raised whenever records change shape. An older profile is told so; it is never read as if it were new. */
const DATABASE_VERSION = 3;
const RECORDS = 'records';

export interface Database {
  /** Read and write with the browser's relaxed durability. @throws {AppError} storage-… */
  readonly use: UseStore;
  /**
   * One strict read-write transaction; resolves once it is on disk. False: a key to be added was taken, and nothing is written.
   * @throws {AppError} storage-failed, storage-full, or what `write` throws; nothing is then written.
   */
  readonly writeStrictly: (write: (store: IDBObjectStore) => void) => Promise<boolean>;
  readonly close: () => void;
}

function coded(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError(error instanceof DOMException && error.name === 'QuotaExceededError' ? 'storage-full' : 'storage-failed');
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new DOMException('aborted', 'AbortError'));
  });
}

async function writeIn(transaction: IDBTransaction, write: (store: IDBObjectStore) => void): Promise<void> {
  const done = finished(transaction);
  try {
    write(transaction.objectStore(RECORDS));
  } catch (error) {
    // Otherwise what was written before the throw would be committed alone.
    transaction.abort();
    await done.catch(() => undefined);
    throw error;
  }
  await done;
}

async function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, DATABASE_VERSION);
  let isOlder = false;
  request.onupgradeneeded = ({ oldVersion }) => {
    isOlder = oldVersion > 0;
    // Left as it was: it is the user's to keep or to throw away.
    if (isOlder) request.transaction?.abort();
    else request.result.createObjectStore(RECORDS);
  };
  try {
    return await promisifyRequest(request);
  } catch (error) {
    if (isOlder) throw new AppError('storage-older');
    throw new AppError(error instanceof DOMException && error.name === 'VersionError' ? 'storage-outdated' : 'storage-failed');
  }
}

export function openRecords(name: string): Database {
  let opened: Promise<IDBDatabase> | null = null;
  const database = (): Promise<IDBDatabase> => {
    opened ??= openDatabase(name).then((db) => {
      db.onclose = () => {
        opened = null;
      };
      db.onversionchange = () => {
        db.close();
        opened = null;
      };
      return db;
    });
    opened.catch(() => {
      opened = null;
    });
    return opened;
  };
  return {
    async use(mode, run) {
      try {
        return await run((await database()).transaction(RECORDS, mode).objectStore(RECORDS));
      } catch (error) {
        throw coded(error);
      }
    },
    async writeStrictly(write) {
      try {
        await writeIn((await database()).transaction(RECORDS, 'readwrite', { durability: 'strict' }), write);
        return true;
      } catch (error) {
        if (error instanceof DOMException && error.name === 'ConstraintError') return false;
        throw coded(error);
      }
    },
    close: () => void opened?.then((db) => db.close()),
  };
}

/** Resolves also where something still holds it open: the browser then deletes it when that lets go. */
export function deleteRecords(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onblocked = () => resolve();
    request.onerror = () => reject(new AppError('storage-failed'));
  });
}

export async function listDatabases(): Promise<readonly string[]> {
  return (await indexedDB.databases()).map(({ name }) => name ?? '');
}
