import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, toHex } from '../../../lib/protocol/bytes';
import { ProtocolError, type ProtocolErrorCode } from '../../../lib/protocol/errors';
import type { ClientFrame, ServerFrame } from '../../../lib/protocol/relay';
import {
  decodeClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  encodeServerFrame,
  requestIdOf,
  withRequestId,
} from '../../../lib/protocol/relay-codec';
import { runs } from '../../support/mutants';
import { clientFrames, serverFrames } from './frames';

const requestIds = fc.nat({ max: 0xffff_ffff });

function codeOf(run: () => unknown): ProtocolErrorCode | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

function filled(size: number, value = 7) {
  return new Uint8Array(size).fill(value);
}

describe.each(Object.entries(clientFrames))('client frame %s', (_kind, arbitrary) => {
  test('comes back as it was sent', () => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<ClientFrame>, requestIds, (frame, requestId) => {
        expect(decodeClientFrame(encodeClientFrame(frame, requestId))).toEqual({ requestId, frame });
      }),
      { numRuns: runs(30) },
    );
  });

  test('one byte too few or too many never decodes to it', () => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<ClientFrame>, (frame) => {
        const encoded = encodeClientFrame(frame, 1);
        for (const changed of [encoded.slice(0, -1), concat(encoded, filled(1))]) {
          // Only a field that takes the rest has another reading; it is then another frame.
          const takesRest = frame.kind === 'sig' || frame.kind === 'inv-put';
          if (takesRest) codeOf(() => expect(decodeClientFrame(changed).frame).not.toEqual(frame));
          else expect(codeOf(() => decodeClientFrame(changed))).not.toBeNull();
        }
      }),
      { numRuns: runs(10) },
    );
  });
});

describe.each(Object.entries(serverFrames))('server frame %s', (_kind, arbitrary) => {
  test('comes back as it was sent', () => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<ServerFrame>, requestIds, (frame, requestId) => {
        expect(decodeServerFrame(encodeServerFrame(frame, requestId))).toEqual({ requestId, frame });
      }),
      { numRuns: runs(30) },
    );
  });
});

describe('hostile bytes', () => {
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    // A known kind makes the body's checks run.
    fc.tuple(fc.nat({ max: 0x13 }), fc.uint8Array({ maxLength: 400 })).map(([kind, rest]) => concat(Uint8Array.of(kind), rest)),
    fc.tuple(fc.nat({ max: 0x10 }), fc.uint8Array({ maxLength: 400 })).map(([kind, rest]) => concat(Uint8Array.of(0x80 | kind), rest)),
  );

  test('decode or are refused with a code, and what decodes has one encoding only', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        codeOf(() => {
          const { frame, requestId } = decodeClientFrame(bytes);
          expect(toHex(encodeClientFrame(frame, requestId))).toBe(toHex(bytes));
        });
        codeOf(() => {
          const { frame, requestId } = decodeServerFrame(bytes);
          expect(toHex(encodeServerFrame(frame, requestId))).toBe(toHex(bytes));
        });
      }),
      { numRuns: runs(5000) },
    );
  });

  test('a bit flipped in a valid frame is refused or read as the frame it now is', () => {
    const client = fc.oneof(...Object.values(clientFrames)) as fc.Arbitrary<ClientFrame>;
    fc.assert(
      fc.property(client, fc.nat(), (frame, position) => {
        const encoded = encodeClientFrame(frame, 9);
        const at = position % (encoded.length * 8);
        encoded[at >> 3] = (encoded[at >> 3] as number) ^ (1 << (at & 7));
        codeOf(() => {
          const decoded = decodeClientFrame(encoded);
          expect(toHex(encodeClientFrame(decoded.frame, decoded.requestId))).toBe(toHex(encoded));
        });
      }),
      { numRuns: runs(500) },
    );
  });

  test.each([
    ['nothing', new Uint8Array(0), 'truncated'],
    ['half a head', filled(3, 1), 'truncated'],
    ['an unknown kind', Uint8Array.of(0x7f, 0, 0, 0, 1), 'bad-kind'],
    ["the server's kind", Uint8Array.of(0x82, 0, 0, 0, 1), 'bad-kind'],
    ['a ping with a body', Uint8Array.of(0x0d, 0, 0, 0, 1, 0), 'trailing'],
    ['no proofs', Uint8Array.of(0x03, 0, 0, 0, 1, 0), 'bad-value'],
    ['65 proofs', concat(Uint8Array.of(0x04, 0, 0, 0, 1, 65), filled(65 * 88)), 'bad-value'],
    ['a cell of 4095 bytes', concat(Uint8Array.of(0x06, 0, 0, 0, 1), filled(44), filled(4095)), 'bad-value'],
    ['a cell of 4097 bytes', concat(Uint8Array.of(0x06, 0, 0, 0, 1), filled(44), filled(4097)), 'bad-value'],
    ['an empty signal', concat(Uint8Array.of(0x09, 0, 0, 0, 1), filled(24)), 'truncated'],
    ['a signal of 16385 bytes', concat(Uint8Array.of(0x09, 0, 0, 0, 1), filled(24), filled(16_385)), 'too-large'],
    ['an invite of 4097 bytes', concat(Uint8Array.of(0x0a, 0, 0, 0, 1), filled(52), filled(4097)), 'too-large'],
    ['a flag of 2', concat(Uint8Array.of(0x03, 0, 0, 0, 1, 1), filled(24), Uint8Array.of(1, 2), filled(64)), 'bad-value'],
    ['a role of 3', concat(Uint8Array.of(0x03, 0, 0, 0, 1, 1), filled(24), Uint8Array.of(3, 1), filled(64)), 'bad-value'],
    ['a frame of 65537 bytes', filled(65_537, 0x0d), 'too-large'],
    ['a ping of 65536 bytes', filled(65_536, 0x0d), 'trailing'],
    [
      '25 bundles',
      concat(Uint8Array.of(0x0e, 0, 0, 0, 1), filled(16 + 32 + 4 + 64), Uint8Array.of(0), filled(2048), Uint8Array.of(25)),
      'bad-value',
    ],
    ['a box at revision 0', concat(Uint8Array.of(0x0e, 0, 0, 0, 1), filled(48), filled(4, 0), filled(64)), 'bad-value'],
    ['a door of 33 bits', concat(Uint8Array.of(0x01, 0, 0, 0, 1), filled(80), Uint8Array.of(33), filled(24)), 'bad-value'],
    ['a knock with 16384 bytes', concat(Uint8Array.of(0x11, 0, 0, 0, 1), filled(44), filled(16_384), filled(8)), 'trailing'],
    ['a knock without work', concat(Uint8Array.of(0x11, 0, 0, 0, 1), filled(44), filled(4096)), 'truncated'],
  ] as const)('%s is refused', (_what, bytes, code) => {
    expect(codeOf(() => decodeClientFrame(bytes))).toBe(code);
  });
});

describe('encoding', () => {
  const put: Extract<ClientFrame, { kind: 'pre-put' }> = {
    kind: 'pre-put',
    boxId: filled(16),
    ownerKey: filled(32),
    revision: 1,
    signature: filled(64),
    isReplacement: false,
    lastResort: filled(2048),
    oneTimes: Array(24).fill(filled(2048)),
  };

  const knock: Extract<ClientFrame, { kind: 'knock' }> = {
    ...{ kind: 'knock', sid: filled(24), messageId: filled(16), ttlSeconds: 0, cell: filled(4096), work: filled(8) },
  };

  test.each([
    ['64 queues', { kind: 'unsub', rids: Array(64).fill(filled(24)) }],
    ['24 bundles', put],
    ['a signal of 16,384 bytes', { kind: 'sig', sid: filled(24), payload: filled(16_384) }],
    [
      'an invite of 4,096 bytes',
      { kind: 'inv-put', inviteId: filled(16), ownerKey: filled(32), ttlSeconds: 0xffff_ffff, sealed: filled(4096) },
    ],
  ] as const satisfies readonly (readonly [string, ClientFrame])[])('takes the most there may be: %s', (_what, frame) => {
    expect(decodeClientFrame(encodeClientFrame(frame, 0xffff_ffff))).toEqual({ requestId: 0xffff_ffff, frame });
  });

  test.each([
    ['a short queue id', { kind: 'ack', rid: filled(23), messageId: filled(16) }],
    ['a long message id', { kind: 'ack', rid: filled(24), messageId: filled(17) }],
    ['a negative time to live', { kind: 'send', sid: filled(24), messageId: filled(16), ttlSeconds: -1, cell: filled(4096) }],
    ['a fractional time to live', { kind: 'send', sid: filled(24), messageId: filled(16), ttlSeconds: 1.5, cell: filled(4096) }],
    ['an odd cell', { kind: 'send', sid: filled(24), messageId: filled(16), ttlSeconds: 0, cell: filled(5000) }],
    ['no proofs', { kind: 'sub', proofs: [] }],
    ['65 queues', { kind: 'unsub', rids: Array(65).fill(filled(24)) }],
    ['a box at revision 0', { ...put, revision: 0 }],
    ['a knock with a large cell', { ...knock, cell: filled(16_384) }],
    ['a knock with short work', { ...knock, work: filled(7) }],
    ['25 bundles', { ...put, oneTimes: Array(25).fill(filled(2048)) }],
  ] as const satisfies readonly (readonly [string, ClientFrame])[])('refuses %s', (_what, frame) => {
    expect(codeOf(() => encodeClientFrame(frame, 1))).toBe('bad-value');
  });

  test('a frame begins with its kind and its request id, big-endian', () => {
    expect(toHex(encodeClientFrame({ kind: 'ping' }, 0x01020304))).toBe('0d01020304');
    expect(toHex(encodeServerFrame({ kind: 'err', code: 'RATE', retryMs: 258 }, 7))).toBe('87000000070500000102');
    expect(toHex(encodeServerFrame({ kind: 'err', code: 'POW', workBits: 18 }, 7))).toBe('87000000070900000012');
    for (const workBits of [1, 32]) {
      const frame = { kind: 'err', code: 'POW', workBits } as const;
      expect(decodeServerFrame(encodeServerFrame(frame, 7)).frame).toEqual(frame);
    }
    for (const bits of [0, 33, 2 ** 18]) {
      expect(codeOf(() => encodeServerFrame({ kind: 'err', code: 'POW', workBits: bits }, 7))).toBe('bad-value');
      expect(codeOf(() => decodeServerFrame(Uint8Array.of(0x87, 0, 0, 0, 7, 9, 0, bits >> 16, 0, bits & 255)))).toBe('bad-value');
    }
    expect(toHex(encodeClientFrame({ kind: 'ack', rid: filled(24, 0xaa), messageId: filled(16, 0xbb) }, 1))).toBe(
      `0700000001${'aa'.repeat(24)}${'bb'.repeat(16)}`,
    );
  });

  test('a relay names eight STUN servers at most, and no error without a name', () => {
    const hello = (count: number): ServerFrame => ({
      kind: 'hello',
      nonce: filled(32),
      timeMs: 1,
      retentionSeconds: 2,
      maxRetentionSeconds: 3,
      stunUrls: Array(count).fill('stun:a'),
    });
    const most = encodeServerFrame(hello(8), 0);
    expect(decodeServerFrame(most).frame).toEqual(hello(8));
    expect(codeOf(() => encodeServerFrame(hello(9), 0))).toBe('bad-value');
    const claimed = concat(most.slice(0, 53), Uint8Array.of(9), most.slice(54));
    expect(codeOf(() => decodeServerFrame(claimed))).toBe('bad-value');
    expect(codeOf(() => decodeServerFrame(Uint8Array.of(0x87, 0, 0, 0, 1, 0, 0, 0, 0, 0)))).toBe('bad-value');
  });

  test('a frame without a body has a request id like any other', () => {
    const ping = encodeClientFrame({ kind: 'ping' }, 7);
    expect(requestIdOf(ping)).toBe(7);
    expect(requestIdOf(withRequestId(ping, 8))).toBe(8);
  });

  test('another request id changes bytes 1 to 4 of a copy and nothing else', () => {
    const frame = encodeClientFrame({ kind: 'ack', rid: filled(24), messageId: filled(16) }, 0);
    const stamped = withRequestId(frame, 0xfffffffe);
    expect(decodeClientFrame(stamped).requestId).toBe(0xfffffffe);
    expect(toHex(stamped.slice(5))).toBe(toHex(frame.slice(5)));
    expect(requestIdOf(frame)).toBe(0);
    expect(codeOf(() => withRequestId(filled(4), 1))).toBe('truncated');
    for (const wrong of [-1, 0.5, 2 ** 32])
      expect(
        codeOf(() => withRequestId(frame, wrong)),
        `${wrong}`,
      ).toBe('bad-value');
    for (const id of [0, 0xffff_ffff]) expect(requestIdOf(withRequestId(frame, id))).toBe(id);
  });

  test('the request id of a malformed frame is still read, and 0 when there is none', () => {
    expect(requestIdOf(Uint8Array.of(0xff, 0, 0, 1, 2, 9, 9))).toBe(258);
    expect(requestIdOf(filled(4))).toBe(0);
  });
});
