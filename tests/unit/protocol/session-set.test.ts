import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, compareBytes, equalBytes, fromUtf8, toHex, utf8 } from '../../../lib/protocol/bytes';
import { createIdentity, type Identity } from '../../../lib/protocol/identity';
import { createInvitePrekeys } from '../../../lib/protocol/prekeys';
import { acceptSession, initiateSession, type Session, sealEnvelope } from '../../../lib/protocol/session';
import { ARCHIVE_MS, nextGeneration, openWithAny, putSession, type SessionSet, sendingSession } from '../../../lib/protocol/session-set';
import { runs } from '../../support/mutants';
import { engine, NOW_MS, twoParties } from './parties';

interface Side {
  readonly identity: Identity;
  readonly prekeys: Map<number, ReturnType<typeof createInvitePrekeys>['prekeys']>;
  set: SessionSet;
  read: string[];
}

function side(): Side {
  return { identity: createIdentity(engine), prekeys: new Map(), set: [], read: [] };
}

/** A bundle of `owner`, whose secrets they keep. */
function bundleOf(owner: Side) {
  const { prekeys, bundle } = createInvitePrekeys(engine, owner.identity);
  owner.prekeys.set(prekeys.signed.id, prekeys);
  return bundle;
}

async function start(from: Side, to: Side): Promise<Session> {
  const bundle = bundleOf(to);
  const session = await initiateSession(engine, { identity: from.identity, bundle, generation: nextGeneration(from.set, 0, 0) });
  from.set = putSession(from.set, session, NOW_MS);
  return session;
}

async function say(from: Side, text: string): Promise<Bytes> {
  const { session, envelope } = await sealEnvelope(engine, sendingSession(from.set) as Session, utf8(text), 'cell');
  from.set = putSession(from.set, session, NOW_MS);
  return envelope;
}

async function hear(to: Side, envelope: Bytes): Promise<void> {
  const opened = await openWithAny(engine, to.set, envelope, NOW_MS);
  if (opened) {
    to.set = putSession(to.set, opened.session, NOW_MS);
    to.read.push(fromUtf8(opened.plaintext));
    return;
  }
  for (const prekeys of to.prekeys.values()) {
    const accepted = await acceptSession(engine, { identity: to.identity, prekeys, envelope, nowMs: NOW_MS }).catch(() => null);
    if (!accepted) continue;
    to.prekeys.delete(prekeys.signed.id);
    to.set = putSession(to.set, accepted.session, NOW_MS);
    to.read.push(fromUtf8(accepted.plaintext));
    return;
  }
  throw new Error('opened by no session');
}

const idOf = ({ set }: Side) => toHex((sendingSession(set) as Session).id);

describe('simultaneous initiation', () => {
  it('keeps both sessions, loses nothing, and both sides end on the lower session id', async () => {
    const [a, b] = [side(), side()];
    const ofA = await start(a, b);
    const ofB = await start(b, a);
    const crossing = [await say(a, 'a 1'), await say(b, 'b 1')] as const;
    await hear(b, crossing[0]);
    await hear(a, crossing[1]);
    // Each now writes where the other is known to read.
    expect([idOf(a), idOf(b)]).toEqual([toHex(ofB.id), toHex(ofA.id)]);
    await hear(b, await say(a, 'a 2'));
    await hear(a, await say(b, 'b 2'));
    const lower = compareBytes(ofA.id, ofB.id) < 0 ? ofA.id : ofB.id;
    expect([idOf(a), idOf(b)]).toEqual([toHex(lower), toHex(lower)]);
    await hear(b, await say(a, 'a 3'));
    await hear(a, await say(b, 'b 3'));
    expect([a.read, b.read]).toEqual([
      ['b 1', 'b 2', 'b 3'],
      ['a 1', 'a 2', 'a 3'],
    ]);
    expect(a.set.map(({ archivedAtMs }) => archivedAtMs)).toEqual([null, NOW_MS]);
  });

  it('in any order of arrival, with messages held back, both sides end on one session and every message is read once', async () => {
    const scripts = fc.array(fc.tuple(fc.boolean(), fc.nat(30)), { minLength: 4, maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const [a, b] = [side(), side()];
        await start(a, b);
        await start(b, a);
        const wire: { to: Side; envelope: Bytes }[] = [];
        let [saidByA, saidByB] = [0, 0];
        for (const [isA, pick] of script) {
          const envelope = isA ? await say(a, `a ${saidByA++}`) : await say(b, `b ${saidByB++}`);
          wire.push({ to: isA ? b : a, envelope });
          const [late] = wire.length > 3 ? wire.splice(pick % wire.length, 1) : [];
          if (late) await hear(late.to, late.envelope);
        }
        for (const { to, envelope } of wire) await hear(to, envelope);
        expect([...new Set(a.read)]).toHaveLength(saidByB);
        expect([...new Set(b.read)]).toHaveLength(saidByA);
        for (const word of ['x', 'y', 'z']) {
          await hear(b, await say(a, word));
          await hear(a, await say(b, word));
        }
        expect(idOf(a)).toBe(idOf(b));
      }),
      { numRuns: runs(12) },
    );
  }, 60_000);
});

describe('a session of a later generation', () => {
  it('is sent on at once, on both sides, and what was under way in the old one is read all the same', async () => {
    const [a, b] = [side(), side()];
    await start(a, b);
    await hear(b, await say(a, 'one'));
    await hear(a, await say(b, 'two'));
    const late = await say(b, 'late');
    const healed = await start(a, b);
    expect(healed.generation).toBe(2);
    await hear(b, await say(a, 'three'));
    expect([idOf(a), idOf(b)]).toEqual([toHex(healed.id), toHex(healed.id)]);
    await hear(a, late);
    expect(idOf(a)).toBe(toHex(healed.id));
    expect(a.read).toEqual(['two', 'late']);
  });

  it('wins over an older one that arrives after it', async () => {
    const [a, b] = [side(), side()];
    await start(a, b);
    const delayed = await say(a, 'from before');
    const second = await start(a, b);
    await hear(b, await say(a, 'from after'));
    await hear(b, delayed);
    expect(idOf(b)).toBe(toHex(second.id));
    expect(b.read).toEqual(['from after', 'from before']);
  });
});

describe('archived sessions', () => {
  it('receive for thirty days and are at most forty; the sending one is never dropped', async () => {
    const { a } = await twoParties();
    const numbered = (n: number): Session => ({ ...a, generation: n, id: new Uint8Array(32).fill(n) });
    let set: SessionSet = [];
    for (let n = 1; n <= 60; n++) set = putSession(set, numbered(n), NOW_MS + n);
    expect(set).toHaveLength(41);
    expect(sendingSession(set)?.generation).toBe(60);
    expect(set.at(-1)?.session.generation).toBe(20);
    expect(ARCHIVE_MS).toBe(30 * 86_400_000);
    const later = putSession(set, numbered(60), NOW_MS + ARCHIVE_MS + 50);
    expect(later.map(({ session }) => session.generation)).toEqual([60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50]);
    const muchLater = putSession(set, numbered(60), NOW_MS + 2 * ARCHIVE_MS);
    expect(muchLater).toHaveLength(1);
  });

  it('has the time as its generation: a device that went back to before the last ones still comes after them', () => {
    const seconds = NOW_MS / 1000;
    expect(nextGeneration([], 0, NOW_MS)).toBe(seconds);
    expect(nextGeneration([], 0, NOW_MS + 999)).toBe(seconds);
    expect(nextGeneration([], seconds, NOW_MS + 1000)).toBe(seconds + 1);
    // A clock that is behind, or at its end, still counts on.
    expect(nextGeneration([], seconds + 5, NOW_MS)).toBe(seconds + 6);
    expect(nextGeneration([], 7, Number.MAX_SAFE_INTEGER)).toBe(0xffff_ffff);
  });

  it('give way to newer ones by when they were archived, not by their generation', async () => {
    const { a } = await twoParties();
    const numbered = (n: number): Session => ({ ...a, generation: n, id: new Uint8Array(32).fill(n) });
    let set = putSession(putSession([], numbered(50), NOW_MS), numbered(60), NOW_MS + 1);
    for (let n = 1; n <= 40; n++) set = putSession(set, numbered(n), NOW_MS + 1 + n);
    expect(set.map(({ session }) => session.generation)).toEqual([60, ...Array.from({ length: 40 }, (_, i) => 40 - i)]);
  });

  it('that still receive are not kept longer for it', async () => {
    const { a } = await twoParties();
    const newer: Session = { ...a, generation: 5, id: new Uint8Array(32).fill(5) };
    const set = putSession(putSession([], a, NOW_MS), newer, NOW_MS + 1);
    expect(putSession(set, { ...a }, NOW_MS + 1000)[1]).toMatchObject({ archivedAtMs: NOW_MS + 1 });
    expect(putSession(set, { ...a }, NOW_MS + 1 + ARCHIVE_MS)).toHaveLength(1);
  });

  it('are none where there is no session at all, and nothing sends', () => {
    expect(sendingSession([])).toBeNull();
  });

  it('a generation that has no next is refused with a code', async () => {
    const { a } = await twoParties();
    expect(() => nextGeneration(putSession([], { ...a, generation: 0xffff_ffff }, NOW_MS), 0, NOW_MS)).toThrow('too-large');
  });

  it('are found by their id: the next step of one takes its place', async () => {
    const { a } = await twoParties();
    const set = putSession(putSession([], a, NOW_MS), { ...a, generation: 5 }, NOW_MS);
    expect(set).toHaveLength(1);
    expect(equalBytes(set[0]?.session.id as Bytes, a.id)).toBe(true);
  });
});
