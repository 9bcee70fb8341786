import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../../../lib/protocol/bytes';
import {
  LIVE_WINDOW_MS,
  type LiveOpening,
  type LiveSeal,
  MAX_LIVE_PAYLOAD_BYTES,
  nextStamp,
  openLive,
  sealLive,
} from '../../../lib/protocol/live';
import { engine, flipped, NOW_MS } from './parties';

const alice = engine.randomBytes(32);
const bob = engine.randomBytes(32);
const key = engine.randomBytes(32);
const payload = utf8('an offer');

const fromAlice = (change: Partial<LiveSeal> = {}): LiveSeal => ({
  key,
  stamp: nextStamp(0, NOW_MS),
  senderHash: alice,
  readerHash: bob,
  ...change,
});
const atBob = (change: Partial<LiveOpening> = {}): LiveOpening => ({
  keys: [key],
  lastStamp: 0,
  nowMs: NOW_MS,
  senderHash: alice,
  readerHash: bob,
  ...change,
});

describe('a live frame', () => {
  it('opens to its payload and stamp', () => {
    expect(openLive(atBob(), sealLive(engine, fromAlice(), payload))).toEqual({ payload, stamp: NOW_MS * 1024 });
  });

  it('opens under either of the last two keys, and says live-unknown-key under a third', () => {
    const frame = sealLive(engine, fromAlice(), payload);
    expect(openLive(atBob({ keys: [engine.randomBytes(32), key] }), frame).payload).toEqual(payload);
    expect(() => openLive(atBob({ keys: [engine.randomBytes(32)] }), frame)).toThrow('live-unknown-key');
    expect(() => openLive(atBob({ keys: [] }), frame)).toThrow('live-unknown-key');
  });

  it('that arrives twice, or after a later one, is live-replayed', () => {
    const stamp = nextStamp(0, NOW_MS);
    const frame = sealLive(engine, fromAlice({ stamp }), payload);
    expect(openLive(atBob({ lastStamp: stamp - 1 }), frame).stamp).toBe(stamp);
    expect(() => openLive(atBob({ lastStamp: stamp }), frame)).toThrow('live-replayed');
    expect(() => openLive(atBob({ lastStamp: stamp + 1 }), frame)).toThrow('live-replayed');
  });

  it('more than two minutes away from the clock, either way, is live-stale', () => {
    expect(LIVE_WINDOW_MS).toBe(120_000);
    const frame = sealLive(engine, fromAlice(), payload);
    for (const away of [LIVE_WINDOW_MS, -LIVE_WINDOW_MS]) {
      expect(openLive(atBob({ nowMs: NOW_MS + away }), frame).payload).toEqual(payload);
      expect(() => openLive(atBob({ nowMs: NOW_MS + away + Math.sign(away) }), frame)).toThrow('live-stale');
    }
  });

  it('from the foreign direction or another session opens nothing', () => {
    const frame = sealLive(engine, fromAlice(), payload);
    expect(() => openLive(atBob({ senderHash: bob }), frame)).toThrow('live-unknown-key');
    expect(() => openLive(atBob({ readerHash: alice }), frame)).toThrow('live-unknown-key');
  });

  it('with a changed byte anywhere is refused', () => {
    const frame = sealLive(engine, fromAlice(), payload);
    expect(() => openLive(atBob(), flipped(frame, 0))).toThrow('bad-version');
    for (const at of [1, 24, 25, 32, 100, 239, 240, 255]) expect(() => openLive(atBob(), flipped(frame, at))).toThrow('live-unknown-key');
  });

  it.each([
    [0, 256],
    [205, 256],
    [206, 1024],
    [973, 1024],
    [974, 2048],
    [1998, 4096],
    [4046, 8192],
    [8142, 16_384],
    [16_333, 16_384],
  ])('of %i bytes travels as %i', (size, total) => {
    expect(sealLive(engine, fromAlice(), new Uint8Array(size)).length).toBe(total);
  });

  it('ends at its largest payload, and other sizes are no frames', () => {
    expect(MAX_LIVE_PAYLOAD_BYTES).toBe(16_333);
    expect(() => sealLive(engine, fromAlice(), new Uint8Array(MAX_LIVE_PAYLOAD_BYTES + 1))).toThrow('too-large');
    const frame = sealLive(engine, fromAlice(), payload);
    for (const odd of [new Uint8Array(0), frame.slice(1), concat(frame, frame)]) expect(() => openLive(atBob(), odd)).toThrow('bad-value');
  });

  it('never repeats a nonce', () => {
    const nonces = Array.from({ length: 50 }, () => sealLive(engine, fromAlice(), payload).slice(1, 25).join());
    expect(new Set(nonces).size).toBe(50);
  });
});

describe('stamps', () => {
  it('rise strictly, with the clock, without it, and against it', () => {
    const first = nextStamp(0, NOW_MS);
    expect(first).toBe(NOW_MS * 1024);
    expect(nextStamp(first, NOW_MS)).toBe(first + 1);
    expect(nextStamp(first, NOW_MS - 60_000)).toBe(first + 1);
    expect(nextStamp(first, NOW_MS + 1)).toBe(first + 1024);
    expect(nextStamp(0, NOW_MS + 0.7)).toBe(first);
    expect(Number.isSafeInteger(nextStamp(0, Date.UTC(2200, 0)))).toBe(true);
  });
});
