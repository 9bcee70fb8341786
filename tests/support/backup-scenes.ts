/** Two people whose profiles are made backups of: in touch, talking, with years of talk behind them. */
import { type ContactRecord, keys, type MessageRecord } from '../../lib/app/records';
import { newId, type Pair, type Party, record, twoContacts } from './two-parties';

export function say(party: Party, text: string): void {
  party.page.send({ kind: 'message.send', id: newId(), contactId: party.contact().id, text });
}

export const texts = (party: Party) => party.messages().map(({ isMine, text }) => `${isMine ? 'me' : 'them'}: ${text}`);

/** In touch by the relay alone, a line read each way. */
export async function met(direct: 'allowed' | 'denied' = 'denied'): Promise<Pair> {
  const pair = await twoContacts(direct);
  const { ana, jun, clock } = pair;
  for (const party of direct === 'denied' ? [ana, jun] : [])
    await party.ask({ kind: 'contact.choose', contactId: party.contact().id, choices: { routing: 'relay' } });
  say(ana, 'ana 0');
  say(jun, 'jun 0');
  await clock.until(() => ana.messages().length === 2 && jun.messages().length === 2, 'both read both');
  await clock.advance(5000);
  return pair;
}

/** As many messages as a long acquaintance leaves, written straight to the disk. */
export async function fill(party: Party, count: number, more: (sequence: number) => Partial<MessageRecord> = () => ({})): Promise<void> {
  const known = await record(party);
  const from = known.nextSequence;
  const ordered = Math.max(known.order.mine, known.order.theirs);
  for (let done = 0; done < count; done += 500) {
    const batch = Array.from({ length: Math.min(500, count - done) }, (_, i): MessageRecord => {
      const sequence = from + done + i;
      const text = `line ${sequence} ${'x'.repeat(100)}`;
      return {
        id: newId(),
        sequence,
        order: ordered + sequence,
        isMine: false,
        text,
        sentAtMs: sequence,
        receivedAtMs: sequence,
        delivery: null,
        mayWait: true,
        ...more(sequence),
      };
    });
    await party.store.commit(
      batch.flatMap((message) => [
        { kind: 'put' as const, key: keys.message(known.id, message.sequence), value: message },
        { kind: 'put' as const, key: keys.content(known.id, message.id), value: message.sequence },
      ]),
    );
  }
  const contact: ContactRecord = { ...known, nextSequence: from + count, order: { ...known.order, mine: ordered + from + count } };
  await party.store.commit([{ kind: 'put', key: keys.contact(known.id), value: contact }]);
  party.restartWorker();
  await party.world.clock.until(() => (party.page.view?.contacts.length ?? 0) > 0, 'awake again');
}
