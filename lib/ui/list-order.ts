/** The order of the list, and what of it is folded away. */
import type { ContactView } from '../app/view';

export type ListGroup = 'main' | 'archived' | 'blocked';

export function groupOf({ choices }: Pick<ContactView, 'choices'>): ListGroup {
  if (choices.isBlocked) return 'blocked';
  return choices.isArchived ? 'archived' : 'main';
}

const GROUP_RANK: Readonly<Record<ListGroup, number>> = { main: 1, archived: 2, blocked: 3 };

function rank(contact: ContactView): number {
  if (contact.state === 'request' && groupOf(contact) === 'main') return 0;
  return GROUP_RANK[groupOf(contact)];
}

const isPinned = (contact: ContactView) => rank(contact) === 1 && contact.choices.isPinned;

/**
 * Requests first; then what is pinned, by name, so that it stays where its user looks for it; then the newest word first; what is
 * archived after that, and who is blocked at the end.
 */
export function inListOrder(a: ContactView, b: ContactView): number {
  const latest = (contact: ContactView) => contact.last?.atMs ?? contact.addedAtMs;
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (isPinned(a) !== isPinned(b)) return isPinned(a) ? -1 : 1;
  return (isPinned(a) && a.name.localeCompare(b.name)) || latest(b) - latest(a);
}
