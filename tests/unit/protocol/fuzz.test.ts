/** The fuzzer finds what it is there to find. */
import { expect, it } from 'vitest';
import { type Bytes, concat, Reader, Writer } from '../../../lib/protocol/bytes';
import { decoder, fuzz, Mutator } from '../../support/fuzz';
import { drawnFrom } from '../../support/seed';

const valid = [new Writer().u8(1).text('text').done(), new Writer().u8(2).text('').done()];

function read(bytes: Bytes): string {
  const reader = new Reader(bytes);
  reader.u8();
  const text = reader.text(100);
  reader.end();
  return text;
}

function found(decode: (bytes: Bytes) => string, encode?: (text: string) => Bytes): Promise<unknown> {
  const codec = { name: 'planted', decode, valid, ...(encode && { encode }) };
  return fuzz(decoder(codec), drawnFrom(1), 5000);
}

it('a decoder that throws anything else than a ProtocolError', async () => {
  const careless = (bytes: Bytes) => 'x'.repeat(new Reader(bytes).u16() - 1);
  await expect(found(careless)).rejects.toThrow(/^planted, input \d+: RangeError/);
});

it('a value with two encodings', async () => {
  await expect(found(read, (text) => new Writer().u8(1).text(text).done())).rejects.toThrow('one value, two encodings');
});

it('a value that does not encode', async () => {
  await expect(found(read, (text) => new Writer().u8(text.length + 256).done())).rejects.toThrow('bad-value');
});

it('a decoder that writes into what it reads', async () => {
  const scribbling = (bytes: Bytes) => {
    bytes[0] = 1;
    return read(bytes);
  };
  await expect(found(scribbling, (text) => new Writer().u8(1).text(text).done())).rejects.toThrow('it wrote into what it read');
});

it('memory that stays', async () => {
  const kept: Bytes[] = [];
  const keeping = { name: 'planted', valid, takes: (bytes: Bytes) => kept.push(concat(bytes, new Uint8Array(1024))) > 0 };
  expect((await fuzz(keeping, drawnFrom(1), 5000)).grownBytes).toBeGreaterThan(4 * 2 ** 20);
});

it('draws the same inputs from the same seed, empty and long ones among them', () => {
  const drawn = (seed: number) => {
    const mutator = new Mutator(drawnFrom(seed), valid);
    return Array.from({ length: 500 }, () => mutator.next());
  };
  expect(drawn(7)).toEqual(drawn(7));
  expect(drawn(7)).not.toEqual(drawn(8));
  const sizes = new Set(drawn(7).map(({ length }) => length));
  expect(sizes.has(0)).toBe(true);
  expect(Math.max(...sizes)).toBeGreaterThan(1000);
});
