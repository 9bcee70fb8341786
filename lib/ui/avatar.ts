/** A face made of letters and a colour. The colour follows the key, so a namesake with another key looks different. */
import { safeName } from './text';

/** Each carries white letters at 4.5:1 or better. */
export const AVATAR_COLOURS = [
  '#8b4a6b',
  '#3d6b8f',
  '#7a6a2f',
  '#5c5590',
  '#2f7363',
  '#9a4b3c',
  '#4b6a35',
  '#7b4a8c',
  '#8a5a24',
  '#3f6f7a',
  '#a03f5d',
  '#56627a',
] as const;

export function avatarColour(fingerprint: string): string {
  const start = Number.parseInt(fingerprint.slice(0, 4), 16) || 0;
  return AVATAR_COLOURS[start % AVATAR_COLOURS.length] ?? AVATAR_COLOURS[0];
}

function firstGrapheme(word: string): string {
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(word)) return segment;
  return '';
}

/** One or two letters: of the first and the last word. */
export function initials(name: string): string {
  const words = safeName(name).split(' ');
  const first = firstGrapheme(words[0] ?? '');
  const last = words.length > 1 ? firstGrapheme(words.at(-1) ?? '') : '';
  return (first + last).toLocaleUpperCase();
}

/** Groups of four, for comparing by eye. */
export function groupedFingerprint(fingerprint: string): string {
  return fingerprint.match(/.{1,4}/gu)?.join(' ') ?? '';
}
