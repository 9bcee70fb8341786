import { describe, expect, it } from 'vitest';
import { startBraid } from '../../../lib/protocol/braid';
import { concat, Reader, toHex, Writer } from '../../../lib/protocol/bytes';
import { decodeHeader, encodeHeader } from '../../../lib/protocol/header';
import { createKeyPair } from '../../../lib/protocol/keys';
import { addEpoch, type PqChains, startPqChains, stepPqReceiving, stepPqSending, trimPqChains } from '../../../lib/protocol/pq-chains';
import { readPqRatchet, writePqRatchet } from '../../../lib/protocol/pq-ratchet-codec';
import { engine, NOW_MS } from './parties';

const root = engine.randomBytes(32);
const secret = engine.randomBytes(32);
const start = () => ({ a: startPqChains('initiator', root), b: startPqChains('responder', root) });

function restored(chains: PqChains): PqChains {
  const writer = new Writer();
  writePqRatchet(writer, { braid: startBraid('initiator', root), chains });
  return readPqRatchet(new Reader(writer.done())).chains;
}

describe('chains of an epoch', () => {
  it('give each direction keys of its own, the same on both sides', () => {
    const { a, b } = start();
    const [there, back] = [stepPqSending(a, 0), stepPqSending(b, 0)];
    expect(stepPqReceiving(b, there.place, NOW_MS).key).toEqual(there.key);
    expect(stepPqReceiving(a, back.place, NOW_MS).key).toEqual(back.key);
    expect(toHex(there.key)).not.toBe(toHex(back.key));
  });

  it('begin only when both directions have reached the epoch before', () => {
    const { a } = start();
    const one = addEpoch(a, 1, secret);
    for (const epoch of [0, 2, 3]) expect(() => addEpoch(a, epoch, secret)).toThrow('braid-epoch');
    expect(() => addEpoch(one, 2, secret)).toThrow('braid-epoch');
    const sent = stepPqSending(one, 1).chains;
    expect(() => addEpoch(sent, 2, secret)).toThrow('braid-epoch');
    const moved = stepPqReceiving(sent, { epoch: 1, previousCount: 0, counter: 0 }, NOW_MS).chains;
    const heard = stepPqReceiving(one, { epoch: 1, previousCount: 0, counter: 0 }, NOW_MS).chains;
    expect(() => addEpoch(heard, 2, secret)).toThrow('braid-epoch');
    expect(() => addEpoch(moved, 2, secret)).not.toThrow();
  });

  it('are not used before they are there', () => {
    const { a } = start();
    expect(() => stepPqSending(a, 1)).toThrow('braid-epoch');
    expect(() => stepPqSending(addEpoch(a, 1, secret), 2)).toThrow('braid-epoch');
    expect(() => stepPqReceiving(a, { epoch: 1, previousCount: 0, counter: 0 }, NOW_MS)).toThrow('braid-epoch');
    for (const epoch of [2, 3, 2 ** 32 - 1]) {
      const ahead = { epoch, previousCount: 0, counter: 0 };
      expect(() => stepPqReceiving(addEpoch(a, 1, secret), ahead, NOW_MS), `${epoch}`).toThrow('braid-epoch');
    }
  });

  it('leave nothing behind when nothing is missed, and exactly the missing keys otherwise', () => {
    const { a, b } = start();
    const sent = [0, 1, 2].reduce<ReturnType<typeof stepPqSending>[]>((all) => [...all, stepPqSending(all.at(-1)?.chains ?? a, 0)], []);
    const [first, second, third] = sent as [(typeof sent)[0], (typeof sent)[0], (typeof sent)[0]];
    const next = { epoch: 1, previousCount: 3, counter: 0 };
    const all = sent.reduce((chains, { place }) => stepPqReceiving(chains, place, NOW_MS).chains, b);
    expect(trimPqChains(stepPqReceiving(addEpoch(all, 1, secret), next, NOW_MS).chains, NOW_MS).retired).toEqual([]);
    const some = stepPqReceiving(b, second.place, NOW_MS).chains;
    const moved = trimPqChains(stepPqReceiving(addEpoch(some, 1, secret), next, NOW_MS).chains, NOW_MS);
    expect(moved.retired.map(({ epoch, skipped }) => [epoch, skipped.map(({ counter }) => counter)])).toEqual([[0, [0, 2]]]);
    const late = stepPqReceiving(restored(moved), third.place, NOW_MS);
    expect(late.key).toEqual(third.key);
    expect(() => stepPqReceiving(late.chains, third.place, NOW_MS)).toThrow('key-trimmed');
    expect(stepPqReceiving(late.chains, first.place, NOW_MS).key).toEqual(first.key);
  });

  it('that are over and missed nothing say key-trimmed of whatever comes late', () => {
    const { a, b } = start();
    const { place, chains } = stepPqSending(a, 0);
    const next = stepPqSending(addEpoch(chains, 1, secret), 1).place;
    const heard = addEpoch(stepPqReceiving(b, place, NOW_MS).chains, 1, secret);
    const moved = trimPqChains(stepPqReceiving(heard, next, NOW_MS).chains, NOW_MS);
    expect(moved.retired).toEqual([]);
    expect(() => stepPqReceiving(moved, place, NOW_MS)).toThrow('key-trimmed');
  });

  it('come back from the store on the side they were on', () => {
    const { a, b } = start();
    for (const chains of [a, b]) expect(restored(chains)).toEqual(chains);
  });

  it('beside a braid in no known state are not read back', () => {
    const writer = new Writer();
    writePqRatchet(writer, { braid: startBraid('initiator', root), chains: start().a });
    const stored = writer.done();
    for (const kind of [0, 12, 255]) {
      expect(() => readPqRatchet(new Reader(concat(new Uint8Array([kind]), stored.slice(1)))), `${kind}`).toThrow('bad-kind');
    }
  });

  it('that are stored beyond the limit are not read back', () => {
    const retired = (count: number) => Array.from({ length: count }, (_, epoch) => ({ epoch, skipped: [] }));
    expect(restored({ ...start().a, retired: retired(2000) }).retired.length).toBe(2000);
    expect(() => restored({ ...start().a, retired: retired(2001) })).toThrow('too-large');
  });
});

it('a header of epoch 0 is refused: there is no epoch before it to take a key from', () => {
  const ratchetKey = createKeyPair(engine).public;
  const header = (epoch: number) =>
    encodeHeader({ ratchetKey, previousCount: 0, counter: 0, pq: { epoch, previousCount: 0, counter: 0, part: { kind: 'none' } } });
  expect(decodeHeader(header(1)).pq.epoch).toBe(1);
  expect(() => decodeHeader(header(0))).toThrow('bad-value');
});
