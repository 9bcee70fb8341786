/** The lengths at which a block begins or ends, against Node's own HMAC and HKDF. */
import { createHmac, hkdfSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { type Bytes, toHex } from '../../../lib/protocol/bytes';
import { deriveKeys, mac, macs } from '../../../lib/protocol/kdf';
import { engine } from './parties';

const LENGTHS = [0, 1, 31, 32, 54, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 1000];

const theirs = (key: Bytes, message: Bytes) => createHmac('sha256', key).update(message).digest('hex');

it.each(LENGTHS)('a key of %i bytes gives the codes that Node gives', (keyBytes) => {
  const key = engine.randomBytes(keyBytes);
  for (const size of LENGTHS) {
    const message = engine.randomBytes(size);
    expect(toHex(mac(key, message)), `${size} bytes`).toBe(theirs(key, message));
  }
});

it('codes under one key are those of each message by itself', () => {
  const key = engine.randomBytes(32);
  const messages = LENGTHS.map((size) => engine.randomBytes(size));
  expect(macs(key, ...messages).map(toHex)).toEqual(messages.map((message) => theirs(key, message)));
});

it.each(LENGTHS)('keys derived with %i bytes of information are those that Node derives', (infoBytes) => {
  const [secret, salt, info] = [engine.randomBytes(32), engine.randomBytes(32), engine.randomBytes(infoBytes)];
  for (const sizes of [[1], [32], [32, 12, 16], [32, 32, 32], [64, 1]]) {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const expected = Buffer.from(hkdfSync('sha256', secret, salt, info, total)).toString('hex');
    expect(
      deriveKeys({ secret, salt, info }, ...sizes)
        .map(toHex)
        .join(''),
    ).toBe(expected);
  }
});

it('255 hashes can be derived, as in Node, and no byte more', () => {
  const [secret, salt, info] = [engine.randomBytes(32), engine.randomBytes(32), engine.randomBytes(9)];
  const [longest] = deriveKeys({ secret, salt, info }, 255 * 32);
  expect(toHex(longest)).toBe(Buffer.from(hkdfSync('sha256', secret, salt, info, 255 * 32)).toString('hex'));
  expect(() => deriveKeys({ secret, salt, info }, 255 * 32 + 1)).toThrow('too-large');
});

it('a code stays as it was when the next one is made', () => {
  const first = mac(engine.randomBytes(32), engine.randomBytes(32));
  const before = toHex(first);
  mac(engine.randomBytes(32), engine.randomBytes(32));
  expect(toHex(first)).toBe(before);
});
