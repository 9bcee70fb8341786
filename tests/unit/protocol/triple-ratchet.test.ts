import { describe, expect, it } from 'vitest';
import { type Bytes, fromUtf8, Reader, toHex, utf8 } from '../../../lib/protocol/bytes';
import type { ProtocolError } from '../../../lib/protocol/errors';
import { type PqChains, stepPqSending } from '../../../lib/protocol/pq-chains';
import { decodeSession, encodeSession, openEnvelope, type Session, sealEnvelope } from '../../../lib/protocol/session';
import { engine, flipped, NOW_MS, opened, sealAll, seededEngine, turn, twoParties, watchedEngine } from './parties';

const stateOf = (session: Session) => toHex(encodeSession(session));

async function codeOf(attempt: Promise<unknown>): Promise<string | null> {
  return attempt.then(
    (result) => (result === null ? null : 'opened'),
    (error: ProtocolError) => error.code,
  );
}

function withChains(session: Session, change: (chains: PqChains) => Partial<PqChains>): Session {
  const { braid, chains } = session.pqRatchet;
  return { ...session, pqRatchet: { braid, chains: { ...chains, ...change(chains) } } };
}

/** Turns until both sides send under `epoch`. */
async function untilEpoch(epoch: number, from: { a: Session; b: Session }): Promise<{ a: Session; b: Session }> {
  let { a, b } = from;
  while (a.pqRatchet.chains.sending.epoch < epoch || b.pqRatchet.chains.sending.epoch < epoch) ({ a, b } = await turn(a, b));
  return { a, b };
}

describe('both ratchets’ keys', () => {
  it('are needed: with the Double Ratchet’s alone nothing opens, and the state stays as it was', async () => {
    const { a, b } = await twoParties();
    const { envelope } = await sealEnvelope(engine, a, utf8('text'), 'string');
    const classical = withChains(b, ({ receiving }) => ({ receiving: { ...receiving, chainKey: flipped(receiving.chainKey, 0) } }));
    const before = stateOf(classical);
    expect(await codeOf(openEnvelope(engine, classical, envelope, NOW_MS))).toBe('bad-tag');
    expect(stateOf(classical)).toBe(before);
    expect(await codeOf(openEnvelope(engine, b, envelope, NOW_MS))).toBe('opened');
  });

  it('PQ silently left out: a sender who uses no post-quantum key is not read', async () => {
    const { a, b } = await twoParties();
    const zero = withChains(a, ({ sending }) => ({ sending: { ...sending, chainKey: new Uint8Array(32) } }));
    const { envelope } = await sealEnvelope(engine, zero, utf8('text'), 'string');
    expect(await codeOf(openEnvelope(engine, b, envelope, NOW_MS))).toBe('bad-tag');
  });

  it('heal: an old copy of the post-quantum state opens nothing one epoch on, even beside the newest Double Ratchet', async () => {
    const met = await twoParties();
    const stolen = met.b.pqRatchet;
    const { a, b } = await untilEpoch(1, met);
    const { envelope } = await sealEnvelope(engine, a, utf8('healed'), 'string');
    expect(await codeOf(openEnvelope(engine, { ...b, pqRatchet: stolen }, envelope, NOW_MS))).toBe('braid-epoch');
    const guessed = withChains({ ...b, pqRatchet: stolen }, (chains) => ({ nextReceiving: chains.rootKey }));
    expect(await codeOf(openEnvelope(engine, guessed, envelope, NOW_MS))).toBe('bad-tag');
    expect(await codeOf(openEnvelope(engine, b, envelope, NOW_MS))).toBe('opened');
  });

  it('keys kept after use: no chain of a finished epoch is left on either side', async () => {
    const met = await twoParties();
    const after = await untilEpoch(1, await turn(met.a, met.b));
    for (const [old, now] of [
      [met.a, after.a],
      [met.b, after.b],
    ] as const) {
      const { rootKey, sending, receiving } = old.pqRatchet.chains;
      for (const secret of [rootKey, sending.chainKey, receiving.chainKey]) expect(stateOf(now)).not.toContain(toHex(secret));
    }
  });
});

describe('downgrade', () => {
  it('an envelope of the wire version without ML-KEM is refused', async () => {
    const { a, b } = await twoParties();
    const { envelope } = await sealEnvelope(engine, a, utf8('text'), 'string');
    expect(await codeOf(openEnvelope(engine, b, flipped(flipped(envelope, 0, 0), 0, 1), NOW_MS))).toBe('bad-version');
  });

  it('a stored session of that version is refused', async () => {
    const stored = encodeSession((await twoParties()).a);
    expect(() => decodeSession(flipped(flipped(stored, 0, 0), 0, 1))).toThrow('bad-version');
  });

  it('a message with a chunk and one without have one size', async () => {
    let { a, b } = await twoParties();
    const seen = new Map<string, number>();
    while (seen.size < 6) {
      const sent = await sealEnvelope(engine, a, utf8('text'), 'string');
      seen.set(sent.session.pqRatchet.braid.kind, sent.envelope.length);
      ({ a, b } = await turn(sent.session, (await opened(b, sent.envelope)).session));
    }
    expect(new Set(seen.values())).toEqual(new Set([512]));
  });
});

describe('messages of other key epochs', () => {
  it('open late, each once: those that were missed in an epoch before, and those at its end', async () => {
    const met = await twoParties();
    const early = await sealAll(met.a, ['early', 'seen']);
    const atB = await opened(met.b, early.envelopes[1] as Bytes);
    let { a, b } = await turn(early.session, atB.session);
    let last = early.envelopes[1] as Bytes;
    while (a.pqRatchet.chains.sending.epoch === 0) {
      const held = await sealEnvelope(engine, a, utf8('last of its epoch'), 'string');
      if (held.session.pqRatchet.chains.sending.epoch === 0) last = held.envelope;
      ({ a, b } = await turn(held.session, b));
      // The Double Ratchet would give up all but the five newest chains that miss something: here only two matter.
      const { retired } = b.ratchet;
      b = { ...b, ratchet: { ...b.ratchet, retired: [retired[0], retired.at(-1)].flatMap((chain) => chain ?? []) } };
    }
    ({ a, b } = await untilEpoch(3, { a, b }));
    b = decodeSession(encodeSession(b));
    for (const [envelope, text] of [
      [last, 'last of its epoch'],
      [early.envelopes[0] as Bytes, 'early'],
    ] as const) {
      const late = await opened(b, envelope);
      expect(fromUtf8(late.plaintext)).toBe(text);
      expect(await codeOf(openEnvelope(engine, late.session, envelope, NOW_MS))).not.toBe('opened');
      b = late.session;
    }
  });

  it.each([
    ['PQ N = 2³²−1', 2 ** 32 - 1],
    ['PQ N one above the limit', 2001 + 1],
  ])('skipped-key flood, %s: skip-limit, at once, session unharmed', async (_name, next) => {
    const { a, b } = await twoParties();
    expect(b.pqRatchet.chains.receiving.next).toBe(1);
    const flooding = withChains(a, ({ sending }) => ({ sending: { ...sending, next } }));
    const { envelope } = await sealEnvelope(engine, flooding, utf8('flood'), 'string');
    const before = stateOf(b);
    expect(await codeOf(openEnvelope(engine, b, envelope, NOW_MS))).toBe('skip-limit');
    expect(stateOf(b)).toBe(before);
  });

  it('skipped-key flood, PQ PN = 2³²−1: skip-limit, at once', async () => {
    let { a, b } = await twoParties();
    while (a.pqRatchet.braid.epoch === 1) ({ a, b } = await turn(a, b));
    const flooding = withChains(a, ({ sending }) => ({ sending: { ...sending, next: 2 ** 32 - 1 } }));
    const { session, envelope } = await sealEnvelope(engine, flooding, utf8('flood'), 'string');
    expect(session.pqRatchet.chains).toMatchObject({ previousCount: 2 ** 32 - 1, sending: { epoch: 1, next: 1 } });
    expect(await codeOf(openEnvelope(engine, b, envelope, NOW_MS))).toBe('skip-limit');
    const honest = await sealEnvelope(engine, a, utf8('honest'), 'string');
    expect(await codeOf(openEnvelope(engine, b, honest.envelope, NOW_MS))).toBe('opened');
  });

  it('a jump of exactly 2,000 opens', async () => {
    const { a, b } = await twoParties();
    let { chains } = a.pqRatchet;
    for (let i = 0; i < 2000; i++) ({ chains } = stepPqSending(chains, 0));
    const { envelope } = await sealEnvelope(
      engine,
      withChains(a, () => chains),
      utf8('far ahead'),
      'string',
    );
    expect(fromUtf8((await opened(b, envelope)).plaintext)).toBe('far ahead');
  });

  it('are kept 2,000 in all and 14 days', async () => {
    const { a, b } = await twoParties();
    const { session } = await sealAll(a, ['1', '2', '3']);
    const atB = await opened(b, (await sealEnvelope(engine, session, utf8('4'), 'string')).envelope);
    expect(atB.session.pqRatchet.chains.receiving.skipped.length).toBe(3);
    const day = 24 * 60 * 60 * 1000;
    const next = await sealAll(session, ['4', '5']);
    const later = await openEnvelope(engine, atB.session, next.envelopes[1] as Bytes, NOW_MS + 14 * day);
    expect(later?.session.pqRatchet.chains.receiving.skipped).toEqual([]);
    const full = withChains(b, ({ receiving }) => ({
      receiving: {
        ...receiving,
        skipped: Array.from({ length: 2001 }, (_, counter) => ({ counter, messageKey: a.id, storedAtMs: NOW_MS })),
      },
    }));
    expect(() => decodeSession(encodeSession(full))).toThrow('too-large');
  });
});

interface Flight {
  readonly to: 'a' | 'b';
  readonly text: string;
  readonly envelope: Bytes;
}

/** Random talk over a network that loses, repeats and reorders, with restarts, until both sides are `epochs` on. */
async function lossyTalk(seed: string, epochs: number) {
  const dice = seededEngine(`dice ${seed}`);
  const roll = () => new Reader(dice.randomBytes(2)).u16() % 100;
  const watched = watchedEngine(seededEngine(`keys ${seed}`));
  const { a, b } = await twoParties(watched.engine);
  const sessions = { a, b };
  const counts = { sent: 0, lost: 0, opened: 0, repeated: 0 };
  const onTheWay: Flight[] = [];
  const reached = () => Math.min(sessions.a.pqRatchet.chains.sending.epoch, sessions.b.pqRatchet.chains.sending.epoch);

  const send = async (from: 'a' | 'b') => {
    const text = `${from} ${counts.sent++}`;
    const sealed = await sealEnvelope(watched.engine, sessions[from], utf8(text), 'string');
    sessions[from] = roll() < 3 ? decodeSession(encodeSession(sealed.session)) : sealed.session;
    if (roll() < 30) counts.lost++;
    else onTheWay.push({ to: from === 'a' ? 'b' : 'a', text, envelope: sealed.envelope });
  };

  const deliver = async ({ to, text, envelope }: Flight) => {
    const result = await openEnvelope(watched.engine, sessions[to], envelope, NOW_MS);
    if (result === null) throw new Error(`${text} was lost`);
    expect(fromUtf8(result.plaintext)).toBe(text);
    sessions[to] = result.session;
    counts.opened++;
    if (roll() >= 10) return;
    counts.repeated++;
    expect(await codeOf(openEnvelope(watched.engine, sessions[to], envelope, NOW_MS))).not.toBe('opened');
  };

  while (reached() < epochs) {
    const from = roll() < 50 ? 'a' : 'b';
    for (let burst = roll() % 3; burst >= 0; burst--) await send(from);
    while (onTheWay.length > 4) await deliver(onTheWay.splice(roll() % onTheWay.length, 1)[0] as Flight);
  }
  return { counts, sealedWith: watched.sealedWith, sessions };
}

it('over a network that loses 30 %, repeats and reorders, ten epochs long: what arrives opens once, and no key seals twice', async () => {
  const { counts, sealedWith, sessions } = await lossyTalk('ten epochs', 10);
  expect(counts.sent).toBeGreaterThan(800);
  expect(counts.lost / counts.sent).toBeGreaterThan(0.25);
  expect(counts.repeated).toBeGreaterThan(30);
  expect(new Set(sealedWith).size).toBe(sealedWith.length);
  expect(stateOf(decodeSession(encodeSession(sessions.a)))).toBe(stateOf(sessions.a));
}, 60_000);
