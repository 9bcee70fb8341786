/** Deletes what is over: expired invites, and the hashes of envelopes that nobody can repeat any more. */
import type { Core } from './core';
import { dayOf, keys, SEEN_DAYS } from './records';

const BATCH = 500;

/** Not in the lane: each commit is. What is not over is not read. */
export async function sweep({ journal, lane, world }: Core): Promise<void> {
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
