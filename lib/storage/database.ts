/**
 * The one IndexedDB database, behind idb-keyval's `UseStore`. Opened here rather than by `createStore`, so that a commit can
 * name its durability and a database closed under us is opened again.
 */
import { promisifyRequest, type UseStore } from 'idb-keyval';
import { AppError } from '../app/errors';
import { storageFailure } from './failure';

/** Raised whenever records change shape. A profile older than 4 is told so, and never read as if it were new; from 4 on it is to be migrated. */
const DATABASE_VERSION = 4;
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

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new DOMException('aborted', 'AbortError'));
  });
}

async function writeIn(transaction: IDBTransaction, write: (store: IDBObjectStore) => void): Promise<void> {
  const done = finished(transaction);
  done.catch(() => undefined);
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
    throw error instanceof DOMException && error.name === 'VersionError' ? new AppError('storage-outdated') : await storageFailure(error);
  }
}

interface Connection {
  readonly db: IDBDatabase;
  /** Rejects when the browser closes it. What was under way then ends neither way by itself: a full disk does that in Chromium. */
  readonly lost: Promise<never>;
}

function connectionOf(db: IDBDatabase, onLost: () => void): Connection {
  const lost = new Promise<never>((_, reject) => {
    db.onclose = () => {
      onLost();
      reject(new DOMException('The browser closed the database', 'AbortError'));
    };
  });
  lost.catch(() => undefined);
  db.onversionchange = () => {
    db.close();
    onLost();
  };
  return { db, lost };
}

export function openRecords(name: string): Database {
  let opened: Promise<Connection> | null = null;
  const connect = (): Promise<Connection> => {
    if (opened) return opened;
    const opening: Promise<Connection> = openDatabase(name).then((db) => connectionOf(db, forget));
    const forget = () => {
      if (opened === opening) opened = null;
    };
    opening.catch(forget);
    opened = opening;
    return opening;
  };

  /** On a new connection if the one at hand takes no more. */
  async function begin(mode: IDBTransactionMode, options?: IDBTransactionOptions): Promise<Connection & { transaction: IDBTransaction }> {
    for (let isSecond = false; ; isSecond = true) {
      const connection = await connect();
      try {
        return { ...connection, transaction: connection.db.transaction(RECORDS, mode, options) };
      } catch (error) {
        if (isSecond || !(error instanceof DOMException) || error.name !== 'InvalidStateError') throw error;
        connection.db.close();
        opened = null;
      }
    }
  }

  return {
    async use(mode, run) {
      try {
        const { transaction, lost } = await begin(mode);
        return await Promise.race([run(transaction.objectStore(RECORDS)), lost]);
      } catch (error) {
        throw await storageFailure(error);
      }
    },
    async writeStrictly(write) {
      try {
        const { transaction, lost } = await begin('readwrite', { durability: 'strict' });
        await Promise.race([writeIn(transaction, write), lost]);
        return true;
      } catch (error) {
        if (error instanceof DOMException && error.name === 'ConstraintError') return false;
        throw await storageFailure(error);
      }
    },
    close: () => void opened?.then(({ db }) => db.close()),
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
