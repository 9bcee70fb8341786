/** Against libsignal-client, live: whatever both compute must be the same bytes. */
import { Fingerprint, hkdf, KEMKeyPair, KEMPublicKey, PrivateKey, PublicKey } from '@signalapp/libsignal-client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, concat, toHex } from '../../../lib/protocol/bytes';
import { deriveKeys } from '../../../lib/protocol/kdf';
import { checkX25519Public, createKeyPair, x25519Public } from '../../../lib/protocol/keys';
import { checkKemPublic, createKemPair } from '../../../lib/protocol/ml-kem';
import { joinFingerprints, numericFingerprint } from '../../../lib/protocol/safety-number';
import { isEd25519Signature } from '../../../lib/protocol/signatures';
import { asEd25519, edwardsPublic, signXeddsa } from '../../../lib/protocol/xeddsa';
import { runs } from '../../support/mutants';
import { engine, flipped } from './parties';

const RUNS = { numRuns: runs(40) };
const bytes = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength }).map((drawn): Bytes => concat(drawn));

/** libsignal writes a type byte before an X25519 key. */
const DJB = new Uint8Array([5]);
const theirKey = (publicKey: Bytes) => PublicKey.deserialize(concat(DJB, publicKey));
const raw = (key: PublicKey): Bytes => concat(key.serialize().slice(1));

describe('X25519', () => {
  it('public keys and agreements are the same', async () => {
    const check = async (secret: Bytes) => {
      const theirs = PrivateKey.deserialize(secret);
      expect(toHex(x25519Public(secret))).toBe(toHex(raw(theirs.getPublicKey())));
      const mine = createKeyPair(engine);
      const shared = await engine.x25519(mine.secret, raw(theirs.getPublicKey()));
      expect(toHex(shared)).toBe(toHex(theirs.agree(theirKey(mine.public))));
    };
    await fc.assert(fc.asyncProperty(bytes(32), check), RUNS);
  });

  it('no key of libsignal’s is refused', () => {
    for (let i = 0; i < 40; i++) expect(() => checkX25519Public(raw(PrivateKey.generate().getPublicKey()))).not.toThrow();
  });
});

describe('ML-KEM-1024', () => {
  /** libsignal's type byte before a Kyber key of round 3, whose public keys are ML-KEM's. */
  const KYBER = new Uint8Array([8]);

  it('keys of either side are keys to the other', () => {
    for (let i = 0; i < 8; i++) {
      const theirs = concat(KEMKeyPair.generate().getPublicKey().serialize());
      expect(theirs[0]).toBe(8);
      expect(() => checkKemPublic(theirs.slice(1))).not.toThrow();
      const mine = concat(KYBER, createKemPair(engine).public);
      expect(toHex(KEMPublicKey.deserialize(mine).serialize())).toBe(toHex(mine));
    }
  });
});

describe('XEdDSA', () => {
  it('what this side signs libsignal accepts, and no other message or key', () => {
    fc.assert(
      fc.property(bytes(32), bytes(0, 300), bytes(64), (secret, message, random) => {
        const signature = signXeddsa(secret, message, random);
        const key = theirKey(x25519Public(secret));
        expect(key.verify(message, signature)).toBe(true);
        expect(key.verify(concat(message, DJB), signature)).toBe(false);
        expect(key.verify(message, flipped(signature, 5))).toBe(false);
      }),
      RUNS,
    );
  });

  /** libsignal writes the sign of the Edwards key into the top bit of s; revision 1 of the specification, and this side, has sign 0. */
  it('what libsignal signs is a signature here once its sign is put back into the key', () => {
    const signs = new Set<number>();
    for (let i = 0; i < 40; i++) {
      const key = PrivateKey.generate();
      const message = engine.randomBytes(i);
      const signature = concat(key.sign(message));
      const sign = (signature[63] as number) & 0x80;
      signs.add(sign);
      expect(isEd25519Signature(asEd25519({ publicKey: raw(key.getPublicKey()), message, signature }))).toBe(sign === 0);
      const edwards = edwardsPublic(raw(key.getPublicKey()));
      edwards[31] = (edwards[31] as number) | sign;
      signature[63] = (signature[63] as number) & 0x7f;
      expect(isEd25519Signature({ publicKey: edwards, message, signature })).toBe(true);
      expect(isEd25519Signature({ publicKey: edwards, message: concat(message, DJB), signature })).toBe(false);
    }
    expect(signs.size).toBe(2);
  });
});

describe('HKDF', () => {
  it('gives the same bytes, with a salt and without', () => {
    fc.assert(
      fc.property(
        bytes(1, 80),
        bytes(0, 80),
        fc.option(bytes(1, 40), { nil: undefined }),
        fc.integer({ min: 1, max: 300 }),
        (secret, info, salt, size) => {
          const [mine] = deriveKeys({ secret, info, ...(salt && { salt }) }, size);
          expect(toHex(mine)).toBe(toHex(hkdf(size, secret, info, salt ?? null)));
        },
      ),
      RUNS,
    );
  });
});

describe('fingerprints', () => {
  it('have the same 60 digits on both sides and in both implementations', () => {
    fc.assert(
      fc.property(bytes(32), bytes(32), bytes(1, 40), bytes(1, 40), (mine, theirs, myName, theirName) => {
        const [myKey, yourKey] = [PrivateKey.deserialize(mine).getPublicKey(), PrivateKey.deserialize(theirs).getPublicKey()];
        const expected = Fingerprint.new(5200, 0, myName, myKey, theirName, yourKey).displayableFingerprint().toString();
        const halves = [numericFingerprint(myKey.serialize(), myName), numericFingerprint(yourKey.serialize(), theirName)] as const;
        expect(joinFingerprints(halves[0], halves[1])).toBe(expected);
        expect(joinFingerprints(halves[1], halves[0])).toBe(expected);
      }),
      { numRuns: runs(4) },
    );
  });
});
