/**
 * Group commit: all changes asked for in one turn of the event loop share one transaction and one fsync.
 * Each promise settles after the commit.
 */
import { type Database, storeError } from './engine';
import type { StoreError } from './store';

interface Change {
  run(): void;
  done(): void;
  fail(error: StoreError): void;
}

/** One transaction that has ended. */
export interface Commit {
  readonly durationMs: number;
  readonly changes: number;
  readonly isOk: boolean;
}

export class Batch {
  readonly #database: Database;
  readonly #onCommit: (commit: Commit) => void;
  #changes: Change[] = [];
  #isScheduled = false;
  #whenEmpty: (() => void)[] = [];

  constructor(database: Database, onCommit: (commit: Commit) => void = () => {}) {
    this.#database = database;
    this.#onCommit = onCommit;
  }

  change<Result>(run: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      let result: Result;
      this.#changes.push({
        run: () => {
          result = run();
        },
        done: () => resolve(result),
        fail: reject,
      });
      this.#schedule();
    });
  }

  flushed(): Promise<void> {
    if (this.#changes.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenEmpty.push(resolve));
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#commit());
  }

  #commit(): void {
    const changes = this.#changes;
    const whenEmpty = this.#whenEmpty;
    this.#changes = [];
    this.#whenEmpty = [];
    this.#isScheduled = false;
    this.#commitTogether(changes);
    for (const resolve of whenEmpty) resolve();
  }

  #commitTogether(changes: readonly Change[]): void {
    const startedAtMs = performance.now();
    const error = this.#transaction(changes);
    this.#onCommit({ durationMs: performance.now() - startedAtMs, changes: changes.length, isOk: error === null });
    if (error === null) {
      for (const change of changes) change.done();
    } else if (changes.length === 1) {
      changes[0]?.fail(error);
    } else {
      // One that can't be made must not take its neighbours along.
      for (const change of changes) this.#commitTogether([change]);
    }
  }

  #transaction(changes: readonly Change[]): StoreError | null {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      for (const change of changes) change.run();
      this.#database.exec('COMMIT');
      return null;
    } catch (error) {
      this.#rollBack();
      return storeError(error);
    }
  }

  #rollBack(): void {
    try {
      this.#database.exec('ROLLBACK');
    } catch {
      // SQLite has already rolled back by itself (disk full, I/O error).
    }
  }
}
