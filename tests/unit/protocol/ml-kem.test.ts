import fc from 'fast-check';
import { MlKem1024 } from 'mlkem';
import { describe, expect, it } from 'vitest';
import { type Bytes, concat, toHex } from '../../../lib/protocol/bytes';
import { checkKemPublic, createKemPair, decapsulate, encapsulate, kemPair } from '../../../lib/protocol/ml-kem';
import { runs } from '../../support/mutants';
import { engine, flipped, seededEngine } from './parties';

const pair = createKemPair(engine);
const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size }).map((drawn): Bytes => concat(drawn));
/** Hands out one known message. */
const drawing = (message: Bytes) => ({ randomBytes: () => message });

describe('ML-KEM-1024', () => {
  it('gives both sides one secret', () => {
    const { ciphertext, shared } = encapsulate(engine, pair.public);
    expect(decapsulate(pair, ciphertext)).toEqual(shared);
    expect([pair.public.length, ciphertext.length, shared.length]).toEqual([1568, 1568, 32]);
  });

  it('agrees with a second implementation: keys, ciphertexts, secrets, and what a changed ciphertext gives', async () => {
    const peer = new MlKem1024();
    const check = async (seed: Bytes, message: Bytes, at: number) => {
      const mine = kemPair(seed);
      const [theirPublic, theirSecret] = await peer.deriveKeyPair(seed);
      expect(toHex(mine.public)).toBe(toHex(theirPublic));
      const { ciphertext, shared } = encapsulate(drawing(message), mine.public);
      const [theirCiphertext, theirShared] = await peer.encap(mine.public, message);
      expect(toHex(ciphertext)).toBe(toHex(theirCiphertext));
      expect(toHex(shared)).toBe(toHex(theirShared));
      const changed = flipped(ciphertext, at, at % 8);
      expect(toHex(decapsulate(mine, changed))).toBe(toHex(await peer.decap(changed, theirSecret)));
      expect(toHex(decapsulate(mine, changed))).not.toBe(toHex(shared));
    };
    await fc.assert(fc.asyncProperty(bytes(64), bytes(32), fc.nat(1567), check), { numRuns: runs(12) });
  });

  it('takes for a public key what a second implementation takes, and nothing else', async () => {
    const peer = new MlKem1024();
    const isTaken = (key: Bytes) => {
      try {
        return checkKemPublic(key) === key;
      } catch {
        return false;
      }
    };
    const check = async (place: number, low: number, high: number) => {
      const key = concat(pair.public);
      key.set([low, high], place);
      expect(isTaken(key)).toBe(
        await peer.encap(key).then(
          () => true,
          () => false,
        ),
      );
    };
    await fc.assert(fc.asyncProperty(fc.nat(1534), fc.nat(255), fc.nat(255), check), { numRuns: runs(40) });
  });

  it.each([3328, 3329])('with a coefficient of %i', (coefficient) => {
    const odd = concat(new Uint8Array([coefficient & 255, coefficient >> 8]), new Uint8Array(1566));
    const even = concat(new Uint8Array([0, (coefficient & 15) << 4, coefficient >> 4]), new Uint8Array(1565));
    for (const key of [odd, even]) {
      if (coefficient === 3328) expect(checkKemPublic(key)).toBe(key);
      else expect(() => checkKemPublic(key)).toThrow('bad-key');
    }
  });

  it('wrong-length KEM ciphertext, key and seed are refused', () => {
    const { ciphertext } = encapsulate(engine, pair.public);
    for (const wrong of [ciphertext.slice(1), concat(ciphertext, new Uint8Array(1)), new Uint8Array(0)]) {
      expect(() => decapsulate(pair, wrong)).toThrow('bad-key');
    }
    for (const wrong of [pair.public.slice(1), concat(pair.public, new Uint8Array(1)), pair.public.slice(0, 32)]) {
      expect(() => encapsulate(engine, wrong)).toThrow('bad-key');
    }
    expect(() => kemPair(pair.seed.slice(1))).toThrow('bad-key');
  });

  it('takes all its randomness from the engine', () => {
    const [one, two] = [seededEngine('kem'), seededEngine('kem')];
    expect(createKemPair(one)).toEqual(createKemPair(two));
    expect(encapsulate(one, pair.public)).toEqual(encapsulate(two, pair.public));
  });
});
