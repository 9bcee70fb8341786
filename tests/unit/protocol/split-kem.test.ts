import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { MlKem768 } from 'mlkem';
import { describe, expect, it } from 'vitest';
import { type Bytes, concat, toHex } from '../../../lib/protocol/bytes';
import { decapsulateSplit, encapsulateHeader, encapsulateVector, splitKey } from '../../../lib/protocol/split-kem';
import { runs } from '../../support/mutants';
import { engine, flipped } from './parties';

const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size }).map((drawn): Bytes => concat(drawn));
const seed = engine.randomBytes(64);
const message = engine.randomBytes(32);
const { header, vector } = splitKey(seed);

describe('ML-KEM-768 in pieces', () => {
  it('is ML-KEM-768 of a second implementation: key, ciphertext and secret', async () => {
    const peer = new MlKem768();
    const check = async (drawnSeed: Bytes, drawnMessage: Bytes) => {
      const [theirPublic, theirSecret] = await peer.deriveKeyPair(drawnSeed);
      const mine = splitKey(drawnSeed);
      expect(toHex(concat(mine.vector, mine.header.slice(0, 32)))).toBe(toHex(theirPublic));
      const first = encapsulateHeader(mine.header, drawnMessage);
      const { ct1, ct2 } = encapsulateVector(mine.header, mine.vector, drawnMessage);
      const [ciphertext, shared] = await peer.encap(theirPublic, drawnMessage);
      expect(toHex(first.ct1)).toBe(toHex(ciphertext.slice(0, 960)));
      expect(toHex(concat(ct1, ct2))).toBe(toHex(ciphertext));
      expect(toHex(first.shared)).toBe(toHex(shared));
      expect(toHex(decapsulateSplit(drawnSeed, ct1, ct2))).toBe(toHex(await peer.decap(ciphertext, theirSecret)));
    };
    await fc.assert(fc.asyncProperty(bytes(64), bytes(32), check), { numRuns: runs(15) });
  });

  it('needs the header alone for its first half: any change to it changes that half', () => {
    const { ct1, shared } = encapsulateHeader(header, message);
    for (const at of [0, 31, 32, 63]) {
      const other = encapsulateHeader(flipped(header, at), message);
      expect(toHex(other.ct1)).not.toBe(toHex(ct1));
      if (at >= 32) expect(toHex(other.shared)).not.toBe(toHex(shared));
    }
  });

  it('refuses a vector that the header does not name', () => {
    const other = splitKey(engine.randomBytes(64));
    for (const wrong of [other.vector, flipped(vector, 0), flipped(vector, 1151, 7), vector.slice(1)]) {
      expect(() => encapsulateVector(header, wrong, message)).toThrow('bad-key');
    }
    expect(() => encapsulateVector(flipped(header, 0), vector, message)).toThrow('bad-key');
  });

  it('refuses a vector above the modulus, even one that its header names', () => {
    const rho = header.slice(0, 32);
    const unreduced = concat(new Uint8Array([0xff, 0xff]), vector.slice(2));
    const naming = concat(rho, createHash('sha3-256').update(concat(unreduced, rho)).digest());
    expect(() => encapsulateVector(naming, unreduced, message)).toThrow('bad-key');
  });

  it('gives the same for a seed whatever was asked of others before, and after its secret is out', () => {
    const seeds = Array.from({ length: 10 }, () => engine.randomBytes(64));
    const keys = seeds.map((each) => splitKey(each));
    for (const [i, each] of [...seeds.entries(), ...seeds.entries()]) {
      const key = keys[i] as (typeof keys)[number];
      expect(splitKey(each)).toEqual(key);
      const { ct1, ct2 } = encapsulateVector(key.header, key.vector, message);
      expect(decapsulateSplit(each, ct1, ct2)).toEqual(encapsulateHeader(key.header, message).shared);
      expect(each.some((byte) => byte !== 0)).toBe(true);
    }
  });

  it('gives another secret for a changed ciphertext, and no error', () => {
    const { ct1, ct2 } = encapsulateVector(header, vector, message);
    const { shared } = encapsulateHeader(header, message);
    expect(decapsulateSplit(seed, ct1, ct2)).toEqual(shared);
    expect(decapsulateSplit(seed, flipped(ct1, 500), ct2)).not.toEqual(shared);
    expect(decapsulateSplit(seed, ct1, flipped(ct2, 127))).not.toEqual(shared);
  });
});
