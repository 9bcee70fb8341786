import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Braid, type BraidMessage, type BraidPart, receiveBraid, sendBraid, startBraid } from '../../../lib/protocol/braid';
import { concat, Reader, toHex, Writer } from '../../../lib/protocol/bytes';
import { startPqChains } from '../../../lib/protocol/pq-chains';
import { readPqRatchet, writePqRatchet } from '../../../lib/protocol/pq-ratchet-codec';
import { runs } from '../../support/mutants';
import { engine, flipped, seededEngine } from './parties';

const key = engine.randomBytes(32);
const start = () => ({ alice: startBraid('initiator', key), bob: startBraid('responder', key) });

function say(from: Braid): { readonly braid: Braid; readonly message: BraidMessage; readonly secret: string | null } {
  const { braid, part, output } = sendBraid(engine, from);
  return { braid, message: { epoch: braid.epoch, part }, secret: output && `${output.epoch} ${toHex(output.secret)}` };
}

interface Talk {
  readonly alice: Braid;
  readonly bob: Braid;
  /** Which epoch's secret each has got, in order. */
  readonly secrets: { readonly alice: string[]; readonly bob: string[] };
}

/** Alice and Bob speak in turn until `isDone`; every message arrives. */
function talk(from: { alice: Braid; bob: Braid }, isDone: (talk: Talk) => boolean): Talk {
  const secrets = { alice: [] as string[], bob: [] as string[] };
  let { alice, bob } = from;
  const hear = (side: 'alice' | 'bob', braid: Braid, message: BraidMessage): Braid => {
    const heard = receiveBraid(braid, message);
    if (heard.output) secrets[side].push(`${heard.output.epoch} ${toHex(heard.output.secret)}`);
    return heard.braid;
  };
  for (let turn = 0; turn < 2000 && !isDone({ alice, bob, secrets }); turn++) {
    const there = say(alice);
    if (there.secret) secrets.alice.push(there.secret);
    bob = hear('bob', bob, there.message);
    const back = say(bob);
    if (back.secret) secrets.bob.push(back.secret);
    [alice, bob] = [hear('alice', there.braid, back.message), back.braid];
  }
  return { alice, bob, secrets };
}

const until = (kinds: readonly Braid['kind'][]) =>
  talk(start(), ({ alice, bob }) => kinds.includes(alice.kind) || kinds.includes(bob.kind));

function restored(braid: Braid): Braid {
  const writer = new Writer();
  const chains = startPqChains('initiator', key);
  writePqRatchet(writer, { braid, chains });
  const reader = new Reader(writer.done());
  const back = readPqRatchet(reader);
  reader.end();
  expect(back).toEqual({ braid, chains });
  return back.braid;
}

function chunked(message: BraidMessage) {
  if (message.part.kind === 'none') throw new Error('nothing sent');
  return message.part;
}

const withPart = (message: BraidMessage, part: BraidPart): BraidMessage => ({ ...message, part });

describe('the braid', () => {
  it('gives both sides one secret for each epoch, in order, and no two are alike', () => {
    const { secrets, alice, bob } = talk(start(), (now) => now.secrets.alice.length === 6 && now.secrets.bob.length === 6);
    expect(secrets.alice).toEqual(secrets.bob);
    expect(secrets.alice.map((secret) => secret.split(' ')[0])).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(new Set(secrets.alice.map((secret) => secret.split(' ')[1])).size).toBe(6);
    expect(Math.abs(alice.epoch - bob.epoch)).toBeLessThanOrEqual(1);
  });

  it('changes places with every epoch', () => {
    const { alice, bob } = talk(start(), (now) => now.alice.epoch === 2 && now.bob.epoch === 2);
    expect([alice.kind, bob.kind]).toEqual(['no-header', 'keys-sampled']);
  });

  it('takes about forty turns an epoch, and both large halves travel at once', () => {
    let turns = 0;
    talk(start(), ({ secrets }) => (secrets.alice.length === 1 ? true : turns++ < 0));
    expect(turns).toBeGreaterThan(40);
    expect(turns).toBeLessThan(52);
  });

  it('gives nothing with another agreement behind it: the header is refused', () => {
    const stranger = startBraid('responder', engine.randomBytes(32));
    expect(() => talk({ alice: start().alice, bob: stranger }, () => false)).toThrow('braid-mac');
  });

  it('is stored and comes back in every one of its eleven states', () => {
    const seen = new Map<string, Braid>();
    talk(start(), ({ alice, bob, secrets }) => {
      for (const braid of [alice, bob]) seen.set(braid.kind, braid);
      return secrets.alice.length === 3;
    });
    // Bob has the whole vector before Alice has the whole ct1, and the other way round.
    let { alice, bob } = until(['header-sent']);
    while (bob.kind !== 'vector-received') {
      const there = say(alice);
      [alice, bob] = [there.braid, receiveBraid(bob, there.message).braid];
    }
    seen.set(bob.kind, bob);
    let ahead = until(['header-sent']);
    while (ahead.alice.kind !== 'ct1-received') {
      const back = say(ahead.bob);
      ahead = { ...ahead, bob: back.braid, alice: receiveBraid(ahead.alice, back.message).braid };
    }
    const acknowledged = receiveBraid(ahead.bob, say(ahead.alice).message).braid;
    seen.set(acknowledged.kind, acknowledged);
    expect([...seen.keys()].sort()).toEqual([
      'ct1-acknowledged',
      'ct1-received',
      'ct1-sampled',
      'ct2-receiving',
      'ct2-sampled',
      'header-received',
      'header-sent',
      'keys-sampled',
      'keys-unsampled',
      'no-header',
      'vector-received',
    ]);
    for (const braid of seen.values()) restored(braid);
  });

  it('under 30 % loss, repetition, reordering and restarts still agrees, twelve epochs long', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const dice = seededEngine(`braid ${seed}`);
        const roll = () => new Reader(dice.randomBytes(2)).u16() % 100;
        const state = { ...start(), secrets: { alice: [] as string[], bob: [] as string[] } };
        const onTheWay: { to: 'alice' | 'bob'; message: BraidMessage }[] = [];
        for (let step = 0; state.secrets.alice.length < 12 || state.secrets.bob.length < 12; step++) {
          expect(step).toBeLessThan(20_000);
          const from = roll() < 50 ? 'alice' : 'bob';
          const to = from === 'alice' ? 'bob' : 'alice';
          const said = say(state[from]);
          state[from] = roll() < 5 ? restored(said.braid) : said.braid;
          if (said.secret) state.secrets[from].push(said.secret);
          if (roll() >= 30) onTheWay.push({ to, message: said.message });
          if (onTheWay.length === 0 || roll() < 20) continue;
          const at = roll() < 70 ? 0 : roll() % onTheWay.length;
          const [flight] = roll() < 5 ? [onTheWay[at]] : onTheWay.splice(at, 1);
          if (flight === undefined) continue;
          const heard = receiveBraid(state[flight.to], flight.message);
          state[flight.to] = heard.braid;
          if (heard.output) state.secrets[flight.to].push(`${heard.output.epoch} ${toHex(heard.output.secret)}`);
        }
        expect(state.secrets.alice.slice(0, 12)).toEqual(state.secrets.bob.slice(0, 12));
      }),
      { numRuns: runs(6) },
    );
  }, 60_000);
});

describe('PQ ratchet', () => {
  it('duplicate chunks: the same chunk again changes nothing, in every state that collects', () => {
    for (const kind of ['no-header', 'ct1-sampled'] as const) {
      const { alice, bob } = until(kind === 'no-header' ? ['keys-sampled'] : ['header-sent']);
      const { message } = say(alice);
      const once = receiveBraid(bob, message).braid;
      expect(receiveBraid(once, message).braid).toEqual(once);
      expect(restored(once)).not.toEqual(bob);
    }
    const { alice, bob } = until(['ct2-receiving']);
    const { message } = say(bob);
    const once = receiveBraid(alice, message).braid;
    expect(receiveBraid(once, message).braid).toEqual(once);
  });

  it.each([
    ['keys-unsampled', ['none', 'ct1', 'ct2']],
    ['keys-sampled', ['none', 'ct2']],
    ['header-sent', ['none', 'ct2']],
    ['ct1-received', ['none', 'ct1']],
    ['ct2-receiving', ['none', 'ct1']],
    ['no-header', ['none', 'vector', 'vector-and-ack']],
    ['header-received', ['none', 'header', 'vector', 'vector-and-ack']],
    ['ct1-sampled', ['none', 'header']],
    ['ct2-sampled', ['none', 'header', 'vector', 'vector-and-ack']],
  ] as const)('late messages: in the state %s nothing is changed by %j', (state, kinds) => {
    const { alice, bob } = until([state]);
    const braid = alice.kind === state ? alice : bob;
    expect(braid.kind).toBe(state);
    const chunk = { index: 40_000, bytes: engine.randomBytes(32) };
    for (const kind of kinds) {
      const part: BraidPart = kind === 'none' ? { kind } : { kind, chunk };
      expect(receiveBraid(braid, { epoch: braid.epoch, part }), kind).toEqual({ braid, output: null });
    }
  });

  it('late messages: what was acknowledged stays so when a chunk from before comes after it', () => {
    let { alice, bob } = until(['header-sent']);
    while (alice.kind !== 'ct1-received') {
      const back = say(bob);
      [alice, bob] = [receiveBraid(alice, back.message).braid, back.braid];
    }
    const acknowledging = say(alice);
    [alice, bob] = [acknowledging.braid, receiveBraid(bob, acknowledging.message).braid];
    expect(bob.kind).toBe('ct1-acknowledged');
    while (bob.kind === 'ct1-acknowledged') {
      const { braid, message } = say(alice);
      const { chunk } = chunked(message);
      [alice, bob] = [braid, receiveBraid(bob, withPart(message, { kind: 'vector', chunk })).braid];
    }
    expect(bob.kind).toBe('ct2-sampled');
    const done = talk({ alice, bob }, (now) => now.secrets.alice.length === 1);
    expect(done.secrets.alice).toHaveLength(1);
  });

  it('foreign epoch: an epoch that can’t have begun is refused, one that is over is passed over', () => {
    const { alice, bob } = until(['header-sent']);
    const { message } = say(alice);
    for (const epoch of [2, 3, 2 ** 32 - 1]) expect(() => receiveBraid(bob, { ...message, epoch })).toThrow('braid-epoch');
    const later = talk({ alice, bob }, (now) => now.bob.epoch === 2);
    expect(receiveBraid(later.bob, message)).toEqual({ braid: later.bob, output: null });
  });

  it('foreign epoch: one ahead is believed only after ct2 was sent', () => {
    const before = until(['vector-received', 'ct1-acknowledged', 'ct2-sampled']);
    const ahead: BraidMessage = { epoch: 2, part: { kind: 'none' } };
    if (before.bob.kind !== 'ct2-sampled') expect(() => receiveBraid(before.bob, ahead)).toThrow('braid-epoch');
    const ready = until(['ct2-sampled']);
    expect(receiveBraid(ready.bob, ahead).braid).toMatchObject({ kind: 'keys-unsampled', epoch: 2 });
    for (const epoch of [3, 4]) expect(() => receiveBraid(ready.bob, { ...ahead, epoch })).toThrow('braid-epoch');
    expect(() => receiveBraid(ready.alice, ahead)).toThrow('braid-epoch');
  });

  it('parity chunks: a side that gets only those comes as far', () => {
    let { alice, bob } = start();
    for (let i = 0; i < 3; i++) alice = say(alice).braid;
    for (let i = 0; i < 3; i++) {
      const { braid, message } = say(alice);
      expect(chunked(message).chunk.index).toBe(3 + i);
      [alice, bob] = [braid, receiveBraid(bob, message).braid];
    }
    expect(bob.kind).toBe('header-received');
    const direct = talk({ alice, bob }, (now) => now.secrets.alice.length === 1 && now.secrets.bob.length === 1);
    expect(direct.secrets.alice).toEqual(direct.secrets.bob);
  });

  it('index wrap: a run of 65,536 chunks comes round and is still one message', () => {
    const { alice, bob } = until(['header-sent']);
    if (alice.kind !== 'header-sent') throw new Error('not sending');
    let sending: Braid = { ...alice, vector: { ...alice.vector, next: 65_520 } };
    let hearing = bob;
    const indices: number[] = [];
    for (let i = 0; i < 36; i++) {
      const { braid, message } = say(sending);
      indices.push(chunked(message).chunk.index);
      [sending, hearing] = [restored(braid), receiveBraid(hearing, message).braid];
    }
    expect(indices.slice(14, 18)).toEqual([65_534, 65_535, 0, 1]);
    expect(hearing.kind).toBe('vector-received');
  });

  it('long one-sided runs: 5,000 messages one way move nothing on and cost no room', () => {
    const { alice, bob } = until(['header-sent']);
    let [sending, hearing] = [alice, bob];
    for (let i = 0; i < 5000; i++) {
      const { braid, message } = say(sending);
      [sending, hearing] = [braid, receiveBraid(hearing, message).braid];
    }
    expect([sending.kind, hearing.kind, hearing.epoch]).toEqual(['header-sent', 'vector-received', 1]);
    const writer = new Writer();
    writePqRatchet(writer, { braid: hearing, chains: startPqChains('responder', key) });
    expect(writer.done().length).toBeLessThan(2048);
  });

  it('role confusion: what only this side sends is refused, and so is a reflected message', () => {
    const { alice, bob } = until(['header-sent']);
    expect(() => receiveBraid(alice, say(alice).message)).toThrow('braid-part');
    expect(() => receiveBraid(bob, say(bob).message)).toThrow('braid-part');
  });

  it('a chunk that is not the other side’s is refused at the last chunk by its MAC: header and ciphertext', () => {
    const spoil = (from: Braid, to: Braid): (() => void) => {
      const { message } = say(from);
      const part = chunked(message);
      const spoilt = withPart(message, { ...part, chunk: { ...part.chunk, bytes: flipped(part.chunk.bytes, 7) } });
      return () => {
        let hearing = receiveBraid(to, spoilt).braid;
        let sending = say(from).braid;
        for (let i = 0; i < 40; i++) {
          const next = say(sending);
          [sending, hearing] = [next.braid, receiveBraid(hearing, next.message).braid];
        }
      };
    };
    const first = until(['keys-sampled']);
    expect(spoil(start().alice, start().bob)).toThrow('braid-mac');
    expect(first.alice.kind).toBe('keys-sampled');
    const vector = until(['header-sent']);
    expect(spoil(vector.alice, vector.bob)).toThrow('bad-key');
    const ct2 = until(['ct2-sampled']);
    expect(spoil(ct2.bob, ct2.alice)).toThrow('braid-mac');
  });

  it('keys kept after use: seed and message are gone once they have given the secret', () => {
    const stateOf = (braid: Braid) => {
      const writer = new Writer();
      writePqRatchet(writer, { braid, chains: startPqChains('initiator', key) });
      return toHex(writer.done());
    };
    const { alice, bob } = until(['header-sent']);
    if (alice.kind !== 'header-sent' || bob.kind !== 'ct1-sampled') throw new Error('other states');
    const later = talk({ alice, bob }, (now) => now.bob.kind === 'ct2-sampled' || now.bob.kind === 'vector-received');
    expect(stateOf(later.bob)).not.toContain(toHex(bob.message));
    expect(stateOf(later.alice)).toContain(toHex(alice.seed));
    const done = talk(later, (now) => now.alice.epoch === 2);
    expect(stateOf(done.alice)).not.toContain(toHex(alice.seed));
    expect(stateOf(done.alice)).not.toContain(toHex(alice.authenticator.macKey));
  });

  it('a stored state with too many chunks, or one twice, is refused', () => {
    const writer = (count: number, distinct: boolean) => {
      const chunk = (index: number) => ({ index, bytes: concat(new Uint8Array(32)) });
      const header = Array.from({ length: count }, (_, i) => chunk(distinct ? i : 0));
      const out = new Writer();
      writePqRatchet(out, {
        braid: { kind: 'no-header', epoch: 1, authenticator: { rootKey: key, macKey: key }, header },
        chains: startPqChains('responder', key),
      });
      return out.done();
    };
    expect(() => readPqRatchet(new Reader(writer(2, true)))).not.toThrow();
    expect(() => readPqRatchet(new Reader(writer(3, true)))).toThrow('too-large');
    expect(() => readPqRatchet(new Reader(writer(2, false)))).toThrow('bad-value');
  });
});
