/**
 * `npm run fuzz [-- --seed N --count N]`: COUNT inputs (a million) for every decoder. Those that check signatures or make keys cost
 * milliseconds: they get a hundredth of that as they are, and all of it with the slow arithmetic pretended to have gone well, so
 * that everything they read is read, and what they take must encode to the same bytes.
 */
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type Bytes, equalBytes, toHex, utf8 } from '../../lib/protocol/bytes';
import { ProtocolError } from '../../lib/protocol/errors';
import { acceptSession, initiateSession, openEnvelope, sealEnvelope } from '../../lib/protocol/session';
import { type Decoder, type FuzzResult, fuzz, Mutator } from '../support/fuzz';
import { fuzzCommands, relayDecoders, textChannelDecoder } from '../support/fuzz-borders';
import { fuzzRelay } from '../support/fuzz-relay';
import { drawnFrom, printedSeed } from '../support/seed';
import { plainDecoders, sessionsOf, signedDecoders } from '../unit/protocol/decoders';
import { engine, invitation, NOW_MS, sealAll, seededEngine, twoParties } from '../unit/protocol/parties';

const pretence = vi.hoisted(() => ({ isOn: false }));

/** Pretended: every signature is right, and a public key is its own secret. */
vi.mock('@noble/curves/ed25519.js', async (importOriginal) => {
  const original = await importOriginal<typeof import('@noble/curves/ed25519.js')>();
  const { ed25519, x25519 } = original;
  return {
    ...original,
    ed25519: {
      ...ed25519,
      verify: (...given: Parameters<typeof ed25519.verify>) => pretence.isOn || ed25519.verify(...given),
      getPublicKey: (secret: Uint8Array) => (pretence.isOn ? secret.slice() : ed25519.getPublicKey(secret)),
    },
    x25519: { ...x25519, getPublicKey: (secret: Uint8Array) => (pretence.isOn ? secret.slice() : x25519.getPublicKey(secret)) },
  };
});

vi.mock('@noble/post-quantum/ml-kem.js', async (importOriginal) => {
  const original = await importOriginal<typeof import('@noble/post-quantum/ml-kem.js')>();
  const { ml_kem1024 } = original;
  const publicKey = new Uint8Array(1568);
  const keygen = (seed?: Uint8Array) => (pretence.isOn ? { publicKey, secretKey: publicKey } : ml_kem1024.keygen(seed));
  return { ...original, ml_kem1024: { ...ml_kem1024, keygen } };
});

const COUNT = Number(process.env.COUNT ?? 1_000_000);
const SIGNED_COUNT = Math.ceil(COUNT / 100);
/** Code that is compiled late, and caches of the runner. A leak of a byte an input is as much. */
const MAX_GROWN_BYTES = 4 * 1024 * 1024;
/** A bucket for each queue, until it is full again; the store's own, which are bounded. */
const MAX_RELAY_GROWN_BYTES = 64 * 1024 * 1024;

const seed = printedSeed('fuzz');
const results: string[] = [];

async function run(what: string, decoder: Decoder, count: number, salt: number): Promise<FuzzResult> {
  const startMs = performance.now();
  const result = await fuzz(decoder, drawnFrom(seed + salt), count);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const grown = (result.grownBytes / 1024).toFixed(0);
  results.push(`${what}: ${count} inputs, ${result.taken} taken, ${result.refused} refused, ${grown} KiB more held, ${seconds} s`);
  expect(result.refused).toBeGreaterThan(0);
  expect(result.grownBytes).toBeLessThan(MAX_GROWN_BYTES);
  return result;
}

/** Secrets that are public keys too, while that is pretended: below 2^255. Asks no platform what JavaScript pretends. */
function clampedEngine(name: string) {
  const { verifyEd25519: _, ...engine } = seededEngine(name);
  return {
    ...engine,
    randomBytes(size: number) {
      const bytes = engine.randomBytes(size);
      if (size === 32) bytes[31] = (bytes[31] as number) & 0x3f;
      return bytes;
    },
  };
}

const fixed = seededEngine(`fuzz ${seed}`);
const plain = [...(await plainDecoders(fixed, await sessionsOf(fixed))), ...relayDecoders(seed), textChannelDecoder()];
const signed = signedDecoders(fixed);
pretence.isOn = true;
const pretended = signedDecoders(clampedEngine(`fuzz ${seed}`));
pretence.isOn = false;

afterAll(() => console.log(results.join('\n')));

describe('every decoder gives a value with one encoding, or a ProtocolError', () => {
  it.each(plain.map((decoder, salt) => ({ decoder, salt, name: decoder.name })))('$name', async ({ decoder, salt, name }) => {
    expect((await run(name, decoder, COUNT, salt)).taken).toBeGreaterThan(0);
  });

  it.each(signed.map((decoder, salt) => ({ decoder, salt, name: decoder.name })))('$name', async ({ decoder, salt, name }) => {
    await run(name, decoder, SIGNED_COUNT, 100 + salt);
  });

  it.each(pretended.map((decoder, salt) => ({ decoder, salt, name: decoder.name })))(
    '$name, read alone',
    async ({ decoder, salt, name }) => {
      pretence.isOn = true;
      try {
        for (const bytes of decoder.valid) expect(await decoder.takes(bytes)).toBe(true);
        await run(`${name}, read alone`, decoder, COUNT, 200 + salt);
      } finally {
        pretence.isOn = false;
      }
    },
  );
});

/** What a session makes of changed envelopes: nothing, or a coded refusal, or the very plaintext when nothing was changed. */
async function doors(what: string, count: number, sealed: readonly Bytes[], open: (envelope: Bytes) => Promise<unknown>): Promise<void> {
  const mutator = new Mutator(drawnFrom(seed), sealed);
  const startMs = performance.now();
  for (let i = 0; i < count; i++) {
    const envelope = mutator.next();
    const isWhole = sealed.some((whole) => equalBytes(whole, envelope));
    const opened = await open(envelope).catch((error: unknown) => {
      if (error instanceof ProtocolError) return null;
      throw new Error(`${what}, input ${i}: ${String(error)}: ${toHex(envelope)}`, { cause: error });
    });
    if (opened !== null && !isWhole) throw new Error(`${what}, input ${i} opens: ${toHex(envelope)}`);
  }
  results.push(`${what}: ${count} inputs, ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
}

it('a session opens no envelope that was changed', async () => {
  const { a, b } = await twoParties();
  const { envelopes } = await sealAll(a, ['one', 'two', 'three']);
  await doors('envelopes to a session', 10 * SIGNED_COUNT, envelopes, (envelope) => openEnvelope(engine, b, envelope, NOW_MS));
});

it('no session is accepted from an envelope that was changed', async () => {
  const { bob, prekeys, bundle, alice } = invitation();
  const { envelope: first } = await sealEnvelope(engine, await initiateSession(engine, { identity: alice, bundle }), utf8('hello'), 'cell');
  const accept = (envelope: Bytes) => acceptSession(engine, { identity: bob, prekeys, envelope, nowMs: NOW_MS });
  await doors('first envelopes', Math.ceil(SIGNED_COUNT / 2), [first], accept);
});

it('the relay answers each frame once, harms nobody else and keeps its database whole', async () => {
  const startMs = performance.now();
  const { answers, grownBytes } = await fuzzRelay(drawnFrom(seed), COUNT);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const given = [...answers].map(([kind, times]) => `${kind} ${times}`).join(', ');
  results.push(`relay, whole border: ${COUNT} inputs, ${given}; ${(grownBytes / 1024).toFixed(0)} KiB more held, ${seconds} s`);
  expect(answers.get('RETRY')).toBeUndefined();
  expect(grownBytes).toBeLessThan(MAX_RELAY_GROWN_BYTES);
});

it('both ports take commands or refuse them, without an error', () => {
  const { view, link } = fuzzCommands(drawnFrom(seed), COUNT);
  results.push(`commands: ${COUNT} for each port, ${view} and ${link} taken`);
  expect(Math.min(view, link)).toBeGreaterThan(0);
});
