import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareBytes,
  concat,
  equalBytes,
  fromBase64url,
  fromHex,
  fromUtf8,
  Reader,
  toBase64url,
  toHex,
  utf8,
  Writer,
} from '../../../lib/protocol/bytes';

describe('text forms', () => {
  it('hex and base64url come back, and agree with Node', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(fromBase64url(toBase64url(bytes))).toEqual(bytes);
        expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
      }),
    );
  });

  it('have one spelling: spare bits, padding, odd lengths and foreign letters are refused', () => {
    for (const text of ['A', 'AB', 'AAB', 'AA==', 'AA A', 'A+AA', 'AA/A']) expect(() => fromBase64url(text), text).toThrow('bad-value');
    for (const text of ['0', 'zz', '0x', ' 0']) expect(() => fromHex(text), text).toThrow('bad-value');
  });

  it('of base64url are 64 letters and no other code', () => {
    const isRead = (text: string) => {
      try {
        return fromBase64url(text).length === 3;
      } catch {
        return false;
      }
    };
    const read = Array.from({ length: 0x2000 }, (_, code) => String.fromCharCode(code)).filter((letter) => isRead(`AA${letter}A`));
    expect(read.join('')).toBe('-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz');
  });

  it('that are not UTF-8 are refused, and a byte order mark is kept', () => {
    for (const hex of ['ff', 'c080', 'eda080', 'e282']) expect(() => fromUtf8(fromHex(hex)), hex).toThrow('bad-text');
    expect(fromUtf8(fromHex('efbbbf41'))).toBe('\ufeffA');
  });
});

describe('comparisons', () => {
  it('secrets compared with === would stop at the first difference: here every byte is looked at', () => {
    const looks: string[] = [];
    const watched = (bytes: Uint8Array) =>
      new Proxy(bytes, {
        get(target, name) {
          if (/^\d+$/.test(String(name))) looks.push(String(name));
          return Reflect.get(target, name, target) as unknown;
        },
      });
    expect(equalBytes(watched(new Uint8Array([1, 2, 3])), new Uint8Array([9, 2, 3]))).toBe(false);
    expect(looks).toEqual(['0', '1', '2']);
  });

  it('are equal only for the same bytes', () => {
    expect(equalBytes(utf8('abc'), utf8('abc'))).toBe(true);
    for (const other of ['abd', 'Abc', 'ab', 'abcd', '']) expect(equalBytes(utf8('abc'), utf8(other))).toBe(false);
  });

  it('order as Node orders', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5 }), fc.uint8Array({ maxLength: 5 }), (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
      }),
    );
  });
});

describe('fields', () => {
  it('come back as written', () => {
    const bytes = new Writer()
      .u8(255)
      .u16(65_535)
      .u32(4_294_967_295)
      .u64(Number.MAX_SAFE_INTEGER)
      .sized(utf8('x'))
      .text('é')
      .flag(true)
      .done();
    const reader = new Reader(bytes);
    expect([reader.u8(), reader.u16(), reader.u32(), reader.u64()]).toEqual([255, 65_535, 4_294_967_295, Number.MAX_SAFE_INTEGER]);
    expect([fromUtf8(reader.sized(1)), reader.text(2), reader.flag()]).toEqual(['x', 'é', true]);
    reader.end();
  });

  it('are big-endian', () => {
    expect(
      toHex(
        new Writer()
          .u16(1)
          .u32(2)
          .u64(2 ** 40 + 3)
          .done(),
      ),
    ).toBe('0001000000020000010000000003');
  });

  it('never wrap: a number that does not fit is refused', () => {
    const writes: readonly ((writer: Writer) => Writer)[] = [
      (writer) => writer.u8(256),
      (writer) => writer.u16(65_536),
      (writer) => writer.u32(2 ** 32),
      (writer) => writer.u64(2 ** 53),
      (writer) => writer.u8(-1),
      (writer) => writer.u32(0.5),
      (writer) => writer.u64(Number.NaN),
      (writer) => writer.fixed(utf8('abc'), 4),
    ];
    for (const write of writes) expect(() => write(new Writer())).toThrow('bad-value');
    expect(() => new Writer().sized(new Uint8Array(65_536))).toThrow('too-large');
    expect(new Writer().sized(new Uint8Array(65_535)).done().length).toBe(65_537);
  });

  it('of 64 bits that are no whole number come back to the last bit, in one spelling', () => {
    const numbers = [0, 1, 1.5, 0.1, Number.MIN_VALUE, 1 + Number.EPSILON, 2 ** 53 + 2, Number.MAX_VALUE];
    for (const number of numbers) expect(new Reader(new Writer().f64(number).done()).f64()).toBe(number);
    expect(toHex(new Writer().f64(1.5).done())).toBe('3ff8000000000000');
    for (const wrong of [Number.NaN, -1, -Number.MIN_VALUE, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect(() => new Writer().f64(wrong), String(wrong)).toThrow('bad-value');
    // −0, both infinities, a quiet and another NaN, the least and the largest below 0.
    const spelled = ['8000000000000000', '7ff0000000000000', 'fff0000000000000', '7ff8000000000000', '7ff0000000000001'];
    for (const hex of [...spelled, '8000000000000001', 'ffefffffffffffff'])
      expect(() => new Reader(fromHex(hex)).f64(), hex).toThrow('bad-value');
    expect(() => new Reader(new Uint8Array(7)).f64()).toThrow('truncated');
    // From within a larger array, as every field of a form is.
    const inside = new Reader(fromHex('003ff8000000000000'));
    expect([inside.u8(), inside.f64(), inside.left]).toEqual([0, 1.5, 0]);
    expect(new Reader(fromHex('ff3ff8000000000000').subarray(1)).f64()).toBe(1.5);
  });

  it('end where the bytes end', () => {
    expect(() => new Reader(new Uint8Array(1)).u16()).toThrow('truncated');
    expect(() => new Reader(new Uint8Array(7)).u64()).toThrow('truncated');
    expect(() => new Reader(fromHex('0002ff')).sized(9)).toThrow('truncated');
    expect(() => new Reader(fromHex('0002ffff')).sized(1)).toThrow('too-large');
    for (const hex of ['0020000000000000', '0020000000000001', 'ffffffffffffffff']) {
      expect(() => new Reader(fromHex(hex)).u64(), hex).toThrow('bad-value');
    }
    expect(() => new Reader(fromHex('02')).flag()).toThrow('bad-value');
    expect(() => new Reader(fromHex('02')).end()).toThrow('trailing');
  });

  it.each([
    ['an array', utf8('abcd')],
    ['a Buffer of Node', Buffer.from('abcd')],
  ])('are copies: what is read from %s does not change with its source', (_name, source) => {
    const read = new Reader(source.subarray(1, 3)).rest();
    source.fill(0);
    expect(read).toEqual(utf8('bc'));
    expect(read.constructor).toBe(Uint8Array);
    expect(read.buffer.byteLength).toBe(2);
    expect(concat(read).buffer).not.toBe(read.buffer);
  });

  it('are kept apart: one writer is not another, and what it wrote stays when the next one writes', () => {
    const outer = new Writer().u8(1);
    const inner = new Writer().bytes(new Uint8Array(9000).fill(2)).u8(3).done();
    const first = outer.bytes(inner).done();
    const second = new Writer().u8(4).done();
    expect([first.length, first[0], first[9000], first[9001]]).toEqual([9002, 1, 2, 3]);
    expect(second).toEqual(new Uint8Array([4]));
    expect(second.buffer).not.toBe(first.buffer);
  });
});
