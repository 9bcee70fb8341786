/** Deletes what is over: expired invites, and the hashes of envelopes that nobody can repeat any more. */
import type { Core } from './core';
import type { SeenRecord } from './records';

const SEEN_MS = 45 * 24 * 3600_000;
const BATCH = 500;

/** Not in the lane: each commit is. */
export async function sweep({ journal, lane, world }: Core): Promise<void> {
  const now = world.clock.now();
  await lane.run(async () => {
    const old = [...journal.invites.values()].filter((invite) => invite.expiresAtMs <= now);
    await journal.commit((change) => {
      for (const invite of old) change.forgetInvite(invite.id);
    });
  });
  for (const contactId of journal.contacts.keys()) {
    let after: string | undefined;
    do {
      const options = { limit: BATCH, ...(after === undefined ? {} : { after }) };
      const entries = await journal.store.range(['seen', contactId], options);
      const expired = entries.filter(([, value]) => now - (value as SeenRecord).atMs > SEEN_MS);
      await journal.commit((change) => {
        for (const [key] of expired) change.delete(key);
      });
      after = entries.length === BATCH ? String(entries.at(-1)?.[0][2]) : undefined;
    } while (after !== undefined);
  }
}
