/** What an introduction, and a request, change in a contact that is known already. */
import type { Content } from '../protocol/content';
import type { Introduction } from '../protocol/profile';
import type { Core } from './core';
import { movesOf, NO_MOVES, theirQueue } from './queues';
import type { ContactRecord, MyQueue } from './records';

export type Request = Extract<Content, { kind: 'request' }>;

/** As they have introduced themself last. */
export function introduced(contact: ContactRecord, { name, direct, tells, version }: Introduction): ContactRecord {
  return { ...contact, name, direct: { ...contact.direct, theirs: direct }, told: { ...tells, version } };
}

/**
 * Both took an invite of the other: each has asked, so both have accepted. They write from now on where the requests say,
 * and their two sessions settle by their own rule.
 */
export function metHalfway(core: Core, contact: ContactRecord, request: Request): ContactRecord {
  return {
    ...introduced(contact, request),
    state: 'accepted',
    theirs: theirQueue(core, request.address),
    ...(contact.moves && { moves: { ...contact.moves, theirs: NO_MOVES.theirs } }),
    live: { ...contact.live, theirs: [request.liveKey] },
  };
}

/** An accepted contact who asks anew has lost what we shared, but for the identity: everything except the conversation starts over. */
export function startedOver(core: Core, contact: ContactRecord, mine: MyQueue, request: Request): ContactRecord {
  return {
    ...metHalfway(core, contact, request),
    mine,
    moves: { ...NO_MOVES, order: movesOf(contact).order, sinceMs: core.world.clock.now() },
    box: { mine: null, theirs: null },
    healed: { mineAtMs: 0, theirsAtMs: [], generation: 1, isWanted: false },
    // A device that knows nothing of what was said may have a slower clock: it begins to count anew.
    order: { ...contact.order, theirs: 0 },
  };
}
