/** Times and dates as people read them. All inputs are milliseconds since 1970; nothing here reads the clock. */
import { language, t } from './text';

const DAY_MS = 86_400_000;
/** The last there is a date for (ECMA-262, 21.4.1.1). A contact may write any number as the time of a message. */
const LAST_DATE_MS = 8.64e15;

function dateOf(ms: number): Date {
  return new Date(Math.min(ms, LAST_DATE_MS));
}

// Making one costs more than drawing a message does, and a long conversation has two a message.
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = `${language()} ${JSON.stringify(options)}`;
  let made = formatters.get(name);
  if (!made) {
    made = new Intl.DateTimeFormat(language(), options);
    formatters.set(name, made);
  }
  return made;
}

/** A date is read as one word: its parts stay on one line. */
function format(ms: number, options: Intl.DateTimeFormatOptions): string {
  return formatter(options).format(dateOf(ms)).replaceAll(' ', '\u00a0');
}

function startOfDay(ms: number): number {
  const date = dateOf(ms);
  date.setHours(0, 0, 0, 0);
  return date.getTime();
}

/** Whole calendar days from `ms` to `nowMs`; rounding absorbs the hour a clock change takes or gives. */
function daysAgo(ms: number, nowMs: number): number {
  return Math.round((startOfDay(nowMs) - startOfDay(ms)) / DAY_MS);
}

export function isSameDay(aMs: number, bMs: number): boolean {
  return startOfDay(aMs) === startOfDay(bMs);
}

/** For machines. */
export function isoTime(ms: number): string {
  return dateOf(ms).toISOString();
}

/** 14:31 */
export function timeOfDay(ms: number): string {
  return format(ms, { hour: '2-digit', minute: '2-digit' });
}

/** 28 Nov */
export function shortDate(ms: number): string {
  return format(ms, { day: 'numeric', month: 'short' });
}

/** 28 Nov, 14:31 */
export function dateAndTime(ms: number): string {
  return format(ms, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
}

/** 28 Nov 2026 */
export function longDate(ms: number): string {
  return format(ms, { day: 'numeric', month: 'short', year: 'numeric' });
}

/** 28 Nov 2026, 14:31 */
export function dayAndTime(ms: number): string {
  return format(ms, { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
}

/** Today 14:31, this week Tue, else 28 Nov. */
export function whenShort(ms: number, nowMs: number): string {
  const days = daysAgo(ms, nowMs);
  if (days <= 0) return timeOfDay(ms);
  return days < 7 ? format(ms, { weekday: 'short' }) : shortDate(ms);
}

/** The heading over a day's messages. */
export function dayHeading(ms: number, nowMs: number): string {
  const days = daysAgo(ms, nowMs);
  if (days === 0) return t('day_today');
  if (days === 1) return t('day_yesterday');
  const isThisYear = dateOf(ms).getFullYear() === dateOf(nowMs).getFullYear();
  return format(ms, { weekday: 'long', day: 'numeric', month: 'long', ...(isThisYear ? {} : { year: 'numeric' }) });
}
