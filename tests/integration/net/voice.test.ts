/** Two real hosts in a real Chromium whose microphone plays a 1 kHz tone: who is heard, and when. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type ChromiumLab, openChromiumLab } from './chromium-lab';

/** dBFS: a tone at half of full scale reads about −10, digital silence below −100. */
const AUDIBLE = -50;
const SILENT = -90;

let chromium: ChromiumLab;
let page: Page;

beforeAll(async () => {
  chromium = await openChromiumLab();
  page = await chromium.newPage();
}, 30_000);
afterAll(() => chromium.close());
afterEach(() => page.evaluate(() => lab.closeAll()));

test('the tone of an open microphone is heard, is silent when muted, and is heard again', async () => {
  const levels = await page.evaluate(async () => {
    const { ana, jun } = await lab.speaking();
    const heard = await lab.loudness(jun.remote());
    ana.send({ kind: 'voice.mute', isMuted: true });
    await ana.untilVoice({ mine: 'on', isMuted: true });
    await lab.untilLevel(jun.remote(), (level) => level < -90);
    const muted = await lab.loudness(jun.remote());
    ana.send({ kind: 'voice.mute', isMuted: false });
    await lab.untilLevel(jun.remote(), (level) => level > -50);
    return { heard, muted, isEnabled: ana.captured[0]?.getAudioTracks()[0]?.enabled };
  });
  expect(levels.heard).toBeGreaterThan(AUDIBLE);
  expect(levels.muted).toBeLessThan(SILENT);
  expect(levels.isEnabled).toBe(true);
});

test('either side may speak alone, whichever opened the string', async () => {
  const levels = await page.evaluate(async () => {
    const { ana, jun } = await lab.opened();
    jun.send({ kind: 'voice.start', peer: 'other' });
    await ana.untilVoice({ mine: 'off', theirs: true });
    const forth = await lab.loudness(ana.remote());
    jun.send({ kind: 'voice.stop', peer: 'other' });
    ana.send({ kind: 'voice.start', peer: 'other' });
    await jun.untilVoice({ mine: 'off', theirs: true });
    return [forth, await lab.loudness(jun.remote())];
  });
  for (const level of levels) expect(level).toBeGreaterThan(AUDIBLE);
});

test('what they send is played only while this voice is on', async () => {
  const seen = await page.evaluate(async () => {
    const { ana, jun } = await lab.speaking();
    const unasked = { played: jun.played, state: jun.of('voice.state').at(-1) };
    jun.send({ kind: 'voice.start', peer: 'other' });
    await jun.until('playing', () => jun.played !== null);
    await ana.untilVoice({ mine: 'on', theirs: true });
    const isTheirs = jun.played === jun.host.remoteStream('other');
    const [back, forth] = await Promise.all([lab.loudness(ana.remote()), lab.loudness(jun.remote())]);
    jun.send({ kind: 'voice.stop', peer: 'other' });
    await ana.untilVoice({ mine: 'on', theirs: false });
    return { unasked, isTheirs, back, forth, after: jun.played, anaPlays: ana.played };
  });
  expect(seen.unasked.played).toBeNull();
  expect(seen.unasked.state).toMatchObject({ mine: 'off', theirs: true });
  expect(seen.isTheirs).toBe(true);
  expect(seen.back).toBeGreaterThan(AUDIBLE);
  expect(seen.forth).toBeGreaterThan(AUDIBLE);
  expect(seen.after).toBeNull();
  expect(seen.anaPlays).toBeNull();
});

test('both start at once: one line of sound carries both, 5 times on and off', async () => {
  const seen = await page.evaluate(async () => {
    const { ana, jun } = await lab.opened();
    for (let round = 0; round < 5; round++) {
      for (const side of [ana, jun]) side.send({ kind: 'voice.start', peer: 'other' });
      await Promise.all([ana, jun].map((side) => side.untilVoice({ mine: 'on', theirs: true })));
      if (round === 4) break;
      for (const side of [ana, jun]) side.send({ kind: 'voice.stop', peer: 'other' });
      await Promise.all([ana, jun].map((side) => side.untilVoice({ mine: 'off', theirs: false })));
    }
    const levels = await Promise.all([lab.loudness(ana.remote()), lab.loudness(jun.remote())]);
    const lines = [ana, jun].map((side) => side.connections[0]?.getTransceivers().length);
    return { levels, lines, faults: [ana.host.faults(), jun.host.faults()], states: ana.states() };
  });
  for (const level of seen.levels) expect(level).toBeGreaterThan(AUDIBLE);
  expect(seen.lines).toEqual([1, 1]);
  expect(seen.faults).toEqual([{}, {}]);
  expect(seen.states).toEqual(['opening a', 'open a']);
});

test('the first offer already holds the line of sound, silent: Chromium and Firefox number its extensions differently', async () => {
  const seen = await page.evaluate(async () => {
    const { ana, jun } = await lab.opened();
    const offers = () => ana.of('string.signal').flatMap(({ signal }) => (signal.kind === 'offer' ? [signal.sdp] : []));
    const lines = () => [ana, jun].map((side) => side.connections[0]?.getTransceivers().map((it) => `${it.mid} ${it.currentDirection}`));
    const silent = lines();
    for (const side of [ana, jun]) side.send({ kind: 'voice.start', peer: 'other' });
    await Promise.all([ana, jun].map((side) => side.untilVoice({ mine: 'on', theirs: true })));
    // One of them may have heard the other before its own offer was answered.
    const isSettled = (side: typeof ana) => side.connections[0]?.signalingState === 'stable';
    for (const side of [ana, jun]) await side.until('agreed', () => isSettled(side));
    return { first: offers()[0]?.split('m=audio').length, silent, speaking: lines() };
  });
  expect(seen).toEqual({ first: 2, silent: [['0 inactive'], ['0 inactive']], speaking: [['0 sendrecv'], ['0 sendrecv']] });
});

test('stopping ends the captured track, so the indicator goes off, and text goes on', async () => {
  const seen = await page.evaluate(async () => {
    const { ana, jun } = await lab.speaking();
    ana.send({ kind: 'voice.stop', peer: 'other' });
    await jun.untilVoice({ theirs: false });
    ana.send({ kind: 'string.send', peer: 'other', token: 'after', bytes: new Uint8Array([1]) });
    await ana.until('acknowledged', () => ana.of('string.ack').length === 1);
    return { track: ana.captured[0]?.getAudioTracks()[0]?.readyState, remote: jun.host.remoteStream('other') };
  });
  expect(seen).toEqual({ track: 'ended', remote: null });
});

test('a voice that cannot start says why', async () => {
  const causes = await page.evaluate(async () => {
    const refuse = (name: string) => () => Promise.reject(new DOMException('', name));
    const { ana, jun } = await lab.opened({ ana: { capture: refuse('NotAllowedError') }, jun: { capture: refuse('NotFoundError') } });
    const { ana: alone } = lab.twoSides();
    const sides = [ana, jun, alone];
    for (const side of sides) side.send({ kind: 'voice.start', peer: 'other' });
    await Promise.all(sides.map((side) => side.untilVoice({ mine: 'failed' })));
    return sides.map((side) => side.of('voice.state').at(-1)?.cause);
  });
  expect(causes).toEqual(['permission', 'no-microphone', 'no-string']);
});

test('a string that ends turns the voice off and closes the microphone', async () => {
  const seen = await page.evaluate(async () => {
    const { ana, jun } = await lab.speaking();
    jun.send({ kind: 'voice.start', peer: 'other' });
    await ana.until('playing', () => ana.played !== null);
    jun.send({ kind: 'string.close', peer: 'other' });
    await ana.untilVoice({ mine: 'off', theirs: false });
    return { played: ana.played, remote: ana.host.remoteStream('other'), track: ana.captured[0]?.getAudioTracks()[0]?.readyState };
  });
  expect(seen).toEqual({ played: null, remote: null, track: 'ended' });
});

test('a microphone taken away ends the voice', async () => {
  const cause = await page.evaluate(async () => {
    const { ana } = await lab.speaking();
    ana.captured[0]?.getAudioTracks()[0]?.dispatchEvent(new Event('ended'));
    await ana.untilVoice({ mine: 'failed' });
    return ana.of('voice.state').at(-1)?.cause;
  });
  expect(cause).toBe('no-microphone');
});

test('a sound offer that is never answered is taken back: the string and its text go on', async () => {
  const seen = await page.evaluate(async () => {
    const { ana, jun } = await lab.opened();
    ana.passes = () => false;
    ana.send({ kind: 'voice.start', peer: 'other' });
    await ana.until('the offer', () => ana.of('string.signal').filter(({ signal }) => signal.kind === 'offer').length === 2);
    for (let i = 0; i < 4; i++) await ana.beat();
    await ana.untilVoice({ mine: 'failed' });
    ana.passes = () => true;
    ana.send({ kind: 'string.send', peer: 'other', token: 'after', bytes: new Uint8Array([1]) });
    await ana.until('acknowledged', () => ana.of('string.ack').length === 1);
    ana.send({ kind: 'voice.start', peer: 'other' });
    await jun.untilVoice({ theirs: true });
    return { states: ana.states(), causes: ana.of('voice.state').map(({ cause }) => cause) };
  });
  expect(seen.states).toEqual(['opening a', 'open a']);
  expect(seen.causes).toContain('no-string');
});

test('an unanswered change is offered four times, then rests until somebody speaks', async () => {
  const seen = await page.evaluate(async () => {
    const { ana, jun } = await lab.speaking();
    const offers = () => ana.of('string.signal').filter(({ signal }) => signal.kind === 'offer').length;
    const before = offers();
    ana.passes = () => false;
    ana.send({ kind: 'voice.stop', peer: 'other' });
    await ana.until('an offer', () => offers() === before + 1);
    for (let i = 0; i < 10; i++) await ana.beat();
    const unheard = offers() - before;
    ana.passes = () => true;
    ana.send({ kind: 'voice.start', peer: 'other' });
    await ana.until('another offer', () => offers() > before + unheard);
    ana.send({ kind: 'voice.stop', peer: 'other' });
    await jun.untilVoice({ theirs: false });
    return { unheard, states: ana.states() };
  });
  expect(seen).toEqual({ unheard: 4, states: ['opening a', 'open a'] });
});

test('a voice moves on to the string that replaces its own', async () => {
  const seen = await page.evaluate(async () => {
    const { ana, jun } = lab.twoSides();
    // Jun never hears of the first string, and then offers one himself.
    ana.passes = ({ stringId }) => stringId !== lab.OPEN_ID;
    ana.open(lab.OPEN_ID);
    ana.send({ kind: 'voice.start', peer: 'other' });
    await ana.untilVoice({ mine: 'on' });
    jun.open(lab.OTHER_ID);
    await jun.untilVoice({ theirs: true });
    return { mine: ana.of('voice.state').map(({ mine }) => mine), level: await lab.loudness(jun.remote()) };
  });
  expect(seen.mine).not.toContain('failed');
  expect(seen.level).toBeGreaterThan(AUDIBLE);
});

test('a worker that wakes during a call is told whose microphone is open', async () => {
  const seen = await page.evaluate(async () => {
    const { ana } = await lab.speaking();
    await lab.settled();
    ana.dropPort();
    const before = ana.of('voice.state').length;
    ana.host.wake();
    await ana.until('told again', () => ana.of('voice.state').length > before);
    return ana.of('voice.state').slice(before);
  });
  expect(seen).toEqual([{ kind: 'voice.state', peer: 'other', mine: 'on', cause: null, isMuted: false, theirs: false }]);
});

test('a voice muted while the browser still asks starts muted, and the next one does not', async () => {
  const seen = await page.evaluate(async () => {
    let allow: () => void = () => undefined;
    const capture = async () => {
      await new Promise<void>((resolve) => {
        allow = resolve;
      });
      return navigator.mediaDevices.getUserMedia({ audio: true });
    };
    const { ana } = await lab.opened({ ana: { capture } });
    const isEnabled: (boolean | undefined)[] = [];
    for (const mutes of [true, false]) {
      ana.send({ kind: 'voice.start', peer: 'other' });
      await ana.untilVoice({ mine: 'starting' });
      if (mutes) ana.send({ kind: 'voice.mute', isMuted: true });
      await ana.untilVoice({ mine: 'starting', isMuted: mutes });
      allow();
      await ana.untilVoice({ mine: 'on', isMuted: mutes });
      isEnabled.push(ana.captured.at(-1)?.getAudioTracks()[0]?.enabled);
      ana.send({ kind: 'voice.stop', peer: 'other' });
      await ana.untilVoice({ mine: 'off' });
    }
    return isEnabled;
  });
  expect(seen).toEqual([false, true]);
});

test('a microphone granted after the voice was stopped is closed again at once', async () => {
  const seen = await page.evaluate(async () => {
    let allow: () => void = () => undefined;
    const capture = async () => {
      await new Promise<void>((resolve) => {
        allow = resolve;
      });
      return navigator.mediaDevices.getUserMedia({ audio: true });
    };
    const { ana } = await lab.opened({ ana: { capture } });
    ana.send({ kind: 'voice.start', peer: 'other' });
    await ana.untilVoice({ mine: 'starting' });
    ana.send({ kind: 'voice.stop', peer: 'other' });
    await ana.untilVoice({ mine: 'off' });
    allow();
    await ana.until('closed again', () => ana.captured[0]?.getAudioTracks()[0]?.readyState === 'ended');
    return ana.of('voice.state').map(({ mine }) => mine);
  });
  expect(seen).not.toContain('on');
});

test('pictures and channels nobody asked for are turned down, and the string goes on', async () => {
  const seen = await page.evaluate(async () => {
    const { ana, jun } = await lab.speaking();
    const [connection] = ana.connections;
    connection?.createDataChannel('more');
    const pictures = connection?.addTransceiver('video');
    await ana.until('turned down', () => pictures?.currentDirection === 'stopped');
    await jun.until('counted', () => jun.host.faults()['peer:bad-channel'] === 1);
    ana.send({ kind: 'string.send', peer: 'other', token: 'after', bytes: new Uint8Array([1]) });
    await ana.until('acknowledged', () => ana.of('string.ack').length === 1);
    return { level: await lab.loudness(jun.remote()), states: jun.states() };
  });
  expect(seen.level).toBeGreaterThan(AUDIBLE);
  expect(seen.states).toEqual(['opening a', 'open a']);
});
