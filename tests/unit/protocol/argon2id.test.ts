/** Argon2id alone, RFC 9106: two libraries that share no code, against published vectors and each other. */
import { argon2id as inJavaScript } from '@noble/hashes/argon2.js';
import fc from 'fast-check';
import { argon2id as inWasm } from 'hash-wasm';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, toHex } from '../../../lib/protocol/bytes';
import vectors from '../../vectors/rfc.json';

interface Cost {
  readonly memoryKiB: number;
  readonly iterations: number;
  readonly lanes: number;
}

function byWasm(password: Uint8Array, salt: Uint8Array, cost: Cost, size: number, secret?: Uint8Array): Promise<string> {
  return inWasm({
    ...{ password, salt, memorySize: cost.memoryKiB, iterations: cost.iterations, parallelism: cost.lanes, hashLength: size },
    ...(secret === undefined ? {} : { secret }),
  });
}

function byJavaScript(password: Uint8Array, salt: Uint8Array, cost: Cost, size: number, more: object = {}): string {
  return toHex(inJavaScript(password, salt, { m: cost.memoryKiB, t: cost.iterations, p: cost.lanes, dkLen: size, ...more }));
}

describe('Argon2id', () => {
  // hash-wasm takes no associated data, which the RFC's only vector has: it is held to the vectors below.
  it('in JavaScript gives the tag of RFC 9106 section 5.3', () => {
    const { password, salt, secret, associated, tag, ...cost } = vectors.argon2id;
    const more = { key: fromHex(secret), personalization: fromHex(associated) };
    expect(byJavaScript(fromHex(password), fromHex(salt), cost, 32, more)).toBe(tag);
  });

  it.each(vectors.argon2id.plain.hashes)('in both gives the published $tag', async ({ password, salt, tag, ...cost }) => {
    const size = tag.length / 2;
    expect(byJavaScript(fromHex(password), fromHex(salt), cost, size)).toBe(tag);
    expect(await byWasm(fromHex(password), fromHex(salt), cost, size)).toBe(tag);
  });

  it('is the same in both, with a secret and without, whatever the cost', async () => {
    const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength }).map((drawn) => concat(drawn));
    const costs = fc.record({
      memoryKiB: fc.integer({ min: 32, max: 256 }),
      iterations: fc.integer({ min: 1, max: 3 }),
      lanes: fc.integer({ min: 1, max: 4 }),
    });
    const check = async (password: Uint8Array, salt: Uint8Array, secret: Uint8Array, cost: Cost, size: number) => {
      expect(await byWasm(password, salt, cost, size)).toBe(byJavaScript(password, salt, cost, size));
      expect(await byWasm(password, salt, cost, size, secret)).toBe(byJavaScript(password, salt, cost, size, { key: secret }));
    };
    await fc.assert(fc.asyncProperty(bytes(1, 80), bytes(8, 40), bytes(1, 32), costs, fc.integer({ min: 4, max: 80 }), check), {
      numRuns: 25,
    });
  });

  it('is the same in both at the cost the product uses: 64 MiB, three rounds, one lane', async () => {
    const cost = { memoryKiB: 65_536, iterations: 3, lanes: 1 };
    const [password, salt] = [new Uint8Array(32).fill(1), new Uint8Array(16).fill(2)];
    expect(await byWasm(password, salt, cost, 32)).toBe(byJavaScript(password, salt, cost, 32));
  }, 60_000);
});
