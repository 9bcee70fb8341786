import { describe, expect, it } from 'vitest';
import { concat, fromHex, toHex } from '../../../lib/protocol/bytes';
import { decodeHeader, encodeHeader, HEADER_BYTES, type Header } from '../../../lib/protocol/header';
import { createKeyPair } from '../../../lib/protocol/keys';
import { engine, flipped } from './parties';

const { public: ratchetKey } = createKeyPair(engine);
const chunk = { index: 0x0102, bytes: new Uint8Array(32).fill(7) };
const header = (part: Header['pq']['part']): Header => ({
  ratchetKey,
  previousCount: 3,
  counter: 4,
  pq: { epoch: 5, previousCount: 6, counter: 7, part },
});

describe('a header', () => {
  it.each(['header', 'vector', 'vector-and-ack', 'ct1', 'ct2'] as const)('with a chunk of %s comes back as it was', (kind) => {
    const carried = header({ kind, chunk });
    expect(decodeHeader(encodeHeader(carried))).toEqual(carried);
  });

  it('without a chunk comes back too, and has the length of every other', () => {
    const bare = header({ kind: 'none' });
    expect(decodeHeader(encodeHeader(bare))).toEqual(bare);
    expect([encodeHeader(bare).length, encodeHeader(header({ kind: 'ct1', chunk })).length]).toEqual([HEADER_BYTES, HEADER_BYTES]);
  });

  it('has its fields where the document says', () => {
    const fields = '0000000300000004000000050000000600000007';
    expect(toHex(encodeHeader(header({ kind: 'ct1', chunk })))).toBe(`${toHex(ratchetKey)}${fields}040102${'07'.repeat(32)}`);
  });

  it('has one spelling: without a chunk nothing stands in a chunk’s place', () => {
    const bare = encodeHeader(header({ kind: 'none' }));
    for (const at of [53, 54, 55, HEADER_BYTES - 1]) expect(() => decodeHeader(flipped(bare, at)), `byte ${at}`).toThrow('bad-value');
  });

  it('of an unknown kind, of epoch 0, with a key of small order, cut short or followed by more is refused', () => {
    const whole = encodeHeader(header({ kind: 'ct2', chunk }));
    expect(() => decodeHeader(concat(whole.slice(0, 52), fromHex('06'), whole.slice(53)))).toThrow('bad-kind');
    expect(() => decodeHeader(concat(whole.slice(0, 40), new Uint8Array(4), whole.slice(44)))).toThrow('bad-value');
    expect(() => decodeHeader(concat(new Uint8Array(32), whole.slice(32)))).toThrow('bad-key');
    expect(() => decodeHeader(whole.slice(0, -1))).toThrow('truncated');
    expect(() => decodeHeader(concat(whole, new Uint8Array(1)))).toThrow('trailing');
  });

  it('is not made with a chunk of another length', () => {
    expect(() => encodeHeader(header({ kind: 'ct1', chunk: { index: 0, bytes: new Uint8Array(31) } }))).toThrow('bad-value');
  });
});
