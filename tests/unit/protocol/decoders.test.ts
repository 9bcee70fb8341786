/** A slice of `npm run fuzz`, of inputs that no run before had. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeInvite, parseInvite } from '../../../lib/protocol/invite';
import { type Decoder, fuzz } from '../../support/fuzz';
import { fuzzCommands, relayDecoders, textChannelDecoder } from '../../support/fuzz-borders';
import { runs } from '../../support/mutants';
import { drawnFrom, printedSeed } from '../../support/seed';
import { plainDecoders, sessionsOf, signedDecoders } from './decoders';
import { NOW_MS, seededEngine } from './parties';

const PLAIN_INPUTS = runs(8000);
const SIGNED_INPUTS = runs(150);
const MAX_GROWN_BYTES = 8 * 1024 * 1024;

const seed = printedSeed('decoders');
const engine = seededEngine(`decoders ${seed}`);
const sessions = await sessionsOf(engine);
const plain = [...(await plainDecoders(engine, sessions)), ...relayDecoders(seed), textChannelDecoder()];
const signed = signedDecoders(engine);
const every: readonly (Decoder & { readonly count: number })[] = [
  ...plain.map((decoder) => ({ ...decoder, count: PLAIN_INPUTS })),
  ...signed.map((decoder) => ({ ...decoder, count: SIGNED_INPUTS })),
];

describe.each(every)('the $name decoder', (decoder) => {
  it('takes what was made for it', async () => {
    expect(decoder.valid.length).toBeGreaterThan(0);
    for (const bytes of decoder.valid) expect(await decoder.takes(bytes)).toBe(true);
  });

  it('gives a value with one encoding, or a ProtocolError, whatever it reads', async () => {
    const { refused, grownBytes } = await fuzz(decoder, drawnFrom(seed + every.indexOf(decoder)), decoder.count);
    expect(refused).toBeGreaterThan(0);
    expect(grownBytes).toBeLessThan(MAX_GROWN_BYTES);
  }, 30_000);
});

it('both ports take commands or refuse them, without an error', () => {
  const { view, link } = fuzzCommands(drawnFrom(seed), 20_000);
  for (const taken of [view, link]) {
    expect(taken).toBeGreaterThan(1000);
    expect(taken).toBeLessThan(19_000);
  }
});

it('the stored sessions are of at least eight states of the braid', () => {
  expect(new Set(sessions.map(({ pqRatchet }) => pqRatchet.braid.kind)).size).toBeGreaterThanOrEqual(8);
});

describe('an invite link', () => {
  const [id, secret] = [new Uint8Array(16).fill(1), new Uint8Array(32).fill(2)];
  const link = encodeInvite({ relay: 'wss://relay.example', inviteId: id, secret, identityHash: secret, expiresAtMs: NOW_MS });
  const damagedLink = fc
    .tuple(fc.nat(link.length), fc.nat(3), fc.string())
    .map(([at, gone, added]) => link.slice(0, at) + added + link.slice(at + gone));

  it('that is damaged is never taken for another', () => {
    const whole = parseInvite(link);
    const read = (input: string) => {
      try {
        return parseInvite(input);
      } catch {
        return null;
      }
    };
    fc.assert(
      fc.property(damagedLink, (input) => {
        const invite = read(input);
        if (invite !== null) expect(invite).toEqual(whole);
      }),
      { numRuns: 400 },
    );
  });
});
