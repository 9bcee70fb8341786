/** Windows on a long conversation: around a message, and on from there in both directions. */
import { expect, test } from 'vitest';
import type { StoreChange } from '../../../lib/app/ports';
import { keys, type MessageRecord } from '../../../lib/app/records';
import type { ViewPatch } from '../../../lib/app/view';
import { type Party, record, twoContacts } from '../../support/two-parties';

async function withMessages(party: Party, count: number): Promise<string> {
  const { id } = party.contact();
  const contact = await record(party);
  party.killWorker();
  const puts = Array.from({ length: count }, (_, i): StoreChange => {
    const sequence = i + 1;
    const message = { id: sequence.toString(16).padStart(32, '0'), sequence, isMine: false, text: `${sequence}`, sentAtMs: sequence };
    const value = { ...message, order: sequence, receivedAtMs: sequence, delivery: null, mayWait: false } satisfies MessageRecord;
    return { kind: 'put', key: keys.message(id, sequence), value };
  });
  await party.store.commit([...puts, { kind: 'put', key: keys.contact(id), value: { ...contact, nextSequence: count + 1 } }]);
  party.wake();
  await party.world.clock.until(() => party.page.view !== null, 'shown');
  return id;
}

const span = (messages: readonly { readonly sequence: number }[]) => [messages[0]?.sequence, messages.at(-1)?.sequence, messages.length];

function lastPatch<Kind extends ViewPatch['kind']>(party: Party, kind: Kind): Extract<ViewPatch, { kind: Kind }> | undefined {
  const patches = party.page.frames.flatMap((frame) => (frame.kind === 'patch' ? frame.patches : []));
  return patches.findLast((patch): patch is Extract<ViewPatch, { kind: Kind }> => patch.kind === kind);
}

test('a window lies around the message that is asked for, and says what lies beyond its ends', async () => {
  const { ana, clock } = await twoContacts('denied');
  const contactId = await withMessages(ana, 200);
  const show = async (around: number | null) => {
    ana.page.send({ kind: 'conversation.show', contactId, isVisible: true, around });
    await clock.rest();
    const { messages = [], hasEarlier, hasLater } = ana.page.view?.conversation ?? {};
    return [...span(messages), hasEarlier, hasLater];
  };
  expect(await show(100)).toEqual([80, 129, 50, true, true]);
  expect(await show(1)).toEqual([1, 30, 30, false, true]);
  expect(await show(199)).toEqual([179, 200, 22, true, false]);
  expect(await show(null)).toEqual([151, 200, 50, true, false]);

  ana.page.send({ kind: 'conversation.later', contactId, after: 129 });
  ana.page.send({ kind: 'conversation.later', contactId, after: 179 });
  ana.page.send({ kind: 'conversation.earlier', contactId, before: 80 });
  await clock.rest();
  const later = ana.page.frames.flatMap((frame) => (frame.kind === 'patch' ? frame.patches.filter(({ kind }) => kind === 'later') : []));
  expect(later).toMatchObject([
    { after: 129, hasLater: true },
    { after: 179, hasLater: false },
  ]);
  expect(span(lastPatch(ana, 'later')?.messages ?? [])).toEqual([180, 200, 21]);
  expect(span(lastPatch(ana, 'earlier')?.messages ?? [])).toEqual([30, 79, 50]);
});

test('a page that comes back gets its window where it was', async () => {
  const { ana, clock } = await twoContacts('denied');
  const contactId = await withMessages(ana, 200);
  ana.page.send({ kind: 'hello', epoch: null, revision: 0, conversation: contactId, around: 100, isVisible: true });
  await clock.rest();
  expect(span(ana.messages())).toEqual([80, 129, 50]);
});

test('one record that does not open hides none of the others', async () => {
  const { ana, clock } = await twoContacts('denied');
  const contactId = await withMessages(ana, 60);
  // The store counts it when it reads, and leaves it out when it does not open.
  const range = ana.store.range.bind(ana.store);
  ana.store.range = async (...given) => (await range(...given)).filter(([key]) => key[0] !== 'message' || key[2] !== 55);
  ana.page.send({ kind: 'conversation.show', contactId, isVisible: true, around: null });
  await clock.rest();
  expect([...span(ana.messages()), ana.page.view?.conversation?.hasEarlier]).toEqual([10, 60, 50, true]);
});
