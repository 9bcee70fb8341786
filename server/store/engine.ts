/** The embedded SQLite engine: Node's own where it has one, else the package with the same interface. */
import { DatabaseSync as PackagedDatabase } from '@photostructure/sqlite';
import { StoreError, type StoreErrorCode } from './store';

/** In the data directory. */
export const DATABASE_FILE = 'relay.db';
export const LOCK_FILE = 'relay.lock';

export type SqlValue = number | string | null | Uint8Array;

export interface Statement {
  run(...values: SqlValue[]): { readonly changes: number | bigint };
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
}

export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

export interface OpenOptions {
  readonly readOnly?: boolean;
}

type DatabaseClass = new (path: string, options?: OpenOptions) => Database;

function databaseClass(): DatabaseClass {
  const builtin = process.getBuiltinModule?.('node:sqlite') as { readonly DatabaseSync: DatabaseClass } | undefined;
  return builtin?.DatabaseSync ?? PackagedDatabase;
}

// Result codes of SQLite (sqlite.org/rescode.html); the low byte is the primary one.
const SQLITE_BUSY = 5;
const CODES: Readonly<Record<number, StoreErrorCode>> = { 11: 'damaged', 13: 'full', 26: 'damaged' };

function primaryCode(error: unknown): number | null {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === 'number' ? code & 0xff : null;
}

/** What the engine threw, without its statement and values. */
export function storeError(error: unknown): StoreError {
  return error instanceof StoreError ? error : new StoreError(CODES[primaryCode(error) ?? 0] ?? 'unavailable');
}

export function openDatabase(path: string, options: OpenOptions = {}): Database {
  const Engine = databaseClass();
  return new Engine(path, options);
}

/**
 * Held for the life of the process and released by the kernel however that ends. Two relays on one database would not wake
 * each other's readers.
 * @throws {StoreError} in-use, unavailable
 */
export function lockDirectory(path: string): Database {
  const lock = openDatabase(path);
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw new StoreError(primaryCode(error) === SQLITE_BUSY ? 'in-use' : 'unavailable');
  }
}
