import { describe, expect, it } from 'vitest';
import { type Bytes, concat, fromUtf8, toHex, utf8 } from '../../../lib/protocol/bytes';
import type { ProtocolError } from '../../../lib/protocol/errors';
import { createIdentity } from '../../../lib/protocol/identity';
import { createInvitePrekeys, offerPrekeys, type PrekeyPair } from '../../../lib/protocol/prekeys';
import { startAsResponder, stepSending } from '../../../lib/protocol/ratchet';
import {
  acceptSession,
  decodeSession,
  encodeSession,
  envelopePrekeyIds,
  initiateSession,
  maxPlaintextBytes,
  openEnvelope,
  type Session,
  sealEnvelope,
} from '../../../lib/protocol/session';
import { engine, flipped, invitation, NOW_MS, opened, sealAll, turn, twoParties, watchedEngine } from './parties';

const restarted = (session: Session) => decodeSession(encodeSession(session));
const stateOf = (session: Session) => toHex(encodeSession(session));

async function codeOf(attempt: Promise<unknown>): Promise<string | null> {
  return attempt.then(
    (result) => (result === null ? null : 'opened'),
    (error: ProtocolError) => error.code,
  );
}

describe('a first message', () => {
  it('tells the responder who wrote it, and both sides have one session id', async () => {
    const { alice, bob, bundle, prekeys } = invitation();
    const initiated = await initiateSession(engine, { identity: alice, bundle });
    const { session, envelope } = await sealEnvelope(engine, initiated, utf8('hello'), 'cell');
    const accepted = await acceptSession(engine, { identity: bob, prekeys, envelope, nowMs: NOW_MS });
    expect(fromUtf8(accepted.plaintext)).toBe('hello');
    expect(accepted.theirIdentity.statement).toEqual(alice.statement);
    expect(accepted.session.id).toEqual(session.id);
  });

  it('shows the relay nothing of the initiator', async () => {
    const { alice, bundle } = invitation();
    const { envelope } = await sealEnvelope(engine, await initiateSession(engine, { identity: alice, bundle }), utf8('hello'), 'cell');
    for (const seen of [alice.sigPublic, alice.dhPublic, utf8('hello')]) expect(toHex(envelope)).not.toContain(toHex(seen));
  });

  it('may arrive late: the third envelope starts the session, the first two open on it', async () => {
    const { alice, bob, bundle, prekeys } = invitation();
    const { envelopes } = await sealAll(await initiateSession(engine, { identity: alice, bundle }), ['one', 'two', 'three']);
    const [one, two, three] = envelopes as [Bytes, Bytes, Bytes];
    const accepted = await acceptSession(engine, { identity: bob, prekeys, envelope: three, nowMs: NOW_MS });
    expect(fromUtf8(accepted.plaintext)).toBe('three');
    const second = await opened(restarted(accepted.session), one);
    expect(fromUtf8(second.plaintext)).toBe('one');
    expect(fromUtf8((await opened(second.session, two)).plaintext)).toBe('two');
  });

  it('is repeated with its opening until an answer opens, and never after', async () => {
    const { a, b } = await twoParties(engine, false);
    const again = await sealEnvelope(engine, a, utf8('still me'), 'cell');
    expect(again.envelope[1]).toBe(2);
    const atB = await opened(b, again.envelope);
    const answer = await sealEnvelope(engine, atB.session, utf8('yes'), 'cell');
    const atA = await opened(again.session, answer.envelope);
    expect((await sealEnvelope(engine, atA.session, utf8('good'), 'cell')).envelope[1]).toBe(1);
  });

  it('made with last-resort keys says so on both sides, and needs no one-time prekey', async () => {
    const { alice, bob, prekeys } = invitation();
    const lastResort = { ...prekeys, oneTime: null };
    const initiated = await initiateSession(engine, { identity: alice, bundle: offerPrekeys(bob, lastResort) });
    const { envelope } = await sealEnvelope(engine, initiated, utf8('hello'), 'cell');
    const request = { identity: bob, envelope, nowMs: NOW_MS };
    const { session, plaintext } = await acceptSession(engine, { ...request, prekeys: lastResort });
    expect([fromUtf8(plaintext), initiated.isLastResort, session.isLastResort]).toEqual(['hello', true, true]);
    expect(restarted(session).isLastResort).toBe(true);
    expect(envelopePrekeyIds(envelope)).toEqual({ signedId: prekeys.signed.id, oneTimeId: 0, kemId: prekeys.kem.id });
    expect(await codeOf(acceptSession(engine, { ...request, prekeys }))).toBe('no-prekey');
    const { a, b } = await twoParties();
    expect([a.isLastResort, b.isLastResort]).toEqual([false, false]);
  });

  it('carries its generation under the agreement: nobody in between raises it', async () => {
    const { alice, bob, bundle, prekeys } = invitation();
    const initiated = await initiateSession(engine, { identity: alice, bundle, generation: 7 });
    const { envelope } = await sealEnvelope(engine, initiated, utf8('hi'), 'cell');
    const { session } = await acceptSession(engine, { identity: bob, prekeys, envelope, nowMs: NOW_MS });
    expect([restarted(initiated).generation, restarted(session).generation]).toEqual([7, 7]);
    expect(await codeOf(acceptSession(engine, { identity: bob, prekeys, envelope: flipped(envelope, 16), nowMs: NOW_MS }))).toBe('bad-tag');
  });

  it('for another invite is refused and leaves the prekeys usable', async () => {
    const { alice, bob, bundle, prekeys } = invitation();
    const other = createInvitePrekeys(engine, bob);
    const { envelope } = await sealEnvelope(engine, await initiateSession(engine, { identity: alice, bundle }), utf8('hi'), 'cell');
    const request = { identity: bob, prekeys: other.prekeys, envelope, nowMs: NOW_MS };
    expect(await codeOf(acceptSession(engine, request))).toBe('no-prekey');
    for (const id of [5, 9, 13]) {
      const renamed = { ...request, prekeys, envelope: flipped(envelope, id) };
      expect(await codeOf(acceptSession(engine, renamed)), `id at ${id}`).toBe('no-prekey');
    }
    const damaged = { ...request, prekeys, envelope: flipped(envelope, 4000) };
    expect(await codeOf(acceptSession(engine, damaged))).toBe('bad-tag');
    expect(await codeOf(acceptSession(engine, { ...request, prekeys }))).toBe('opened');
  });

  it('does not open with a one-time prekey of the right id and the wrong key', async () => {
    const { alice, bob, bundle, prekeys } = invitation();
    const other = createInvitePrekeys(engine, bob).prekeys.oneTime as PrekeyPair;
    const { envelope } = await sealEnvelope(engine, await initiateSession(engine, { identity: alice, bundle }), utf8('hi'), 'cell');
    const swapped = { ...prekeys, oneTime: { ...other, id: (prekeys.oneTime as PrekeyPair).id } };
    expect(await codeOf(acceptSession(engine, { identity: bob, prekeys: swapped, envelope, nowMs: NOW_MS }))).toBe('bad-tag');
  });

  it('does not open with a one-time KEM prekey of the right id and the wrong key', async () => {
    const { alice, bob, bundle, prekeys } = invitation();
    const other = createInvitePrekeys(engine, bob).prekeys.kem;
    const { envelope } = await sealEnvelope(engine, await initiateSession(engine, { identity: alice, bundle }), utf8('hi'), 'cell');
    const swapped = { ...prekeys, kem: { ...other, id: prekeys.kem.id } };
    expect(await codeOf(acceptSession(engine, { identity: bob, prekeys: swapped, envelope, nowMs: NOW_MS }))).toBe('bad-tag');
  });

  it('without an opening starts nothing', async () => {
    const { a, bob, prekeys } = await twoParties();
    const { envelope } = await sealEnvelope(engine, a, utf8('text'), 'cell');
    expect(await codeOf(acceptSession(engine, { identity: bob, prekeys, envelope, nowMs: NOW_MS }))).toBe('bad-kind');
  });

  it('to oneself is refused on both sides', async () => {
    const { alice } = invitation();
    const { bundle, prekeys } = createInvitePrekeys(engine, alice);
    await expect(initiateSession(engine, { identity: alice, bundle })).rejects.toMatchObject({ code: 'bad-key' });
    const unaware = { ...alice, dhPublic: createIdentity(engine).dhPublic };
    const { envelope } = await sealEnvelope(engine, await initiateSession(engine, { identity: unaware, bundle }), utf8('me'), 'cell');
    expect(await codeOf(acceptSession(engine, { identity: alice, prekeys, envelope, nowMs: NOW_MS }))).toBe('bad-key');
  });

  it('of a second session over the same prekeys is not mistaken for the first session', async () => {
    const { alice, bob, bundle, prekeys } = invitation();
    const first = await sealEnvelope(engine, await initiateSession(engine, { identity: alice, bundle }), utf8('1'), 'cell');
    const second = await sealEnvelope(engine, await initiateSession(engine, { identity: alice, bundle }), utf8('2'), 'cell');
    const { session } = await acceptSession(engine, { identity: bob, prekeys, envelope: first.envelope, nowMs: NOW_MS });
    expect(await openEnvelope(engine, session, second.envelope, NOW_MS)).toBeNull();
  });
});

describe('non-canonical and small-order points', () => {
  it('as an ephemeral key are refused before any agreement', async () => {
    const { alice, bob, bundle, prekeys } = invitation();
    const { envelope } = await sealEnvelope(engine, await initiateSession(engine, { identity: alice, bundle }), utf8('hi'), 'cell');
    const zeros = concat(envelope.slice(0, 18), new Uint8Array(32), envelope.slice(50));
    for (const bad of [zeros, flipped(envelope, 49, 7)]) {
      expect(await codeOf(acceptSession(engine, { identity: bob, prekeys, envelope: bad, nowMs: NOW_MS }))).toBe('bad-key');
    }
  });

  it('as a stored ratchet key are refused', async () => {
    const { a } = await twoParties();
    const { secret, public: publicKey } = a.ratchet.ratchetKey;
    const ratchetKey = { secret, public: flipped(publicKey, 31, 7) };
    expect(() => restarted({ ...a, ratchet: { ...a.ratchet, ratchetKey } })).toThrow('bad-key');
  });

  it('as a ratchet key in an authentic header are refused', async () => {
    const { a, b } = await twoParties();
    for (const bad of [new Uint8Array(32), flipped(a.ratchet.ratchetKey.public, 31, 7)]) {
      const ratchetKey = { ...a.ratchet.ratchetKey, public: bad };
      const { envelope } = await sealEnvelope(engine, { ...a, ratchet: { ...a.ratchet, ratchetKey } }, utf8('text'), 'string');
      expect(await codeOf(openEnvelope(engine, b, envelope, NOW_MS))).toBe('bad-key');
    }
  });
});

describe('swapped identities, reflected messages, role confusion', () => {
  it('a message reflected to its sender opens nothing', async () => {
    const { a, b } = await twoParties(engine, false);
    const fromA = await sealEnvelope(engine, a, utf8('to b'), 'string');
    expect(await openEnvelope(engine, fromA.session, fromA.envelope, NOW_MS)).toBeNull();
    const fromB = await sealEnvelope(engine, b, utf8('to a'), 'string');
    expect(await openEnvelope(engine, fromB.session, fromB.envelope, NOW_MS)).toBeNull();
  });

  it('a responder who sends an opening is not answered: only initiators have one', async () => {
    const { a, b } = await twoParties(engine, false);
    const posing: Session = { ...b, stage: { kind: 'unanswered', opening: new Uint8Array(1825) } };
    const { envelope } = await sealEnvelope(engine, posing, utf8('text'), 'cell');
    expect(await openEnvelope(engine, a, envelope, NOW_MS)).toBeNull();
  });

  it('a session with the two identities exchanged opens nothing', async () => {
    const { a, b } = await twoParties();
    const { envelope } = await sealEnvelope(engine, a, utf8('text'), 'string');
    const exchanged = { ...b, initiatorHash: b.responderHash, responderHash: b.initiatorHash };
    expect(await codeOf(openEnvelope(engine, exchanged, envelope, NOW_MS))).toBe('bad-tag');
    const elsewhere = { ...b, id: flipped(b.id, 0) };
    expect(await codeOf(openEnvelope(engine, elsewhere, envelope, NOW_MS))).toBe('bad-tag');
  });

  it('a first message passed on to a third person does not open there', async () => {
    const { alice, bundle, prekeys } = invitation();
    const carol = createIdentity(engine);
    const { envelope } = await sealEnvelope(engine, await initiateSession(engine, { identity: alice, bundle }), utf8('hi'), 'cell');
    expect(await codeOf(acceptSession(engine, { identity: carol, prekeys, envelope, nowMs: NOW_MS }))).toBe('bad-tag');
  });

  it('an envelope of another pair matches no header key', async () => {
    const [one, other] = [await twoParties(), await twoParties()];
    const { envelope } = await sealEnvelope(engine, one.a, utf8('text'), 'string');
    expect(await openEnvelope(engine, other.b, envelope, NOW_MS)).toBeNull();
  });
});

describe('state changed before the tag verifies', () => {
  /** First and last byte of each part of an opening envelope in a cell. */
  const PLACES = [
    ...[0, 1],
    // opening: ids, ephemeral key, KEM ciphertext, sealed statement and its tag
    ...[2, 5, 6, 9, 10, 13, 14, 45, 46, 1613, 1614, 1806, 1807, 1822],
    // header nonce, header and its tag
    ...[1823, 1834, 1835, 1921, 1922, 1937],
    // ciphertext, its tag, commitment
    ...[1938, 4063, 4064, 4079, 4080, 4095],
  ];

  it('never happens: each change to an opening envelope is refused and the session is as it was', async () => {
    const { a, b } = await twoParties(engine, false);
    const { envelope } = await sealEnvelope(engine, a, utf8('a text that arrives after all'), 'cell');
    const before = stateOf(b);
    for (const at of PLACES) {
      const outcome = await codeOf(openEnvelope(engine, b, flipped(envelope, at, at % 8), NOW_MS));
      expect(outcome, `byte ${at}`).not.toBe('opened');
      expect(stateOf(b)).toBe(before);
    }
    expect(fromUtf8((await opened(b, envelope)).plaintext)).toBe('a text that arrives after all');
  });

  it('never happens in a turn either, and what was refused names its reason', async () => {
    const { a, b } = await twoParties();
    const { envelope } = await sealEnvelope(engine, a, utf8('turns the ratchet'), 'string');
    const before = stateOf(b);
    const places: readonly (readonly [number, string | null])[] = [
      [0, 'bad-version'],
      [1, 'bad-kind'],
      [2, null],
      [13, null],
      [14, null],
      [116, null],
      [117, 'bad-tag'],
      [479, 'bad-tag'],
      [480, 'bad-tag'],
      [495, 'bad-tag'],
      [496, 'bad-tag'],
      [511, 'bad-tag'],
    ];
    for (const [at, reason] of places) {
      expect(await codeOf(openEnvelope(engine, b, flipped(envelope, at), NOW_MS)), `byte ${at}`).toBe(reason);
    }
    const asOpening = (bytes: Bytes) => concat(bytes.slice(0, 1), new Uint8Array([2]), bytes.slice(2));
    expect(await codeOf(openEnvelope(engine, b, asOpening(envelope), NOW_MS))).toBe('truncated');
    const inCell = await sealEnvelope(engine, a, utf8('turns the ratchet'), 'cell');
    expect(await openEnvelope(engine, b, asOpening(inCell.envelope), NOW_MS)).toBeNull();
    expect(stateOf(b)).toBe(before);
    expect(fromUtf8((await opened(b, envelope)).plaintext)).toBe('turns the ratchet');
  });

  it('never happens to a first message: the prekeys still open the true one', async () => {
    const { alice, bob, bundle, prekeys } = invitation();
    const { envelope } = await sealEnvelope(engine, await initiateSession(engine, { identity: alice, bundle }), utf8('hi'), 'cell');
    for (const at of PLACES) {
      const request = { identity: bob, prekeys, envelope: flipped(envelope, at, at % 8), nowMs: NOW_MS };
      expect(await codeOf(acceptSession(engine, request)), `byte ${at}`).toMatch(/^(bad-|no-prekey|weak-)/);
    }
    expect(await codeOf(acceptSession(engine, { identity: bob, prekeys, envelope, nowMs: NOW_MS }))).toBe('opened');
  });

  it('a key commitment that is wrong is refused before AES is asked', async () => {
    const { a, b } = await twoParties();
    const { envelope } = await sealEnvelope(engine, a, utf8('text'), 'string');
    const noAes = { ...engine, openAes256Gcm: () => Promise.reject(new Error('asked')) };
    expect(await codeOf(openEnvelope(noAes, b, flipped(envelope, 511), NOW_MS))).toBe('bad-tag');
  });
});

describe('no key and nonce twice', () => {
  it('two concurrent encrypts with one key: two envelopes from one session value never share an AES key', async () => {
    const { a, b } = await twoParties();
    const watched = watchedEngine(engine);
    const [one, two] = await Promise.all([
      sealEnvelope(watched.engine, a, utf8('one'), 'string'),
      sealEnvelope(watched.engine, a, utf8('two'), 'string'),
    ]);
    expect(new Set(watched.sealedWith).size).toBe(2);
    const atB = await opened(b, one.envelope);
    expect(await codeOf(openEnvelope(engine, atB.session, two.envelope, NOW_MS))).toBe('key-trimmed');
  });

  it('worker death between send and persist: a restored old state does not reuse key and nonce', async () => {
    const { a } = await twoParties();
    const watched = watchedEngine(engine);
    const stored = encodeSession(a);
    for (let restart = 0; restart < 5; restart++) await sealEnvelope(watched.engine, decodeSession(stored), utf8('again'), 'string');
    expect(new Set(watched.sealedWith).size).toBe(5);
  });
});

describe('skipped keys', () => {
  /** Bob's next message would have this number, or say this of the chain before. */
  function jumped(session: Session, counter: number, previousCount = 0): Session {
    const { sending } = session.ratchet;
    if (sending === null) throw new Error('no sending chain');
    return { ...session, ratchet: { ...session.ratchet, previousCount, sending: { ...sending, next: counter } } };
  }

  /** Has sent as many more messages, none of which arrived. */
  function advanced(session: Session, count: number): Session {
    let { ratchet } = session;
    for (let i = 0; i < count; i++) ({ ratchet } = stepSending(ratchet));
    return { ...session, ratchet };
  }

  it.each([
    ['N = 2³²−1', 2 ** 32 - 1, 0],
    ['N one above the limit', 1001, 0],
    ['PN = 2³²−1', 0, 2 ** 32 - 1],
  ])('skipped-key flood, %s: skip-limit, at once, session unharmed', async (_name, counter, previousCount) => {
    const { a, b } = await twoParties();
    const there = await opened(b, (await sealEnvelope(engine, a, utf8('turn'), 'string')).envelope);
    const flood = await sealEnvelope(engine, jumped(there.session, counter, previousCount), utf8('flood'), 'string');
    const before = stateOf(a);
    expect(await codeOf(openEnvelope(engine, a, flood.envelope, NOW_MS))).toBe('skip-limit');
    expect(stateOf(a)).toBe(before);
    const honest = await sealEnvelope(engine, there.session, utf8('honest'), 'string');
    expect(await codeOf(openEnvelope(engine, a, honest.envelope, NOW_MS))).toBe('opened');
  });

  it('a jump of exactly 1,000 opens', async () => {
    const { a, b } = await twoParties();
    const { envelope } = await sealEnvelope(engine, advanced(a, 1000), utf8('far ahead'), 'string');
    expect(fromUtf8((await opened(b, envelope)).plaintext)).toBe('far ahead');
  });

  it('PN off by one; old-chain message after a DH step: exactly the missing keys are kept, and each opens its message', async () => {
    const { a, b } = await twoParties();
    const old = await sealAll(a, ['0', '1', '2', '3']);
    const at1 = await opened(b, old.envelopes[1] as Bytes);
    const back = await sealEnvelope(engine, at1.session, utf8('back'), 'string');
    const atA = await opened(old.session, back.envelope);
    const fresh = await sealAll(atA.session, ['4']);
    let atB = await opened(back.session, fresh.envelopes[0] as Bytes);
    expect(atB.session.ratchet.retired.map(({ skipped }) => skipped.map(({ counter }) => counter))).toEqual([[0, 2, 3]]);
    for (const i of [3, 0, 2]) {
      atB = await opened(restarted(atB.session), old.envelopes[i] as Bytes);
      expect(fromUtf8(atB.plaintext)).toBe(String(i));
    }
    expect(atB.session.ratchet.retired).toEqual([]);
  });

  it('are dropped after 14 days, with the header key of a chain that then misses nothing', async () => {
    const { a, b } = await twoParties();
    const { envelopes, session } = await sealAll(a, ['late', 'later', 'now']);
    const [late, later, now] = envelopes as [Bytes, Bytes, Bytes];
    const atB = await opened(b, now);
    const day = 24 * 60 * 60 * 1000;
    const onTime = await openEnvelope(engine, atB.session, late, NOW_MS + 14 * day - 1);
    expect(onTime && fromUtf8(onTime.plaintext)).toBe('late');
    expect(await codeOf(openEnvelope(engine, atB.session, later, NOW_MS + 14 * day))).toBe('key-trimmed');
    const turned = await turn(session, atB.session);
    const retired = await opened(turned.b, (await sealEnvelope(engine, turned.a, utf8('new chain'), 'string')).envelope);
    expect(retired.session.ratchet.retired.length).toBe(1);
    expect(await openEnvelope(engine, retired.session, later, NOW_MS + 14 * day)).toBeNull();
  });

  it('are kept for the five newest chains that miss something', async () => {
    let { a, b } = await twoParties();
    const missed: Bytes[] = [];
    for (let chain = 0; chain < 7; chain++) {
      const { envelopes, session } = await sealAll(a, ['missed', 'seen']);
      missed.push(envelopes[0] as Bytes);
      const atB = await opened(b, envelopes[1] as Bytes);
      ({ a, b } = await turn(session, atB.session));
      const next = await sealEnvelope(engine, a, utf8('turn'), 'string');
      ({ a, b } = { a: next.session, b: (await opened(b, next.envelope)).session });
      const back = await sealEnvelope(engine, b, utf8('turn'), 'string');
      ({ a, b } = { a: (await opened(a, back.envelope)).session, b: back.session });
    }
    expect(b.ratchet.retired.length).toBe(5);
    const outcomes = await Promise.all(missed.map((envelope) => codeOf(openEnvelope(engine, b, envelope, NOW_MS))));
    expect(outcomes).toEqual([null, null, 'opened', 'opened', 'opened', 'opened', 'opened']);
  });

  it('are kept up to 2,000 in all, the oldest go first', async () => {
    const { a, b } = await twoParties();
    let atB = b;
    let last = a;
    for (const missed of [1000, 1000, 100]) {
      const sealed = await sealEnvelope(engine, advanced(last, missed), utf8('after a gap'), 'string');
      last = sealed.session;
      atB = (await opened(atB, sealed.envelope)).session;
    }
    const kept = atB.ratchet.receiving?.skipped.map(({ counter }) => counter) ?? [];
    expect(kept.length).toBe(2000);
    expect(kept[0]).toBe(100);
    expect(kept.at(-1)).toBe(2101);
    expect(decodeSession(encodeSession(atB))).toEqual(atB);
  });

  it('beyond the limits are not read back', async () => {
    const { a } = await twoParties();
    const key = { counter: 0, messageKey: new Uint8Array(32), storedAtMs: NOW_MS };
    const keeping = (count: number, chains: number): Session => {
      const { receiving } = a.ratchet;
      if (receiving === null) throw new Error('no receiving chain');
      const retired = Array(chains).fill({ headerKey: new Uint8Array(32), skipped: [key] });
      return { ...a, ratchet: { ...a.ratchet, receiving: { ...receiving, skipped: Array(count).fill(key) }, retired } };
    };
    expect(restarted(keeping(2000, 5)).ratchet.retired.length).toBe(5);
    expect(() => restarted(keeping(2001, 0))).toThrow('too-large');
    expect(() => restarted(keeping(0, 6))).toThrow('too-large');
  });

  it('are counted over all chains: the oldest chain gives way', async () => {
    let { a, b } = await twoParties();
    for (let chain = 0; chain < 3; chain++) {
      const sealed = await sealEnvelope(engine, advanced(a, 700), utf8('after a gap'), 'string');
      ({ a, b } = { a: sealed.session, b: (await opened(b, sealed.envelope)).session });
      if (chain === 2) break;
      const back = await sealEnvelope(engine, b, utf8('turn'), 'string');
      ({ a, b } = { a: (await opened(a, back.envelope)).session, b: back.session });
    }
    expect(b.ratchet.receiving?.skipped.length).toBe(700);
    expect(b.ratchet.retired.map(({ skipped }) => [skipped.length, skipped[0]?.counter])).toEqual([
      [700, 0],
      [600, 100],
    ]);
  });
});

describe('keys kept after use', () => {
  it('a used message key is nowhere in the new state; a skipped one is until it is used', async () => {
    const { a, b } = await twoParties();
    const first = stepSending(a.ratchet);
    const { envelopes } = await sealAll(a, ['skipped', 'opened']);
    const atB = await opened(b, envelopes[1] as Bytes);
    expect(stateOf(atB.session)).toContain(toHex(first.messageKey));
    const done = await opened(atB.session, envelopes[0] as Bytes);
    expect(stateOf(done.session)).not.toContain(toHex(first.messageKey));
  });

  it('after a turn no secret of the chains before is left on either side', async () => {
    const before = await twoParties();
    const after = await turn(before.a, before.b);
    const { a, b } = await turn(after.a, after.b);
    for (const [old, now] of [
      [before.a, a],
      [before.b, b],
    ] as const) {
      const { rootKey, ratchetKey, sending, receiving } = old.ratchet;
      const secrets = [rootKey, ratchetKey.secret, sending?.chainKey, sending?.headerKey, receiving?.chainKey, receiving?.headerKey];
      for (const secret of secrets) if (secret) expect(stateOf(now)).not.toContain(toHex(secret));
    }
  });

  it('an envelope opened before says key-trimmed, or nothing once its chain is gone', async () => {
    const { a, b } = await twoParties();
    const { envelopes, session } = await sealAll(a, ['once']);
    const atB = await opened(b, envelopes[0] as Bytes);
    expect(await codeOf(openEnvelope(engine, atB.session, envelopes[0] as Bytes, NOW_MS))).toBe('key-trimmed');
    const turned = await turn(session, atB.session);
    const { b: later } = await turn(turned.a, turned.b);
    expect(await openEnvelope(engine, later, envelopes[0] as Bytes, NOW_MS)).toBeNull();
  });

  it('an opening that comes again when its chain is gone says key-trimmed: it is no new session', async () => {
    const { a, b } = await twoParties(engine, false);
    const first = await sealEnvelope(engine, a, utf8('hello'), 'cell');
    const atB = await opened(b, first.envelope);
    const answer = await sealEnvelope(engine, atB.session, utf8('yes'), 'cell');
    const turned = await turn((await opened(first.session, answer.envelope)).session, answer.session);
    const { b: later } = await turn(turned.a, turned.b);
    expect(await codeOf(openEnvelope(engine, later, first.envelope, NOW_MS))).toBe('key-trimmed');
  });
});

describe('a stored session', () => {
  it('that has no answer yet goes on with its opening after a restart', async () => {
    const { a } = await twoParties(engine, false);
    expect(restarted(a)).toEqual(a);
    expect((await sealEnvelope(engine, restarted(a), utf8('still me'), 'cell')).envelope[1]).toBe(2);
  });

  it('comes back on either side, with an answer too', async () => {
    const { a, b } = await twoParties();
    for (const session of [a, b]) expect(restarted(session)).toEqual(session);
  });

  it('of another version, at an unknown stage or with bytes after it is refused', async () => {
    const stored = encodeSession((await twoParties()).a);
    expect(() => decodeSession(flipped(stored, 0))).toThrow('bad-version');
    expect(() => decodeSession(flipped(stored, 102, 7))).toThrow('bad-kind');
    expect(() => decodeSession(concat(stored, new Uint8Array(1)))).toThrow('trailing');
  });
});

it('a responder who has received nothing has no chain to send on', () => {
  const { prekeys } = invitation();
  const key = new Uint8Array(32);
  const secrets = {
    rootKey: key,
    pqRootKey: key,
    pqAuthenticationKey: key,
    initiatorHeaderKey: key,
    responderHeaderKey: key,
    sessionId: key,
  };
  expect(() => stepSending(startAsResponder(secrets, prekeys.signed))).toThrow('no-prekey');
});

describe('header-key rotation order', () => {
  it('each turn makes the next header key current on both sides, and a new next one', async () => {
    let { a, b } = await twoParties();
    for (let i = 0; i < 4; i++) {
      const nextOfA = a.ratchet.nextSendingHeaderKey;
      expect(b.ratchet.nextReceivingHeaderKey).toEqual(a.ratchet.sending?.headerKey);
      const turned = await turn(a, b);
      expect(turned.b.ratchet.receiving?.headerKey).toEqual(a.ratchet.sending?.headerKey);
      expect(turned.a.ratchet.sending?.headerKey).toEqual(nextOfA);
      expect(turned.b.ratchet.nextReceivingHeaderKey).toEqual(nextOfA);
      expect(turned.a.ratchet.nextSendingHeaderKey).not.toEqual(nextOfA);
      ({ a, b } = turned);
    }
  });
});

describe('sizes', () => {
  it.each([
    ['string', 0, 512],
    ['string', 361, 512],
    ['string', 362, 1024],
    ['string', 873, 1024],
    ['string', 874, 2048],
    ['string', 1898, 4096],
    ['string', 3946, 16_384],
    ['string', 16_233, 16_384],
    ['cell', 0, 4096],
    ['cell', 3945, 4096],
    ['cell', 3946, 16_384],
    ['cell', 16_233, 16_384],
  ] as const)('on the way by %s, %i bytes travel as %i', async (size, length, total) => {
    const { a } = await twoParties();
    expect((await sealEnvelope(engine, a, new Uint8Array(length), size)).envelope.length).toBe(total);
  });

  it('leaking through first messages and receipts: first, empty and full cells have one size', async () => {
    const { alice, bundle } = invitation();
    const first = await initiateSession(engine, { identity: alice, bundle });
    for (const text of [utf8(''), utf8('a receipt'), new Uint8Array(4096 - 1976)]) {
      expect((await sealEnvelope(engine, first, text, 'cell')).envelope.length).toBe(4096);
    }
  });

  it('end at maxPlaintextBytes, even in a first message; one more is too-large', async () => {
    const { alice, bundle } = invitation();
    const first = await initiateSession(engine, { identity: alice, bundle });
    for (const size of ['string', 'cell'] as const) {
      const most = maxPlaintextBytes(size);
      expect(most).toBe(16_384 - 1976);
      expect((await sealEnvelope(engine, first, new Uint8Array(most), size)).envelope.length).toBe(16_384);
      await expect(sealEnvelope(engine, first, new Uint8Array(most + 1), size)).rejects.toMatchObject({ code: 'too-large' });
    }
  });

  it('other than the buckets are no envelopes', async () => {
    const { a, b } = await twoParties();
    const { envelope } = await sealEnvelope(engine, a, utf8('text'), 'string');
    for (const odd of [new Uint8Array(0), envelope.slice(1), concat(envelope, new Uint8Array(1)), new Uint8Array(8192)]) {
      expect(await codeOf(openEnvelope(engine, b, odd, NOW_MS))).toBe('bad-value');
    }
  });

  it('padding outside the AEAD: the sealed plaintext has the full size, and a padding byte that is not zero is refused', async () => {
    const { a, b } = await twoParties();
    const sizes: number[] = [];
    const tampering = {
      ...engine,
      sealAes256Gcm(key: Bytes, nonce: Bytes, plaintext: Uint8Array, aad: Uint8Array) {
        sizes.push(plaintext.length);
        return engine.sealAes256Gcm(key, nonce, flipped(concat(plaintext), plaintext.length - 1), aad);
      },
    };
    const { envelope } = await sealEnvelope(tampering, a, utf8('text'), 'string');
    expect(sizes).toEqual([512 - 149]);
    expect(await codeOf(openEnvelope(engine, b, envelope, NOW_MS))).toBe('bad-padding');
  });
});

describe('subarray views leaking larger buffers', () => {
  it('nothing that comes out is a view of something larger', async () => {
    const { a, b, alice, bundle } = await twoParties();
    const sealed = await sealEnvelope(engine, a, utf8('text'), 'string');
    const received = await opened(b, sealed.envelope);
    const outputs = [
      sealed.envelope,
      received.plaintext,
      encodeSession(b),
      decodeSession(encodeSession(b)).id,
      alice.statement,
      bundle.signature,
    ];
    for (const bytes of outputs) expect(bytes.buffer.byteLength).toBe(bytes.length);
  });

  it('what goes in may be a view', async () => {
    const { a, b } = await twoParties();
    const { envelope } = await sealEnvelope(engine, a, utf8('__text__').subarray(2, 6), 'string');
    const wide = concat(new Uint8Array(7), envelope, new Uint8Array(9));
    const result = await openEnvelope(engine, b, wide.subarray(7, 7 + envelope.length), NOW_MS);
    expect(result && fromUtf8(result.plaintext)).toBe('text');
  });
});

describe('secrets in errors', () => {
  it('errors carry a code and small facts only', async () => {
    const { a, b } = await twoParties();
    const { envelope } = await sealEnvelope(engine, a, utf8('a secret text'), 'string');
    const errors: ProtocolError[] = [];
    const collect = (error: ProtocolError) => void errors.push(error);
    for (const at of [0, 200, 511]) await openEnvelope(engine, b, flipped(envelope, at), NOW_MS).catch(collect);
    await sealEnvelope(engine, a, new Uint8Array(20_000), 'string').catch(collect);
    expect(errors.length).toBe(4);
    for (const { code, message, details } of errors) {
      expect(message).toBe(code);
      for (const value of Object.values(details)) expect(String(value).length).toBeLessThan(24);
    }
  });
});
