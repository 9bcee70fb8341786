import { describe, expect, it } from 'vitest';
import { type Bytes, concat, utf8 } from '../../../lib/protocol/bytes';
import { decapsulate, encapsulate, kemPair } from '../../../lib/protocol/ml-kem';
import { nativeKem } from '../../../lib/protocol/native-kem';
import { acceptSession, initiateSession, sealEnvelope } from '../../../lib/protocol/session';
import { engine, invitation, NOW_MS } from './parties';

const seed = new Uint8Array(64).fill(3);
const pair = kemPair(seed);
const { public: publicKey } = pair;
const buffer = (bytes: Bytes) => concat(bytes).buffer as ArrayBuffer;

/** A platform that has the algorithm, over the arithmetic that is here. */
function platform() {
  const asked: string[] = [];
  const subtle = {
    async importKey(format: string, bytes: Bytes, algorithm: string, extractable: boolean, usages: string[]) {
      asked.push([format, bytes.length, algorithm, extractable, ...usages].join(' '));
      return bytes;
    },
    async encapsulateBits(_: string, key: Bytes) {
      const { ciphertext, shared } = encapsulate(engine, key);
      return { ciphertext: buffer(ciphertext), sharedKey: buffer(shared) };
    },
    async decapsulateBits(_: string, key: Bytes, ciphertext: Bytes) {
      return buffer(decapsulate(kemPair(key), ciphertext));
    },
  };
  return { asked, subtle };
}

describe("the platform's ML-KEM-1024", () => {
  it('is asked for in its own terms, and agrees with ours', async () => {
    const { asked, subtle } = platform();
    const kem = nativeKem(subtle);
    const made = await kem.encapsulate(publicKey);
    expect(made && decapsulate(pair, made.ciphertext)).toEqual(made?.shared);
    const ours = encapsulate(engine, publicKey);
    expect(await kem.decapsulate(seed, ours.ciphertext)).toEqual(ours.shared);
    expect(asked).toEqual(['raw-public 1568 ML-KEM-1024 false encapsulateBits', 'raw-seed 64 ML-KEM-1024 false decapsulateBits']);
  });

  it('is done without where it is missing, or gives up: a session starts all the same', async () => {
    const broken = { ...platform().subtle, importKey: () => Promise.reject(new DOMException('no', 'NotSupportedError')) };
    for (const subtle of [{}, broken]) {
      const kem = nativeKem(subtle);
      expect(await kem.encapsulate(publicKey)).toBeNull();
      expect(await kem.decapsulate(seed, new Uint8Array(1568))).toBeNull();
      const using = { ...engine, kem };
      const { alice, bob, bundle, prekeys } = invitation(using);
      const { envelope } = await sealEnvelope(using, await initiateSession(using, { identity: alice, bundle }), utf8('hi'), 'cell');
      const accepted = await acceptSession(using, { identity: bob, prekeys, envelope, nowMs: NOW_MS });
      expect(accepted.plaintext).toEqual(utf8('hi'));
    }
  });

  it('that gave up once, or has no such method, is asked no more', async () => {
    let asked = 0;
    const importKey = () => {
      asked++;
      return Promise.reject(new DOMException('no', 'NotSupportedError'));
    };
    const { encapsulateBits: _, ...without } = { ...platform().subtle, importKey };
    for (const [subtle, times] of [
      [{ ...platform().subtle, importKey }, 1],
      [without, 0],
    ] as const) {
      asked = 0;
      const kem = nativeKem(subtle);
      for (let i = 0; i < 3; i++) expect(await kem.encapsulate(publicKey)).toBeNull();
      expect(asked).toBe(times);
    }
  });

  it('is not needed at all', async () => {
    const { kem: _, ...bare } = engine;
    const { alice, bob, bundle, prekeys } = invitation(bare);
    const { envelope } = await sealEnvelope(bare, await initiateSession(bare, { identity: alice, bundle }), utf8('hi'), 'cell');
    expect((await acceptSession(bare, { identity: bob, prekeys, envelope, nowMs: NOW_MS })).plaintext).toEqual(utf8('hi'));
  });

  it('makes sessions with those who compute it in JavaScript, either way', async () => {
    const native = { ...engine, kem: nativeKem(platform().subtle) };
    for (const [initiator, responder] of [
      [native, engine],
      [engine, native],
    ] as const) {
      const { alice, bob, bundle, prekeys } = invitation();
      const { envelope } = await sealEnvelope(initiator, await initiateSession(initiator, { identity: alice, bundle }), utf8('hi'), 'cell');
      const accepted = await acceptSession(responder, { identity: bob, prekeys, envelope, nowMs: NOW_MS });
      expect(accepted.plaintext).toEqual(utf8('hi'));
    }
  });
});
