/** How long messages stay, in words, and what a countdown says until when. */
import type { Expiry } from '../domain/choices';
import { language, t } from './text';

const SECOND_MS = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;
const WEEK_S = 604_800;

/** In seconds. */
export const EXPIRY_PRESETS = [30, 5 * MINUTE_S, HOUR_S, 8 * HOUR_S, DAY_S, WEEK_S, 4 * WEEK_S] as const;

type Unit = 'week' | 'day' | 'hour' | 'minute' | 'second';
const UNITS: readonly (readonly [Unit, number])[] = [
  ['week', WEEK_S],
  ['day', DAY_S],
  ['hour', HOUR_S],
  ['minute', MINUTE_S],
  ['second', 1],
];

const formatters = new Map<string, Intl.NumberFormat>();

function inUnit(count: number, unit: Unit, unitDisplay: 'long' | 'short'): string {
  const name = `${language()} ${unit} ${unitDisplay}`;
  const made = formatters.get(name) ?? new Intl.NumberFormat(language(), { style: 'unit', unit, unitDisplay });
  formatters.set(name, made);
  return made.format(count).replaceAll(' ', '\u00a0');
}

/** "1 day", "30 seconds". */
export function durationWords(seconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => seconds >= each && seconds % each === 0) ?? ['second', 1];
  return inUnit(seconds / size, unit, 'long');
}

/** "1 day after reading". */
export function expiryWords({ seconds, base }: Expiry): string {
  return t(base === 'read' ? 'expiry_after_reading' : 'expiry_after_sending', durationWords(seconds));
}

export interface Countdown {
  readonly text: string;
  /** When the words change. */
  readonly nextInMs: number;
}

/** Rounds up, and goes by seconds only in the last minute. */
export function countdown(leftMs: number): Countdown {
  const [unit, size] = UNITS.find(([name, each]) => name !== 'week' && leftMs > each * SECOND_MS) ?? ['second', 1];
  const count = Math.max(1, Math.ceil(leftMs / (size * SECOND_MS)));
  return { text: t('vanishes_in', inUnit(count, unit, 'short')), nextInMs: Math.max(1, leftMs - (count - 1) * size * SECOND_MS) };
}
