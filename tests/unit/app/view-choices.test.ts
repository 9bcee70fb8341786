/** What a page sends as choices: nothing is stored that is none. */
import { describe, expect, test } from 'vitest';
import { isExpiry, isSomeChoices, isSomeSettings } from '../../../lib/app/view-choices';
import { DEFAULT_SETTINGS, NO_CHOICES } from '../../../lib/domain/choices';

const EXPIRY = { seconds: 60, base: 'read' };
/** Of no field at all. */
const JUNK: readonly unknown[] = [
  undefined,
  'x',
  '',
  -2,
  -1,
  0.5,
  Number.NaN,
  [],
  {},
  [true],
  { seconds: 60 },
  () => true,
  Symbol('x'),
  1n,
];

/** What each field takes; whatever else any field takes, it must not. */
const SETTINGS: Readonly<Record<string, readonly unknown[]>> = {
  routing: ['device', 'relay', 'ask'],
  expiry: [null, EXPIRY, { seconds: 1, base: 'sent' }, { seconds: 31_536_000, base: 'read' }],
  tellsReading: [true, false],
  tellsTyping: [true, false],
  tellsPresence: [true, false],
  notify: [
    { shows: 'text', hasSound: true, quiet: null },
    { shows: 'sender', hasSound: false, quiet: { from: 0, to: 1439 } },
    { shows: 'nothing', hasSound: true, quiet: { from: 1439, to: 0 } },
  ],
};

const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  routing: [null, 'device', 'relay', 'ask'],
  expiry: [null, 'off', EXPIRY],
  tellsReading: [null, true, false],
  tellsTyping: [null, true, false],
  tellsPresence: [null, true, false],
  isPinned: [true, false],
  isArchived: [true, false],
  isBlocked: [true, false],
  mutedUntilMs: [0, 1, Number.MAX_SAFE_INTEGER],
};

const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  routing: ['Device', 'off', true],
  expiry: [
    ...[0, -1, 0.5, 31_536_001, Number.NaN, '60'].map((seconds) => ({ seconds, base: 'read' })),
    ...['', 'Read', 0, null].map((base) => ({ seconds: 60, base })),
    ...['on', 60, [60, 'read']],
  ],
  notify: [
    { shows: 'all', hasSound: true, quiet: null },
    { shows: 'text', hasSound: 1, quiet: null },
    { shows: 'text', quiet: null },
    { shows: 'text', hasSound: true },
    ...[{}, [0, 1], { from: 0, to: 1440 }, { from: -1, to: 0 }, { from: 0.5, to: 1 }, { from: 0 }].map((quiet) => ({
      ...{ shows: 'text', hasSound: true, quiet },
    })),
  ],
  mutedUntilMs: [-1, 0.5, Number.MAX_SAFE_INTEGER + 1, Number.POSITIVE_INFINITY, '0', null],
  isPinned: [null, 0, 'true'],
  isArchived: [null, 0],
  isBlocked: [null, 0],
};

/** `name` alone, and beside fields that are as they must be. */
function both(is: (value: unknown) => boolean, whole: object, name: string, value: unknown): readonly boolean[] {
  return [is({ [name]: value }), is({ ...whole, [name]: value })];
}

describe.each([
  {
    what: 'settings',
    is: isSomeSettings,
    whole: DEFAULT_SETTINGS,
    fields: SETTINGS,
    never: { expiry: ['off'], tellsReading: [null], routing: [null] },
  },
  { what: 'choices', is: isSomeChoices, whole: NO_CHOICES, fields: CHOICES, never: {} },
])('$what', ({ is, whole, fields, never }) => {
  test('are taken whole, in part, and when nothing is chosen', () => {
    expect(Object.keys(fields).toSorted()).toEqual(Object.keys(whole).toSorted());
    expect([is(whole), is({})]).toEqual([true, true]);
  });

  test.each(Object.entries(fields))('take of %s what it may be', (name, values) => {
    for (const value of values) expect(both(is, whole, name, value), JSON.stringify(value)).toEqual([true, true]);
  });

  test.each(Object.entries(fields))('refuse of %s whatever else it is', (name, values) => {
    const wrong = [...JUNK, ...(WRONG[name] ?? []), ...((never as Readonly<Record<string, readonly unknown[]>>)[name] ?? [])];
    for (const value of wrong.filter((one) => !values.includes(one)))
      expect(both(is, whole, name, value), String(value)).toEqual([false, false]);
  });

  test('with a field that is none, or inherited, are refused', () => {
    for (const name of ['constructor', 'toString', 'other', '', 'Routing']) expect(is({ [name]: true }), name).toBe(false);
    expect(is(JSON.parse('{"__proto__": true}'))).toBe(false);
  });

  test('are a record and nothing else', () => {
    for (const value of [null, undefined, true, 0, '', 'routing', [], [whole], () => whole]) expect(is(value), String(value)).toBe(false);
  });
});

test('an expiry of one message is checked as that of a conversation', () => {
  expect([EXPIRY, { seconds: 1, base: 'sent' }].map(isExpiry)).toEqual([true, true]);
  expect([null, 'off', undefined, {}, { seconds: 0, base: 'read' }, { ...EXPIRY, base: 'x' }].map(isExpiry)).toEqual(Array(6).fill(false));
});
