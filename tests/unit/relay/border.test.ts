import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../../lib/protocol/bytes';
import { startClock } from '../../../server/clock';
import { clientAddress, originOf } from '../../../server/gate';
import { failureCode, openLog } from '../../../server/log';
import { lifetimeMs } from '../../../server/parts';
import { isPublicKey, isSameKey, provesRight } from '../../../server/rights';
import { LocalRouter } from '../../../server/router/local';
import { newKeyPair, randomBytes } from '../../support/relay';

function request(headers: Record<string, string>, remoteAddress = '198.51.100.1'): IncomingMessage {
  return { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
}

describe("a client's address", () => {
  const forwarded = request({ 'x-forwarded-for': '6.6.6.6, 203.0.113.9, 192.0.2.1' });

  test('is the one that connects when no proxy is trusted, whatever it claims', () => {
    expect(clientAddress(forwarded, 0)).toBe('198.51.100.1');
  });

  test('is what the outermost trusted proxy saw, not what the client wrote before it', () => {
    expect(clientAddress(forwarded, 1)).toBe('192.0.2.1');
    expect(clientAddress(forwarded, 2)).toBe('203.0.113.9');
    expect(clientAddress(request({}), 2)).toBe('198.51.100.1');
  });
});

describe("the relay's own address", () => {
  test('is the public one when set, else the host the client asked for', () => {
    const host = request({ host: 'Relay.Example:8787', 'x-forwarded-proto': 'https' });
    expect(originOf(host, { publicOrigin: 'wss://public.example', proxies: 0 })).toBe('wss://public.example');
    expect(originOf(host, { publicOrigin: null, proxies: 0 })).toBe('ws://relay.example:8787');
    expect(originOf(host, { publicOrigin: null, proxies: 1 })).toBe('wss://relay.example:8787');
    expect(originOf(request({}), { publicOrigin: null, proxies: 0 })).toBeNull();
    expect(originOf(request({ host: 'a b' }), { publicOrigin: null, proxies: 0 })).toBeNull();
  });
});

describe('a key', () => {
  test('of small order, off the curve or spelled twice is refused', () => {
    for (const hex of [
      `01${'00'.repeat(31)}`,
      '00'.repeat(32),
      `ec${'ff'.repeat(30)}7f`,
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
      // y = p: the non-canonical spelling of y = 0.
      `ed${'ff'.repeat(30)}7f`,
      `02${'00'.repeat(31)}`,
    ])
      expect(isPublicKey(fromHex(hex)), hex).toBe(false);
    expect(isPublicKey(newKeyPair().publicKey)).toBe(true);
  });

  test('that is missing equals nothing', () => {
    const key = newKeyPair().publicKey;
    expect(isSameKey(key, new Uint8Array(key))).toBe(true);
    expect(isSameKey(null, key)).toBe(false);
    expect(isSameKey(randomBytes(32), key)).toBe(false);
  });

  test('verifies RFC 8032, section 7.1, TEST 2, and no other message, signature or s + L', async () => {
    const publicKey = fromHex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
    const message = fromHex('72');
    const r = '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da';
    const signature = fromHex(`${r}085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00`);
    const malleable = fromHex(`${r}f52db7415978abc61b2c2eb6aeebfca0387b2eaeb4302aeeb00d291612bb0c10`);
    expect(await provesRight({ publicKey, message, signature })).toBe(true);
    expect(await provesRight({ publicKey, message: fromHex('73'), signature })).toBe(false);
    expect(await provesRight({ publicKey, message, signature: malleable })).toBe(false);
    expect(await provesRight({ publicKey: null, message, signature })).toBe(false);
  });
});

describe('the clock', () => {
  function times(wall: number) {
    const sources = { wall, monotonic: 500 };
    return { sources, time: { wallMs: () => sources.wall, monotonicMs: () => sources.monotonic } };
  }

  test('follows the monotonic clock and not a jump of the wall', () => {
    const { sources, time } = times(10_000);
    const clock = startClock(0, time);
    sources.monotonic += 250;
    sources.wall -= 9000;
    expect(clock.now()).toBe(10_250);
    expect(clock.wallDriftMs()).toBe(-9250);
  });

  test('starts no earlier than the store has seen', () => {
    const { time } = times(10_000);
    expect(startClock(70_000, time).now()).toBe(70_000);
    expect(startClock(7000, time).now()).toBe(10_000);
  });
});

describe('a time to live', () => {
  test('is the wish up to the retention, and the retention without one', () => {
    expect(lifetimeMs(0, 600)).toBe(600_000);
    expect(lifetimeMs(60, 600)).toBe(60_000);
    expect(lifetimeMs(0xffff_ffff, 600)).toBe(600_000);
  });
});

describe('the log', () => {
  test('writes one JSON line from its level up', () => {
    const lines: string[] = [];
    const log = openLog('warn', (line) => lines.push(line));
    log.info('nothing');
    log.warn('late', { count: 2 });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', event: 'late', count: 2 });
    expect(lines[0]?.endsWith('\n')).toBe(true);
  });

  test('drops every field it has no name for, such as the address a system error carries', () => {
    const lines: string[] = [];
    const error = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', address: '203.0.113.9', path: '/secret' });
    openLog('info', (line) => lines.push(line)).error('socket-failed', error);
    expect(Object.keys(JSON.parse(lines[0] ?? ''))).toEqual(['time', 'level', 'event', 'code']);
  });

  test('says of a failure its code or class, never its message', () => {
    expect(failureCode(Object.assign(new Error('secret'), { code: 'EPIPE' }))).toBe('EPIPE');
    expect(failureCode(new TypeError('secret'))).toBe('TypeError');
    expect(failureCode('secret')).toBe('string');
  });
});

describe('the local router', () => {
  const reader = (events: string[], name: string) => ({
    wake: () => events.push(`${name} woken`),
    signal: () => events.push(`${name} signalled`) > 0,
    replaced: () => events.push(`${name} replaced`),
  });

  test('knows one reader per queue; the older one hears that it was replaced and its leaving changes nothing', async () => {
    const router = new LocalRouter();
    const events: string[] = [];
    const leaveOlder = router.attachReader(1, reader(events, 'older'));
    const leaveNewer = router.attachReader(1, reader(events, 'newer'));
    leaveOlder();
    router.wake(1);
    expect(await router.signal(1, new Uint8Array(1))).toBe(true);
    expect(events).toEqual(['older replaced', 'newer woken', 'newer signalled']);
    leaveNewer();
    router.wake(1);
    expect(await router.signal(1, new Uint8Array(1))).toBe(false);
    expect(events).toHaveLength(3);
  });

  test('rings every bell of a queue until it is left', () => {
    const router = new LocalRouter();
    const rung: number[] = [];
    const leave = [1, 2].map((bell) => router.attachBell(7, { ring: () => rung.push(bell) }));
    router.wake(7);
    router.wake(8);
    leave[0]?.();
    router.wake(7);
    expect(rung).toEqual([1, 2, 2]);
  });
});
