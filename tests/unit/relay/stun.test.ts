import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerBinding, type Source, SourceLimit } from '../../../server/stun';
import { runs } from '../../support/mutants';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const IPV4: Source = { address: '192.0.2.1', port: 32853 };
const IPV6: Source = { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32853 };
const TRANSACTION = 'b7e7a701 bc34d686 fa87dfae';
const REQUEST = hex(`00010000 2112a442 ${TRANSACTION}`);

function withBody(body: Buffer): Buffer {
  const request = Buffer.concat([REQUEST, body]);
  request.writeUInt16BE(body.length, 2);
  return request;
}

/** RFC 5769 section 2.1: an ICE check with SOFTWARE, PRIORITY, ICE-CONTROLLED, USERNAME, MESSAGE-INTEGRITY, FINGERPRINT. */
const ICE_CHECK = hex(`00010058 2112a442 ${TRANSACTION}
  80220010 5354554e 20746573 7420636c 69656e74  00240004 6e0001ff  80290008 932ff9b1 51263b36
  00060009 6576746a 3a683676 59202020  00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2  80280004 e57a3bcf`);
/** RFC 5769 section 2.4: a request with USERNAME, NONCE, REALM, MESSAGE-INTEGRITY. */
const CREDENTIALS = hex(`00010060 2112a442 78ad3433 c6ad72c0 29da412e
  00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000
  0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341
  0014000b 6578616d 706c652e 6f726700  00080014 f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666`);

describe('a Binding request', () => {
  test('is answered with its source, masked as RFC 5769 sections 2.2 and 2.3 have it', () => {
    expect(answerBinding(REQUEST, IPV4)).toEqual(hex(`0101000c 2112a442 ${TRANSACTION} 00200008 0001a147 e112a643`));
    const masked = '0113a9fa a5d3f179 bc25f4b5 bed2b9d9';
    expect(answerBinding(REQUEST, IPV6)).toEqual(hex(`01010018 2112a442 ${TRANSACTION} 00200014 0002a147 ${masked}`));
  });

  test('from IPv4 on an IPv6 socket is answered as IPv4', () => {
    expect(answerBinding(REQUEST, { ...IPV4, address: '::ffff:192.0.2.1' })).toEqual(answerBinding(REQUEST, IPV4));
  });

  test.each([
    ['::1', '00000000000000000000000000000001'],
    ['fe80::2%eth0', 'fe800000000000000000000000000002'],
    ['2001:db8::', '20010db8000000000000000000000000'],
    ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001'],
  ])('from %s is answered with all its bytes', (address, bytes) => {
    const answer = answerBinding(REQUEST, { address, port: 1 });
    const mask = REQUEST.subarray(4, 20);
    expect(Buffer.from(answer?.subarray(28).map((byte, i) => byte ^ (mask[i] ?? 0)) ?? []).toString('hex')).toBe(bytes);
  });

  test('with credentials is answered as one without: nobody needs them here (RFC 5769 section 2.4)', () => {
    expect(answerBinding(CREDENTIALS, IPV4)?.subarray(0, 4)).toEqual(hex('0101000c'));
    expect(answerBinding(CREDENTIALS, IPV4)).toHaveLength(32);
  });

  test('with attributes it had to understand is answered 420 and their types (RFC 5769 section 2.1: PRIORITY)', () => {
    const expected = hex(`01110010 2112a442 ${TRANSACTION} 00090004 00000414 000a0002 00240000`);
    expect(answerBinding(ICE_CHECK, IPV4)).toEqual(expected);
    const two = withBody(hex('00030004 00000006 00260000'));
    expect(answerBinding(two, IPV4)?.subarray(20)).toEqual(hex('00090004 00000414 000a0004 00030026'));
  });
});

describe('nothing is answered to', () => {
  test.each([
    ['an indication', hex(`00110000 2112a442 ${TRANSACTION}`)],
    ['another method', hex(`00030000 2112a442 ${TRANSACTION}`)],
    ['an answer, so that two responders never talk to each other', hex(`0101000c 2112a442 ${TRANSACTION} 00200008 0001a147 e112a643`)],
    ['an error answer', hex(`01110000 2112a442 ${TRANSACTION}`)],
    ['a request without the cookie', hex(`00010000 2112a443 ${TRANSACTION}`)],
    ['a length that is not the message’s', hex(`00010004 2112a442 ${TRANSACTION}`)],
    ['a length that leaves bytes over', hex(`00010000 2112a442 ${TRANSACTION} 80220000`)],
    ['a length that is no multiple of four', withBody(hex('8022'))],
    ['an attribute longer than its message', withBody(hex('80220008 00000000'))],
    ['a header cut short', REQUEST.subarray(0, 19)],
    ['more than passes every path whole', withBody(Buffer.concat([hex('80220210'), Buffer.alloc(528)]))],
    ['nothing', Buffer.alloc(0)],
  ])('%s', (_what, datagram) => {
    expect(answerBinding(datagram, IPV4)).toBeNull();
  });

  test('a source port of 0, to which nothing can be sent', () => {
    expect(answerBinding(REQUEST, { ...IPV4, port: 0 })).toBeNull();
  });

  test('bytes drawn at random, whole or behind a good header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect(answerBinding(Buffer.from(bytes), IPV4)).toBeNull();
        const answer = answerBinding(withBody(Buffer.from(bytes)), IPV6);
        // A drawn body may happen to be a row of attributes; what it gets then stays small, and is its own.
        if (answer === null) return;
        expect(answer.length).toBeLessThanOrEqual(20 + Math.max(24, bytes.length + 12));
        expect(answer.subarray(4, 20)).toEqual(REQUEST.subarray(4, 20));
      }),
      { numRuns: runs(5000) },
    );
  });
});

test('any row of attributes is answered: 420 and every type that had to be understood, or the source', () => {
  const types = fc.oneof(fc.nat({ max: 0xffff }), fc.constantFrom(0x7fff, 0x8000));
  const attribute = fc.tuple(types, fc.uint8Array({ maxLength: 20 })).map(([type, value]) => {
    const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
    bytes.writeUInt16BE(type, 0);
    bytes.writeUInt16BE(value.length, 2);
    bytes.set(value, 4);
    return bytes;
  });
  const known = [0x0001, 0x0006, 0x0008, 0x0009, 0x000a, 0x0014, 0x0015, 0x001c, 0x001d, 0x001e, 0x0020];
  fc.assert(
    fc.property(fc.array(attribute, { maxLength: 12 }), (attributes) => {
      const unknown = attributes.map((bytes) => bytes.readUInt16BE(0)).filter((type) => type < 0x8000 && !known.includes(type));
      const answer = answerBinding(withBody(Buffer.concat(attributes)), IPV4);
      expect(answer?.readUInt16BE(0)).toBe(unknown.length === 0 ? 0x0101 : 0x0111);
      expect(answer?.readUInt16BE(2)).toBe((answer?.length ?? 0) - 20);
      if (unknown.length === 0) return;
      expect(answer?.readUInt16BE(30)).toBe(2 * unknown.length);
      expect(unknown.map((_, i) => answer?.readUInt16BE(32 + 2 * i))).toEqual(unknown);
    }),
    { numRuns: runs(500) },
  );
});

test('a flood of false sources neither grows the count without end nor frees a source from its limit before that', () => {
  const limit = new SourceLimit({ perSecond: 0.001, burst: 2 });
  const admitted = () => [1, 2, 3].map(() => limit.admits('192.0.2.1'));
  expect(admitted()).toEqual([true, true, false]);
  for (let i = 0; i < 15_000; i++) limit.admits(`10.0.${i >> 8}.${i & 255}`);
  expect(limit.admits('192.0.2.1')).toBe(false);
  for (let i = 0; i < 30_000; i++) limit.admits(`10.1.${i >> 8}.${i & 255}`);
  expect(limit.size).toBeLessThanOrEqual(20_000);
  expect(limit.size).toBeGreaterThan(0);
});
