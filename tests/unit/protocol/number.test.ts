import { ed25519 } from '@noble/curves/ed25519.js';
import { argon2id as nobleArgon2id } from '@noble/hashes/argon2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Argon2Input, LEAST_ARGON2, stretch } from '../../../lib/protocol/argon2';
import { type Bytes, concat, toHex, utf8 } from '../../../lib/protocol/bytes';
import { ProtocolError } from '../../../lib/protocol/errors';
import { createIdentity, type Identity } from '../../../lib/protocol/identity';
import { label } from '../../../lib/protocol/kdf';
import { formatNumber, MAX_NUMBER_COUNTER, nextNumberCounter, numberOf, parseNumber } from '../../../lib/protocol/number';
import { signXeddsa } from '../../../lib/protocol/xeddsa';
import { runs } from '../../support/mutants';
import { inJavaScript, inWasm } from './argon2-engines';
import { engine, flipped } from './parties';

const identity = createIdentity(engine);
const { statement } = identity;

/** An Argon2id that answers at once and remembers what it was asked. */
function asked(output: (input: Argon2Input) => Bytes = ({ password }) => concat(password)) {
  const inputs: Argon2Input[] = [];
  return {
    inputs,
    argon2id: (input: Argon2Input) => {
      inputs.push(input);
      return Promise.resolve(output(input));
    },
  };
}

/** A true statement of one's signing key and another's agreement key, freshly signed. */
function stated({ sigPublic, sigSecret }: Identity, { dhPublic, dhSecret }: Identity): Bytes {
  const keys = concat(sigPublic, dhPublic);
  const bySigning = ed25519.sign(concat(label('identity by signing key'), keys), sigSecret);
  const byAgreement = signXeddsa(dhSecret, concat(label('identity by agreement key'), keys), engine.randomBytes(64));
  return concat(new Uint8Array([1]), keys, bySigning, byAgreement);
}

const bigEndian = (value: bigint): Bytes => concat(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'));

describe('Argon2id', () => {
  it('of @noble/hashes gives RFC 9106 section 5.3', () => {
    const tag = nobleArgon2id(new Uint8Array(32).fill(1), new Uint8Array(16).fill(2), {
      ...{ t: 3, m: 32, p: 4, dkLen: 32 },
      key: new Uint8Array(8).fill(3),
      personalization: new Uint8Array(12).fill(4),
    });
    expect(toHex(tag)).toBe('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');
  });

  it.each([
    [1, '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe'],
    [2, '6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037'],
  ])("of both gives the reference implementation's tag on %i lanes", async (lanes, tag) => {
    const input = { password: utf8('password'), salt: utf8('somesalt'), memoryKib: 256, passes: 2, lanes, outputBytes: 32 };
    expect(toHex(await inWasm(input))).toBe(tag);
    expect(toHex(await inJavaScript(input))).toBe(tag);
  });

  it("of both agrees on a number's own kind of input, in less memory", async () => {
    const { inputs, argon2id } = asked();
    await numberOf(argon2id, { statement, counter: 3 });
    const input = { ...(inputs[0] as Argon2Input), memoryKib: 512 };
    expect(toHex(await inWasm(input))).toBe(toHex(await inJavaScript(input)));
  });

  it.each([
    ['less memory', { memoryKib: 64 * 1024 - 1 }],
    ['fewer passes', { passes: 2 }],
    ['no lane', { lanes: 0 }],
    ['no number', { memoryKib: Number.NaN }],
  ])('with %s is weak-parameters, and is not even asked', async (_name, weaker) => {
    const { inputs, argon2id } = asked();
    const input = { ...LEAST_ARGON2, password: utf8('password'), salt: utf8('somesalt'), outputBytes: 8 };
    await expect(stretch(argon2id, { ...input, ...weaker })).rejects.toMatchObject({ code: 'weak-parameters' });
    expect(inputs).toEqual([]);
    expect(await stretch(argon2id, { ...input, memoryKib: 128 * 1024, passes: 4, lanes: 2 })).toEqual(utf8('password'));
  });

  it('that gives another length than asked is not believed', async () => {
    const { argon2id } = asked(() => new Uint8Array(31));
    await expect(numberOf(argon2id, { statement, counter: 0 })).rejects.toMatchObject({ code: 'bad-value' });
  });
});

describe('a number', () => {
  it('is 15 digits, under the full parameters', async () => {
    expect(await numberOf(inWasm, { statement, counter: 0 })).toMatch(/^[0-9]{15}$/);
  }, 30_000);

  it('costs 64 MiB, three passes, one lane, whoever asks', async () => {
    const { inputs, argon2id } = asked();
    await numberOf(argon2id, { statement, counter: 0 });
    expect(inputs).toMatchObject([{ memoryKib: 65_536, passes: 3, lanes: 1, outputBytes: 32, salt: label('number salt') }]);
  });

  it('depends on both keys and the counter, and not on how the keys were signed', async () => {
    const { argon2id } = asked();
    const numberFor = (sig: Identity, dh: Identity, counter = 0) => numberOf(argon2id, { statement: stated(sig, dh), counter });
    const other = createIdentity(engine);
    const number = await numberOf(argon2id, { statement, counter: 0 });
    expect(stated(identity, identity)).not.toEqual(statement);
    expect(await numberFor(identity, identity)).toBe(number);
    expect(await numberFor(identity, identity, 1)).not.toBe(number);
    expect(await numberFor(other, identity)).not.toBe(number);
    expect(await numberFor(identity, other)).not.toBe(number);
  });

  it('is not made for a statement that its owner did not sign', async () => {
    const { argon2id } = asked();
    await expect(numberOf(argon2id, { statement: flipped(statement, 192), counter: 0 })).rejects.toMatchObject({ code: 'bad-signature' });
  });

  it.each([
    [0n, '000000000000000'],
    [7n, '000000000000007'],
    [10n ** 15n - 1n, '999999999999999'],
    [10n ** 15n, '000000000000000'],
    [2n ** 256n - 1n, '007913129639935'],
  ])('from %i is its last 15 digits, leading zeros kept', async (value, number) => {
    const { argon2id } = asked(() => bigEndian(value));
    expect(await numberOf(argon2id, { statement, counter: 0 })).toBe(number);
  });

  it('that is taken is followed by the next, sixteen in all', async () => {
    const { argon2id } = asked();
    const numbers = new Set<string>();
    let counter = 0;
    for (; counter < MAX_NUMBER_COUNTER; counter = nextNumberCounter(counter))
      numbers.add(await numberOf(argon2id, { statement, counter }));
    numbers.add(await numberOf(argon2id, { statement, counter }));
    expect(numbers.size).toBe(16);
    expect(() => nextNumberCounter(counter)).toThrow('number-exhausted');
    for (const bad of [16, -1, 0.5, Number.NaN]) {
      await expect(numberOf(argon2id, { statement, counter: bad })).rejects.toMatchObject({ code: 'bad-value' });
    }
  });
});

describe('reading a number', () => {
  it.each([
    '012345678901234',
    '012-345-678-901-234',
    ' 012 345 678 901 234\n',
    '012.345.678.901.234',
    '012\u00a0345\u202f678\u2009901\u3000234',
    '012\u2010345\u2011678\u2013901\u2212234',
    '\u2066012\u00ad345\u200b678\u00b7901\u2060234\u2069\ufeff',
    '\u06f0\u06f1\u06f2-\u06f3\u06f4\u06f5-\u06f6\u06f7\u06f8-\u06f9\u06f0\u06f1-\u06f2\u06f3\u06f4',
    '\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10\uff11\uff12\uff13\uff14',
  ])('finds the same digits in %j', (text) => {
    expect(parseNumber(text)).toBe('012345678901234');
  });

  it.each([
    ['a letter', '012-345-678-901-23a'],
    ['a sign', '+12-345-678-901-234'],
    ['a fraction', '012345678901½34'],
    ['a superscript', '01234567890123²'],
    ['a comma', '012,345,678,901,234'],
    ['half a character', '01234567890123\ud835'],
  ])('with %s is number-malformed', (_name, text) => {
    expect(() => parseNumber(text)).toThrow('number-malformed');
  });

  it.each(['', ' - ', '01234567890123', '0123456789012345', '٠'])('%j is number-length', (text) => {
    expect(() => parseNumber(text)).toThrow('number-length');
  });

  it('understands the decimal digits of every script this engine can write', () => {
    const systems = Intl.supportedValuesOf('numberingSystem');
    const written = systems.map((numberingSystem) =>
      new Intl.NumberFormat('en', { numberingSystem, useGrouping: false }).format(987654321012345),
    );
    const decimal = written.filter((text) => /^\p{Nd}+$/u.test(text));
    expect(decimal.length).toBeGreaterThan(60);
    for (const text of decimal) expect(parseNumber(text), text).toBe('987654321012345');
  });

  it('gives 15 ASCII digits or a ProtocolError, whatever the text', () => {
    const anything = fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point));
    const letter = fc.oneof({ arbitrary: fc.constantFrom(...'0123456789 -.\u00a0٣๔'), weight: 9 }, anything);
    const text = fc.oneof(fc.array(anything), fc.array(letter, { minLength: 13, maxLength: 17 })).map((all) => all.join(''));
    fc.assert(
      fc.property(text, (input) => {
        try {
          expect(parseNumber(input)).toMatch(/^[0-9]{15}$/);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          expect(['number-malformed', 'number-length']).toContain(error.code);
        }
      }),
      { numRuns: runs(300) },
    );
  });
});

it('a number is shown in five groups of three, and reads back as it was', () => {
  expect(formatNumber('012345678901234')).toBe('012-345-678-901-234');
  expect(() => formatNumber('12345')).toThrow('number-length');
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 15n - 1n), (value) => {
      const number = String(value).padStart(15, '0');
      expect(parseNumber(formatNumber(number))).toBe(number);
    }),
    { numRuns: runs(50) },
  );
});
