/**
 * A copy of the embedded store while the relay runs, and its way back. Both are for whoever runs the relay: what goes wrong is told with
 * its cause and one thing to do.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { failureCode } from './log';
import { DATABASE_FILE, type Database, LOCK_FILE, lockDirectory, type OpenOptions, openDatabase, storeError } from './store/engine';
import { migrate, SCHEMA_VERSION, versionOf } from './store/schema';
import { StoreError } from './store/store';

/** Told to whoever runs the relay: a cause and one thing to do. */
export class Refusal extends Error {}

export interface Copied {
  readonly path: string;
  readonly sizeBytes: number;
  readonly queues: number;
  readonly messages: number;
}

function syncPath(path: string): void {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}

/** A rename is durable once its directory is. */
function moveDurably(from: string, to: string): void {
  renameSync(from, to);
  syncPath(dirname(to));
}

function withDatabase<Result>(path: string, options: OpenOptions, use: (database: Database) => Result): Result {
  const database = openDatabase(path, options);
  try {
    return use(database);
  } finally {
    database.close();
  }
}

function countOf(database: Database, table: 'queues' | 'messages'): number {
  return (database.prepare(`SELECT count(*) AS count FROM ${table}`).get() as { count: number }).count;
}

/** Everything in it, what only its log holds too, as one file that only its owner may read. */
function copyInto(path: string, from: string): void {
  try {
    rmSync(path, { force: true });
    closeSync(openSync(path, 'wx', 0o600));
    withDatabase(from, {}, (database) => database.exec(`VACUUM INTO '${path.replaceAll("'", "''")}'`));
    syncPath(path);
  } catch (error) {
    rmSync(path, { force: true });
    const code = failureCode(error) === 'ERR_SQLITE_ERROR' ? storeError(error).code : failureCode(error);
    throw new Refusal(`${path} could not be written (${code}). Check the room and the rights there.`);
  }
}

/** @throws {Refusal} when it is no whole database of this relay or of an older one. */
function inspect(path: string): Copied {
  const damaged = `${path} is no relay's database, or it is damaged. Choose another backup.`;
  try {
    return withDatabase(path, { readOnly: true }, (database) => {
      const version = versionOf(database);
      if (version > SCHEMA_VERSION) throw new Refusal(`${path} was written by a newer Tincan. Update this one, then restore again.`);
      if (version < 1 || !isIntact(database)) throw new Refusal(damaged);
      return { path, sizeBytes: statSync(path).size, queues: countOf(database, 'queues'), messages: countOf(database, 'messages') };
    });
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(damaged);
  }
}

/** Reads the whole database. */
export function isIntact(database: Database): boolean {
  const rows = database.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[];
  return rows.length === 1 && rows[0]?.integrity_check === 'ok';
}

/**
 * Of one moment, also while a relay writes: every message that was answered OK before the call is in it.
 * @throws {Refusal}
 */
export function backUp(dataDirectory: string, file: string): Copied {
  const source = join(dataDirectory, DATABASE_FILE);
  const path = resolve(file);
  const unfinished = `${path}.unfinished`;
  if (!existsSync(source))
    throw new Refusal(`There is no relay's database in ${resolve(dataDirectory)}. Name its directory with DATA_DIR.`);
  if (existsSync(path)) throw new Refusal(`${path} exists already. Choose another name, or remove it.`);
  copyInto(unfinished, source);
  try {
    const copied = inspect(unfinished);
    moveDurably(unfinished, path);
    return { ...copied, path };
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** The old database leaves with everything in its log, or, when it can't be opened, together with its log. */
function putAside(database: string): string {
  const aside = `${database}.before-restore`;
  if (existsSync(aside)) throw new Refusal(`${aside} still lies there from an earlier restore. Move or remove it first.`);
  try {
    withDatabase(database, {}, (old) => old.exec('PRAGMA journal_mode = DELETE'));
  } catch {
    // Damaged: perhaps the very reason for this restore.
  }
  if (existsSync(`${database}-wal`)) moveDurably(`${database}-wal`, `${aside}-wal`);
  rmSync(`${database}-shm`, { force: true });
  moveDurably(database, aside);
  return aside;
}

function lockOrRefuse(dataDirectory: string): Database {
  try {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    return lockDirectory(join(dataDirectory, LOCK_FILE));
  } catch (error) {
    if (error instanceof StoreError) throw new Refusal(`A relay runs on ${resolve(dataDirectory)}. Stop it first.`);
    throw new Refusal(`${resolve(dataDirectory)} can't be used (${failureCode(error)}). Choose another directory with DATA_DIR.`);
  }
}

/**
 * Puts a backup in the place of the store. With `isReplacing` an existing database is kept beside it, under `replaced`.
 * @throws {Refusal} and leaves everything as it was.
 */
export function restore(
  dataDirectory: string,
  file: string,
  options: { readonly isReplacing: boolean },
): Copied & { readonly replaced: string | null } {
  const backup = resolve(file);
  if (!existsSync(backup)) throw new Refusal(`There is no file ${backup}. Name a backup made by "backup".`);
  const copied = inspect(backup);
  const lock = lockOrRefuse(dataDirectory);
  const database = join(resolve(dataDirectory), DATABASE_FILE);
  const unfinished = `${database}.unfinished`;
  try {
    const isOccupied = existsSync(database);
    if (isOccupied && !options.isReplacing)
      throw new Refusal(`${database} exists already. To put the backup in its place (it is kept beside it), add --replace.`);
    copyInto(unfinished, backup);
    // What was given once must not be given again: the owners of the boxes put new bundles there.
    withDatabase(unfinished, {}, (copy) => {
      migrate(copy);
      copy.exec('DELETE FROM bundles');
    });
    const replaced = isOccupied ? putAside(database) : null;
    moveDurably(unfinished, database);
    return { ...copied, path: database, replaced };
  } finally {
    rmSync(unfinished, { force: true });
    lock.close();
  }
}
