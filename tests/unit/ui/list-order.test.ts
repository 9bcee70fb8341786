import { expect, test } from 'vitest';
import { minuteWords, mutedWords, spanWords } from '../../../lib/ui/choice-words';
import { inListOrder } from '../../../lib/ui/list-order';
import type { ContactView } from '../../../lib/ui/views';
import { at, person } from '../../support/preview/people';

let seed = 40;
function someone(name: string, hour: number, choices: Partial<ContactView['choices']> = {}, more: Partial<ContactView> = {}): ContactView {
  seed += 1;
  const plain = person(name, seed, { addedAtMs: at(hour, 0), ...more });
  return { ...plain, choices: { ...plain.choices, ...choices } };
}

const namesOf = (contacts: readonly ContactView[]) => [...contacts].sort(inListOrder).map(({ name }) => name);

test('requests lead, pinned contacts stay in their own order, the newest word comes next, and what is put away comes last', () => {
  const contacts = [
    someone('old', 1),
    someone('blocked and pinned', 13, { isBlocked: true, isPinned: true }),
    someone('Zoe, pinned', 12, { isPinned: true }),
    someone('archived', 11, { isArchived: true }),
    someone('new', 10),
    someone('Adam, pinned', 2, { isPinned: true }),
    someone('request', 0, {}, { state: 'request' }),
    someone('blocked request', 14, { isBlocked: true }, { state: 'request' }),
  ];
  expect(namesOf(contacts)).toEqual([
    ...['request', 'Adam, pinned', 'Zoe, pinned', 'new', 'old', 'archived'],
    ...['blocked request', 'blocked and pinned'],
  ]);
  expect(namesOf(contacts.toReversed())).toEqual(namesOf(contacts));
});

test('spans are said in the largest unit that measures them whole', () => {
  expect([30, 300, 3600, 8 * 3600, 86_400, 7 * 86_400, 28 * 86_400, 90].map(spanWords)).toEqual([
    ...['30 seconds', '5 minutes', '1 hour', '8 hours', '1 day', '1 week', '4 weeks', '90 seconds'],
  ]);
});

test('a minute of the day is said as the clock shows it, and muting for good has no date', () => {
  expect(minuteWords(22 * 60 + 30)).toMatch(/10:30.PM|22:30/u);
  expect(mutedWords(Number.MAX_SAFE_INTEGER)).toBe('mute_for_good');
});
