import { expect, test } from 'vitest';
import { chimeSamples } from '../../../lib/net/chime';

/** How strongly this frequency sounds in `samples`, by Goertzel's algorithm. */
function level(samples: Float32Array, rate: number, hz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let [before, last] = [0, 0];
  for (const sample of samples) [before, last] = [last, sample + coefficient * last - before];
  return Math.sqrt(before ** 2 + last ** 2 - coefficient * before * last) / samples.length;
}

test.each([44_100, 48_000])('the sound is two short notes that begin and end in silence, at %i Hz', (rate) => {
  const samples = chimeSamples(rate);
  const peak = Math.max(...samples.map(Math.abs));
  expect(samples.length / rate).toBeGreaterThan(0.2);
  expect(samples.length / rate).toBeLessThan(0.6);
  expect(peak).toBeGreaterThan(0.1);
  expect(peak).toBeLessThan(0.5);
  expect(Math.abs(samples[0] ?? 1)).toBeLessThan(0.001);
  expect(Math.abs(samples.at(-1) ?? 1)).toBeLessThan(0.001);
  for (const note of [659.25, 880]) expect(level(samples, rate, note)).toBeGreaterThan(5 * level(samples, rate, 2000));
});
