/** How much a secret is worth, roughly and without a dictionary: told while it is typed, decided by nobody but its owner. */
import { t } from './text';

/** `pin`: digits that stop somebody at the keyboard, not somebody with a copy of the disk. */
export type Strength = 'short' | 'weak' | 'pin' | 'good';

const MIN_PIN_DIGITS = 6;
const MIN_PASSPHRASE_CHARS = 8;
const GOOD_BITS = 60;
const COMMON = ['password', 'passwort', 'qwerty', 'qwertz', 'letmein', 'abc123', 'iloveyou', 'tincan'];

function hasOneStep(text: string): boolean {
  const codes = [...text].map((char) => char.codePointAt(0) ?? 0);
  return [-1, 0, 1].some((step) => codes.every((code, i) => i === 0 || code - (codes[i - 1] ?? 0) === step));
}

/** Of a text drawn at random from the kinds of characters that it has; a repeated character counts once. */
function bitsOf(text: string): number {
  const kinds: readonly (readonly [RegExp, number])[] = [
    [/\p{Ll}/u, 26],
    [/\p{Lu}/u, 26],
    [/\d/u, 10],
    [/[^\p{L}\d]/u, 20],
    [/\p{Lo}/u, 60],
  ];
  const alphabet = kinds.reduce((sum, [kind, size]) => sum + (kind.test(text) ? size : 0), 0);
  const distinct = new Set(text).size;
  return Math.min([...text].length, 2 * distinct) * Math.log2(Math.max(2, alphabet));
}

export function strengthOf(secret: string): Strength {
  const text = secret.normalize('NFC');
  const { length } = [...text];
  const isPin = /^\d+$/.test(text);
  if (length < (isPin ? MIN_PIN_DIGITS : MIN_PASSPHRASE_CHARS)) return 'short';
  const isCommon = COMMON.some((word) => text.toLowerCase().includes(word) && length < word.length + 6);
  if (hasOneStep(text) || isCommon || new Set(text).size < 4) return 'weak';
  if (isPin && length < 16) return 'pin';
  return bitsOf(text) >= GOOD_BITS ? 'good' : 'weak';
}

const WORDS: Readonly<Record<Strength, string>> = {
  short: 'strength_short',
  weak: 'strength_weak',
  pin: 'strength_pin',
  good: 'strength_good',
};

export function strengthWords(strength: Strength): string {
  return t(WORDS[strength]);
}
