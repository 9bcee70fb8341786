/** The embedded SQLite engine: Node's own where it has one, else the package with the same interface. */
import { DatabaseSync as PackagedDatabase } from '@photostructure/sqlite';
import { StoreError } from './store';

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

type DatabaseClass = new (path: string) => Database;

function databaseClass(): DatabaseClass {
  const builtin = process.getBuiltinModule?.('node:sqlite') as { readonly DatabaseSync: DatabaseClass } | undefined;
  return builtin?.DatabaseSync ?? PackagedDatabase;
}

export function openDatabase(path: string): Database {
  const Engine = databaseClass();
  return new Engine(path);
}

/**
 * Held for the life of the process and released by the kernel however that ends. Two relays on one database would not wake
 * each other's readers.
 * @throws {StoreError} in-use
 */
export function lockDirectory(path: string): Database {
  const lock = openDatabase(path);
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch {
    lock.close();
    throw new StoreError('in-use');
  }
}
