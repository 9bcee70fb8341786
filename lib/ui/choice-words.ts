/** What is chosen for contacts and for everybody, in words. */

import { language, t } from './text';
import { dateAndTime, timeOfDay } from './time';
import type { ContactView, Expiry } from './views';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

export const EXPIRY_SECONDS = [30, 5 * MINUTE, HOUR, 8 * HOUR, DAY, WEEK, 4 * WEEK] as const;
const UNITS = [
  ['week', WEEK],
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', 1],
] as const;

/** 8 hours, in the largest unit that measures it whole. */
export function spanWords(seconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => seconds % each === 0) ?? (['second', 1] as const);
  return new Intl.NumberFormat(language(), { style: 'unit', unit, unitDisplay: 'long' }).format(seconds / size);
}

export function expiryWords({ seconds, base }: Expiry): string {
  return t(base === 'read' ? 'expiry_after_read' : 'expiry_after_sent', spanWords(seconds));
}

/** A minute of the day as the clock shows it. */
export function minuteWords(minute: number): string {
  return timeOfDay(new Date(2000, 0, 1, 0, minute).getTime());
}

export const MUTE_SECONDS = [HOUR, 8 * HOUR, WEEK] as const;
/** Until it is unmuted. */
export const FOR_GOOD = Number.MAX_SAFE_INTEGER;

export function isMutedNow({ choices }: Pick<ContactView, 'choices'>, nowMs: number): boolean {
  return choices.mutedUntilMs > nowMs;
}

export function mutedWords(untilMs: number): string {
  return untilMs === FOR_GOOD ? t('mute_for_good') : t('mute_until', dateAndTime(untilMs));
}
