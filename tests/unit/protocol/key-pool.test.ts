import { webcrypto } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, fromUtf8, toHex } from '../../../lib/protocol/bytes';
import { webCryptoEngine } from '../../../lib/protocol/engine';
import { pooledEngine } from '../../../lib/protocol/key-pool';
import { createKeyPair, takeKeyPair, x25519Public } from '../../../lib/protocol/keys';
import { decodeSession, encodeSession } from '../../../lib/protocol/session';
import { engine, opened, sealAll, seededEngine, turn, twoParties } from './parties';

const { subtle } = webcrypto;

/** WebCrypto, counting what it is asked for. */
function counting(change: Partial<typeof subtle> = {}) {
  const counts = { made: 0, imported: 0 };
  const counted = {
    encrypt: subtle.encrypt.bind(subtle),
    decrypt: subtle.decrypt.bind(subtle),
    deriveBits: subtle.deriveBits.bind(subtle),
    exportKey: subtle.exportKey.bind(subtle),
    generateKey: (...given: Parameters<typeof subtle.generateKey>) => {
      counts.made++;
      return subtle.generateKey(...given);
    },
    importKey: (...given: Parameters<typeof subtle.importKey>) => {
      if (given[0] === 'pkcs8') counts.imported++;
      return subtle.importKey(...given);
    },
    ...change,
  };
  const crypto = { getRandomValues: (bytes: Bytes) => webcrypto.getRandomValues(bytes), subtle: counted };
  return { counts, pool: pooledEngine(crypto as unknown as typeof webcrypto) };
}

const fails = (name: string) => () => Promise.reject(Object.assign(new Error(name), { name }));

describe('a pool of keys', () => {
  it('gives pairs that belong together, each once, also to those who ask at the same time', async () => {
    const pool = pooledEngine(webcrypto);
    const pairs = await Promise.all(Array.from({ length: 20 }, () => takeKeyPair(pool, 2)));
    for (const pair of pairs) expect(toHex(x25519Public(pair.secret))).toBe(toHex(pair.public));
    expect(new Set(pairs.map(({ secret }) => toHex(secret))).size).toBe(20);
  });

  it('makes one key more than were asked for, and none before', async () => {
    const { counts, pool } = counting();
    expect(counts.made).toBe(0);
    for (let i = 1; i <= 3; i++) {
      await takeKeyPair(pool, 2);
      expect(counts.made).toBe(i + 1);
    }
  });

  it('agrees as any engine does, and imports a key of its own only once it was to be used no more', async () => {
    const { counts, pool } = counting();
    const [mine, theirs] = [await takeKeyPair(pool, 2), createKeyPair(engine)];
    const expected = toHex(await engine.x25519(mine.secret, theirs.public));
    for (const imported of [0, 0, 1, 2]) {
      expect(toHex(await pool.x25519(new Uint8Array(mine.secret), theirs.public))).toBe(expected);
      expect(counts.imported).toBe(imported);
    }
  });

  it('forgets the oldest of more than 32 keys', async () => {
    const { counts, pool } = counting();
    const pairs = [];
    for (let i = 0; i < 33; i++) pairs.push(await takeKeyPair(pool, 2));
    for (const { secret } of pairs) await pool.x25519(secret, x25519Public(secret));
    expect(counts.imported).toBe(1);
  });

  it.each([
    ['without the curve', { generateKey: fails('NotSupportedError') }],
    ['that fails', { generateKey: fails('OperationError') }],
    ['that keeps its keys', { exportKey: fails('InvalidAccessError') }],
  ] as const)('of a WebCrypto %s draws keys from its random bytes', async (_name, change) => {
    const { pool } = counting(change as unknown as Partial<typeof subtle>);
    for (let i = 0; i < 3; i++) {
      const { secret, public: publicKey } = await takeKeyPair(pool, 2);
      expect(toHex(x25519Public(secret))).toBe(toHex(publicKey));
    }
  });

  it('is asked for no key again once WebCrypto has said that it lacks the curve', async () => {
    let asked = 0;
    const { pool } = counting({
      generateKey: (() => {
        asked++;
        return fails('NotSupportedError')();
      }) as unknown as typeof subtle.generateKey,
    });
    for (let i = 0; i < 5; i++) await takeKeyPair(pool, 2);
    expect(asked).toBe(2);
  });

  it('is not part of an engine that nobody gave one: keys are drawn in order', async () => {
    expect(webCryptoEngine(webcrypto).takeKeyPair).toBeUndefined();
    expect(toHex((await takeKeyPair(seededEngine('a'), 2)).secret)).toBe(toHex(seededEngine('a').randomBytes(32)));
  });
});

describe('sessions over a pool', () => {
  it('talk, turn, and come back from the store', async () => {
    const pool = pooledEngine(webcrypto);
    let { a, b } = await twoParties(pool);
    for (let i = 0; i < 3; i++) ({ a, b } = await turn(decodeSession(encodeSession(a)), decodeSession(encodeSession(b)), pool));
  });

  it('that open one message twice have another key each time, and either can go on', async () => {
    const pool = pooledEngine(webcrypto);
    const { a, b } = await twoParties(pool);
    const { session, envelopes } = await sealAll(a, ['a turn for Bob'], pool);
    const [first, second] = [await opened(b, envelopes[0] as Bytes, pool), await opened(b, envelopes[0] as Bytes, pool)];
    expect(toHex(first.session.ratchet.ratchetKey.secret)).not.toBe(toHex(second.session.ratchet.ratchetKey.secret));
    for (const atB of [first.session, second.session]) {
      const answer = await sealAll(atB, ['answer'], pool);
      expect(fromUtf8((await opened(session, answer.envelopes[0] as Bytes, pool)).plaintext)).toBe('answer');
    }
  });
});
