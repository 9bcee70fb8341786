/** Signatures that the platform looks at ahead: what it can't do, what it may not decide, and what it saves. */
import { webcrypto } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Bytes, concat, utf8 } from '../../../lib/protocol/bytes';
import { type Engine, webCryptoEngine } from '../../../lib/protocol/engine';
import { isEd25519Signature, type Signed, verifyAhead } from '../../../lib/protocol/signatures';
import { engine, flipped, withoutCurve } from './parties';
import { casesOf } from './wycheproof';

const byJavaScript = vi.hoisted(() => ({ count: 0 }));

vi.mock('@noble/curves/ed25519.js', async (importOriginal) => {
  const original = await importOriginal<typeof import('@noble/curves/ed25519.js')>();
  const verify = (...given: Parameters<typeof original.ed25519.verify>) => {
    byJavaScript.count++;
    return original.ed25519.verify(...given);
  };
  return { ...original, ed25519: { ...original.ed25519, verify } };
});

function signed(text = 'a text'): Signed {
  const secret = engine.randomBytes(32);
  const message = utf8(text);
  return { publicKey: concat(ed25519.getPublicKey(secret)), message, signature: concat(ed25519.sign(message, secret)) };
}

/** Says that everything is good, and keeps what it was asked. */
function gullible(): { readonly using: Engine; readonly asked: Bytes[] } {
  const asked: Bytes[] = [];
  const verifyEd25519 = async (publicKey: Bytes) => asked.push(publicKey) > 0;
  return { using: { ...engine, verifyEd25519 }, asked };
}

beforeEach(() => {
  byJavaScript.count = 0;
});

describe('a signature that was verified ahead', () => {
  it('needs no JavaScript, and one that was not needs it once', async () => {
    const [ahead, other] = [signed(), signed()];
    await verifyAhead(engine, ahead);
    expect([isEd25519Signature(ahead), byJavaScript.count]).toEqual([true, 0]);
    expect([isEd25519Signature(other), isEd25519Signature(other), byJavaScript.count]).toEqual([true, true, 1]);
  });

  it('vouches for no other message, key or signature, nor for the same bytes cut elsewhere', async () => {
    const one = signed();
    await verifyAhead(engine, one);
    const { publicKey, message, signature } = one;
    const cutElsewhere = { publicKey: publicKey.slice(0, 31), signature: concat(publicKey.slice(31), signature), message };
    const shifted = {
      publicKey: publicKey.slice(0, 31),
      signature: concat(publicKey.slice(31), signature.slice(0, 63)),
      message: concat(signature.slice(63), message),
    };
    const others = [
      { ...one, message: flipped(concat(message), 0) },
      { ...one, publicKey: signed().publicKey },
      { ...one, signature: flipped(signature, 0) },
      { ...one, signature: signature.slice(0, 63), message: concat(signature.slice(63), message) },
      cutElsewhere,
      shifted,
    ];
    for (const other of others) expect(isEd25519Signature(other)).toBe(false);
    await verifyAhead(gullible().using, cutElsewhere);
    expect(isEd25519Signature(cutElsewhere)).toBe(false);
  });

  it('that is wrong is still refused, and makes nothing fail', async () => {
    const wrong = { ...signed(), message: utf8('another text') };
    await verifyAhead(engine, wrong);
    expect(isEd25519Signature(wrong)).toBe(false);
  });

  it('is one of Project Wycheproof’s exactly when JavaScript says so', async () => {
    const cases = casesOf<{ readonly publicKey: { readonly pk: string }; readonly msg: string; readonly sig: string }>('ed25519');
    for (const { publicKey, msg, sig, result } of cases) {
      const [key, message, signature] = [publicKey.pk, msg, sig].map((hex) => concat(Buffer.from(hex, 'hex')));
      if (!key || !message || !signature) throw new Error('no case');
      const claim = { publicKey: key, message, signature };
      await verifyAhead(engine, claim);
      expect(isEd25519Signature(claim)).toBe(result === 'valid');
    }
  });
});

describe('no platform is asked about', () => {
  const { Point } = ed25519;

  it('a key of small order, of either sign, under which anything may verify', async () => {
    const { using, asked } = gullible();
    const order8 = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
    for (let i = 0n; i < 8n; i++) {
      const point = concat(i === 0n ? Point.ZERO.toBytes() : order8.multiplyUnsafe(i).toBytes());
      for (const publicKey of [point, flipped(point, 31, 7)]) {
        const claim = { ...signed(), publicKey };
        await verifyAhead(using, claim);
        expect(isEd25519Signature(claim)).toBe(false);
      }
    }
    expect(asked).toEqual([]);
  });

  it('a key with two encodings', async () => {
    const { using, asked } = gullible();
    const twice = concat(new Uint8Array([0xf0]), new Uint8Array(30).fill(0xff), new Uint8Array([0x7f]));
    await verifyAhead(using, { ...signed(), publicKey: twice }, { ...signed(), publicKey: flipped(twice, 31, 7) });
    expect(asked).toEqual([]);
  });

  it('a signature that is known', async () => {
    const { using, asked } = gullible();
    const one = signed();
    expect(isEd25519Signature(one)).toBe(true);
    await verifyAhead(using, one);
    expect(asked).toEqual([]);
  });
});

describe('a platform', () => {
  it('without the curve is asked once', async () => {
    let asked = 0;
    const importKey: typeof withoutCurve.subtle.importKey = (...key) => {
      asked++;
      return withoutCurve.subtle.importKey(...key);
    };
    const using = webCryptoEngine({ ...withoutCurve, subtle: { ...withoutCurve.subtle, importKey } });
    const all = [signed(), signed()];
    for (const one of all) await verifyAhead(using, one);
    expect(asked).toBe(1);
    for (const one of all) expect(isEd25519Signature(one)).toBe(true);
    expect(byJavaScript.count).toBe(2);
  });

  it('that failed once over a key is asked again over the next', async () => {
    let isFailing = true;
    const subtle = { ...withoutCurve.subtle, importKey: webcrypto.subtle.importKey.bind(webcrypto.subtle) };
    const using = webCryptoEngine<webcrypto.CryptoKey>({
      ...withoutCurve,
      subtle: {
        ...subtle,
        verify: (...given) => (isFailing ? Promise.reject(new Error('out of order')) : webcrypto.subtle.verify(...given)),
      },
    });
    const [first, second] = [signed(), signed()];
    await verifyAhead(using, first);
    isFailing = false;
    await verifyAhead(using, second);
    expect([isEd25519Signature(first), isEd25519Signature(second), byJavaScript.count]).toEqual([true, true, 1]);
  });

  it('is not needed', async () => {
    const { verifyEd25519: _, ...bare } = engine;
    const one = signed();
    await verifyAhead(bare, one);
    expect([isEd25519Signature(one), byJavaScript.count]).toEqual([true, 1]);
  });
});
