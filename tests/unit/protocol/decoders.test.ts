import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { relayBase } from '../../../lib/protocol/base-url';
import { type Bytes, concat, fromBase64url, fromHex, fromUtf8, toHex, utf8 } from '../../../lib/protocol/bytes';
import { decodeContent, decodeLivePayload, encodeContent, encodeLivePayload } from '../../../lib/protocol/content';
import { decodeEnvelope, encodeEnvelope } from '../../../lib/protocol/envelope';
import { ProtocolError } from '../../../lib/protocol/errors';
import { fingerprint } from '../../../lib/protocol/fingerprint';
import { decodeHeader, encodeHeader } from '../../../lib/protocol/header';
import { decodeIdentity, encodeIdentity, identityHash, openIdentityStatement } from '../../../lib/protocol/identity';
import { encodeInvite, openInviteBundle, parseInvite, sealInviteBundle } from '../../../lib/protocol/invite';
import { nextStamp, openLive, sealLive } from '../../../lib/protocol/live';
import { pad, unpad } from '../../../lib/protocol/padding';
import { decodePrekeyBundle, decodePrekeys, encodePrekeyBundle, encodePrekeys, offerPrekeys } from '../../../lib/protocol/prekeys';
import { decodeSession, encodeSession, sealEnvelope } from '../../../lib/protocol/session';
import { IS_MUTATED, runs } from '../../support/mutants';
import { anyText } from '../../support/texts';
import { NOW_MS, opened, sealAll, seededEngine, turn, twoParties } from './parties';

const engine = seededEngine('decoders');
const { a, b, bob, bundle, prekeys } = await twoParties(engine);
const skipping = await opened(b, (await sealAll(a, ['1', '2', '3', '4'], engine)).envelopes[3] as Bytes, engine);
const envelope = (await sealEnvelope(engine, a, utf8('text'), 'string')).envelope;

/** A stored session for each state of the braid that a conversation comes through. */
async function sessionsByBraid(): Promise<Bytes[]> {
  const seen = new Map<string, Bytes>();
  let sides = { a, b };
  for (let i = 0; i < runs(110); i++) {
    sides = await turn(sides.a, sides.b, engine);
    for (const session of [sides.a, sides.b]) seen.set(session.pqRatchet.braid.kind, encodeSession(session));
  }
  return [...seen.values()];
}

const sessions = await sessionsByBraid();
const secret = engine.randomBytes(32);
const id = engine.randomBytes(16);
const invited = { bundle, name: 'Bob', address: { relay: 'wss://relay.example', sid: engine.randomBytes(24) } };
const sealedInvite = sealInviteBundle(engine, secret, id, invited);
const direction = { senderHash: a.initiatorHash, readerHash: a.responderHash };
const liveFrame = sealLive(engine, { key: secret, stamp: nextStamp(0, NOW_MS), ...direction }, utf8('payload'));
const text = encodeContent({ contentId: id, mayWait: false, kind: 'text', text: 'text', sentAtMs: 7 });
const request = encodeContent({
  contentId: id,
  mayWait: true,
  kind: 'request',
  direct: 'denied',
  liveKey: secret,
  sentAtMs: 7,
  ...invited,
});
const receipt = encodeContent({ contentId: id, mayWait: true, kind: 'receipt', delivered: [id], read: [], missing: [id, id] });
const offer = encodeLivePayload({ kind: 'string', stringId: id, signal: { kind: 'candidates', candidates: ['one', 'two'] } });
const part = { kind: 'ct1', chunk: { index: 65_535, bytes: secret } } as const;
const headers = [part, { kind: 'none' } as const].map((carried) =>
  encodeHeader({
    ratchetKey: bundle.signedPublic,
    previousCount: 3,
    counter: 4,
    pq: { epoch: 5, previousCount: 6, counter: 7, part: carried },
  }),
);

interface Decoder {
  readonly decode: (bytes: Bytes) => unknown;
  /** What decodes must encode to the same bytes: one meaning, one encoding. */
  readonly encode?: (bytes: Bytes) => Bytes;
  readonly valid: readonly Bytes[];
}

const DECODERS: Readonly<Record<string, Decoder>> = {
  utf8: { decode: fromUtf8, encode: (bytes) => utf8(fromUtf8(bytes)), valid: [utf8('tincan ✓')] },
  padding: { decode: unpad, encode: (bytes) => pad(unpad(bytes), bytes.length), valid: [pad(utf8('x'), 9)] },
  header: { decode: decodeHeader, encode: (bytes) => encodeHeader(decodeHeader(bytes)), valid: headers },
  envelope: { decode: decodeEnvelope, encode: (bytes) => encodeEnvelope(decodeEnvelope(bytes)), valid: [envelope] },
  statement: { decode: openIdentityStatement, encode: (bytes) => openIdentityStatement(bytes).statement as Bytes, valid: [bob.statement] },
  fingerprint: { decode: fingerprint, valid: [bob.statement] },
  identity: { decode: decodeIdentity, encode: (bytes) => encodeIdentity(decodeIdentity(bytes)), valid: [encodeIdentity(bob)] },
  bundle: {
    decode: decodePrekeyBundle,
    encode: (bytes) => encodePrekeyBundle(decodePrekeyBundle(bytes)),
    valid: [encodePrekeyBundle(bundle), encodePrekeyBundle(offerPrekeys(bob, { ...prekeys, oneTime: null }))],
  },
  prekeys: {
    decode: decodePrekeys,
    encode: (bytes) => encodePrekeys(decodePrekeys(bytes)),
    valid: [encodePrekeys(prekeys), encodePrekeys({ ...prekeys, oneTime: null })],
  },
  session: {
    decode: decodeSession,
    encode: (bytes) => encodeSession(decodeSession(bytes)),
    valid: [encodeSession(a), encodeSession(skipping.session), ...sessions],
  },
  content: { decode: decodeContent, encode: (bytes) => encodeContent(decodeContent(bytes)), valid: [text, request, receipt] },
  'live payload': { decode: decodeLivePayload, encode: (bytes) => encodeLivePayload(decodeLivePayload(bytes)), valid: [offer] },
  'live frame': { decode: (bytes) => openLive({ keys: [secret], lastStamp: 0, nowMs: NOW_MS, ...direction }, bytes), valid: [liveFrame] },
  'invite bundle': { decode: (bytes) => openInviteBundle(secret, id, identityHash(bob.statement), bytes), valid: [sealedInvite] },
};

/** The decoder's value, or null for a coded refusal; anything else escapes and fails the test. */
function decoded(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

type Change = readonly [kind: 'flip' | 'cut' | 'grow' | 'set', at: number, value: number];

function changed(bytes: Bytes, changes: readonly Change[]): Bytes {
  return changes.reduce((result, [kind, place, value]) => {
    const at = result.length === 0 ? 0 : place % result.length;
    if (kind === 'cut') return result.slice(0, at);
    if (kind === 'grow') return concat(result, new Uint8Array([value]));
    const copy = new Uint8Array(result);
    copy[at] = kind === 'set' ? value : (copy[at] as number) ^ (1 << (value % 8));
    return copy;
  }, bytes);
}

const anyBytes = fc.uint8Array({ maxLength: 600 }).map((bytes): Bytes => concat(bytes));
const changes = fc.array(fc.tuple(fc.constantFrom('flip', 'cut', 'grow', 'set'), fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });

describe.each(Object.entries(DECODERS))('the %s decoder', (_name, { decode, encode, valid }) => {
  it('opens what was made for it', () => {
    for (const bytes of valid) {
      expect(decode(bytes)).toBeDefined();
      if (encode) expect(toHex(encode(bytes))).toBe(toHex(bytes));
    }
  });

  it('gives a value or a ProtocolError on arbitrary bytes and on changed ones, and has one encoding for each value', () => {
    const check = (bytes: Bytes) => {
      if (decoded(() => decode(bytes)) !== null && encode) expect(toHex(encode(bytes))).toBe(toHex(bytes));
    };
    fc.assert(fc.property(anyBytes, check), { numRuns: runs(150) });
    fc.assert(
      fc.property(fc.constantFrom(...valid), changes, (bytes, mistakes) => check(changed(bytes, mistakes))),
      { numRuns: runs(150) },
    );
  });
});

it.skipIf(IS_MUTATED)('the stored sessions are of at least eight states of the braid', () => {
  expect(sessions.length).toBeGreaterThanOrEqual(8);
});

describe('text decoders', () => {
  const link = encodeInvite({ relay: 'wss://relay.example', inviteId: id, secret, identityHash: a.initiatorHash, expiresAtMs: NOW_MS });
  const damagedLink = fc
    .tuple(fc.nat(link.length), fc.nat(3), fc.string())
    .map(([at, gone, added]) => link.slice(0, at) + added + link.slice(at + gone));

  it.each([
    ['parseInvite', parseInvite],
    ['relayBase', relayBase],
    ['fromHex', fromHex],
    ['fromBase64url', fromBase64url],
    // The first use of these generators alone takes seconds on a busy machine.
  ])(
    '%s gives a value or a ProtocolError',
    (_name, decode) => {
      fc.assert(
        fc.property(fc.oneof(anyText(), fc.webUrl({ withFragments: true }), damagedLink), (input) => {
          decoded(() => decode(input));
        }),
        { numRuns: runs(400) },
      );
    },
    30_000,
  );

  it('parseInvite takes no damaged link for a whole one', () => {
    const whole = parseInvite(link);
    fc.assert(
      fc.property(damagedLink, (input) => {
        const invite = decoded(() => parseInvite(input));
        if (invite !== null) expect(invite).toEqual(whole);
      }),
      { numRuns: runs(400) },
    );
  });
});
