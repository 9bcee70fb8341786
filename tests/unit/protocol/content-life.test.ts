/** A text too long for one envelope: how it is cut, and by what its parts are known. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, concat, toHex, utf8 } from '../../../lib/protocol/bytes';
import { MAX_PARTS, MAX_TEXT_BYTES, partId, splitText } from '../../../lib/protocol/content-life';
import { anyText } from '../../support/texts';

const LONGEST_CHARACTERS = 20_000;
const sizeOf = (text: string) => utf8(text).length;
/** No half of a surrogate pair at either end. */
const isWhole = (text: string) => !/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(text);

/** Long enough for several parts, of characters of one to four bytes in any order. */
const longText = fc
  .tuple(fc.string({ unit: fc.constantFrom('x', 'é', '€', '\u{1f600}'), minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 700 }))
  .map(([piece, count]) => piece.repeat(count))
  .filter((text) => sizeOf(text) <= MAX_PARTS * (MAX_TEXT_BYTES - 3));

describe('a text cut into parts', () => {
  it('joins back to what it was, each part of whole characters and no more than a part may have', () => {
    let several = 0;
    fc.assert(
      fc.property(fc.oneof(longText, anyText()), (text) => {
        const parts = splitText(text);
        expect(parts.join('')).toBe(text);
        expect(parts.every((part) => sizeOf(part) <= MAX_TEXT_BYTES && isWhole(part))).toBe(true);
        if (parts.length > 1) {
          several++;
          expect(parts.every((part) => part !== '')).toBe(true);
        }
      }),
    );
    expect(several).toBeGreaterThan(0);
  });

  it('is one part while it fits, and as few as it takes beyond that', () => {
    expect(splitText('')).toEqual(['']);
    expect(splitText('x'.repeat(MAX_TEXT_BYTES)).length).toBe(1);
    expect(splitText('x'.repeat(MAX_TEXT_BYTES + 1)).map(sizeOf)).toEqual([MAX_TEXT_BYTES, 1]);
    // Three bytes are left in the first part, and the fourth of this character has no place there.
    const odd = `${'x'.repeat(MAX_TEXT_BYTES - 3)}\u{1f600}`;
    expect(splitText(odd).map(sizeOf)).toEqual([MAX_TEXT_BYTES - 3, 4]);
  });

  it.each(['x', 'é', '€', '\u{1f600}', '\ud800'])('of twenty thousand times %j fits', (character) => {
    const text = character.repeat(LONGEST_CHARACTERS);
    expect(splitText(text).join('')).toBe(text);
  });

  it('that would take one part too many is refused', () => {
    expect(splitText('x'.repeat(MAX_PARTS * MAX_TEXT_BYTES)).length).toBe(MAX_PARTS);
    expect(() => splitText('x'.repeat(MAX_PARTS * MAX_TEXT_BYTES + 1))).toThrow('too-large');
  });

  it('with half a surrogate pair in it is cut like any other', () => {
    for (const half of ['\ud800', '\udc00']) {
      const text = `${half}${'x'.repeat(MAX_TEXT_BYTES - 3)}${half}end`;
      const parts = splitText(text);
      expect(parts.join('')).toBe(text);
      expect(parts.map(sizeOf)).toEqual([MAX_TEXT_BYTES, 6]);
    }
  });
});

describe('a part', () => {
  it('has an id of its own: of another text or another place another one, and always the same', () => {
    const texts: Bytes[] = [new Uint8Array(16), new Uint8Array(16).fill(1), concat(new Uint8Array(15), new Uint8Array([1]))];
    const places = texts.flatMap((of) => Array.from({ length: MAX_PARTS }, (_, index) => ({ of, index })));
    const ids = places.map(({ of, index }) => toHex(partId(of, index)));
    expect(new Set([...ids, ...texts.map(toHex)]).size).toBe(ids.length + texts.length);
    expect(places.map(({ of, index }) => toHex(partId(of.slice(), index)))).toEqual(ids);
    expect(ids.every((id) => id.length === 32)).toBe(true);
  });

  it('of something that is no content id has none', () => {
    expect(() => partId(new Uint8Array(15), 1)).toThrow('bad-value');
  });
});
