import { hkdfSync } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { describe, expect, it } from 'vitest';
import { concat, Reader, toHex, utf8, Writer } from '../../../lib/protocol/bytes';
import { createIdentity } from '../../../lib/protocol/identity';
import { type BoxAddress, openBundle, readBoxAddress, sealBundle, writeBoxAddress } from '../../../lib/protocol/prekey-box';
import { encodePrekeyBundle, offerPrekeys } from '../../../lib/protocol/prekeys';
import { engine, flipped, invitation } from './parties';

const { bob, bundle, prekeys } = invitation();
const address: BoxAddress = { relay: 'wss://relay.example', boxId: engine.randomBytes(16), secret: engine.randomBytes(32) };
const sealed = sealBundle(engine, address, bundle);

describe('a bundle in a prekey box', () => {
  it('opens to the bundle of its owner for whoever has the secret', async () => {
    expect(await openBundle(engine, address, sealed)).toEqual(bundle);
  });

  it('shows the relay neither whose it is nor of which kind: always 2,048 bytes, never the same', () => {
    const lastResort = sealBundle(engine, address, offerPrekeys(bob, { ...prekeys, oneTime: null }));
    expect([sealed.length, lastResort.length]).toEqual([2048, 2048]);
    expect(toHex(sealed)).not.toContain(toHex(bob.statement).slice(0, 32));
    expect(sealBundle(engine, address, bundle).slice(1, 25)).not.toEqual(sealed.slice(1, 25));
  });

  it('opens under no other secret, in no other box, and with no byte changed', async () => {
    await expect(openBundle(engine, { ...address, secret: flipped(address.secret, 0) }, sealed)).rejects.toThrow('bad-tag');
    await expect(openBundle(engine, { ...address, boxId: flipped(address.boxId, 0) }, sealed)).rejects.toThrow('bad-tag');
    for (const at of [1, 24, 25, 2047]) await expect(openBundle(engine, address, flipped(sealed, at))).rejects.toThrow('bad-tag');
    await expect(openBundle(engine, address, flipped(sealed, 0))).rejects.toThrow('bad-version');
  });

  it('says whose it is, so that a reader can tell it from somebody else’s put there under the right secret', async () => {
    const mallory = createIdentity(engine);
    const forged = sealBundle(engine, address, offerPrekeys(mallory, prekeys));
    expect((await openBundle(engine, address, forged)).statement).toEqual(mallory.statement);
    expect((await openBundle(engine, address, sealed)).statement).toEqual(bob.statement);
  });

  it('is what the document says, computed without this code', () => {
    const key = hkdfSync('sha256', address.secret, address.boxId, 'tincan/1/prekey box\0', 32);
    const opener = xchacha20poly1305(new Uint8Array(key), sealed.slice(1, 25), concat(new Uint8Array([1]), address.boxId));
    const plaintext = opener.decrypt(sealed.slice(25));
    const size = plaintext.length - 2;
    const encoded = encodePrekeyBundle(bundle);
    expect(new Reader(plaintext).sized(size)).toEqual(encoded);
    expect(plaintext.slice(2 + encoded.length).every((byte) => byte === 0)).toBe(true);
  });
});

describe('where a prekey box lies', () => {
  const written = (change: Partial<BoxAddress>) => {
    const writer = new Writer();
    writeBoxAddress(writer, { ...address, ...change });
    return writer.done();
  };

  it('comes back as it was said', () => {
    expect(readBoxAddress(new Reader(written({})))).toEqual(address);
  });

  it('is not said with an id or a secret of another length', () => {
    expect(() => written({ boxId: utf8('short') })).toThrow('bad-value');
    expect(() => written({ secret: new Uint8Array(16) })).toThrow('bad-value');
  });
});
