/**
 * Where a text of theirs belongs that comes after others they wrote later: over the relay and a string, say, or in an old session. It
 * stands right before the first of those, its sequence between its neighbours' as its order is between the orders around it, so that
 * however many come late, and in whatever order, each finds room.
 *
 *   theirs, earlier ◀── … ── mine ── here ── theirs, later ── … ──▶ newest
 */
import type { Core } from './core';
import { isCounted } from './reading';
import type { ContactRecord, MessageRecord } from './records';

const BATCH = 50;
/** So far back it is looked for, and no further: what is older still stands there. */
const MOST_BATCHES = 100;

/** What the contact's record is with the text in it. */
export type Place = Pick<ContactRecord, 'nextSequence' | 'readUpTo' | 'unread'> & { readonly sequence: number; readonly isLast: boolean };

interface Gap {
  /** The first of theirs that was written later. */
  readonly upper: MessageRecord;
  /** Right before that, whoever wrote it; null: nothing is. */
  readonly lower: MessageRecord | null;
}

interface Around extends Gap {
  /** Of their last text that was written earlier. */
  readonly lowerOrder: number;
  /** So many of theirs from `upper` on have been seen, and count as unread when they have not. */
  readonly seen: number;
}

function withLower(gap: Gap, lower: MessageRecord): Gap {
  return { ...gap, lower: gap.lower ?? lower };
}

/** Null: nothing of theirs that is there was written later. */
async function gapFor(core: Core, { id, readUpTo }: ContactRecord, order: number): Promise<Around | null> {
  let found: Gap | null = null;
  let seen = 0;
  let before: number | undefined;
  for (let batch = 0; batch < MOST_BATCHES; batch++) {
    const bounds = { limit: BATCH, isReversed: true, ...(before === undefined ? {} : { before }) };
    const entries = await core.journal.store.range(['message', id], bounds);
    for (const [, value] of entries) {
      const message = value as MessageRecord;
      if (message.isMine) found = found && withLower(found, message);
      else if (message.order <= order) return found && { ...withLower(found, message), lowerOrder: message.order, seen };
      else {
        if (message.sequence <= readUpTo && isCounted(message)) seen += 1;
        found = { upper: message, lower: null };
      }
    }
    const last = entries.at(-1)?.[0][2];
    if (last === undefined) break;
    before = Number(last);
  }
  if (!found) return null;
  const [next] = found.lower
    ? []
    : await core.journal.store.range(['message', id], { before: found.upper.sequence, limit: 1, isReversed: true });
  return { ...found, lower: found.lower ?? ((next?.[1] ?? null) as MessageRecord | null), lowerOrder: 0, seen };
}

/** Strictly between; null when there is no number left. */
function between({ upper, lower, lowerOrder }: Around, order: number): number | null {
  const from = lower?.sequence ?? 0;
  const gap = upper.sequence - from;
  const share = (order - lowerOrder) / (upper.order - lowerOrder);
  const fits = (sequence: number) => sequence > from && sequence < upper.sequence;
  return [from + gap * share, from + gap / 2].find(fits) ?? null;
}

/** Runs in the lane. One that comes late among texts that have been seen has not: it and what follows it are unread. */
export async function placeOf(core: Core, contact: ContactRecord, order: number): Promise<Place> {
  const { nextSequence, readUpTo, unread } = contact;
  const around = order < contact.order.theirs ? await gapFor(core, contact, order) : null;
  const sequence = around && between(around, order);
  if (!around || sequence === null) {
    return { sequence: nextSequence, isLast: true, nextSequence: nextSequence + 1, readUpTo, unread: unread + 1 };
  }
  const isAmongSeen = sequence <= readUpTo;
  return {
    ...{ sequence, isLast: false, nextSequence },
    readUpTo: isAmongSeen ? (around.lower?.sequence ?? 0) : readUpTo,
    unread: unread + 1 + (isAmongSeen ? around.seen : 0),
  };
}
