/** What a contact who follows other rules than this app's would send: written straight into their outbox. */
import { keys, type OutboxBody, type OutboxRow } from '../../lib/app/records';
import { newId, type Party, record } from './two-parties';

/** It goes out when this party's worker is awake again and has a route that `mayWait` allows. */
export async function oweTo(party: Party, bodies: readonly OutboxBody[], mayWait = false): Promise<void> {
  party.killWorker();
  const known = await record(party);
  const rows = bodies.map((body, i): OutboxRow => ({ n: known.nextOutbox + i, contentId: newId(), body, mayWait, sealed: null }));
  await party.store.commit([
    ...rows.map((row) => ({ kind: 'put' as const, key: keys.outbox(known.id, row.n), value: row })),
    { kind: 'put', key: keys.contact(known.id), value: { ...known, nextOutbox: known.nextOutbox + rows.length } },
  ]);
  party.wake();
  await party.world.clock.until(() => (party.page.view?.contacts.length ?? 0) > 0, 'awake again');
}
