/** Two real hosts in a real Chromium: how strings open, carry frames and end. */
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

describe('opening', () => {
  test('one side opens: both report it open, with a round trip, on a direct path', async () => {
    const seen = await page.evaluate(async () => {
      const { ana, jun } = await lab.opened();
      const rtts = [ana, jun].map((side) => side.of('string.state').at(-1)?.rttMs ?? null);
      const [offer] = ana.of('string.signal');
      const isWhole = offer?.signal.kind === 'offer' && offer.signal.sdp.includes('a=candidate:');
      return {
        isWhole,
        ana: ana.states(),
        jun: jun.states(),
        rtts,
        path: await ana.host.inspect('other'),
        offers: signals(ana),
        answers: signals(jun),
      };

      function signals(side: typeof ana) {
        return side.of('string.signal').map(({ signal }) => signal.kind);
      }
    });
    expect(seen.isWhole).toBe(true);
    expect(seen.ana).toEqual(['opening a', 'open a']);
    expect(seen.jun).toEqual(['opening a', 'open a']);
    for (const rtt of seen.rtts) expect(rtt).toBeGreaterThan(0);
    expect(seen.path).toMatchObject({ isDirect: true, protocol: 'udp' });
    expect(seen.offers.filter((kind) => kind === 'offer')).toHaveLength(1);
    expect(seen.answers.filter((kind) => kind === 'answer')).toHaveLength(1);
  });

  test('both sides open at once, 20 times: the polite one yields and one string is left', async () => {
    const rounds = await page.evaluate(async () => {
      const results: { ana: string[]; jun: string[]; connections: number }[] = [];
      for (let round = 0; round < 20; round++) {
        const { ana, jun } = lab.twoSides();
        ana.open(lab.OPEN_ID);
        jun.open(lab.OTHER_ID);
        await Promise.all([ana.untilState('open', lab.OTHER_ID), jun.untilState('open', lab.OTHER_ID)]);
        const connections = [...ana.connections, ...jun.connections].filter((it) => it.connectionState !== 'closed').length;
        results.push({ ana: ana.states(), jun: jun.states(), connections });
        ana.host.close();
        jun.host.close();
      }
      return results;
    });
    expect(rounds).toHaveLength(20);
    for (const round of rounds) {
      expect(round).toEqual({ ana: ['opening a', 'closed a', 'opening b', 'open b'], jun: ['opening b', 'open b'], connections: 2 });
    }
  });

  test('a lost offer is said again', async () => {
    const offers = await page.evaluate(async () => {
      const { ana, jun } = lab.twoSides();
      ana.passes = () => false;
      ana.open(lab.OPEN_ID);
      await ana.until('the offer', () => ana.of('string.signal').length === 1);
      ana.passes = () => true;
      ana.clock.leap(5000);
      await Promise.all([ana.untilState('open'), jun.untilState('open')]);
      return ana.of('string.signal').filter(({ signal }) => signal.kind === 'offer').length;
    });
    expect(offers).toBe(2);
  });

  test('an answer lost on its way is said again when the offer comes again', async () => {
    const answers = await page.evaluate(async () => {
      const { ana, jun } = lab.twoSides();
      jun.passes = () => false;
      ana.open(lab.OPEN_ID);
      await jun.until('the answer', () => jun.of('string.signal').some(({ signal }) => signal.kind === 'answer'));
      jun.passes = () => true;
      ana.clock.leap(5000);
      await Promise.all([ana.untilState('open'), jun.untilState('open')]);
      return jun.of('string.signal').filter(({ signal }) => signal.kind === 'answer').length;
    });
    expect(answers).toBe(2);
  });

  test('an offer nobody answers fails after 20 s, and says bye', async () => {
    const seen = await page.evaluate(async () => {
      const { ana } = lab.twoSides();
      ana.passes = () => false;
      ana.open(lab.OPEN_ID);
      await ana.until('the offer', () => ana.of('string.signal').length === 1);
      ana.clock.leap(18_000);
      await ana.until('three more offers', () => ana.of('string.signal').length === 4);
      const early = ana.states();
      ana.clock.leap(2000);
      await ana.untilState('failed');
      return { early, states: ana.states(), said: ana.of('string.signal').map(({ signal }) => signal.kind) };
    });
    expect(seen.early).toEqual(['opening a']);
    expect(seen.states).toEqual(['opening a', 'failed a']);
    expect(seen.said).toEqual(['offer', 'offer', 'offer', 'offer', 'bye']);
  });

  test('a new offer replaces the string of a host that was lost', async () => {
    const seen = await page.evaluate(async () => {
      const { ana, jun } = await lab.opened();
      // Ana's host is rebuilt: the old one ends without a word.
      ana.passes = () => false;
      jun.passes = () => false;
      const { ana: rebuilt } = lab.twoSides();
      rebuilt.otherSide = jun;
      jun.otherSide = rebuilt;
      jun.passes = () => true;
      rebuilt.open(lab.OTHER_ID);
      await Promise.all([rebuilt.untilState('open'), jun.untilState('open', lab.OTHER_ID)]);
      return jun.states();
    });
    expect(seen).toEqual(['opening a', 'open a', 'closed a', 'opening b', 'open b']);
  });

  test('an offer repeated after its string ended revives nothing', async () => {
    const seen = await page.evaluate(async () => {
      const { ana, jun } = await lab.opened();
      const [first] = ana.of('string.signal');
      ana.send({ kind: 'string.close', peer: 'other' });
      await jun.untilState('closed');
      if (!first) throw new Error('no offer');
      jun.send({ ...first, isPolite: false, stunUrls: [] });
      ana.open(lab.OTHER_ID);
      await jun.untilState('open', lab.OTHER_ID);
      return jun.states();
    });
    expect(seen).toEqual(['opening a', 'open a', 'closed a', 'opening b', 'open b']);
  });
});

describe('a second string', () => {
  test('asked for while one lives is closed at once, and the living one is told again', async () => {
    const states = await page.evaluate(async () => {
      const { ana } = await lab.opened();
      ana.open(lab.OTHER_ID);
      ana.open(lab.OPEN_ID);
      await lab.settled();
      return ana.states();
    });
    expect(states).toEqual(['opening a', 'open a', 'closed b', 'open a', 'open a']);
  });

  test('that is answered though it was given up is ended by a bye', async () => {
    const seen = await page.evaluate(async () => {
      const { ana, jun } = await lab.opened();
      const stringId = lab.OTHER_ID;
      ana.send({ kind: 'string.signal', peer: 'other', stringId, isPolite: true, stunUrls: [], signal: { kind: 'answer', sdp: 'v=0' } });
      ana.send({ kind: 'string.signal', peer: 'other', stringId, isPolite: true, stunUrls: [], signal: { kind: 'bye' } });
      await lab.settled();
      return { said: ana.of('string.signal').at(-1), jun: jun.states() };
    });
    expect(seen.said).toMatchObject({ stringId: 'b'.repeat(32), signal: { kind: 'bye' } });
    expect(seen.jun).toEqual(['opening a', 'open a']);
  });
});

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
      jun.dropPort();
      for (let i = 0; i < 5; i++) await Promise.all([ana.beat(), jun.beat()]);
      return jun.hellos.length;
    });
    expect(hellos).toBe(1);
  });
});

describe('ending', () => {
  test('closing says bye, and the other side reports it closed at once', async () => {
    const seen = await page.evaluate(async () => {
      const { ana, jun } = await lab.opened();
      ana.send({ kind: 'string.close', peer: 'other' });
      await Promise.all([ana.untilState('closed'), jun.untilState('closed')]);
      return {
        ana: ana.states(),
        jun: jun.states(),
        byes: [ana, jun].map((side) => side.of('string.signal').filter(({ signal }) => signal.kind === 'bye').length),
      };
    });
    expect(seen.ana).toEqual(['opening a', 'open a', 'closed a']);
    expect(seen.jun).toEqual(['opening a', 'open a', 'closed a']);
    expect(seen.byes[0]).toBe(1);
  });

  test('a connection that the browser gives up closes an open string and fails an opening one', async () => {
    const seen = await page.evaluate(async () => {
      const { ana } = await lab.opened();
      const { ana: alone } = lab.twoSides();
      alone.passes = () => false;
      alone.open(lab.OPEN_ID);
      await alone.untilState('opening');
      for (const [connection] of [ana.connections, alone.connections]) {
        if (connection) Object.defineProperty(connection, 'connectionState', { value: 'failed' });
        connection?.dispatchEvent(new Event('connectionstatechange'));
      }
      await Promise.all([ana.untilState('closed'), alone.untilState('failed')]);
      return [ana.states(), alone.states()];
    });
    expect(seen).toEqual([
      ['opening a', 'open a', 'closed a'],
      ['opening a', 'failed a'],
    ]);
  });

  test('a string whose other end falls silent closes after three missed heartbeats', async () => {
    const seen = await page.evaluate(async () => {
      const { ana, jun } = await lab.opened();
      const [channel] = jun.channels;
      if (!channel) throw new Error('no channel');
      channel.onmessage = null;
      for (let i = 0; i < 3; i++) ana.clock.leap(5000);
      await lab.settled();
      const early = ana.states();
      ana.clock.leap(5000);
      await ana.untilState('closed');
      return { early, states: ana.states() };
    });
    expect(seen).toEqual({ early: ['opening a', 'open a'], states: ['opening a', 'open a', 'closed a'] });
  });
});
