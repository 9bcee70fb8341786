import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../../../lib/protocol/bytes';
import { pad, smallestSize, unpad } from '../../../lib/protocol/padding';

const SIZE_BYTES = 16;
const ROOM_BYTES = SIZE_BYTES - 2;

describe('padding', () => {
  it('makes every text that fits one size, and gives it back', () => {
    for (let length = 0; length <= ROOM_BYTES; length++) {
      const text = new Uint8Array(length).fill(7);
      expect(pad(text, SIZE_BYTES).length).toBe(SIZE_BYTES);
      expect(unpad(pad(text, SIZE_BYTES))).toEqual(text);
    }
    expect(unpad(pad(new Uint8Array(0), 2))).toEqual(new Uint8Array(0));
  });

  it('refuses a text that is a byte too long: it never gives a size away', () => {
    expect(() => pad(new Uint8Array(ROOM_BYTES + 1), SIZE_BYTES)).toThrow('too-large');
  });

  it('has one form: a byte that is not zero, or a length past the end, is bad-padding', () => {
    const padded = pad(utf8('text'), SIZE_BYTES);
    expect(() => unpad(concat(padded.slice(0, -1), new Uint8Array([1])))).toThrow('bad-padding');
    expect(() => unpad(padded.slice(0, 5))).toThrow('bad-padding');
    expect(() => unpad(new Uint8Array(1))).toThrow('bad-padding');
    expect(() => unpad(new Uint8Array(0))).toThrow('bad-padding');
  });

  it('takes the smallest size that holds a text, up to its last byte', () => {
    expect([0, 4, 5, 8].map((needed) => smallestSize([4, 8], needed))).toEqual([4, 4, 8, 8]);
    expect(() => smallestSize([4, 8], 9)).toThrow('too-large');
  });
});
