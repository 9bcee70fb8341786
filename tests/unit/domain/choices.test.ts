import { describe, expect, test } from 'vitest';
import { afterArrival, type Chosen, chosenFor, DEFAULT_SETTINGS, isMuted, isQuiet, NO_CHOICES } from '../../../lib/domain/choices';

const EXPIRY = { seconds: 60, base: 'read' } as const;
const OTHER = { seconds: 3600, base: 'sent' } as const;
const SETTINGS = { ...DEFAULT_SETTINGS, routing: 'relay', expiry: EXPIRY } as const;

describe('what holds for a contact', () => {
  test('of whom nothing was chosen is what the settings say', () => {
    const { routing, expiry, tellsReading, tellsTyping, tellsPresence } = SETTINGS;
    expect(chosenFor(NO_CHOICES, SETTINGS)).toEqual({ routing, expiry, tellsReading, tellsTyping, tellsPresence });
    const silent = { ...SETTINGS, tellsReading: false, tellsTyping: false, tellsPresence: false };
    expect(chosenFor(NO_CHOICES, silent)).toMatchObject({ tellsReading: false, tellsTyping: false, tellsPresence: false });
  });

  test('is each choice by itself, either way against the settings', () => {
    const choices = [
      { routing: 'ask' },
      { expiry: OTHER },
      { tellsReading: false },
      { tellsTyping: false },
      { tellsPresence: false },
    ] as const;
    for (const choice of choices)
      expect(chosenFor({ ...NO_CHOICES, ...choice }, SETTINGS)).toEqual({ ...chosenFor(NO_CHOICES, SETTINGS), ...choice });
    for (const name of ['tellsReading', 'tellsTyping', 'tellsPresence'] as const satisfies readonly (keyof Chosen)[])
      expect(chosenFor({ ...NO_CHOICES, [name]: true }, { ...SETTINGS, [name]: false })[name]).toBe(true);
  });

  test('is no expiry where it was switched off, though the settings have one', () => {
    expect(chosenFor({ ...NO_CHOICES, expiry: 'off' }, SETTINGS).expiry).toBeNull();
    expect(chosenFor({ ...NO_CHOICES, expiry: 'off' }, DEFAULT_SETTINGS).expiry).toBeNull();
  });

  test('who is blocked is never to see that this user is here, whatever else was chosen', () => {
    const blocked = { ...NO_CHOICES, isBlocked: true, tellsPresence: true };
    expect(chosenFor(blocked, SETTINGS).tellsPresence).toBe(false);
  });
});

test('nothing waits on a relay, and nothing expires, before somebody chose so; no notification shows a text', () => {
  expect(DEFAULT_SETTINGS).toMatchObject({ routing: 'device', expiry: null, notify: { shows: 'sender' } });
});

describe('quiet hours', () => {
  const quietMinutes = (from: number, to: number) =>
    Array.from({ length: 1440 }, (_, minute) => minute).filter((m) => isQuiet({ from, to }, m));

  test('begin with their first minute and end before their last one', () => {
    expect(quietMinutes(60, 63)).toEqual([60, 61, 62]);
  });

  test('go over midnight where they begin later than they end', () => {
    expect(quietMinutes(1438, 2)).toEqual([0, 1, 1438, 1439]);
  });

  test('of no length are none, and so is having none', () => {
    expect(quietMinutes(60, 60)).toEqual([]);
    expect(isQuiet(null, 0)).toBe(false);
  });
});

describe('a muted conversation', () => {
  test('is so until its time, not at it', () => {
    const choices = { ...NO_CHOICES, mutedUntilMs: 100 };
    expect([99, 100, 101].map((now) => isMuted(choices, now))).toEqual([true, false, false]);
    expect(isMuted(NO_CHOICES, 0)).toBe(false);
  });

  test('stays archived when a message comes; one that is not comes back, with all else that was chosen', () => {
    const archived = { ...NO_CHOICES, isArchived: true, isPinned: true };
    expect(afterArrival(archived, 5)).toEqual({ ...archived, isArchived: false });
    const muted = { ...archived, mutedUntilMs: 6 };
    expect(afterArrival(muted, 5)).toBe(muted);
    expect(afterArrival(muted, 6).isArchived).toBe(false);
    expect(afterArrival(NO_CHOICES, 5)).toBe(NO_CHOICES);
  });
});
