/** Deletes what is over: messages past their time (when expiry.ts says so), expired invites, and the hashes of envelopes that nobody can repeat any more. */
import type { Core } from './core';
import { expiration } from './messages';
import { dayOf, keys, SEEN_DAYS } from './records';

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
      for (const invite of old) change.forgetInvite(invite.id);
    });
  });
  const options = { before: dayOf(now) - SEEN_DAYS, limit: BATCH };
  const sweepOnce = () =>
    lane.run(async () => {
      const over = await journal.store.range(['seen-on'], options);
      await journal.commit((change) => {
        for (const [key] of over) {
          change.delete(key);
          change.delete(keys.seen(String(key[2]), String(key[3])));
        }
      });
      return over.length === BATCH;
    });
  while (await sweepOnce());
}
