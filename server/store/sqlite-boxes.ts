/** Prekey boxes in SQLite. Every change runs inside a transaction of the caller's. */
import type { Bytes } from '../../lib/protocol/bytes';
import { equalBytes } from '../../lib/protocol/bytes';
import type { Database } from './engine';
import type { BoxChange, BoxPut } from './store';

interface BoxRow {
  readonly number: number;
  readonly owner_key: Bytes;
  readonly revision: number;
  readonly last_resort: Bytes;
}

function prepare(database: Database) {
  const sql = (text: string) => database.prepare(text);
  return {
    box: sql('SELECT number, owner_key, revision, last_resort FROM boxes WHERE box_id = ? AND expires_at > ?'),
    put: sql(
      'INSERT INTO boxes (box_id, owner_key, revision, last_resort, expires_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (box_id) DO UPDATE SET revision = excluded.revision, last_resort = excluded.last_resort, expires_at = excluded.expires_at',
    ),
    remove: sql('DELETE FROM boxes WHERE box_id = ?'),
    removeExpired: sql('DELETE FROM boxes WHERE box_id = ? AND expires_at <= ?'),
    bundlesLeft: sql('SELECT count(*) AS count FROM bundles WHERE box = ?'),
    addBundle: sql('INSERT INTO bundles (box, sealed) VALUES (?, ?)'),
    firstBundle: sql('SELECT number, sealed FROM bundles WHERE box = ? ORDER BY number LIMIT 1'),
    removeBundle: sql('DELETE FROM bundles WHERE number = ?'),
    removeBundles: sql('DELETE FROM bundles WHERE box = ?'),
    sweep: sql('DELETE FROM boxes WHERE number IN (SELECT number FROM boxes WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)'),
  };
}

export class SqliteBoxes {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(database: Database) {
    this.#sql = prepare(database);
  }

  #row(boxId: Bytes, nowMs: number): BoxRow | undefined {
    return this.#sql.box.get(boxId, nowMs) as BoxRow | undefined;
  }

  put(change: BoxChange, maxLeft: number): BoxPut {
    const { boxId, ownerKey, revision, oneTimes, nowMs } = change;
    this.#sql.removeExpired.run(boxId, nowMs);
    const before = this.#row(boxId, nowMs);
    if (before && !equalBytes(before.owner_key, ownerKey)) return { kind: 'taken' };
    const left = before ? (this.#sql.bundlesLeft.get(before.number) as { count: number }).count : 0;
    if (before && before.revision >= revision) return { kind: 'box', revision: before.revision, left };
    const leftAfter = (change.isReplacement ? 0 : left) + oneTimes.length;
    if (leftAfter > maxLeft) return { kind: 'over-quota' };
    this.#sql.put.run(boxId, ownerKey, revision, change.lastResort, change.expiresAtMs);
    const { number } = this.#row(boxId, nowMs) as BoxRow;
    if (change.isReplacement) this.#sql.removeBundles.run(number);
    for (const sealed of oneTimes) this.#sql.addBundle.run(number, sealed);
    return { kind: 'box', revision, left: leftAfter };
  }

  take(boxId: Bytes, nowMs: number): Bytes | null {
    const box = this.#row(boxId, nowMs);
    if (!box) return null;
    const bundle = this.#sql.firstBundle.get(box.number) as { number: number; sealed: Bytes } | undefined;
    if (!bundle) return box.last_resort;
    this.#sql.removeBundle.run(bundle.number);
    return bundle.sealed;
  }

  owner(boxId: Bytes, nowMs: number): Bytes | null {
    return this.#row(boxId, nowMs)?.owner_key ?? null;
  }

  remove(boxId: Bytes): void {
    this.#sql.remove.run(boxId);
  }

  sweep(nowMs: number, limit: number): number {
    return Number(this.#sql.sweep.run(nowMs, limit).changes);
  }
}
