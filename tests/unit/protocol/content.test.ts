import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, concat, Writer } from '../../../lib/protocol/bytes';
import {
  type Content,
  decodeContent,
  decodeLivePayload,
  encodeContent,
  encodeLivePayload,
  type LivePayload,
  MAX_RECEIPT_IDS,
  MAX_TEXT_BYTES,
} from '../../../lib/protocol/content';
import { MAX_LIVE_PAYLOAD_BYTES } from '../../../lib/protocol/live';
import { maxPlaintextBytes } from '../../../lib/protocol/session';
import { MAX_CANDIDATE_BYTES, MAX_CANDIDATES, MAX_SDP_BYTES } from '../../../lib/protocol/signal';
import { anyText } from '../../support/texts';

const sized = (size: number) => fc.uint8Array({ minLength: size, maxLength: size }).map((bytes): Bytes => concat(bytes));
const id = sized(16);
/** 32 code points have at most 128 bytes. */
const name = anyText(32);
const direct = fc.constantFrom('allowed' as const, 'denied' as const);
const time = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const ids = fc.array(id, { maxLength: 5 });
const relay = fc.constantFrom('wss://relay.example', 'ws://127.0.0.1:8787', 'wss://[2001:db8::7]:444/relay');
const address = fc.record({ relay, sid: sized(24) });
const box = fc.record({ relay, boxId: sized(16), secret: sized(32) });
const liveKey = sized(32);

const content: fc.Arbitrary<Content> = fc
  .tuple(
    fc.record({ contentId: id, mayWait: fc.boolean() }),
    fc.oneof(
      fc.record({ kind: fc.constant('request' as const), name, address, direct, liveKey, sentAtMs: time }),
      fc.record({ kind: fc.constant('accept' as const), name, direct, liveKey, sentAtMs: time }),
      fc.record({ kind: fc.constant('profile' as const), name, direct }),
      fc.record({ kind: fc.constant('text' as const), text: anyText(), sentAtMs: time }),
      fc.record({ kind: fc.constant('receipt' as const), delivered: ids, read: ids, missing: ids }),
      fc.record({ kind: fc.constant('query' as const), ids }),
      fc.record({ kind: fc.constant('live-key' as const), liveKey }),
      fc.record({ kind: fc.constant('prekey-box' as const), box }),
      fc.record({ kind: fc.constant('address' as const), order: fc.nat({ max: 2 ** 32 - 1 }), address: fc.option(address) }),
      fc.record({ kind: fc.constant('heal' as const), name, direct, liveKey }),
    ),
  )
  .map(([envelope, body]) => ({ ...envelope, ...body }));

const signal = fc.oneof(
  fc.record({ kind: fc.constantFrom('offer' as const, 'answer' as const), sdp: fc.string() }),
  fc.record({ kind: fc.constant('candidates' as const), candidates: fc.array(fc.string(), { maxLength: 6 }) }),
  fc.record({ kind: fc.constant('bye' as const) }),
);
const payload: fc.Arbitrary<LivePayload> = fc.oneof(
  fc.record({ kind: fc.constant('presence' as const), isHere: fc.boolean(), wantsAnswer: fc.boolean() }),
  fc.record({ kind: fc.constant('string' as const), stringId: id, signal }),
);

const header = { contentId: new Uint8Array(16), mayWait: true } as const;
const manyIds = (count: number) => Array.from({ length: count }, () => new Uint8Array(16));

describe('contents', () => {
  it('come back as they were, of every kind', () => {
    fc.assert(
      fc.property(content, (original) => {
        expect(decodeContent(encodeContent(original))).toEqual(original);
      }),
    );
  });

  it('at their largest fit into one envelope', () => {
    const largest: Content[] = [
      { ...header, kind: 'text', text: 'x'.repeat(MAX_TEXT_BYTES), sentAtMs: 0 },
      { ...header, kind: 'receipt', delivered: manyIds(200), read: manyIds(200), missing: manyIds(100) },
      { ...header, kind: 'query', ids: manyIds(MAX_RECEIPT_IDS) },
    ];
    for (const one of largest) expect(encodeContent(one).length).toBeLessThanOrEqual(maxPlaintextBytes('cell'));
  });

  it('over a limit are not encoded', () => {
    const over: Content[] = [
      { ...header, kind: 'text', text: 'x'.repeat(MAX_TEXT_BYTES + 1), sentAtMs: 0 },
      { ...header, kind: 'text', text: '€'.repeat(MAX_TEXT_BYTES / 3 + 1), sentAtMs: 0 },
      { ...header, kind: 'receipt', delivered: manyIds(200), read: manyIds(200), missing: manyIds(101) },
      { ...header, kind: 'query', ids: manyIds(MAX_RECEIPT_IDS + 1) },
      { ...header, kind: 'profile', name: 'x'.repeat(129), direct: 'denied' },
    ];
    for (const one of over) expect(() => encodeContent(one)).toThrow('too-large');
    const wrong: Content[] = [
      { ...header, kind: 'live-key', liveKey: new Uint8Array(31) },
      { ...header, kind: 'query', ids: [new Uint8Array(15)] },
      { ...header, contentId: new Uint8Array(15), kind: 'text', text: '', sentAtMs: 0 },
      { ...header, kind: 'text', text: '', sentAtMs: -1 },
      { ...header, kind: 'text', text: '', sentAtMs: 0.5 },
    ];
    for (const one of wrong) expect(() => encodeContent(one)).toThrow('bad-value');
  });

  it('over a limit are not decoded either', () => {
    const start = (kind: number) => new Writer().u8(kind).flag(true).bytes(header.contentId);
    const threeLists = (count: number) => {
      const writer = start(5);
      for (let list = 0; list < 3; list++) for (const one of [new Writer().u16(count).done(), ...manyIds(count)]) writer.bytes(one);
      return writer.done();
    };
    expect(decodeContent(threeLists(166)).kind).toBe('receipt');
    expect(() => decodeContent(threeLists(167))).toThrow('too-large');
    expect(() => decodeContent(start(6).u16(501).done())).toThrow('too-large');
    const longText = start(4)
      .text('x'.repeat(MAX_TEXT_BYTES + 1))
      .u64(0);
    expect(() => decodeContent(longText.done())).toThrow('too-large');
  });

  it('of an unknown kind, cut short, followed by more, or with another flag than 0 and 1 are refused', () => {
    const text = encodeContent({ ...header, kind: 'text', text: 'text', sentAtMs: 1 });
    expect(() => decodeContent(concat(new Uint8Array([0]), text.slice(1)))).toThrow('bad-kind');
    expect(() => decodeContent(concat(new Uint8Array([10]), text.slice(1)))).toThrow('bad-kind');
    for (let length = 0; length < text.length; length++) expect(() => decodeContent(text.slice(0, length))).toThrow('truncated');
    expect(() => decodeContent(concat(text, new Uint8Array(1)))).toThrow('trailing');
    expect(() => decodeContent(concat(text.slice(0, 1), new Uint8Array([2]), text.slice(2)))).toThrow('bad-value');
    expect(() => decodeContent(concat(text.slice(0, 20), new Uint8Array([0xff]), text.slice(21)))).toThrow('bad-text');
  });

  it('never carry an address in a spelling or scheme that is not dialled', () => {
    const request = (relay: string) =>
      new Writer()
        .u8(1)
        .flag(true)
        .bytes(header.contentId)
        .text('Ana')
        .text(relay)
        .bytes(new Uint8Array(24))
        .flag(true)
        .bytes(new Uint8Array(32))
        .u64(0);
    expect(decodeContent(request('wss://relay.example').done()).kind).toBe('request');
    for (const relay of ['ws://relay.example', 'WSS://relay.example', 'wss://relay.example/', 'https://relay.example', '']) {
      expect(() => decodeContent(request(relay).done()), relay).toThrow('bad-value');
    }
  });
});

describe('live payloads', () => {
  it('come back as they were, of every kind', () => {
    fc.assert(
      fc.property(payload, (original) => {
        expect(decodeLivePayload(encodeLivePayload(original))).toEqual(original);
      }),
    );
  });

  it('at their largest fit into one live frame, and over a limit are not encoded', () => {
    const offer = (size: number): LivePayload => ({
      kind: 'string',
      stringId: new Uint8Array(16),
      signal: { kind: 'offer', sdp: 'x'.repeat(size) },
    });
    const candidates = (count: number, size: number): LivePayload => ({
      kind: 'string',
      stringId: new Uint8Array(16),
      signal: { kind: 'candidates', candidates: Array(count).fill('x'.repeat(size)) },
    });
    expect(encodeLivePayload(offer(MAX_SDP_BYTES)).length).toBeLessThanOrEqual(MAX_LIVE_PAYLOAD_BYTES);
    expect(() => encodeLivePayload(offer(MAX_SDP_BYTES + 1))).toThrow('too-large');
    expect(encodeLivePayload(candidates(MAX_CANDIDATES, 200)).length).toBeLessThanOrEqual(MAX_LIVE_PAYLOAD_BYTES);
    expect(() => encodeLivePayload(candidates(MAX_CANDIDATES + 1, 1))).toThrow('too-large');
    expect(() => encodeLivePayload(candidates(1, MAX_CANDIDATE_BYTES + 1))).toThrow('too-large');
  });

  it('of an unknown kind or step are refused', () => {
    const bye = encodeLivePayload({ kind: 'string', stringId: new Uint8Array(16), signal: { kind: 'bye' } });
    expect(() => decodeLivePayload(concat(bye.slice(0, 17), new Uint8Array([5])))).toThrow('bad-kind');
    expect(() => decodeLivePayload(concat(new Uint8Array([3]), bye.slice(1)))).toThrow('bad-kind');
    expect(() => decodeLivePayload(concat(bye, bye))).toThrow('trailing');
    expect(() => decodeLivePayload(concat(bye.slice(0, 17), new Uint8Array([3, 65])))).toThrow('too-large');
  });
});
