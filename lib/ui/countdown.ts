/** How long a message still stays, in words, and when these words change. */
import { language, t } from './text';

const SECOND_MS = 1000;

type Unit = 'day' | 'hour' | 'minute' | 'second';
/** In seconds. */
const UNITS: readonly (readonly [Unit, number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

const formatters = new Map<string, Intl.NumberFormat>();

function inUnit(count: number, unit: Unit): string {
  const name = `${language()} ${unit}`;
  const made = formatters.get(name) ?? new Intl.NumberFormat(language(), { style: 'unit', unit, unitDisplay: 'short' });
  formatters.set(name, made);
  return made.format(count).replaceAll(' ', '\u00a0');
}

export interface Countdown {
  readonly text: string;
  readonly nextInMs: number;
}

/** Rounds up, and goes by seconds only in the last minute. */
export function countdown(leftMs: number): Countdown {
  const [unit, size] = UNITS.find(([, each]) => leftMs > each * SECOND_MS) ?? ['second', 1];
  const count = Math.max(1, Math.ceil(leftMs / (size * SECOND_MS)));
  return { text: t('vanishes_in', inUnit(count, unit)), nextInMs: Math.max(1, leftMs - (count - 1) * size * SECOND_MS) };
}
