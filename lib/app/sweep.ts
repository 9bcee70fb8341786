/** Deletes what is over: messages past their time (when expiry.ts says so), expired invites, the hashes of envelopes that nobody can repeat any more, and contents that waited in vain for another. */
import type { Core } from './core';
import { endInvite } from './invites';
import { expiration } from './messages';
import { dayOf, SEEN_DAYS } from './records';

const BATCH = 500;
const MESSAGES = 50;

/** In the lane. False: none is over any more. */
async function sweepMessages(core: Core): Promise<boolean> {
  const { journal } = core;
  const entries = await journal.store.range(['expiry'], { before: core.expiry.now() + 1, limit: MESSAGES });
  const sequences = new Map<string, Set<number>>();
  for (const [[, , contactId, sequence]] of entries) {
    const known = sequences.get(String(contactId)) ?? new Set();
    sequences.set(String(contactId), known.add(Number(sequence)));
  }
  const ends = await Promise.all([...sequences].map(async ([id, over]) => ({ id, end: await expiration(core, id, over) })));
  await journal.commit((change) => {
    for (const [key] of entries) change.delete(key);
    for (const { id, end } of ends) {
      const contact = journal.contacts.get(id);
      if (contact) change.contact(end(change, contact));
    }
  });
  return entries.length > 0;
}

/** Not in the lane: each commit is. */
export async function sweepOver(core: Core): Promise<void> {
  while (await core.lane.run(() => sweepMessages(core)));
}

/** Not in the lane: each commit is. What is not over is not read. */
export async function sweep(core: Core): Promise<void> {
  const { journal, lane, world } = core;
  const now = world.clock.now();
  await lane.run(async () => {
    const old = [...journal.invites.values()].filter((invite) => invite.expiresAtMs <= now);
    await journal.commit((change) => {
      for (const invite of old) endInvite(core, change, invite);
    });
    if (old.length > 0) core.closings.tend();
  });
  const options = { before: dayOf(now) - SEEN_DAYS, limit: BATCH };
  const sweepOnce = (store: 'seen' | 'early') =>
    lane.run(async () => {
      const over = await journal.store.range([`${store}-on`], options);
      await journal.commit((change) => {
        for (const [key] of over) {
          change.delete(key);
          change.delete([store, ...key.slice(2)]);
        }
      });
      return over.length === BATCH;
    });
  for (const store of ['seen', 'early'] as const) while (await sweepOnce(store));
}
