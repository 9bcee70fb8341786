/** What a contact who follows other rules than this app's would send: written into their outbox, or sealed in their session at once. */
import { keys, type OutboxBody, type OutboxRow, type SessionRecord } from '../../lib/app/records';
import { type Content, encodeContent } from '../../lib/protocol/content';
import { webCryptoEngine } from '../../lib/protocol/engine';
import { encodeServerFrame } from '../../lib/protocol/relay-codec';
import { decodeSession, type Session, sealEnvelope } from '../../lib/protocol/session';
import { newId, type Party, RELAY, record } from './two-parties';

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

/** Each comes to `to` as from a relay, in the session that `from` has; `from` itself knows nothing of it, and should say nothing more. */
export async function slipIn(from: Party, to: Party, contents: readonly Content[]): Promise<void> {
  const [held] = await from.store.range(['session', (await record(from)).id]);
  const { mine } = await record(to);
  if (!held || !mine.rid) throw new Error('not in touch');
  let session: Session = decodeSession((held[1] as SessionRecord).session);
  for (const content of contents) {
    const sealed = await sealEnvelope(webCryptoEngine(crypto), session, encodeContent(content), 'cell');
    session = sealed.session;
    const messageId = crypto.getRandomValues(new Uint8Array(16));
    const frame = encodeServerFrame({ kind: 'msg', rid: mine.rid, messageId, ageSeconds: 0, cell: sealed.envelope }, 0);
    to.host.inject({ kind: 'relay.push', relay: RELAY, frame });
  }
  await to.world.clock.rest();
}
