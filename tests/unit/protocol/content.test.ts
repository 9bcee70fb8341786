import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, concat, Writer } from '../../../lib/protocol/bytes';
import { type Content, decodeContent, encodeContent, MAX_RECEIPT_IDS } from '../../../lib/protocol/content';
import {
  MAX_DELETED_IDS,
  MAX_EMOJI_BYTES,
  MAX_EXPIRY_SECONDS,
  MAX_PARTS,
  MAX_TEXT_BYTES,
  type SentExpiry,
} from '../../../lib/protocol/content-life';
import { maxPlaintextBytes } from '../../../lib/protocol/session';
import { anyText } from '../../support/texts';

const sized = (size: number) => fc.uint8Array({ minLength: size, maxLength: size }).map((bytes): Bytes => concat(bytes));
const id = sized(16);
/** 32 code points have at most 128 bytes. */
const name = anyText(32);
const time = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const ids = fc.array(id, { maxLength: 5 });
const relay = fc.constantFrom('wss://relay.example', 'ws://127.0.0.1:8787', 'wss://[2001:db8::7]:444/relay');
const address = fc.record({ relay, sid: sized(24) });
const box = fc.record({ relay, boxId: sized(16), secret: sized(32) });
const liveKey = sized(32);
const introduction = {
  name,
  direct: fc.constantFrom('allowed' as const, 'denied' as const),
  tells: fc.record({ reading: fc.boolean(), typing: fc.boolean() }),
  version: fc.nat({ max: 255 }),
};
const parts = fc.integer({ min: 1, max: MAX_PARTS });
const expiry = fc.record({
  seconds: fc.integer({ min: 1, max: MAX_EXPIRY_SECONDS }),
  base: fc.constantFrom('read' as const, 'sent' as const),
  ageSeconds: fc.nat({ max: 0xffff_ffff }),
});
const ordered = { target: id, order: time };

const content: fc.Arbitrary<Content> = fc
  .tuple(
    fc.record({ contentId: id, mayWait: fc.boolean() }),
    fc.oneof(
      fc.record({ kind: fc.constant('request' as const), ...introduction, address, liveKey, sentAtMs: time }),
      fc.record({ kind: fc.constant('accept' as const), ...introduction, liveKey, sentAtMs: time }),
      fc.record({ kind: fc.constant('profile' as const), ...introduction }),
      fc.record({
        ...{ kind: fc.constant('text' as const), text: anyText(), parts, sentAtMs: time, order: time },
        ...{ expiry: fc.option(expiry), replyTo: fc.option(id) },
      }),
      fc.record({ kind: fc.constant('part' as const), of: id, index: fc.integer({ min: 1, max: MAX_PARTS - 1 }), text: anyText() }),
      fc.record({ kind: fc.constant('edit' as const), ...ordered, parts, text: anyText() }),
      fc.record({ kind: fc.constant('reaction' as const), ...ordered, emoji: anyText(16) }),
      fc.record({ kind: fc.constant('delete' as const), targets: ids }),
      fc.record({ kind: fc.constant('receipt' as const), delivered: ids, read: ids, missing: ids }),
      fc.record({ kind: fc.constant('query' as const), ids }),
      fc.record({ kind: fc.constant('live-key' as const), liveKey }),
      fc.record({ kind: fc.constant('prekey-box' as const), box }),
      fc.record({ kind: fc.constant('address' as const), order: fc.nat({ max: 2 ** 32 - 1 }), address: fc.option(address) }),
      fc.record({ kind: fc.constant('heal' as const), ...introduction, liveKey }),
    ),
  )
  .map(([envelope, body]) => ({ ...envelope, ...body }));

const header = { contentId: new Uint8Array(16), mayWait: true } as const;
const me = { name: 'Ana', direct: 'denied', tells: { reading: true, typing: false }, version: 1 } as const;
const said = { ...header, kind: 'text', text: '', parts: 1, sentAtMs: 0, order: 0, expiry: null, replyTo: null } as const;
const part = { ...header, kind: 'part', of: header.contentId, index: 1, text: '' } as const;
const edit = { ...header, kind: 'edit', target: header.contentId, order: 0, parts: 1, text: '' } as const;
const reaction = { ...header, kind: 'reaction', target: header.contentId, order: 0, emoji: '' } as const;
const longest = 'x'.repeat(MAX_TEXT_BYTES);
const year: SentExpiry = { seconds: MAX_EXPIRY_SECONDS, base: 'sent', ageSeconds: 0xffff_ffff };
const manyIds = (count: number) => Array.from({ length: count }, () => new Uint8Array(16));

describe('contents', () => {
  it('come back as they were, of every kind', () => {
    fc.assert(
      fc.property(content, (original) => {
        expect(decodeContent(encodeContent(original))).toEqual(original);
      }),
    );
  });

  it('at their largest come back, and fit into one envelope', () => {
    const largest: Content[] = [
      { ...said, text: longest, parts: MAX_PARTS, sentAtMs: 2 ** 53 - 1, order: 2 ** 53 - 1, expiry: year, replyTo: header.contentId },
      { ...part, index: MAX_PARTS - 1, text: longest },
      { ...edit, parts: MAX_PARTS, text: longest },
      { ...reaction, emoji: 'x'.repeat(MAX_EMOJI_BYTES) },
      { ...header, kind: 'delete', targets: manyIds(MAX_DELETED_IDS) },
      { ...header, kind: 'receipt', delivered: manyIds(200), read: manyIds(200), missing: manyIds(100) },
      { ...header, kind: 'query', ids: manyIds(MAX_RECEIPT_IDS) },
    ];
    for (const one of largest) {
      const bytes = encodeContent(one);
      expect(bytes.length).toBeLessThanOrEqual(maxPlaintextBytes('cell'));
      expect(decodeContent(bytes)).toEqual(one);
    }
  });

  it('over a limit are not encoded', () => {
    const over: Content[] = [
      { ...said, text: `${longest}x` },
      { ...said, text: '€'.repeat(MAX_TEXT_BYTES / 3 + 1) },
      { ...part, text: `${longest}x` },
      { ...edit, text: `${longest}x` },
      { ...reaction, emoji: 'x'.repeat(MAX_EMOJI_BYTES + 1) },
      { ...header, kind: 'delete', targets: manyIds(MAX_DELETED_IDS + 1) },
      { ...header, kind: 'receipt', delivered: manyIds(200), read: manyIds(200), missing: manyIds(101) },
      { ...header, kind: 'query', ids: manyIds(MAX_RECEIPT_IDS + 1) },
      { ...header, ...me, kind: 'profile', name: 'x'.repeat(129) },
    ];
    for (const one of over) expect(() => encodeContent(one)).toThrow('too-large');
    const wrong: Content[] = [
      { ...header, kind: 'live-key', liveKey: new Uint8Array(31) },
      { ...header, kind: 'query', ids: [new Uint8Array(15)] },
      { ...header, kind: 'delete', targets: [new Uint8Array(15)] },
      { ...header, ...me, kind: 'profile', version: 256 },
      { ...said, contentId: new Uint8Array(15) },
      { ...said, replyTo: new Uint8Array(15) },
      ...[-1, 0.5, 2 ** 53].flatMap((time) => [
        { ...said, sentAtMs: time },
        { ...said, order: time },
        { ...edit, order: time },
      ]),
      ...[0, MAX_PARTS + 1, 1.5].flatMap((parts) => [
        { ...said, parts },
        { ...edit, parts },
      ]),
      ...[0, MAX_PARTS].map((index) => ({ ...part, index })),
      ...[0, MAX_EXPIRY_SECONDS + 1, 0.5].map((seconds) => ({ ...said, expiry: { ...year, seconds } })),
      ...[-1, 2 ** 32].map((ageSeconds) => ({ ...said, expiry: { ...year, ageSeconds } })),
    ];
    for (const one of wrong) expect(() => encodeContent(one), JSON.stringify(one)).toThrow('bad-value');
  });
});

/** The beginning of a content, and then what no writer writes. */
const start = (kind: number) => new Writer().u8(kind).flag(true).bytes(header.contentId);
const refusal = (writer: Writer) => {
  try {
    decodeContent(writer.done());
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('contents that are refused', () => {
  it('over a limit are not decoded either', () => {
    const threeLists = (count: number) => {
      const writer = start(5);
      for (let list = 0; list < 3; list++) for (const one of [new Writer().u16(count).done(), ...manyIds(count)]) writer.bytes(one);
      return writer;
    };
    expect([166, 167].map((count) => refusal(threeLists(count)))).toEqual([null, 'too-large']);
    expect(refusal(start(6).u16(501))).toBe('too-large');
    expect(refusal(start(13).u16(501))).toBe('too-large');
    expect(refusal(start(4).u8(1).text(`${longest}x`))).toBe('too-large');
    expect(refusal(start(10).bytes(header.contentId).u8(1).text(`${longest}x`))).toBe('too-large');
    expect(refusal(start(11).bytes(header.contentId).u64(0).u8(1).text(`${longest}x`))).toBe('too-large');
    expect(refusal(start(12).bytes(header.contentId).u64(0).text('x'.repeat(65)))).toBe('too-large');
  });

  it('name no number of parts, no place among them, no time and no base that cannot be', () => {
    const text = (parts: number) => start(4).u8(parts).text('').u64(0).u64(0).flag(false).flag(false);
    expect([0, 1, 8, 9, 255].map((parts) => refusal(text(parts)))).toEqual(['bad-value', null, null, 'bad-value', 'bad-value']);
    const edited = (parts: number) => start(11).bytes(header.contentId).u64(0).u8(parts).text('');
    expect([0, 1, 8, 9].map((parts) => refusal(edited(parts)))).toEqual(['bad-value', null, null, 'bad-value']);
    const later = (index: number) => start(10).bytes(header.contentId).u8(index).text('');
    expect([0, 1, 7, 8].map((index) => refusal(later(index)))).toEqual(['bad-value', null, null, 'bad-value']);
    const over = (seconds: number, base: number) =>
      start(4).u8(1).text('').u64(0).u64(0).flag(true).u32(seconds).u8(base).u32(0).flag(false);
    const bounds = [over(1, 0), over(MAX_EXPIRY_SECONDS, 1), over(0, 0), over(MAX_EXPIRY_SECONDS + 1, 0), over(1, 2)];
    expect(bounds.map(refusal)).toEqual([null, null, 'bad-value', 'bad-value', 'bad-value']);
    // The first fault is told: seconds that cannot be, before the base that is missing.
    expect(refusal(start(4).u8(1).text('').u64(0).u64(0).flag(true).u32(0))).toBe('bad-value');
    expect(refusal(start(4).u8(1).text('').u64(0).u64(0).flag(true).u32(1))).toBe('truncated');
  });

  it('are of an unknown kind, cut short, followed by more, or have another flag than 0 and 1', () => {
    const text = encodeContent({ ...said, text: 'text', expiry: year, replyTo: header.contentId });
    for (const kind of [0, 15, 255]) expect(() => decodeContent(concat(new Uint8Array([kind]), text.slice(1)))).toThrow('bad-kind');
    for (const one of [text, ...[part, edit, { ...reaction, emoji: '✓' }].map(encodeContent)]) {
      for (let length = 0; length < one.length; length++) expect(() => decodeContent(one.slice(0, length))).toThrow('truncated');
      expect(() => decodeContent(concat(one, new Uint8Array(1)))).toThrow('trailing');
    }
    expect(() => decodeContent(concat(text.slice(0, 1), new Uint8Array([2]), text.slice(2)))).toThrow('bad-value');
    expect(() => decodeContent(concat(text.slice(0, 21), new Uint8Array([0xff]), text.slice(22)))).toThrow('bad-text');
  });

  it('never carry an address in a spelling or scheme that is not dialled', () => {
    const request = (relay: string) =>
      start(1).text('Ana').flag(true).u8(0).u8(1).text(relay).bytes(new Uint8Array(24)).bytes(new Uint8Array(32)).u64(0);
    expect(refusal(request('wss://relay.example'))).toBe(null);
    for (const relay of ['ws://relay.example', 'WSS://relay.example', 'wss://relay.example/', 'https://relay.example', '']) {
      expect(refusal(request(relay)), relay).toBe('bad-value');
    }
  });
});

describe('an introduction', () => {
  it('of a later version may tell more: what is not known of it is passed over', () => {
    const profile = (tells: number) => decodeContent(start(3).text('Ana').flag(false).u8(tells).u8(2).done());
    const told = (reading: boolean, typing: boolean) => ({ ...header, ...me, kind: 'profile', version: 2, tells: { reading, typing } });
    expect([0, 1, 2, 3].map(profile)).toEqual([told(false, false), told(true, false), told(false, true), told(true, true)]);
    expect([0xfc, 0xfd, 0xfe, 0xff].map(profile)).toEqual([0, 1, 2, 3].map(profile));
  });
});
