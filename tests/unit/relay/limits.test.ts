import { describe, expect, test } from 'vitest';
import { addressKeys, Bucket, Buckets } from '../../../server/limits';

function fakeTime() {
  let nowMs = 0;
  return {
    now: () => nowMs,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('a token bucket', () => {
  test('lets a burst through, then says exactly how long to wait', () => {
    const time = fakeTime();
    const bucket = new Bucket({ perSecond: 2, burst: 3 }, time.now);
    expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 0]);
    expect(bucket.take()).toBe(500);
    time.pass(250);
    expect(bucket.take()).toBe(250);
    time.pass(250);
    expect(bucket.take()).toBe(0);
    expect(bucket.take()).toBe(500);
  });

  test('never holds more than its burst, and a refusal costs nothing', () => {
    const time = fakeTime();
    const bucket = new Bucket({ perSecond: 10, burst: 2 }, time.now);
    time.pass(60_000);
    expect(bucket.take(3)).toBeGreaterThan(0);
    expect(bucket.take(2)).toBe(0);
    expect(bucket.take()).toBe(100);
  });

  test('says how often what is left has been halved, and takes back what was taken', () => {
    const time = fakeTime();
    const bucket = new Bucket({ perSecond: 1, burst: 16 }, time.now);
    const scarcities = [0, 7, 1, 3, 1, 2, 1, 1].map((cost) => {
      bucket.take(cost);
      return bucket.scarcity();
    });
    expect(scarcities).toEqual([0, 0, 1, 1, 2, 3, 4, 4]);
    bucket.giveBack();
    expect([bucket.take(), bucket.take()]).toEqual([0, 1000]);
    time.pass(9000);
    expect(bucket.scarcity()).toBe(0);
  });

  test('one key does not use up another, and a full bucket is forgotten', () => {
    const time = fakeTime();
    const buckets = new Buckets<string>({ perSecond: 1, burst: 1 }, time.now);
    expect([buckets.take('a'), buckets.take('b'), buckets.take('a')]).toEqual([0, 0, 1000]);
    buckets.forgetFull();
    expect(buckets.size).toBe(2);
    time.pass(1000);
    buckets.forgetFull();
    expect(buckets.size).toBe(0);
  });
});

describe("an address's key", () => {
  test('is the same for one IPv6 household, and for IPv4 written as IPv6', () => {
    const keyOf = addressKeys();
    expect(keyOf('2001:db8:1:2::1')).toBe(keyOf('2001:db8:1:2:aaaa:bbbb:cccc:dddd'));
    expect(keyOf('2001:db8:1:2::1')).toBe(keyOf('2001:0DB8:0001:0002:0:0:0:9'));
    expect(keyOf('2001:db8::1')).toBe(keyOf('2001:db8:0:0:1::'));
    expect(keyOf('2001:db8:1:2::1')).not.toBe(keyOf('2001:db8:1:3::1'));
    expect(keyOf('::ffff:192.0.2.7')).toBe(keyOf('192.0.2.7'));
    expect(keyOf('192.0.2.7')).not.toBe(keyOf('192.0.2.8'));
  });

  test('is another one the next day, and in another process', () => {
    const time = fakeTime();
    const keyOf = addressKeys(time.now);
    const today = keyOf('192.0.2.7');
    expect(today).not.toContain('192.0.2.7');
    expect(addressKeys(time.now)('192.0.2.7')).not.toBe(today);
    time.pass(86_400_001);
    expect(keyOf('192.0.2.7')).not.toBe(today);
  });
});
