import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, concat, toHex } from '../../../lib/protocol/bytes';
import { addChunk, type Chunk, type Inbound, startSending, takeChunk } from '../../../lib/protocol/erasure';
import { runs } from '../../support/mutants';
import { flipped } from './parties';

const message = (chunks: number): Bytes => Uint8Array.from({ length: 32 * chunks }, (_, i) => (i * 167 + (i >> 8)) & 0xff);

function chunksOf(whole: Bytes, indices: readonly number[]): Chunk[] {
  return indices.map((next) => takeChunk({ message: whole, next }).chunk);
}

/** What the chunks give in this order, null while too few. */
function assembled(chunks: readonly Chunk[], size: number): Bytes | null {
  let inbound: Inbound = [];
  for (const chunk of chunks) {
    const assembly = addChunk(inbound, chunk, size);
    if (assembly.kind === 'whole') return assembly.message;
    inbound = assembly.inbound;
  }
  return null;
}

/** Multiplication in GF(2^16) bit by bit, to check the tables against. */
function multiply(a: number, b: number): number {
  let [product, shifted] = [0, a];
  for (let rest = b; rest > 0; rest >>= 1) {
    if (rest & 1) product ^= shifted;
    shifted <<= 1;
    if (shifted & 0x10000) shifted ^= 0x1100b;
  }
  return product;
}

describe('chunks', () => {
  it('are the message first, then parity; any k different ones give it back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 3, 5, 30, 36),
        fc.uniqueArray(fc.oneof(fc.nat(80), fc.nat(65_535)), { minLength: 36, maxLength: 36 }),
        (k, indices) => {
          const whole = message(k);
          const chunks = chunksOf(whole, indices);
          expect(assembled(chunks.slice(0, k - 1), whole.length)).toBeNull();
          expect(toHex(assembled(chunks.slice(0, k), whole.length) as Bytes)).toBe(toHex(whole));
          expect(toHex(concat(...chunksOf(whole, [...Array(k).keys()]).map((chunk) => chunk.bytes)))).toBe(toHex(whole));
        },
      ),
      { numRuns: runs(60) },
    );
  });

  it('of parity are the values of the polynomials: a line through two points, computed by hand', () => {
    const [p0, p1] = [0x1234, 0xabcd];
    const two = concat(new Uint8Array([p0 >> 8, p0 & 255]), new Uint8Array(30), new Uint8Array([p1 >> 8, p1 & 255]), new Uint8Array(30));
    for (const x of [2, 3, 0x8000, 65_535]) {
      const value = p0 ^ multiply(p0 ^ p1, x);
      const [chunk] = chunksOf(two, [x]) as [Chunk];
      expect(toHex(chunk.bytes)).toBe(toHex(concat(new Uint8Array([value >> 8, value & 255]), new Uint8Array(30))));
    }
  });

  it('that come twice count once, even when the second differs', () => {
    const whole = message(3);
    const [zero, one, parity] = chunksOf(whole, [0, 1, 40_000]) as [Chunk, Chunk, Chunk];
    const again = { index: 1, bytes: flipped(one.bytes, 3) };
    expect(assembled([zero, one, one, one], 96)).toBeNull();
    expect(toHex(assembled([zero, one, again, parity], 96) as Bytes)).toBe(toHex(whole));
  });

  it('index wrap: after 65,535 comes 0 again', () => {
    let sending = { ...startSending(message(3)), next: 65_534 };
    const indices: number[] = [];
    for (let i = 0; i < 4; i++) {
      const { chunk, rest } = takeChunk(sending);
      indices.push(chunk.index);
      sending = rest;
    }
    expect(indices).toEqual([65_534, 65_535, 0, 1]);
  });

  it('are cut only from whole chunks', () => {
    for (const size of [0, 31, 33]) expect(() => startSending(new Uint8Array(size))).toThrow('bad-value');
  });
});
