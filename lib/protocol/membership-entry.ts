/**
 * One signed line of a group's membership log. Knows bytes and signatures; who may say what is decided in `membership-log.ts`.
 *
 *   version(1) ‖ group id(32) ‖ sequence(4) ‖ hash of the entry before(32) ‖ author's IK_sig(32) ‖ kind(1) ‖ body ‖ Ed25519(64)
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { type Bytes, concat, Reader, Writer } from './bytes';
import { ProtocolError } from './errors';
import { STATEMENT_BYTES } from './identity';
import { HASH_BYTES, hash, label } from './kdf';
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from './keys';
import { readName, writeName } from './profile';
import { isEd25519Signature } from './signatures';

const ENTRY_VERSION = 1;
export const GROUP_NONCE_BYTES = 32;

export type Role = 'admin' | 'member';

export type MembershipChange =
  /** Sequence 0 and nowhere else. Its author is the first admin; the nonce and the author make the group's id. */
  | { readonly kind: 'create'; readonly nonce: Bytes; readonly statement: Bytes; readonly name: string }
  | { readonly kind: 'add'; readonly statement: Bytes; readonly role: Role }
  /** Members are named by their IK_sig. Naming oneself is leaving. */
  | { readonly kind: 'remove'; readonly member: Bytes }
  | { readonly kind: 'role'; readonly member: Bytes; readonly role: Role }
  | { readonly kind: 'rename'; readonly name: string };

export interface MembershipEntry {
  readonly groupId: Bytes;
  /** From 0, without gaps. */
  readonly sequence: number;
  /** `entryHash` of the entry before; zeros for the first. */
  readonly previous: Bytes;
  readonly author: Bytes;
  readonly change: MembershipChange;
}

const KIND = { create: 1, add: 2, remove: 3, role: 4, rename: 5 } as const;
const SIGNED = label('membership entry');

/** Commits to who made the group: nobody else can begin another log under its id. */
export function groupIdOf(author: Bytes, nonce: Bytes): Bytes {
  return hash(label('group'), author, nonce);
}

/** Of all its bytes, the signature too. */
export function entryHash(entry: Uint8Array): Bytes {
  return hash(label('membership hash'), entry);
}

function writeChange(writer: Writer, change: MembershipChange): void {
  switch (change.kind) {
    case 'create':
      writer.fixed(change.nonce, GROUP_NONCE_BYTES).fixed(change.statement, STATEMENT_BYTES);
      writeName(writer, change.name);
      return;
    case 'add':
      writer.fixed(change.statement, STATEMENT_BYTES).flag(change.role === 'admin');
      return;
    case 'remove':
      writer.fixed(change.member, PUBLIC_KEY_BYTES);
      return;
    case 'role':
      writer.fixed(change.member, PUBLIC_KEY_BYTES).flag(change.role === 'admin');
      return;
    case 'rename':
      writeName(writer, change.name);
      return;
    default:
      change satisfies never;
  }
}

function readRole(reader: Reader): Role {
  return reader.flag() ? 'admin' : 'member';
}

function readChange(kind: number, reader: Reader): MembershipChange {
  switch (kind) {
    case KIND.create:
      return { kind: 'create', nonce: reader.bytes(GROUP_NONCE_BYTES), statement: reader.bytes(STATEMENT_BYTES), name: readName(reader) };
    case KIND.add:
      return { kind: 'add', statement: reader.bytes(STATEMENT_BYTES), role: readRole(reader) };
    case KIND.remove:
      return { kind: 'remove', member: reader.bytes(PUBLIC_KEY_BYTES) };
    case KIND.role:
      return { kind: 'role', member: reader.bytes(PUBLIC_KEY_BYTES), role: readRole(reader) };
    case KIND.rename:
      return { kind: 'rename', name: readName(reader) };
    default:
      throw new ProtocolError('bad-kind', { kind });
  }
}

/** By noble on every engine, so that no two devices can disagree about a log. @throws {ProtocolError} bad-value, too-large */
export function signEntry(sigSecret: Bytes, { groupId, sequence, previous, author, change }: MembershipEntry): Bytes {
  const writer = new Writer()
    .u8(ENTRY_VERSION)
    .fixed(groupId, HASH_BYTES)
    .u32(sequence)
    .fixed(previous, HASH_BYTES)
    .fixed(author, PUBLIC_KEY_BYTES)
    .u8(KIND[change.kind]);
  writeChange(writer, change);
  const unsigned = writer.done();
  return concat(unsigned, ed25519.sign(concat(SIGNED, unsigned), sigSecret));
}

/**
 * Signed by the author it names, who may be anybody.
 * @throws {ProtocolError} bad-version, bad-kind, bad-value, bad-text, too-large, truncated, trailing, bad-signature
 */
export function openEntry(bytes: Uint8Array): MembershipEntry {
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== ENTRY_VERSION) throw new ProtocolError('bad-version', { version });
  const groupId = reader.bytes(HASH_BYTES);
  const sequence = reader.u32();
  const previous = reader.bytes(HASH_BYTES);
  const author = reader.bytes(PUBLIC_KEY_BYTES);
  const change = readChange(reader.u8(), reader);
  const signature = reader.bytes(SIGNATURE_BYTES);
  reader.end();
  const isFirst = sequence === 0;
  if (isFirst !== (change.kind === 'create')) throw new ProtocolError('bad-value', { sequence });
  if (isFirst && previous.some((byte) => byte !== 0)) throw new ProtocolError('bad-value', { sequence });
  const unsigned = bytes.subarray(0, bytes.length - SIGNATURE_BYTES);
  if (!isEd25519Signature({ publicKey: author, message: concat(SIGNED, unsigned), signature }))
    throw new ProtocolError('bad-signature', { sequence });
  return { groupId, sequence, previous, author, change };
}
