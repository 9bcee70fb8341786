/** Deletes what is over: messages past their time, expired invites, and the hashes of envelopes that nobody can repeat any more. */
import type { Core } from './core';
import { removal } from './messages';
import type { SeenRecord } from './records';

const SEEN_MS = 45 * 24 * 3600_000;
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

/** Not in the lane: each commit is. */
export async function sweep(core: Core): Promise<void> {
  const { journal, lane, world } = core;
  while (await lane.run(() => sweepMessages(core)));
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
