/** The conversation with oneself: the background knows no name for it, every page the same. */
import type { ContactView, FoundView } from '../app/view';
import { t } from './text';

const known = new WeakMap<ContactView, ContactView>();

/** The contact as pages call it; the same each time, so that nothing is drawn anew for it. */
export function named(contact: ContactView): ContactView {
  if (contact.state !== 'self') return contact;
  const before = known.get(contact);
  if (before) return before;
  const notes = { ...contact, name: t('notes') };
  known.set(contact, notes);
  return notes;
}

/** Without accents and capitals. */
export const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

const wordsOf = (text: string) => plain(text).match(/[\p{L}\p{N}]+/gu) ?? [];

/** With the notes among the people when each word looked for begins a word of their name. */
export function withNotes(found: FoundView, query: string, contacts: readonly ContactView[]): FoundView {
  const notes = contacts.find(({ state }) => state === 'self');
  const looked = wordsOf(query);
  if (!notes || looked.length === 0 || found.people.includes(notes.id)) return found;
  const words = wordsOf(t('notes'));
  const isMeant = looked.every((begin) => words.some((word) => word.startsWith(begin)));
  return isMeant ? { ...found, people: [...found.people, notes.id] } : found;
}
