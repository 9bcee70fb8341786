/** What one person keeps of another: their sessions, the prekeys offered to them, what was read. A value, as its parts are. */
import { type Bytes, equalBytes, fromUtf8, toHex } from '../../../lib/protocol/bytes';
import type { Engine } from '../../../lib/protocol/engine';
import { ProtocolError } from '../../../lib/protocol/errors';
import type { Identity } from '../../../lib/protocol/identity';
import { hash } from '../../../lib/protocol/kdf';
import { decodeStock, encodeStock, findPrekeys, type PrekeyStock, usePrekeys } from '../../../lib/protocol/prekey-stock';
import { acceptSession, decodeSession, encodeSession, envelopePrekeyIds, type Session } from '../../../lib/protocol/session';
import { openWithAny, putSession, type SessionSet } from '../../../lib/protocol/session-set';

export interface Bond {
  readonly set: SessionSet;
  readonly stock: PrekeyStock;
  /** The latest of any session, as it is kept beside the sessions. */
  readonly generation: number;
  /** When this side last began a session because of a fault. */
  readonly healedAtMs: number;
  readonly read: ReadonlySet<string>;
  readonly seen: ReadonlySet<string>;
}

/** As it lies on the disk. */
export interface StoredBond extends Omit<Bond, 'set' | 'stock'> {
  readonly sessions: readonly { readonly session: Bytes; readonly archivedAtMs: number | null }[];
  readonly stock: Bytes;
}

export function store({ set, stock, ...rest }: Bond): StoredBond {
  const sessions = set.map(({ session, archivedAtMs }) => ({ session: encodeSession(session), archivedAtMs }));
  return { ...rest, sessions, stock: encodeStock(stock) };
}

export function load({ sessions, stock, ...rest }: StoredBond): Bond {
  const set = sessions.map(({ session, archivedAtMs }) => ({ session: decodeSession(session), archivedAtMs }));
  return { ...rest, set, stock: decodeStock(stock) };
}

/** Every byte of it that counts. */
export function digest(bond: Bond): string {
  const { sessions, stock } = store(bond);
  const times = sessions.map(({ archivedAtMs }) => archivedAtMs).join();
  return toHex(hash(stock, ...sessions.map(({ session }) => session))) + times;
}

export const nameOf = (envelope: Uint8Array): string => toHex(hash(envelope));

export interface Heard {
  readonly bond: Bond;
  readonly text: string;
  readonly session: Session;
  /** Set when the envelope began the session: which one-time prekey it took, 0 for none. */
  readonly oneTimeId: number | null;
}

export interface Hearing {
  readonly identity: Identity;
  /** Whose envelope it should be. */
  readonly statement: Bytes;
  readonly envelope: Bytes;
  readonly nowMs: number;
}

/** Opens as the app does: any session, else as the beginning of a new one. @throws {ProtocolError} when it stays closed */
export async function hear(engine: Engine, bond: Bond, { identity, statement, envelope, nowMs }: Hearing): Promise<Heard> {
  const counted = (session: Session, text: string, stock = bond.stock): Bond => ({
    ...bond,
    stock,
    set: putSession(bond.set, session, nowMs),
    generation: Math.max(bond.generation, session.generation),
    read: new Set([...bond.read, text]),
    seen: new Set([...bond.seen, nameOf(envelope)]),
  });
  const opened = await openWithAny(engine, bond.set, envelope, nowMs);
  if (opened) {
    const text = fromUtf8(opened.plaintext);
    return { bond: counted(opened.session, text), text, session: opened.session, oneTimeId: null };
  }
  const ids = envelopePrekeyIds(envelope);
  if (ids === null) throw new ProtocolError('bad-tag', { reason: 'no session' });
  const prekeys = findPrekeys(bond.stock, ids);
  const { session, plaintext, theirIdentity } = await acceptSession(engine, { identity, prekeys, envelope, nowMs });
  if (!equalBytes(theirIdentity.statement, statement)) throw new ProtocolError('identity-changed');
  const text = fromUtf8(plaintext);
  const stock = usePrekeys(bond.stock, prekeys, session.id, nowMs);
  return { bond: counted(session, text, stock), text, session, oneTimeId: ids.oneTimeId };
}
