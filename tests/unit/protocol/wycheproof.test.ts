/** Project Wycheproof against the product's own functions. Every verdict has a decision here, the open ones by their flags. */
import { describe, expect, it } from 'vitest';
import { type AeadKey, openChaCha, sealChaCha } from '../../../lib/protocol/aead';
import { concat, equalBytes, fromHex, toHex } from '../../../lib/protocol/bytes';
import { ProtocolError } from '../../../lib/protocol/errors';
import { deriveKeys, mac } from '../../../lib/protocol/kdf';
import { checkX25519Public } from '../../../lib/protocol/keys';
import { isEd25519Signature } from '../../../lib/protocol/signatures';
import { provesRight } from '../../../server/rights';
import { ENGINES, engine } from './parties';
import { type Case, casesOf, verdictsOf, wrongOf } from './wycheproof';

/** What came of it: hex, true or false, or the code of the refusal. What throws without a code is no refusal and fails the test. */
async function outcome(run: () => unknown): Promise<unknown> {
  try {
    const value = await run();
    return value instanceof Uint8Array ? toHex(value) : value;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

function doesThrow(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}

describe('X25519', () => {
  interface Agreement {
    readonly public: string;
    readonly private: string;
    readonly shared: string;
  }
  type Decision = 'taken' | 'refused at the border' | 'refused';

  /**
   * For every flag of the 254 acceptable cases; the strictest of a case's flags decides.
   *
   *   taken                  RFC 7748 defines the result and no secret is at stake: the twist of this curve is as strong as the
   *                          curve, and the others only have unlikely numbers on the way
   *   refused at the border  RFC 7748 reduces a u of p or more and masks the top bit; here one key has one encoding, so
   *                          checkX25519Public refuses what X25519 itself would still compute
   *   refused                the result would be zeros, whatever the secret: the border names the point, and the engine refuses
   *                          the result should one ever come that far (RFC 7748 section 6.1)
   */
  const DECISIONS: Readonly<Record<string, Decision>> = {
    Ktv: 'taken',
    EdgeCaseMultiplication: 'taken',
    EdgeCaseShared: 'taken',
    SpecialPublicKey: 'taken',
    Twist: 'taken',
    NonCanonicalPublic: 'refused at the border',
    LowOrderPublic: 'refused',
    SmallPublicKey: 'refused',
    ZeroSharedSecret: 'refused',
  };

  function decisionOn({ result, flags }: Case): Decision | undefined {
    if (result === 'valid') return 'taken';
    const decisions = flags.map((flag) => DECISIONS[flag]);
    if (decisions.includes(undefined)) return undefined;
    return (['refused', 'refused at the border', 'taken'] as const).find((decision) => decisions.includes(decision));
  }

  const cases = casesOf<Agreement>('x25519');

  it('has its cases, and a decision on each', () => {
    expect(verdictsOf(cases)).toEqual({ valid: 264, acceptable: 254 });
    expect(cases.filter((tested) => decisionOn(tested) === undefined)).toEqual([]);
  });

  it.each(ENGINES)('by %s gives the secret, or refuses one of zeros', async (_name, using) => {
    const isAsDecided = async (tested: Case & Agreement) => {
      const got = await outcome(() => using.x25519(fromHex(tested.private), fromHex(tested.public)));
      return got === (decisionOn(tested) === 'refused' ? 'weak-shared-secret' : tested.shared);
    };
    expect(await wrongOf(cases, isAsDecided)).toEqual([]);
  });

  it('the border takes what has one encoding and an order above 8, and nothing else', async () => {
    const isAsDecided = async (tested: Case & Agreement) => {
      const got = await outcome(() => checkX25519Public(fromHex(tested.public)));
      return got === (decisionOn(tested) === 'taken' ? tested.public : 'bad-key');
    };
    expect(await wrongOf(cases, isAsDecided)).toEqual([]);
  });
});

describe('Ed25519', () => {
  interface Signature {
    readonly publicKey: { readonly pk: string };
    readonly msg: string;
    readonly sig: string;
  }
  const cases = casesOf<Signature>('ed25519');
  const fields = ({ publicKey, msg, sig }: Signature) => ({
    publicKey: fromHex(publicKey.pk),
    message: fromHex(msg),
    signature: fromHex(sig),
  });

  it('has its cases; none is left open', () => {
    expect(verdictsOf(cases)).toEqual({ valid: 88, invalid: 62 });
  });

  it('verifies what is valid, and nothing malleable, padded, cut or of an s beyond the order', async () => {
    const isAsDecided = (tested: Case & Signature) => isEd25519Signature(fields(tested)) === (tested.result === 'valid');
    expect(await wrongOf(cases, isAsDecided)).toEqual([]);
  });

  it('the relay, which verifies with another library, decides the same', async () => {
    const isAsDecided = async (tested: Case & Signature) => (await provesRight(fields(tested))) === (tested.result === 'valid');
    expect(await wrongOf(cases, isAsDecided)).toEqual([]);
  });
});

describe('HKDF-SHA-256', () => {
  interface Derivation {
    readonly ikm: string;
    readonly salt: string;
    readonly info: string;
    readonly size: number;
    readonly okm: string;
  }
  const cases = casesOf<Derivation>('hkdf_sha256');

  it('derives what is valid, and refuses more than 255 blocks', async () => {
    expect(verdictsOf(cases)).toEqual({ valid: 83, invalid: 3 });
    const isAsDecided = ({ result, ikm, salt, info, size, okm }: Case & Derivation) => {
      const derive = () => deriveKeys({ secret: fromHex(ikm), salt: fromHex(salt), info: fromHex(info) }, size)[0];
      return result === 'valid' ? toHex(derive()) === okm : doesThrow(derive);
    };
    expect(await wrongOf(cases, isAsDecided)).toEqual([]);
  });
});

describe('HMAC-SHA-256', () => {
  interface Tag {
    readonly key: string;
    readonly msg: string;
    readonly tag: string;
  }
  const cases = casesOf<Tag>('hmac_sha256');

  it('equals the valid tags, whole or cut to 128 bits, and no changed one', async () => {
    expect(verdictsOf(cases)).toEqual({ valid: 66, invalid: 108 });
    const isAsDecided = ({ result, key, msg, tag }: Case & Tag) => {
      const claimed = fromHex(tag);
      return equalBytes(mac(fromHex(key), fromHex(msg)).slice(0, claimed.length), claimed) === (result === 'valid');
    };
    expect(await wrongOf(cases, isAsDecided)).toEqual([]);
  });
});

interface Sealed {
  readonly ivSize: number;
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
}

describe('AES-256-GCM', () => {
  const NONCE_BITS = 96;
  const cases = casesOf<Sealed>('aes_gcm');

  it('has its cases of 256-bit keys', () => {
    expect(verdictsOf(cases)).toEqual({ valid: 76, invalid: 29 });
    expect(verdictsOf(cases.filter(({ ivSize }) => ivSize === NONCE_BITS))).toEqual({ valid: 39, invalid: 27 });
  });

  // GCM takes nonces of any length but zero. Only one of 12 bytes is used without being hashed, and engines differ on the others.
  it('seals and opens under nonces of 12 bytes, refuses changed tags, and every other nonce whatever its verdict', async () => {
    const isAsDecided = async ({ result, ivSize, key, iv, aad, msg, ct, tag }: Case & Sealed) => {
      const given = [fromHex(key), fromHex(iv)] as const;
      const sealed = await outcome(() => engine.sealAes256Gcm(...given, fromHex(msg), fromHex(aad)));
      const opened = await outcome(() => engine.openAes256Gcm(...given, fromHex(ct + tag), fromHex(aad)));
      if (ivSize !== NONCE_BITS) return sealed === 'bad-value' && opened === 'bad-value';
      return result === 'valid' ? sealed === ct + tag && opened === msg : sealed !== ct + tag && opened === 'bad-tag';
    };
    expect(await wrongOf(cases, isAsDecided)).toEqual([]);
  });
});

describe.each([
  ['ChaCha20-Poly1305', 'chacha20_poly1305', 96, { valid: 256, invalid: 69 }],
  ['XChaCha20-Poly1305', 'xchacha20_poly1305', 192, { valid: 246, invalid: 69 }],
] as const)('%s', (_name, file, nonceBits, verdicts) => {
  const cases = casesOf<Sealed>(file);
  /** The nonce's length chooses the cipher: the other one's length is a nonce too, and opens nothing. */
  const isNonce = (bits: number) => bits === 96 || bits === 192;

  it('has its cases', () => {
    expect(verdictsOf(cases)).toEqual(verdicts);
  });

  it('seals and opens what is valid, refuses changed tags, and nonces of any other length', async () => {
    const isAsDecided = async ({ result, ivSize, key, iv, aad, msg, ct, tag }: Case & Sealed) => {
      const given: AeadKey = { key: fromHex(key), nonce: fromHex(iv), aad: fromHex(aad) };
      const opened = await outcome(() => openChaCha(given, fromHex(ct + tag)));
      if (!isNonce(ivSize)) return opened === 'bad-tag' && doesThrow(() => sealChaCha(given, fromHex(msg)));
      const sealed = toHex(sealChaCha(given, fromHex(msg)));
      if (result === 'valid') return ivSize === nonceBits && sealed === ct + tag && opened === msg;
      return sealed !== ct + tag && opened === 'bad-tag';
    };
    expect(await wrongOf(cases, isAsDecided)).toEqual([]);
  });

  it('opens no text shorter than a tag', () => {
    const given: AeadKey = { key: new Uint8Array(32), nonce: new Uint8Array(nonceBits / 8), aad: concat() };
    for (const size of [0, 1, 15]) expect(() => openChaCha(given, new Uint8Array(size))).toThrow('bad-tag');
  });
});
