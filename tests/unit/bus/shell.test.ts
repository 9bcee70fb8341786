/** The badge on the toolbar, as the browser is told it. */
import { beforeEach, expect, test, vi } from 'vitest';
import { createShell } from '../../../lib/bus/shell';

const told = vi.hoisted((): string[] => []);
vi.mock('webextension-polyfill', () => ({
  default: {
    action: {
      setBadgeText: async ({ text }: { text: string }) => void told.push(text),
      setBadgeBackgroundColor: async ({ color }: { color: string }) => void told.push(color),
    },
    alarms: { get: async () => ({}) },
  },
}));

beforeEach(() => {
  told.length = 0;
});

const badgesOf = (...badges: readonly [unread: number, isMuted: boolean | null][]) => {
  const shell = createShell();
  for (const [unread, isMuted] of badges) shell.badge({ unread, isMuted });
  return told.filter((each) => !each.startsWith('#'));
};

test('it counts what is unread, up to what it has room for, and is empty where nothing is', () => {
  expect(badgesOf([1, null], [99, null], [100, null], [0, null])).toEqual(['1', '99', '99+', '']);
});

test('a muted microphone is a letter, not a colour alone, and comes before the count', () => {
  expect(badgesOf([3, false], [3, true], [0, true], [3, false])).toEqual(['3', 'M', '3']);
});

test('what already stands there is not said again; a new worker says it once', () => {
  expect(badgesOf([2, null], [2, null], [2, null])).toEqual(['2']);
  expect(badgesOf([2, null])).toEqual(['2', '2']);
});

test('each state has a colour of its own', () => {
  badgesOf([1, true], [1, false]);
  const [muted, counting] = told.filter((each) => each.startsWith('#'));
  expect(new Set([muted, counting]).size).toBe(2);
});
