/** A worker that dies at any write of an edit, a reaction, a deletion or a text in parts: in the end both sides show the same, once. */
import { expect, test } from 'vitest';
import type { OutboxRow } from '../../../lib/app/records';
import type { MessageView } from '../../../lib/app/view';
import type { Death } from '../../support/fake-store';
import { Mortal } from '../../support/mortal';
import { newId, type Pair, twoContacts } from '../../support/two-parties';

const LONG = 'long '.repeat(2500);

/** Everything is said over the relay, or straight. */
async function begun(direct: 'allowed' | 'denied'): Promise<Pair & { ids: readonly string[] }> {
  const pair = await twoContacts(direct);
  const { ana, jun, clock } = pair;
  if (direct === 'allowed') await clock.until(() => ana.contact().string.kind === 'open' && jun.contact().string.kind === 'open', 'string');
  const routing = direct === 'allowed' ? 'device' : 'relay';
  const ids: string[] = [];
  for (const party of [ana, ana, jun]) {
    const id = newId();
    ids.push(id);
    party.page.send({ kind: 'message.send', id, contactId: party.contact().id, text: `text ${ids.length}`, routing });
  }
  const isThere = ({ delivery }: MessageView) => !delivery || delivery.stage === 'delivered';
  await clock.until(() => [ana, jun].every((party) => party.messages().length === 3 && party.messages().every(isThere)), 'there');
  await clock.advance(5000);
  return { ...pair, ids };
}

/** What both sides know of each message. */
function shown({ party }: Mortal, isAna: boolean): string {
  const both = party.messages().map(({ id, text, editedAtMs, deleted, reactions: { mine, theirs } }) => {
    const reactions = isAna ? [mine, theirs] : [theirs, mine];
    return { id, text, isEdited: editedAtMs !== null, isDeleted: deleted !== null, reactions };
  });
  return JSON.stringify(both.sort((a, b) => (a.id < b.id ? -1 : 1)));
}

/** True: the worker died. */
async function suffer(direct: 'allowed' | 'denied', who: 'ana' | 'jun', death: Omit<Death, 'onDeath'>): Promise<boolean> {
  const pair = await begun(direct);
  const { clock, ids } = pair;
  const [ana, jun] = [new Mortal(pair.ana), new Mortal(pair.jun)];
  const [first = '', second = '', third = ''] = ids;
  const [toJun, toAna] = [pair.ana.contact().id, pair.jun.contact().id];
  (who === 'ana' ? ana : jun).dieAt(death);
  const long = newId();
  const routing = direct === 'allowed' ? ('device' as const) : ('relay' as const);
  jun.command({ kind: 'message.react', id: newId(), contactId: toAna, messageId: first, emoji: '🎉' });
  ana.command({ kind: 'message.send', id: long, contactId: toJun, text: LONG, routing, replyTo: third });
  ana.command({ kind: 'message.edit', id: newId(), contactId: toJun, messageId: first, text: 'text 1, edited' });
  ana.command({ kind: 'message.react', id: newId(), contactId: toJun, messageId: third, emoji: '👍' });
  ana.command({ kind: 'message.delete', id: newId(), contactId: toJun, messageIds: [second], scope: 'everyone' });
  const isSame = () => {
    const isAnswered = [ana, jun].map((mortal) => mortal.isAnswered()).every(Boolean);
    if (!isAnswered || pair.ana.messages().length !== 4 || pair.jun.messages().length !== 4) return false;
    const isConfirmed = pair.ana
      .messages()
      .every(({ delivery, deleted }) => !delivery || (delivery.stage === 'delivered' && deleted?.confirmedAtMs !== null));
    return isConfirmed && shown(ana, true) === shown(jun, false) && shown(ana, true).includes('text 1, edited');
  };
  await clock.until(isSame, `the same on both sides (${who} ${death.atCommit} ${death.outcome})`);
  await clock.advance(20_000);
  await clock.until(isSame, `the same after a late death (${who} ${death.atCommit} ${death.outcome})`);
  await clock.advance(20_000);
  const [edited, deleted] = [first, second].map((id) => pair.jun.messages().find((message) => message.id === id));
  expect([edited?.text, edited?.reactions.mine, deleted?.text]).toEqual(['text 1, edited', '🎉', '']);
  for (const { party } of [ana, jun]) {
    expect(party.faults).toEqual([]);
    expect(party.contact().waiting).toBe(0);
    for (const store of ['said', 'early', 'unconfirmed']) expect(await party.store.range([store])).toEqual([]);
    expect((await party.store.range(['outbox'])).map(([, row]) => (row as OutboxRow).body)).toEqual([]);
  }
  return ana.hasDied || jun.hasDied;
}

for (const [who, direct] of [
  ['ana', 'denied'],
  ['jun', 'allowed'],
] as const) {
  test(`${who} dies at any write, ${direct === 'allowed' ? 'on a string' : 'over the relay'}`, async () => {
    let deaths = 0;
    for (const outcome of ['lost', 'kept'] as const)
      for (let atCommit = 1; await suffer(direct, who, { atCommit, outcome }); atCommit++) deaths += 1;
    expect(deaths).toBeGreaterThan(10);
  }, 120_000);
}
