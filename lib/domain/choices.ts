/** What a user has chosen for a contact, and what holds where they have not. */
import type { Choices, RoutingChoice, Settings } from '../protocol/backup-choices';
import type { Expiry } from '../protocol/content-life';

export type { Choices, RoutingChoice, Settings } from '../protocol/backup-choices';
export type { Expiry } from '../protocol/content-life';

export const DEFAULT_SETTINGS: Settings = {
  routing: 'device',
  expiry: null,
  tellsReading: true,
  tellsTyping: true,
  tellsPresence: true,
  notify: { shows: 'sender', hasSound: true, quiet: null },
};

export const NO_CHOICES: Choices = {
  routing: null,
  expiry: null,
  tellsReading: null,
  tellsTyping: null,
  tellsPresence: null,
  isPinned: false,
  isArchived: false,
  isBlocked: false,
  mutedUntilMs: 0,
};

/** What holds for one contact. */
export interface Chosen {
  readonly routing: RoutingChoice;
  readonly expiry: Expiry | null;
  readonly tellsReading: boolean;
  readonly tellsTyping: boolean;
  readonly tellsPresence: boolean;
}

export function chosenFor(choices: Choices, settings: Settings): Chosen {
  return {
    routing: choices.routing ?? settings.routing,
    expiry: choices.expiry === 'off' ? null : (choices.expiry ?? settings.expiry),
    tellsReading: choices.tellsReading ?? settings.tellsReading,
    tellsTyping: choices.tellsTyping ?? settings.tellsTyping,
    // Somebody who is blocked sees what they would see if nobody were there.
    tellsPresence: !choices.isBlocked && (choices.tellsPresence ?? settings.tellsPresence),
  };
}

export function isMuted({ mutedUntilMs }: Pick<Choices, 'mutedUntilMs'>, nowMs: number): boolean {
  return nowMs < mutedUntilMs;
}

/** `minute` of the local day. */
export function isQuiet(quiet: Settings['notify']['quiet'], minute: number): boolean {
  if (!quiet) return false;
  const { from, to } = quiet;
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** A new message brings an archived conversation back, unless it is muted. */
export function afterArrival(choices: Choices, nowMs: number): Choices {
  return choices.isArchived && !isMuted(choices, nowMs) ? { ...choices, isArchived: false } : choices;
}
