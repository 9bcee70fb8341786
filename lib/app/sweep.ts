/** Deletes what is over: messages past their time, expired invites, and the hashes of envelopes that nobody can repeat any more. */
import type { Core } from './core';
import { endInvite } from './invites';
import { removal } from './messages';
import { dayOf, keys, SEEN_DAYS } from './records';

const BATCH = 500;
const MESSAGES = 50;

/** In the lane. False: none is over any more. */
async function sweepMessages(core: Core): Promise<boolean> {
  const { journal, world } = core;
  const entries = await journal.store.range(['expiry'], { before: world.clock.now() + 1, limit: MESSAGES });
  const sequences = new Map<string, Set<number>>();
  for (const [[, , contactId, sequence]] of entries) {
    const known = sequences.get(String(contactId)) ?? new Set();
    sequences.set(String(contactId), known.add(Number(sequence)));
  }
  const removals = await Promise.all([...sequences].map(async ([id, gone]) => ({ id, remove: await removal(core, id, gone) })));
  await journal.commit((change) => {
    for (const [key] of entries) change.delete(key);
    for (const { id, remove } of removals) {
      const contact = journal.contacts.get(id);
      if (contact) change.contact(remove(change, contact));
    }
  });
  return entries.length > 0;
}

/** Not in the lane: each commit is. What is not over is not read. */
export async function sweep(core: Core): Promise<void> {
  const { journal, lane, world } = core;
  while (await lane.run(() => sweepMessages(core)));
  const now = world.clock.now();
  await lane.run(async () => {
    const old = [...journal.invites.values()].filter((invite) => invite.expiresAtMs <= now);
    await journal.commit((change) => {
      for (const invite of old) endInvite(core, change, invite);
    });
    if (old.length > 0) core.closings.tend();
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
