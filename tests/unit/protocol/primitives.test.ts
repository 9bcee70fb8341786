import { createPublicKey, verify as verifyByNode, webcrypto } from 'node:crypto';
import { chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openChaCha, sealChaCha } from '../../../lib/protocol/aead';
import { type Bytes, concat, fromHex, toHex, utf8 } from '../../../lib/protocol/bytes';
import { type Engine, type WebCrypto, webCryptoEngine } from '../../../lib/protocol/engine';
import { deriveKeys, label, mac } from '../../../lib/protocol/kdf';
import { checkX25519Public, createKeyPair, x25519Public } from '../../../lib/protocol/keys';
import { isEd25519Signature } from '../../../lib/protocol/signatures';
import { asEd25519, edwardsPublic, signXeddsa } from '../../../lib/protocol/xeddsa';
import { IS_MUTATED, runs } from '../../support/mutants';
import vectors from '../../vectors/rfc.json';
import { ENGINES, engine, flipped, withoutCurve } from './parties';

/** As no browser should be: it agrees on nothing and says nothing. */
const zeroCurve = {
  importKey: () => Promise.resolve(null),
  encrypt: () => Promise.resolve(new ArrayBuffer(0)),
  decrypt: () => Promise.resolve(new ArrayBuffer(0)),
  verify: () => Promise.resolve(false),
  deriveBits: () => Promise.resolve(new ArrayBuffer(32)),
};

/** Every encoding of the points whose order divides 8, and of their twins on the twist; the last four are not canonical. */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000080',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
].map(fromHex);

const isXeddsaSignature = (publicKey: Bytes, message: Bytes, signature: Bytes): boolean =>
  isEd25519Signature(asEd25519({ publicKey, message, signature }));

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => concat(bytes));

describe.each(ENGINES)('X25519 by %s', (_name, using) => {
  it.each(vectors.x25519.multiplications)('gives RFC 7748 its $shared', async ({ secret, public: theirs, shared }) => {
    expect(toHex(await using.x25519(fromHex(secret), fromHex(theirs)))).toBe(shared);
  });

  it.skipIf(IS_MUTATED)(
    'agrees with RFC 7748 after 1 and after 1,000 rounds',
    async () => {
      let k = concat(new Uint8Array([9]), new Uint8Array(31));
      let u = k;
      for (let round = 1; round <= 1000; round++) {
        const shared = await using.x25519(k, u);
        u = k;
        k = shared;
        if (round === 1) expect(toHex(k)).toBe(vectors.x25519.iterated.once);
      }
      expect(toHex(k)).toBe(vectors.x25519.iterated.thousandTimes);
    },
    30_000,
  );

  it('all-zero X25519: refuses a result of zeros for every point of small order', async () => {
    const { secret } = createKeyPair(engine);
    for (const point of SMALL_ORDER) await expect(using.x25519(secret, point)).rejects.toMatchObject({ code: 'weak-shared-secret' });
  });

  it('refuses keys of a wrong length', async () => {
    const { secret, public: theirs } = createKeyPair(engine);
    await expect(using.x25519(secret, theirs.slice(1))).rejects.toMatchObject({ code: 'bad-key' });
    await expect(using.x25519(concat(secret, secret), theirs)).rejects.toMatchObject({ code: 'bad-key' });
  });
});

it('noble and WebCrypto disagreeing: never about X25519, canonical or not', async () => {
  const [, [, inJavaScript]] = ENGINES as [unknown, readonly [string, Engine]];
  const outcome = (using: Engine, secret: Bytes, theirs: Bytes) => using.x25519(secret, theirs).then(toHex, (error) => String(error.code));
  await fc.assert(
    fc.asyncProperty(bytes32, fc.oneof(bytes32, fc.constantFrom(...SMALL_ORDER)), async (secret, theirs) => {
      expect(await outcome(engine, secret, theirs)).toBe(await outcome(inJavaScript, secret, theirs));
    }),
    { numRuns: runs(60) },
  );
});

it('a WebCrypto that hands out zeros is not believed', async () => {
  const { secret, public: theirs } = createKeyPair(engine);
  const careless: WebCrypto = { ...withoutCurve, subtle: zeroCurve };
  await expect(webCryptoEngine(careless).x25519(secret, theirs)).rejects.toMatchObject({ code: 'weak-shared-secret' });
});

it('a WebCrypto with the curve is the one that agrees, not the JavaScript beside it', async () => {
  const { secret, public: theirs } = createKeyPair(engine);
  const answer = new Uint8Array(32).fill(7);
  const subtle: WebCrypto['subtle'] = {
    ...zeroCurve,
    importKey: (_format, key) => Promise.resolve(key),
    deriveBits: ({ name, public: key }) =>
      name === 'X25519' && key === theirs ? Promise.resolve(answer.slice().buffer) : Promise.reject(new Error('another agreement')),
  };
  expect(await webCryptoEngine({ ...withoutCurve, subtle }).x25519(secret, theirs)).toEqual(answer);
});

it('a WebCrypto without the curve is asked once', async () => {
  let asked = 0;
  const { importKey } = withoutCurve.subtle;
  const counting = webCryptoEngine({
    ...withoutCurve,
    subtle: {
      ...withoutCurve.subtle,
      importKey: (...key) => {
        asked++;
        return importKey(...key);
      },
    },
  });
  const { secret, public: theirs } = createKeyPair(engine);
  for (let i = 0; i < 3; i++) await counting.x25519(secret, theirs);
  expect(asked).toBe(1);
});

it('a WebCrypto that failed once over a key is asked again over the next', async () => {
  let agreed = 0;
  const { subtle } = webcrypto;
  const counting: WebCrypto<webcrypto.CryptoKey> = {
    ...withoutCurve,
    subtle: {
      ...withoutCurve.subtle,
      importKey: (...key) => subtle.importKey(...key),
      deriveBits: (...wanted) => {
        agreed++;
        return subtle.deriveBits(...wanted);
      },
    },
  };
  const using = webCryptoEngine(counting);
  const { secret, public: theirs } = createKeyPair(engine);
  await expect(using.x25519(secret, new Uint8Array(32))).rejects.toMatchObject({ code: 'weak-shared-secret' });
  const before = agreed;
  await using.x25519(secret, theirs);
  expect(agreed).toBe(before + 1);
});

it('no key can be taken out of WebCrypto again, nor used for anything else', async () => {
  const imported: (readonly [algorithm: string, extractable: boolean, usages: readonly string[]])[] = [];
  const watched: WebCrypto<webcrypto.CryptoKey> = {
    getRandomValues: withoutCurve.getRandomValues,
    subtle: {
      encrypt: withoutCurve.subtle.encrypt,
      decrypt: withoutCurve.subtle.decrypt,
      verify: (...signed) => webcrypto.subtle.verify(...signed),
      deriveBits: (...wanted) => webcrypto.subtle.deriveBits(...wanted),
      importKey: (...key) => {
        imported.push([key[2].name, key[3], key[4]]);
        return webcrypto.subtle.importKey(...key);
      },
    },
  };
  const using = webCryptoEngine(watched);
  const { secret, public: theirs } = createKeyPair(engine);
  await using.x25519(secret, theirs);
  const sealed = await using.sealAes256Gcm(secret, new Uint8Array(12), utf8('text'), utf8(''));
  await using.openAes256Gcm(secret, new Uint8Array(12), sealed, utf8(''));
  expect(imported).toEqual([
    ['X25519', false, ['deriveBits']],
    ['X25519', false, []],
    ['AES-GCM', false, ['encrypt']],
    ['AES-GCM', false, ['decrypt']],
  ]);
});

describe('public keys', () => {
  it('of small order are refused', () => {
    for (const point of SMALL_ORDER) expect(() => checkX25519Public(point)).toThrow('bad-key');
  });

  it('that are not canonical are refused, those just below the prime are taken', () => {
    const highest = fromHex('ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');
    expect(checkX25519Public(highest)).toBe(highest);
    // 2²⁵⁵ − 19 itself, which is 0 said in another way, and two more.
    for (const lowest of ['ed', 'ef'])
      expect(() => checkX25519Public(fromHex(`${lowest}ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f`))).toThrow(
        'bad-key',
      );
    const masked = flipped(createKeyPair(engine).public, 31, 7);
    expect(() => checkX25519Public(masked)).toThrow('bad-key');
  });

  it('that look high and lie below the prime are taken, whichever byte says so', () => {
    for (let at = 1; at < 31; at++) {
      const key = concat(new Uint8Array(31).fill(0xff), new Uint8Array([0x7f]));
      expect(() => checkX25519Public(concat(key))).toThrow('bad-key');
      key[at] = 0xfe;
      expect(checkX25519Public(key), `byte ${at}`).toBe(key);
    }
  });

  it('of another length, such as a KEM key, are refused', () => {
    expect(() => checkX25519Public(new Uint8Array(31).fill(5))).toThrow('bad-key');
    expect(() => checkX25519Public(new Uint8Array(1184).fill(5))).toThrow('bad-key');
  });
});

describe('Ed25519', () => {
  it.each(vectors.ed25519.signatures)('signs RFC 8032 with $public', ({ secret, public: publicKey, message, signature }) => {
    expect(toHex(ed25519.getPublicKey(fromHex(secret)))).toBe(publicKey);
    expect(toHex(ed25519.sign(fromHex(message), fromHex(secret)))).toBe(signature);
    expect(isEd25519Signature({ publicKey: fromHex(publicKey), message: fromHex(message), signature: fromHex(signature) })).toBe(true);
    expect(
      isEd25519Signature({ publicKey: fromHex(publicKey), message: concat(fromHex(message), utf8('!')), signature: fromHex(signature) }),
    ).toBe(false);
  });

  it('takes a key or a signature of another length for a wrong one', () => {
    const { secret, public: publicKey } = createKeyPair(engine);
    const own = concat(ed25519.getPublicKey(secret));
    const signature = concat(ed25519.sign(utf8('text'), secret));
    expect(isEd25519Signature({ publicKey: own, message: utf8('text'), signature })).toBe(true);
    expect(isEd25519Signature({ publicKey: own, message: utf8('text'), signature: signature.slice(1) })).toBe(false);
    expect(isEd25519Signature({ publicKey: publicKey.slice(1), message: utf8('text'), signature })).toBe(false);
  });

  it('refuses the small-order key under which everything verifies', () => {
    const identityPoint = concat(new Uint8Array([1]), new Uint8Array(31));
    const signature = concat(identityPoint, new Uint8Array(32));
    expect(ed25519.verify(signature, utf8('anything'), identityPoint)).toBe(true);
    expect(isEd25519Signature({ publicKey: identityPoint, message: utf8('anything'), signature })).toBe(false);
  });
});

describe('XEdDSA', () => {
  const message = utf8('a statement');

  /** Node's own Ed25519, which shares no code with ours. */
  function isSignatureForNode(x25519Public: Bytes, signed: Bytes, signature: Bytes): boolean {
    const key = concat(fromHex('302a300506032b6570032100'), edwardsPublic(x25519Public));
    return verifyByNode(null, signed, createPublicKey({ key: Buffer.from(key), format: 'der', type: 'spki' }), signature);
  }

  it('signatures verify here and as Ed25519 under the converted key, for keys of either sign', () => {
    for (let i = 0; i < 12; i++) {
      const { secret, public: publicKey } = createKeyPair(engine);
      const signature = signXeddsa(secret, message, engine.randomBytes(64));
      expect(isXeddsaSignature(publicKey, message, signature)).toBe(true);
      expect(isSignatureForNode(publicKey, message, signature)).toBe(true);
    }
  });

  it('signatures verify for a key whose last byte is its sign alone', () => {
    const secret = fromHex('4dc5bd32b77ab3a1a233016fabf21be12ee17ff6c3e1765585863fa87095fb52');
    const publicKey = x25519Public(secret);
    expect(edwardsPublic(publicKey)[31]).toBe(0);
    expect(isXeddsaSignature(publicKey, message, signXeddsa(secret, message, engine.randomBytes(64)))).toBe(true);
  });

  it('signatures depend on the random bytes, and on nothing else than secret, message and random bytes', () => {
    const { secret } = createKeyPair(engine);
    const random = engine.randomBytes(64);
    expect(signXeddsa(secret, message, random)).toEqual(signXeddsa(secret, message, random));
    expect(signXeddsa(secret, message, random)).not.toEqual(signXeddsa(secret, message, flipped(random, 63)));
    expect(signXeddsa(secret, message, random).slice(0, 32)).not.toEqual(signXeddsa(secret, utf8('other'), random).slice(0, 32));
  });

  it('signatures are not made from fewer than 64 random bytes', () => {
    const { secret } = createKeyPair(engine);
    for (const size of [0, 32, 63, 65]) expect(() => signXeddsa(secret, message, new Uint8Array(size))).toThrow('bad-value');
  });

  it('refuses a changed message, signature or key', () => {
    const { secret, public: publicKey } = createKeyPair(engine);
    const signature = signXeddsa(secret, message, engine.randomBytes(64));
    expect(isXeddsaSignature(publicKey, utf8('a statemenT'), signature)).toBe(false);
    for (const at of [0, 31, 32, 63]) expect(isXeddsaSignature(publicKey, message, flipped(signature, at))).toBe(false);
    expect(isXeddsaSignature(createKeyPair(engine).public, message, signature)).toBe(false);
    expect(isXeddsaSignature(publicKey, message, signature.slice(1))).toBe(false);
  });

  it('refuses u = 0, under which a forger without any key would sign everything', () => {
    const identityPoint = concat(new Uint8Array([1]), new Uint8Array(31));
    const forged = concat(identityPoint, new Uint8Array(32));
    expect(ed25519.verify(forged, message, edwardsPublic(new Uint8Array(32)))).toBe(true);
    expect(isXeddsaSignature(new Uint8Array(32), message, forged)).toBe(false);
  });

  it('refuses a public key that is no canonical u coordinate, and −1, which has no Edwards twin', () => {
    expect(() => edwardsPublic(fromHex('ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'))).toThrow('bad-key');
    expect(() => edwardsPublic(fromHex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'))).toThrow('bad-key');
    expect(() => edwardsPublic(new Uint8Array(31).fill(9))).toThrow('bad-key');
  });

  it('reads the base point as the base point', () => {
    const nine = concat(new Uint8Array([9]), new Uint8Array(31));
    expect(toHex(edwardsPublic(nine))).toBe(toHex(ed25519.Point.BASE.toBytes()));
  });
});

describe('HKDF', () => {
  it.each(vectors.hkdf.derivations)('derives RFC 5869 $keys', ({ secret, salt, info, keys }) => {
    const material = { secret: fromHex(secret), salt: fromHex(salt), info: fromHex(info) };
    const [whole] = deriveKeys(material, keys.length / 2);
    expect(toHex(whole)).toBe(keys);
    const [first, second] = deriveKeys(material, 10, keys.length / 2 - 10);
    expect(toHex(first) + toHex(second)).toBe(keys);
  });

  it('takes an absent salt for zeros, as the RFC says', () => {
    const material = { secret: utf8('secret'), info: utf8('info') };
    expect(deriveKeys(material, 32)).toEqual(deriveKeys({ ...material, salt: new Uint8Array(32) }, 32));
  });

  it('has no label that begins another', () => {
    expect(toHex(label('live key')).startsWith(toHex(label('live')))).toBe(false);
  });
});

describe('HMAC', () => {
  it.each(vectors.hmac.tags)('gives RFC 4231 $tag', ({ key, message, tag }) => {
    expect(toHex(mac(fromHex(key), fromHex(message))).slice(0, tag.length)).toBe(tag);
  });
});

describe('ChaCha20-Poly1305', () => {
  it.each(vectors.aead.seals)('seals the published text under nonce $nonce', (vector) => {
    const key = { key: fromHex(vector.key), nonce: fromHex(vector.nonce), aad: fromHex(vector.aad) };
    const sealed = sealChaCha(key, fromHex(vector.plaintext));
    expect(toHex(sealed)).toBe(vector.ciphertext + vector.tag);
    expect(toHex(openChaCha(key, sealed))).toBe(vector.plaintext);
    expect(() => openChaCha({ ...key, aad: utf8('other') }, sealed)).toThrow('bad-tag');
    expect(() => openChaCha(key, sealed.slice(0, 15))).toThrow('bad-tag');
  });

  it.each([0, 1, 15, 16, 17, 63, 64, 65, 87, 128, 1000])('seals %i bytes as noble does, and opens nothing that was changed', (size) => {
    for (const [nonceBytes, theirs] of [[12, chacha20poly1305] as const, [24, xchacha20poly1305] as const]) {
      for (const aadBytes of [0, 2, 16, 33]) {
        const key = { key: engine.randomBytes(32), nonce: engine.randomBytes(nonceBytes), aad: engine.randomBytes(aadBytes) };
        const text = engine.randomBytes(size);
        const sealed = sealChaCha(key, text);
        expect(toHex(sealed)).toBe(toHex(theirs(key.key, key.nonce, key.aad).encrypt(text)));
        expect(openChaCha(key, sealed)).toEqual(text);
        for (const at of [0, size, size + 15]) expect(() => openChaCha(key, flipped(sealed, at))).toThrow('bad-tag');
        expect(() => openChaCha({ ...key, key: engine.randomBytes(32) }, sealed)).toThrow('bad-tag');
      }
    }
  });
});

describe('AES-256-GCM', () => {
  it('takes 256-bit keys only', async () => {
    const short = new Uint8Array(16);
    await expect(engine.sealAes256Gcm(short, new Uint8Array(12), utf8('text'), utf8(''))).rejects.toMatchObject({ code: 'bad-key' });
  });

  it('takes nonces of 12 bytes only: engines differ on what else they take', async () => {
    const key = engine.randomBytes(32);
    for (const size of [0, 8, 11, 13, 16]) {
      const nonce = new Uint8Array(size);
      await expect(engine.sealAes256Gcm(key, nonce, utf8('text'), utf8(''))).rejects.toMatchObject({ code: 'bad-value' });
      await expect(engine.openAes256Gcm(key, nonce, utf8('text'), utf8(''))).rejects.toMatchObject({ code: 'bad-value' });
    }
  });

  it('says bad-tag and nothing of the engine when text, tag or AAD is wrong', async () => {
    const key = engine.randomBytes(32);
    const nonce = engine.randomBytes(12);
    const sealed = await engine.sealAes256Gcm(key, nonce, utf8('text'), utf8('aad'));
    expect(sealed.length).toBe(4 + 16);
    expect(await engine.openAes256Gcm(key, nonce, sealed, utf8('aad'))).toEqual(utf8('text'));
    await expect(engine.openAes256Gcm(key, nonce, flipped(sealed, 0), utf8('aad'))).rejects.toMatchObject({ code: 'bad-tag' });
    await expect(engine.openAes256Gcm(key, nonce, flipped(sealed, 19), utf8('aad'))).rejects.toMatchObject({ code: 'bad-tag' });
    await expect(engine.openAes256Gcm(key, nonce, sealed, utf8('aaD'))).rejects.toMatchObject({ code: 'bad-tag' });
  });
});
