/** Every visible word comes through here. Knows the browser's message function and language, given once by the page's entry point. */
import { safeName } from '../domain/name';

export { safeName };

export interface Wording {
  /** Returns an empty string for an unknown key, as the browser does. */
  getMessage(key: string, substitutions: string[]): string;
  /** BCP 47, for dates and numbers. */
  readonly language: string;
}

let wording: Wording = { getMessage: () => '', language: 'en' };

export function setWording(next: Wording): void {
  wording = next;
}

export function language(): string {
  return wording.language;
}

/** An unknown key shows itself: a gap should be seen, not guessed. */
export function t(key: string, ...substitutions: string[]): string {
  return wording.getMessage(key, substitutions) || key;
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

/** As friends call them: the first word, unless that is an abbreviation. */
export function shortName(name: string): string {
  const safe = safeName(name);
  const first = safe.split(' ')[0] ?? safe;
  return first.endsWith('.') ? safe : first;
}

/** A contact's name inside a sentence, isolated when its direction could reorder the words around it. */
export function inSentence(name: string): string {
  const safe = safeName(name);
  return RIGHT_TO_LEFT.test(safe) ? `\u2068${safe}\u2069` : safe;
}
