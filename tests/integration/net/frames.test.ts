/** Two real hosts in a real Chromium: what a string carries, and what the background is told of it. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ChromiumLab, openChromiumLab } from './chromium-lab';

let chromium: ChromiumLab;
let page: Page;

beforeAll(async () => {
  chromium = await openChromiumLab();
  page = await chromium.newPage();
}, 30_000);
afterAll(() => chromium.close());
afterEach(() => page.evaluate(() => lab.closeAll()));

describe('frames', () => {
  test('1000 frames arrive once, in order, and each is acknowledged only after it was committed', async () => {
    const seen = await page.evaluate(async () => {
      const { ana, jun } = await lab.opened();
      jun.isCommitting = false;
      const frame = (number: number) => new Uint8Array(600).fill(number % 251);
      for (let i = 0; i < 1000; i++) ana.send({ kind: 'string.send', peer: 'other', token: `t${i}`, bytes: frame(i) });
      // A repeated command sends nothing twice.
      for (let i = 0; i < 1000; i += 100) ana.send({ kind: 'string.send', peer: 'other', token: `t${i}`, bytes: frame(i) });
      await jun.until('a full window', () => jun.of('string.frame').length === 256);
      // The heartbeat comes after everything that was sent before it.
      await ana.beat();
      const early = { frames: jun.of('string.frame').length, acks: ana.of('string.ack').length };
      jun.isCommitting = true;
      for (const { stringId, frame: number } of jun.of('string.frame')) {
        jun.send({ kind: 'string.received', peer: 'other', stringId, frame: number });
      }
      await ana.until('all acknowledged', () => ana.of('string.ack').length === 1000);
      const got = jun.of('string.frame');
      return {
        early,
        numbers: got.map((it) => it.frame),
        isSame: got.every((it, index) => it.bytes.length === 600 && it.bytes[0] === index % 251),
        tokens: ana.of('string.ack').map(({ token }) => token),
        rttMs: ana.of('string.ack').at(-1)?.rttMs ?? null,
      };
    });
    expect(seen.early).toEqual({ frames: 256, acks: 0 });
    expect(seen.numbers).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
    expect(seen.isSame).toBe(true);
    expect(seen.tokens).toEqual(Array.from({ length: 1000 }, (_, i) => `t${i}`));
    expect(seen.rttMs).toBeGreaterThan(0);
  });

  test('a frame given again after it was acknowledged is not sent again, only reported again', async () => {
    const seen = await page.evaluate(async () => {
      const { ana, jun } = await lab.opened();
      for (let i = 1; i <= 2; i++) {
        ana.send({ kind: 'string.send', peer: 'other', token: 'one', bytes: new Uint8Array([1]) });
        await ana.until('acknowledged', () => ana.of('string.ack').length === i);
      }
      await ana.beat();
      return jun.of('string.frame').length;
    });
    expect(seen).toBe(1);
  });

  test('a commit of the string before acknowledges nothing on this one', async () => {
    const seen = await page.evaluate(async () => {
      const { ana, jun } = await lab.opened();
      jun.isCommitting = false;
      ana.send({ kind: 'string.send', peer: 'other', token: 'one', bytes: new Uint8Array([1]) });
      await jun.until('the first', () => jun.of('string.frame').length === 1);
      ana.send({ kind: 'string.close', peer: 'other' });
      ana.open(lab.OTHER_ID);
      await Promise.all([ana.untilState('open', lab.OTHER_ID), jun.untilState('open', lab.OTHER_ID)]);
      ana.send({ kind: 'string.send', peer: 'other', token: 'one', bytes: new Uint8Array([1]) });
      await jun.until('the second', () => jun.of('string.frame').length === 2);
      jun.send({ kind: 'string.received', peer: 'other', stringId: lab.OPEN_ID, frame: 1 });
      await jun.beat();
      await ana.beat();
      const late = ana.of('string.ack').length;
      jun.send({ kind: 'string.received', peer: 'other', stringId: lab.OTHER_ID, frame: 1 });
      await ana.until('acknowledged', () => ana.of('string.ack').length === 1);
      return late;
    });
    expect(seen).toBe(0);
  });

  test('malformed bytes on the data channel are counted and leave it unharmed', async () => {
    const seen = await page.evaluate(async () => {
      const { ana, jun } = await lab.opened();
      const [channel] = ana.channels;
      if (!channel) throw new Error('no channel');
      channel.send('text');
      channel.send(new Uint8Array(0));
      channel.send(new Uint8Array([1, 0, 0]));
      channel.send(new Uint8Array([9, 0, 0, 0, 1]));
      channel.send(new Uint8Array([2, 0, 0, 0, 77]));
      channel.send(new Uint8Array([4, 0, 0, 255, 1]));
      channel.send(new Uint8Array([3, 0, 0, 0, 1, 5]));
      channel.send(new Uint8Array(65_537).fill(1));
      ana.send({ kind: 'string.send', peer: 'other', token: 'after', bytes: new Uint8Array([7]) });
      await ana.until('acknowledged', () => ana.of('string.ack').length === 1);
      return { faults: jun.host.faults(), frames: jun.of('string.frame').map(({ bytes }) => [...bytes]), states: jun.states() };
    });
    expect(seen.faults).toEqual({ 'peer:bad-kind': 2, 'peer:truncated': 2, 'peer:bad-value': 2, 'peer:trailing': 1, 'peer:too-large': 1 });
    expect(seen.frames).toEqual([[7]]);
    expect(seen.states).toEqual(['opening a', 'open a']);
  });

  test('a contact who ignores the window has the surplus ignored', async () => {
    const seen = await page.evaluate(async () => {
      const { ana, jun } = await lab.opened();
      jun.isCommitting = false;
      const [channel] = ana.channels;
      for (let i = 1; i <= 300; i++) channel?.send(new Uint8Array([1, 0, 0, i >> 8, i & 255, 42]));
      await jun.until('surplus counted', () => jun.host.faults()['peer:too-large'] === 44);
      return { frames: jun.of('string.frame').length, states: jun.states() };
    });
    expect(seen).toEqual({ frames: 256, states: ['opening a', 'open a'] });
  });
});

describe('the port', () => {
  test('a port that dies is followed by hello and every event not acknowledged', async () => {
    const seen = await page.evaluate(async () => {
      const { ana, jun } = await lab.opened();
      jun.isAcknowledging = false;
      jun.isCommitting = false;
      ana.send({ kind: 'string.send', peer: 'other', token: 'one', bytes: new Uint8Array([1]) });
      await jun.until('one', () => jun.of('string.frame').length === 1);
      jun.dropPort();
      ana.send({ kind: 'string.send', peer: 'other', token: 'two', bytes: new Uint8Array([2]) });
      jun.isAcknowledging = true;
      jun.isCommitting = true;
      await ana.until('both acknowledged', () => ana.of('string.ack').length === 2);
      const [before, after] = jun.hellos;
      return {
        frames: jun.of('string.frame').map(({ bytes }) => bytes[0]),
        isSameHost: before?.epoch === after?.epoch,
        strings: after?.strings,
      };
    });
    expect(seen.frames).toEqual([1, 1, 2]);
    expect(seen.isSameHost).toBe(true);
    expect(seen.strings).toMatchObject([{ peer: 'other', isOpen: true }]);
  });

  test('2,000 events without acknowledgement close the string, and what was not taken is not acknowledged', async () => {
    const seen = await page.evaluate(async () => {
      const { ana, jun } = await lab.opened();
      await lab.settled();
      jun.isAcknowledging = false;
      for (let i = 0; i < 2100; i++) ana.send({ kind: 'string.send', peer: 'other', token: `t${i}`, bytes: new Uint8Array([1]) });
      await Promise.all([jun.untilState('closed'), ana.untilState('closed')]);
      return { frames: jun.of('string.frame').length, acks: ana.of('string.ack').length };
    });
    expect(seen.frames).toBe(2000);
    expect(seen.acks).toBeLessThanOrEqual(2000);
  });

  test('heartbeats wake nobody: a closed port stays closed while nothing is to be said', async () => {
    const hellos = await page.evaluate(async () => {
      const { ana, jun } = await lab.opened();
      await lab.settled();
      const beats = async () => {
        for (let i = 0; i < 5; i++) await Promise.all([ana.beat(), jun.beat()]);
      };
      // Long enough for a port that closes to be one of a worker that fell asleep.
      await beats();
      jun.dropPort();
      await beats();
      return jun.hellos.length;
    });
    expect(hellos).toBe(1);
  });
});
