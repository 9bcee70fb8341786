/** Two real hosts in a real Chromium: how strings open and end. */
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
      const said = ana.of('string.signal').map(({ signal }) => signal.kind);
      return { early, states: ana.states(), said, cause: ana.of('string.state').at(-1)?.cause };
    });
    expect(seen.early).toEqual(['opening a']);
    expect(seen.states).toEqual(['opening a', 'failed a']);
    expect(seen.said).toEqual(['offer', 'offer', 'offer', 'offer', 'bye']);
    expect(seen.cause).toBe('no-answer');
  });

  test('two that know each other and find no path fail after 8 s, each by itself, with a cause and without a bye', async () => {
    const seen = await page.evaluate(async () => {
      const { ana, jun } = lab.twoSides();
      for (const side of [ana, jun]) side.hideAddresses();
      ana.open(lab.OPEN_ID);
      const isSettled = () => [ana, jun].every(({ connections: [one] }) => one?.remoteDescription && one.signalingState === 'stable');
      await ana.until('each has the other’s description', isSettled);
      await lab.settled();
      for (const side of [ana, jun]) side.clock.leap(7000);
      const early = [ana.states(), jun.states()];
      for (const side of [ana, jun]) side.clock.leap(1000);
      await Promise.all([ana.untilState('failed'), jun.untilState('failed')]);
      const said = [ana, jun].flatMap((side) => side.of('string.signal').map(({ signal }) => signal.kind));
      return { early, said, causes: [ana, jun].map((side) => side.of('string.state').at(-1)?.cause) };
    });
    expect(seen.early).toEqual([['opening a'], ['opening a']]);
    expect(seen.said).not.toContain('bye');
    expect(seen.causes).toEqual(['no-path', 'no-path']);
  });

  test('an answer lost twice is not taken for a missing path', async () => {
    const states = await page.evaluate(async () => {
      const { ana, jun } = lab.twoSides();
      jun.passes = () => false;
      // Jun can't reach out first, as behind a NAT.
      ana.hideAddresses();
      const answers = () => jun.of('string.signal').filter(({ signal }) => signal.kind === 'answer').length;
      ana.open(lab.OPEN_ID);
      for (let count = 1; count <= 3; count++) {
        await jun.until('an answer', () => answers() === count);
        if (count === 2) jun.passes = () => true;
        if (count < 3) for (const side of [ana, jun]) side.clock.leap(5000);
      }
      await Promise.all([ana.untilState('open'), jun.untilState('open')]);
      return jun.states();
    });
    expect(states).toEqual(['opening a', 'open a']);
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
