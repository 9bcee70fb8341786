/** One-time invites in SQLite. Every change runs inside a transaction of the caller's. */
import type { Bytes } from '../../lib/protocol/bytes';
import { equalBytes } from '../../lib/protocol/bytes';
import type { Database } from './engine';
import type { NewInvite } from './store';

interface InviteRow {
  readonly owner_key: Bytes;
  readonly sealed: Bytes;
  readonly taker_key: Bytes | null;
}

function prepare(database: Database) {
  const sql = (text: string) => database.prepare(text);
  return {
    add: sql('INSERT INTO invites (invite_id, owner_key, sealed, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT (invite_id) DO NOTHING'),
    invite: sql('SELECT owner_key, sealed, taker_key FROM invites WHERE invite_id = ? AND expires_at > ?'),
    claim: sql('UPDATE invites SET taker_key = ? WHERE invite_id = ? AND expires_at > ? AND taker_key IS NULL'),
    remove: sql('DELETE FROM invites WHERE invite_id = ?'),
    removeExpired: sql('DELETE FROM invites WHERE invite_id = ? AND expires_at <= ?'),
    sweep: sql('DELETE FROM invites WHERE invite_id IN (SELECT invite_id FROM invites WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)'),
  };
}

export class SqliteInvites {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(database: Database) {
    this.#sql = prepare(database);
  }

  #row(inviteId: Bytes, nowMs: number): InviteRow | undefined {
    return this.#sql.invite.get(inviteId, nowMs) as InviteRow | undefined;
  }

  put({ inviteId, ownerKey, sealed, nowMs, expiresAtMs }: NewInvite): boolean {
    this.#sql.removeExpired.run(inviteId, nowMs);
    this.#sql.add.run(inviteId, ownerKey, sealed, expiresAtMs);
    const row = this.#row(inviteId, nowMs);
    return row !== undefined && equalBytes(row.owner_key, ownerKey);
  }

  take({ inviteId, takerKey, nowMs }: { readonly inviteId: Bytes; readonly takerKey: Bytes; readonly nowMs: number }): Bytes | null {
    this.#sql.claim.run(takerKey, inviteId, nowMs);
    const row = this.#row(inviteId, nowMs);
    return row?.taker_key && equalBytes(row.taker_key, takerKey) ? row.sealed : null;
  }

  owner(inviteId: Bytes, nowMs: number): Bytes | null {
    return this.#row(inviteId, nowMs)?.owner_key ?? null;
  }

  remove(inviteId: Bytes): void {
    this.#sql.remove.run(inviteId);
  }

  sweep(nowMs: number, limit: number): number {
    return Number(this.#sql.sweep.run(nowMs, limit).changes);
  }
}
