/**
 * Who belongs to a group, and who says so: a log that only grows, each entry signed and bound to the one before. Whoever holds the
 * same entries holds the same group; whoever is shown another past can tell. Planned for groups: nothing sends it yet.
 */
import { type Bytes, equalBytes, toHex } from './bytes';
import type { Engine } from './engine';
import { ProtocolError } from './errors';
import { type Identity, openIdentityStatement } from './identity';
import { HASH_BYTES } from './kdf';
import {
  entryHash,
  GROUP_NONCE_BYTES,
  groupIdOf,
  type MembershipChange,
  type MembershipEntry,
  openEntry,
  type Role,
  signEntry,
} from './membership-entry';

export const MAX_GROUP_MEMBERS = 100;
/** Far more than a group of a hundred lives through; what a log costs to check has an end. */
export const MAX_LOG_ENTRIES = 10_000;

export interface GroupMember {
  readonly statement: Bytes;
  readonly role: Role;
}

interface Membership {
  readonly name: string;
  /** By IK_sig in hexadecimal. */
  readonly members: ReadonlyMap<string, GroupMember>;
}

export interface Group extends Membership {
  readonly groupId: Bytes;
  /** Of every entry from the first on, by which a repeat is told from a fork. */
  readonly hashes: readonly Bytes[];
}

const NOTHING_BEFORE = new Uint8Array(HASH_BYTES);

/** What the next entry follows; two members who compare it compare everything. */
export function headOf(hashes: readonly Bytes[]): Bytes {
  return hashes.at(-1) ?? NOTHING_BEFORE;
}

type LaterChange = Exclude<MembershipChange, { kind: 'create' }>;

function memberOf({ members }: Membership, key: Bytes): GroupMember {
  const member = members.get(toHex(key));
  if (!member) throw new ProtocolError('log-member', { members: members.size });
  return member;
}

function withMember({ name, members }: Membership, { statement, role }: GroupMember): Membership {
  const key = toHex(openIdentityStatement(statement).sigPublic);
  if (members.has(key)) throw new ProtocolError('log-member', { members: members.size });
  if (members.size >= MAX_GROUP_MEMBERS) throw new ProtocolError('too-large', { size: members.size + 1, max: MAX_GROUP_MEMBERS });
  return { name, members: new Map(members).set(key, { statement, role }) };
}

function afterChange(group: Membership, change: LaterChange): Membership {
  const { name } = group;
  const members = new Map(group.members);
  switch (change.kind) {
    case 'add':
      return withMember(group, change);
    case 'remove':
      memberOf(group, change.member);
      members.delete(toHex(change.member));
      return { name, members };
    case 'role':
      return { name, members: members.set(toHex(change.member), { ...memberOf(group, change.member), role: change.role }) };
    case 'rename':
      return { name: change.name, members };
    default:
      return change satisfies never;
  }
}

/** Admins change everything, a member only leaves; the last admin neither leaves nor steps down while others stay. */
function changed(group: Membership, author: Bytes, change: LaterChange): Membership {
  const isLeaving = change.kind === 'remove' && equalBytes(change.member, author);
  if (!isLeaving && memberOf(group, author).role !== 'admin') throw new ProtocolError('log-not-admin', { change: change.kind });
  const after = afterChange(group, change);
  const isLed = after.members.size === 0 || [...after.members.values()].some(({ role }) => role === 'admin');
  if (!isLed) throw new ProtocolError('log-last-admin', { members: after.members.size });
  return after;
}

function begin(bytes: Uint8Array, { groupId, author, change }: MembershipEntry): Group {
  if (change.kind !== 'create') throw new ProtocolError('log-gap', { next: 0 });
  const { sigPublic } = openIdentityStatement(change.statement);
  const isOwn = equalBytes(sigPublic, author) && equalBytes(groupIdOf(author, change.nonce), groupId);
  if (!isOwn) throw new ProtocolError('log-author', { sequence: 0 });
  const founder: GroupMember = { statement: change.statement, role: 'admin' };
  return { groupId, ...withMember({ name: change.name, members: new Map() }, founder), hashes: [entryHash(bytes)] };
}

/** False when this very entry is already in the log. A fork is only said of somebody who may write here: anybody can sign junk. */
function isNew({ members, hashes }: Group, bytes: Uint8Array, { sequence, previous, author }: MembershipEntry): boolean {
  if (sequence > hashes.length) throw new ProtocolError('log-gap', { sequence, next: hashes.length });
  const known = hashes[sequence];
  if (known && equalBytes(known, entryHash(bytes))) return false;
  if (!members.has(toHex(author))) throw new ProtocolError('log-author', { sequence });
  const follows = equalBytes(previous, headOf(hashes));
  if (known || !follows) throw new ProtocolError('log-fork', { sequence, next: hashes.length });
  return true;
}

/**
 * The group after one more entry; the same group for an entry it already has. The group given never changes.
 * @throws {ProtocolError} as `openEntry`; log-group (another group's), log-gap (entries before it are missing), log-author (not a
 * member), log-fork (another entry stands there, or it follows another one), log-not-admin, log-member (added twice, or no member),
 * log-last-admin; too-large; bad-key or bad-signature for a new member's statement
 */
export function appendEntry(group: Group, bytes: Uint8Array): Group {
  const entry = openEntry(bytes);
  if (!equalBytes(entry.groupId, group.groupId)) throw new ProtocolError('log-group', { sequence: entry.sequence });
  if (!isNew(group, bytes, entry) || entry.change.kind === 'create') return group;
  if (group.hashes.length >= MAX_LOG_ENTRIES) throw new ProtocolError('too-large', { size: entry.sequence, max: MAX_LOG_ENTRIES });
  const after = changed(group, entry.author, entry.change);
  return { ...after, groupId: group.groupId, hashes: [...group.hashes, entryHash(bytes)] };
}

/** A whole log, from its first entry. @throws {ProtocolError} as `appendEntry`; log-gap for no entries */
export function verifyLog(groupId: Bytes, entries: readonly Uint8Array[]): Group {
  const [first, ...later] = entries;
  if (!first) throw new ProtocolError('log-gap', { next: 0 });
  const entry = openEntry(first);
  if (!equalBytes(entry.groupId, groupId)) throw new ProtocolError('log-group', { sequence: entry.sequence });
  return later.reduce(appendEntry, begin(first, entry));
}

export interface SignedChange {
  readonly group: Group;
  /** For every member. */
  readonly entry: Bytes;
}

type Signer = Pick<Identity, 'sigSecret' | 'sigPublic' | 'statement'>;

/** @throws {ProtocolError} too-large for the name */
export function createGroup(engine: Pick<Engine, 'randomBytes'>, { sigSecret, sigPublic, statement }: Signer, name: string): SignedChange {
  const nonce = engine.randomBytes(GROUP_NONCE_BYTES);
  const groupId = groupIdOf(sigPublic, nonce);
  const change = { kind: 'create', nonce, statement, name } as const;
  const entry = signEntry(sigSecret, { groupId, sequence: 0, previous: NOTHING_BEFORE, author: sigPublic, change });
  return { group: verifyLog(groupId, [entry]), entry };
}

/** Signs nothing that the others would refuse. @throws {ProtocolError} as `appendEntry` */
export function signChange(group: Group, { sigSecret, sigPublic }: Omit<Signer, 'statement'>, change: LaterChange): SignedChange {
  const { groupId, hashes } = group;
  const unsigned = { groupId, sequence: hashes.length, previous: headOf(hashes), author: sigPublic, change };
  const entry = signEntry(sigSecret, unsigned);
  return { group: appendEntry(group, entry), entry };
}
