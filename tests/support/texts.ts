/** Texts of any code points. As fast-check's unit `binary`, which first spends seconds on a table of all of them. */
import fc from 'fast-check';

const SURROGATES = { from: 0xd800, count: 0x800 };

const codePoint = fc.nat(0x10ffff - SURROGATES.count).map((n) => String.fromCodePoint(n < SURROGATES.from ? n : n + SURROGATES.count));

export function anyText(maxLength?: number): fc.Arbitrary<string> {
  return fc.string({ unit: codePoint, ...(maxLength !== undefined && { maxLength }) });
}
