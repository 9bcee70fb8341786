/** Choices as a page sends them: every field that is there is checked. */
import type { Choices, Expiry, RoutingChoice, Settings } from '../domain/choices';
import { DAY_MINUTES } from '../protocol/backup-choices';
import { MAX_EXPIRY_SECONDS } from '../protocol/content-life';

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRouting(value: unknown): value is RoutingChoice {
  return value === 'device' || value === 'relay' || value === 'ask';
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

export function isExpiry(value: unknown): value is Expiry {
  return isRecord(value) && isWhole(value.seconds, 1, MAX_EXPIRY_SECONDS) && (value.base === 'read' || value.base === 'sent');
}

function isNotify(value: unknown): value is Settings['notify'] {
  if (!isRecord(value) || typeof value.hasSound !== 'boolean') return false;
  const { shows, quiet } = value;
  if (shows !== 'text' && shows !== 'sender' && shows !== 'nothing') return false;
  return quiet === null || (isRecord(quiet) && isWhole(quiet.from, 0, DAY_MINUTES - 1) && isWhole(quiet.to, 0, DAY_MINUTES - 1));
}

type Checks<Whole> = { readonly [Name in keyof Whole]: (value: unknown) => boolean };

const isFlag = (value: unknown) => typeof value === 'boolean';
const isMaybe = (is: (value: unknown) => boolean) => (value: unknown) => value === null || is(value);

const SETTINGS: Checks<Settings> = {
  routing: isRouting,
  expiry: isMaybe(isExpiry),
  tellsReading: isFlag,
  tellsTyping: isFlag,
  tellsPresence: isFlag,
  notify: isNotify,
};

const CHOICES: Checks<Choices> = {
  routing: isMaybe(isRouting),
  expiry: (value) => value === 'off' || isMaybe(isExpiry)(value),
  tellsReading: isMaybe(isFlag),
  tellsTyping: isMaybe(isFlag),
  tellsPresence: isMaybe(isFlag),
  isPinned: isFlag,
  isArchived: isFlag,
  isBlocked: isFlag,
  mutedUntilMs: (value) => isWhole(value, 0, Number.MAX_SAFE_INTEGER),
};

function isPartOf<Whole>(checks: Checks<Whole>, value: unknown): boolean {
  if (!isRecord(value)) return false;
  return Object.entries(value).every(([name, part]) => Object.hasOwn(checks, name) && checks[name as keyof Whole](part));
}

export function isSomeSettings(value: unknown): boolean {
  return isPartOf(SETTINGS, value);
}

export function isSomeChoices(value: unknown): boolean {
  return isPartOf(CHOICES, value);
}
