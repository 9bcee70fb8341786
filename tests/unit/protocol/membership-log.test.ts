import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, concat, toHex } from '../../../lib/protocol/bytes';
import { ProtocolError } from '../../../lib/protocol/errors';
import { createIdentity, type Identity } from '../../../lib/protocol/identity';
import { label } from '../../../lib/protocol/kdf';
import {
  entryHash,
  groupIdOf,
  type MembershipChange,
  type MembershipEntry,
  openEntry,
  signEntry,
} from '../../../lib/protocol/membership-entry';
import {
  appendEntry,
  createGroup,
  type Group,
  headOf,
  MAX_GROUP_MEMBERS,
  MAX_LOG_ENTRIES,
  signChange,
  verifyLog,
} from '../../../lib/protocol/membership-log';
import { runs } from '../../support/mutants';
import { engine, flipped } from './parties';

const [ana, ben, eve, zoe] = [1, 2, 3, 4].map(() => createIdentity(engine)) as [Identity, Identity, Identity, Identity];

const adding = ({ statement }: Identity, role: 'admin' | 'member' = 'member') => ({ kind: 'add', statement, role }) as const;
const removing = ({ sigPublic }: Identity) => ({ kind: 'remove', member: sigPublic }) as const;
const naming = (name: string) => ({ kind: 'rename', name }) as const;
const making = ({ sigPublic }: Identity, role: 'admin' | 'member') => ({ kind: 'role', member: sigPublic, role }) as const;

/** A log told by its authors one after another. */
function told(start: Group, ...lines: readonly (readonly [Identity, Parameters<typeof signChange>[2]])[]) {
  const entries: Bytes[] = [];
  let group = start;
  for (const [author, change] of lines) {
    const next = signChange(group, author, change);
    entries.push(next.entry);
    group = next.group;
  }
  return { entries, group };
}

const start = createGroup(engine, ana, 'Walkers');
const { groupId } = start.group;
const { entries: later, group } = told(
  start.group,
  [ana, adding(ben)],
  [ana, adding(eve, 'admin')],
  [eve, naming('Hikers')],
  [ben, removing(ben)],
);

const entries = [start.entry, ...later];

/** What somebody signs who keeps no rule. */
function forged(
  author: Identity,
  change: MembershipChange,
  { at = group, ...entry }: Partial<MembershipEntry> & { at?: Group } = {},
): Bytes {
  const place = { groupId: at.groupId, sequence: at.hashes.length, previous: headOf(at.hashes), author: author.sigPublic };
  return signEntry(author.sigSecret, { ...place, ...entry, change });
}

const known = ({ members }: Group) => [...members].map(([key, { role }]) => `${key} ${role}`);

describe('a membership log', () => {
  it('tells who belongs to the group, with which role, and its name', () => {
    const read = verifyLog(groupId, entries);
    expect(read).toEqual(group);
    expect(read.name).toBe('Hikers');
    expect(known(read)).toEqual([`${toHex(ana.sigPublic)} admin`, `${toHex(eve.sigPublic)} admin`]);
    expect(read.members.get(toHex(eve.sigPublic))?.statement).toEqual(eve.statement);
  });

  it('takes back somebody who left, and lets the last one go', () => {
    const back = told(group, [eve, adding(ben)], [ana, making(eve, 'member')], [eve, removing(eve)]);
    expect(known(back.group)).toEqual([`${toHex(ana.sigPublic)} admin`, `${toHex(ben.sigPublic)} member`]);
    const empty = told(back.group, [ana, removing(ben)], [ana, removing(ana)]).group;
    expect(known(empty)).toEqual([]);
    expect(() => appendEntry(empty, forged(ana, naming('Mine again'), { at: empty }))).toThrow('log-author');
  });

  it('stays the same for an entry that comes twice, and never changes the group it was given', () => {
    const before = verifyLog(groupId, entries.slice(0, 3));
    const copy = structuredClone(before);
    for (const entry of entries.slice(0, 3)) expect(appendEntry(before, entry)).toBe(before);
    expect(appendEntry(before, entries[3] as Bytes)).not.toBe(before);
    expect(before).toEqual(copy);
    expect(appendEntry(group, entries[4] as Bytes)).toBe(group);
  });

  it('takes at most a hundred members', () => {
    const crowd = Array.from(
      { length: MAX_GROUP_MEMBERS - 3 },
      (_, i) => [`member ${i}`, { statement: ben.statement, role: 'member' }] as const,
    );
    const almost: Group = { ...group, members: new Map([...group.members, ...crowd]) };
    const full = signChange(almost, ana, adding(zoe)).group;
    expect(full.members.size).toBe(100);
    expect(() => signChange(full, ana, adding(ben))).toThrow('too-large');
  });
});

describe('a membership log refuses', () => {
  const appending = (entry: Bytes) => () => appendEntry(group, entry);

  it('log-gap: an entry whose forerunners are missing, and a log without its beginning', () => {
    expect(() => verifyLog(groupId, entries.toSpliced(1, 1))).toThrow('log-gap');
    expect(() => verifyLog(groupId, entries.slice(1))).toThrow('log-gap');
    expect(() => verifyLog(groupId, [])).toThrow('log-gap');
    expect(appending(forged(ana, naming('Later'), { sequence: 6 }))).toThrow('log-gap');
  });

  it('log-fork: a second entry in one place, and one that follows another past', () => {
    const other = told(start.group, [ana, adding(ben)], [ana, naming('Runners')]);
    expect(appending(other.entries[1] as Bytes)).toThrow('log-fork');
    expect(appending(forged(ana, naming('Next'), { previous: headOf(other.group.hashes) }))).toThrow('log-fork');
    expect(appending(forged(ana, naming('Next'), { previous: new Uint8Array(32) }))).toThrow('log-fork');
    expect(appending(forged(ana, naming('Past'), { sequence: 2 }))).toThrow('log-fork');
    expect(() => verifyLog(groupId, [...entries.slice(0, 2), entries[2] as Bytes, other.entries[1] as Bytes])).toThrow('log-fork');
  });

  it('log-fork: another beginning by the same founder', () => {
    const { nonce } = openEntry(start.entry).change as Extract<MembershipChange, { kind: 'create' }>;
    const again = forged(
      ana,
      { kind: 'create', nonce, statement: ana.statement, name: 'Others' },
      { sequence: 0, previous: new Uint8Array(32) },
    );
    expect(verifyLog(groupId, [again]).name).toBe('Others');
    expect(appending(again)).toThrow('log-fork');
  });

  it('an order that was changed', () => {
    const [first, second, third] = entries as [Bytes, Bytes, Bytes];
    expect(() => verifyLog(groupId, [first, third, second])).toThrow('log-gap');
    expect(() => verifyLog(groupId, [second, first, third])).toThrow('log-gap');
  });

  it('log-author: somebody who does not belong to the group, or no longer does', () => {
    expect(appending(forged(zoe, naming('Ours')))).toThrow('log-author');
    expect(appending(forged(ben, removing(ben)))).toThrow('log-author');
    expect(appending(forged(zoe, adding(zoe, 'admin')))).toThrow('log-author');
  });

  it('log-author, not a fork: a stranger can accuse nobody', () => {
    expect(appending(forged(zoe, naming('Ours'), { sequence: 2 }))).toThrow('log-author');
    expect(appending(forged(zoe, naming('Ours'), { previous: new Uint8Array(32) }))).toThrow('log-author');
  });

  it('log-author: a group under an id that somebody else made, or in the name of somebody else', () => {
    const create = openEntry(start.entry).change as Extract<MembershipChange, { kind: 'create' }>;
    const first = { sequence: 0, previous: new Uint8Array(32) };
    expect(() => verifyLog(groupId, [forged(zoe, { ...create, statement: zoe.statement }, first)])).toThrow('log-author');
    const nonce = engine.randomBytes(32);
    const own = groupIdOf(zoe.sigPublic, nonce);
    expect(() => verifyLog(own, [forged(zoe, { ...create, nonce }, { ...first, groupId: own })])).toThrow('log-author');
    expect(() => verifyLog(own, [forged(zoe, { ...create, nonce, statement: zoe.statement }, { ...first, groupId: own })])).not.toThrow();
  });

  it('bad-signature: an entry in the name of another', () => {
    const change = naming('Ours');
    expect(appending(signEntry(zoe.sigSecret, openEntry(forged(ana, change))))).toThrow('bad-signature');
    expect(appending(signEntry(eve.sigSecret, openEntry(forged(ana, change))))).toThrow('bad-signature');
  });

  it('bad-signature: what was signed for another purpose', () => {
    const entry = forged(ana, naming('Ours'));
    const unsigned = entry.slice(0, -64);
    const resigned = (...domain: readonly Bytes[]) => concat(unsigned, ed25519.sign(concat(...domain, unsigned), ana.sigSecret));
    expect(appending(resigned(label('membership entry')))).not.toThrow();
    expect(appending(resigned())).toThrow('bad-signature');
    expect(appending(resigned(label('signed prekey')))).toThrow('bad-signature');
  });

  it('log-not-admin: everything but leaving, by a member', () => {
    const small = told(start.group, [ana, adding(ben)], [ana, adding(eve)]).group;
    for (const change of [adding(zoe), adding(zoe, 'admin'), removing(eve), removing(ana), making(ben, 'admin'), naming('Mine')]) {
      expect(() => appendEntry(small, forged(ben, change, { at: small }))).toThrow('log-not-admin');
      expect(() => signChange(small, ben, change)).toThrow('log-not-admin');
    }
    expect(known(signChange(small, ben, removing(ben)).group).length).toBe(2);
  });

  it('log-not-admin: what an admin does after stepping down', () => {
    const down = signChange(group, ana, making(ana, 'member')).group;
    expect(() => appendEntry(down, forged(ana, making(ana, 'admin'), { at: down }))).toThrow('log-not-admin');
  });

  it('log-member: adding twice, and removing or raising nobody', () => {
    expect(appending(forged(ana, adding(eve)))).toThrow('log-member');
    expect(appending(forged(ana, removing(zoe)))).toThrow('log-member');
    expect(appending(forged(ana, making(ben, 'admin')))).toThrow('log-member');
  });

  it('log-last-admin: members without anybody to lead them', () => {
    const { group: led } = told(start.group, [ana, adding(ben)]);
    expect(() => appendEntry(led, forged(ana, removing(ana), { at: led }))).toThrow('log-last-admin');
    expect(() => appendEntry(led, forged(ana, making(ana, 'member'), { at: led }))).toThrow('log-last-admin');
  });

  it("log-group: an entry of another group, even of the same people's", () => {
    const twin = createGroup(engine, ana, 'Walkers');
    const second = told(twin.group, [ana, adding(ben)], [ana, adding(eve, 'admin')]);
    expect(() => verifyLog(groupId, [twin.entry, ...second.entries])).toThrow('log-group');
    expect(() => verifyLog(groupId, [start.entry, second.entries[0] as Bytes])).toThrow('log-group');
    expect(appending(second.entries[1] as Bytes)).toThrow('log-group');
    expect(appending(forged(ana, naming('Ours'), { groupId: second.group.groupId }))).toThrow('log-group');
  });

  it('bad-signature: a new member whose statement is not their own', () => {
    const mixed = concat(zoe.statement.slice(0, 33), eve.dhPublic, zoe.statement.slice(65));
    expect(appending(forged(ana, { kind: 'add', statement: mixed, role: 'member' }))).toThrow('bad-signature');
  });

  it('bad-value: a beginning in the middle, and a beginning that follows something', () => {
    const create = openEntry(start.entry).change;
    expect(appending(forged(ana, create))).toThrow('bad-value');
    expect(appending(forged(ana, naming('Ours'), { sequence: 0, previous: new Uint8Array(32) }))).toThrow('bad-value');
    expect(() => verifyLog(groupId, [forged(ana, create, { sequence: 0 })])).toThrow('bad-value');
    const oneByte = flipped(new Uint8Array(32), 31);
    expect(() => verifyLog(groupId, [forged(ana, create, { sequence: 0, previous: oneByte })])).toThrow('bad-value');
  });

  it('truncated, trailing, bad-version, bad-kind: another form', () => {
    const entry = forged(ana, naming('Ours'));
    expect(appending(entry.slice(0, -1))).toThrow('truncated');
    expect(appending(concat(entry, new Uint8Array(1)))).toThrow('trailing');
    expect(appending(flipped(entry, 0))).toThrow('bad-version');
    expect(appending(flipped(entry, 101, 7))).toThrow('bad-kind');
  });

  it('too-large: a log without end', () => {
    const endless: Group = { ...group, hashes: Array.from({ length: MAX_LOG_ENTRIES }, () => headOf(group.hashes)) };
    expect(() => appendEntry(endless, forged(ana, naming('Again'), { at: endless }))).toThrow('too-large');
    const almost: Group = { ...endless, hashes: endless.hashes.slice(1) };
    expect(appendEntry(almost, forged(ana, naming('Again'), { at: almost })).name).toBe('Again');
  });

  it('too-large: a name of more than 128 bytes, before it is signed', () => {
    expect(() => signChange(group, ana, naming('ñ'.repeat(65)))).toThrow('too-large');
    expect(() => createGroup(engine, ana, 'n'.repeat(129))).toThrow('too-large');
  });

  it('any one changed bit of any entry, at that entry', () => {
    const before = entries.map((_, index) => (index === 0 ? null : verifyLog(groupId, entries.slice(0, index))));
    fc.assert(
      fc.property(fc.nat(entries.length - 1), fc.nat(), fc.nat(7), (index, place, bit) => {
        const entry = entries[index] as Bytes;
        const changed = flipped(entry, place % entry.length, bit);
        const past = before[index];
        expect(() => (past ? appendEntry(past, changed) : verifyLog(groupId, [changed]))).toThrow(ProtocolError);
      }),
      { numRuns: runs(150) },
    );
  });

  it('junk, with a code', () => {
    const junk = fc.uint8Array({ maxLength: 500 }).map((bytes) => concat(bytes));
    const nearly = fc
      .tuple(fc.constantFrom(...entries), fc.nat(500), fc.nat(3), fc.uint8Array({ maxLength: 4 }))
      .map(([entry, at, gone, put]) => concat(entry.slice(0, at), put, entry.slice(at + gone)));
    fc.assert(
      fc.property(fc.oneof(junk, nearly), (bytes) => {
        try {
          expect(entries.map(toHex)).toContain(toHex(signEntryAgain(bytes)));
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
        }
      }),
      { numRuns: runs(300) },
    );
  });
});

/** What opens is one of the true entries: one meaning, one encoding. */
function signEntryAgain(bytes: Bytes): Bytes {
  const entry = openEntry(bytes);
  const author = [ana, ben, eve].find(({ sigPublic }) => toHex(sigPublic) === toHex(entry.author)) as Identity;
  const again = signEntry(author.sigSecret, entry);
  expect(toHex(entryHash(again))).toBe(toHex(entryHash(bytes)));
  return again;
}
