/** Project Wycheproof for ML-KEM: keys from seeds, encapsulation, decapsulation, and which public keys are refused. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, concat, fromHex, toHex } from '../../../lib/protocol/bytes';
import { decapsulate, encapsulate, kemPair } from '../../../lib/protocol/ml-kem';
import { CT1_BYTES, decapsulateSplit, encapsulateHeader, encapsulateVector, splitKey } from '../../../lib/protocol/split-kem';
import { type Case, casesOf, verdictsOf, wrongOf } from './wycheproof';

interface KeyGeneration {
  readonly seed: string;
  readonly ek: string;
}
interface Encapsulated {
  readonly m: string;
  readonly ek: string;
  readonly c: string;
  /** Upstream's name for the shared secret. */
  readonly K: string;
}
interface Decapsulated {
  readonly seed: string;
  readonly c: string;
  readonly K: string;
}

interface Kem {
  readonly publicOf: (seed: Bytes) => Uint8Array;
  /** Ciphertext ‖ shared secret. */
  readonly encapsulate: (publicKey: Bytes, message: Bytes) => Uint8Array;
  readonly decapsulate: (seed: Bytes, ciphertext: Bytes) => Uint8Array;
}

const whole: Kem = {
  publicOf: (seed) => kemPair(seed).public,
  encapsulate: (publicKey, message) => {
    const { ciphertext, shared } = encapsulate({ randomBytes: () => message }, publicKey);
    return concat(ciphertext, shared);
  },
  decapsulate: (seed, ciphertext) => decapsulate(kemPair(seed), ciphertext),
};

const RHO_BYTES = 32;

/** As the braid uses it: the header first, the vector later. The header of a key that is wrong is right about that key. */
const inPieces: Kem = {
  publicOf: (seed) => {
    const { header, vector } = splitKey(seed);
    return concat(vector, header.slice(0, RHO_BYTES));
  },
  encapsulate: (publicKey, message) => {
    const vector = publicKey.slice(0, -RHO_BYTES);
    const header = concat(publicKey.slice(-RHO_BYTES), createHash('sha3-256').update(publicKey).digest());
    const { ct1, shared } = encapsulateHeader(header, message);
    const both = encapsulateVector(header, vector, message);
    expect(toHex(both.ct1)).toBe(toHex(ct1));
    return concat(both.ct1, both.ct2, shared);
  },
  decapsulate: (seed, ciphertext) => decapsulateSplit(seed, ciphertext.slice(0, CT1_BYTES), ciphertext.slice(CT1_BYTES)),
};

/** Hex, or the message of the refusal. */
function outcome(run: () => Uint8Array): string {
  try {
    return toHex(run());
  } catch (error) {
    return (error as Error).message;
  }
}

describe.each([
  {
    name: 'ML-KEM-1024',
    file: 'mlkem_1024',
    kem: whole,
    // Its functions stand at the border: every length comes back as a code.
    refusal: { key: /^bad-key$/, seed: /^bad-key$/, ciphertext: /^bad-key$/ },
    counts: { encapsulations: { valid: 19, invalid: 28 }, decapsulations: { valid: 27, invalid: 16 } },
  },
  {
    name: 'ML-KEM-768 in pieces',
    file: 'mlkem_768',
    kem: inPieces,
    // Seeds and ciphertexts come from readers of fixed size; a wrong one is a mistake of ours, and the library's own error.
    refusal: { key: /^bad-key$/, seed: /seed/, ciphertext: /cipherText/i },
    counts: { encapsulations: { valid: 19, invalid: 24 }, decapsulations: { valid: 27, invalid: 16 } },
  },
])('$name', ({ file, kem, refusal, counts }) => {
  const generations = casesOf<KeyGeneration>(`${file}_keygen_seed`);
  const encapsulations = casesOf<Encapsulated>(`${file}_encaps`);
  const decapsulations = casesOf<Decapsulated>(file);

  it('has its cases; none is left open', () => {
    expect(verdictsOf(generations)).toEqual({ valid: 10 });
    expect(verdictsOf(encapsulations)).toEqual(counts.encapsulations);
    expect(verdictsOf(decapsulations)).toEqual(counts.decapsulations);
  });

  it('makes the key of each seed', async () => {
    const isAsDecided = ({ seed, ek }: Case & KeyGeneration) => toHex(kem.publicOf(fromHex(seed))) === ek;
    expect(await wrongOf(generations, isAsDecided)).toEqual([]);
  });

  it('encapsulates for what is valid, and refuses keys that are not reduced or of another length', async () => {
    const isAsDecided = ({ result, m, ek, c, K }: Case & Encapsulated) => {
      const got = outcome(() => kem.encapsulate(fromHex(ek), fromHex(m)));
      return result === 'valid' ? got === c + K : refusal.key.test(got);
    };
    expect(await wrongOf(encapsulations, isAsDecided)).toEqual([]);
  });

  it('decapsulates, changed ciphertexts to another secret, and refuses seeds and ciphertexts of another length', async () => {
    const isAsDecided = ({ result, seed, c, K }: Case & Decapsulated) => {
      const got = outcome(() => kem.decapsulate(fromHex(seed), fromHex(c)));
      if (result === 'valid') return got === K;
      return (seed.length === 128 ? refusal.ciphertext : refusal.seed).test(got);
    };
    expect(await wrongOf(decapsulations, isAsDecided)).toEqual([]);
  });
});
