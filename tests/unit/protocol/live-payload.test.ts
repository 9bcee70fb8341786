import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, concat } from '../../../lib/protocol/bytes';
import { MAX_LIVE_PAYLOAD_BYTES } from '../../../lib/protocol/live';
import { decodeLivePayload, encodeLivePayload, type LivePayload } from '../../../lib/protocol/live-payload';
import { MAX_CANDIDATE_BYTES, MAX_CANDIDATES, MAX_SDP_BYTES } from '../../../lib/protocol/signal';

const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes): Bytes => concat(bytes));
const signal = fc.oneof(
  fc.record({ kind: fc.constantFrom('offer' as const, 'answer' as const), sdp: fc.string() }),
  fc.record({ kind: fc.constant('candidates' as const), candidates: fc.array(fc.string(), { maxLength: 6 }) }),
  fc.record({ kind: fc.constant('bye' as const) }),
);
const payload: fc.Arbitrary<LivePayload> = fc.oneof(
  fc.record({ kind: fc.constant('presence' as const), isHere: fc.boolean(), wantsAnswer: fc.boolean() }),
  fc.record({ kind: fc.constant('string' as const), stringId: id, signal }),
  fc.record({ kind: fc.constant('typing' as const), isTyping: fc.boolean() }),
);

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
    for (const kind of [0, 4, 255]) expect(() => decodeLivePayload(concat(new Uint8Array([kind]), bye.slice(1)))).toThrow('bad-kind');
    expect(() => decodeLivePayload(concat(bye, bye))).toThrow('trailing');
    const typing = encodeLivePayload({ kind: 'typing', isTyping: true });
    expect([...typing]).toEqual([3, 1]);
    expect(() => decodeLivePayload(new Uint8Array([3, 2]))).toThrow('bad-value');
    expect(() => decodeLivePayload(typing.slice(0, 1))).toThrow('truncated');
    expect(() => decodeLivePayload(concat(typing, new Uint8Array(1)))).toThrow('trailing');
    expect(() => decodeLivePayload(concat(bye.slice(0, 17), new Uint8Array([3, 65])))).toThrow('too-large');
  });
});
