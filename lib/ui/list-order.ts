import type { ContactView } from '../app/view';

/** Requests first, then the newest word first. */
export function inListOrder(a: ContactView, b: ContactView): number {
  const rank = (contact: ContactView) => (contact.state === 'request' ? 0 : 1);
  const latest = (contact: ContactView) => contact.last?.atMs ?? contact.addedAtMs;
  return rank(a) - rank(b) || latest(b) - latest(a);
}
