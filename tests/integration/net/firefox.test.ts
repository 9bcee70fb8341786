/** The same host in a real Firefox: strings, frames and sound between two of them. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type FirefoxLab, openFirefoxLab } from './firefox-lab';

let firefox: FirefoxLab;

beforeAll(async () => {
  firefox = await openFirefoxLab();
}, 60_000);
afterAll(() => firefox.close());
afterEach(() => firefox.evaluate(async () => lab.closeAll()));

test('a string opens on a direct path, carries 1000 frames in order, and ends on both sides', async () => {
  const seen = await firefox.evaluate(async () => {
    const { ana, jun } = await lab.opened();
    const path = await ana.host.inspect('other');
    for (let i = 0; i < 1000; i++) ana.send({ kind: 'string.send', peer: 'other', token: `t${i}`, bytes: new Uint8Array(600) });
    await ana.until('all acknowledged', () => ana.of('string.ack').length === 1000);
    ana.send({ kind: 'string.close', peer: 'other' });
    await jun.untilState('closed');
    return { path, numbers: jun.of('string.frame').map(({ frame }) => frame), states: jun.states() };
  });
  expect(seen.path).toMatchObject({ isDirect: true });
  expect(seen.numbers).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
  expect(seen.states).toEqual(['opening a', 'open a', 'closed a']);
});

test('both sides open at once, 5 times: the polite one yields', async () => {
  const rounds = await firefox.evaluate(async () => {
    const states: string[][] = [];
    for (let round = 0; round < 5; round++) {
      const { ana, jun } = lab.twoSides();
      ana.open(lab.OPEN_ID);
      jun.open(lab.OTHER_ID);
      await Promise.all([ana.untilState('open', lab.OTHER_ID), jun.untilState('open', lab.OTHER_ID)]);
      states.push([...ana.states(), ...jun.states()]);
    }
    return states;
  });
  for (const states of rounds) expect(states).toEqual(['opening a', 'closed a', 'opening b', 'open b', 'opening b', 'open b']);
});

test('both start to speak at once: one line of sound carries both, and muting silences it', async () => {
  const seen = await firefox.evaluate(async () => {
    const { ana, jun } = await lab.opened();
    for (const side of [ana, jun]) side.send({ kind: 'voice.start', peer: 'other' });
    await Promise.all([ana, jun].map((side) => side.untilVoice({ mine: 'on', theirs: true })));
    const levels = await Promise.all([lab.loudness(ana.remote()), lab.loudness(jun.remote())]);
    ana.send({ kind: 'voice.mute', isMuted: true });
    await lab.untilLevel(jun.remote(), (level) => level < -90);
    return { levels, lines: ana.connections[0]?.getTransceivers().length, faults: [ana.host.faults(), jun.host.faults()] };
  });
  for (const level of seen.levels) expect(level).toBeGreaterThan(-50);
  expect(seen.lines).toBe(1);
  expect(seen.faults).toEqual([{}, {}]);
});
