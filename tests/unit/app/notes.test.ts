/** Notes to oneself: everything a conversation can do, and nothing that leaves the device. */
import { expect, test } from 'vitest';
import type { LinkCommand } from '../../../lib/app/link';
import { type ContactRecord, keys } from '../../../lib/app/records';
import type { MessageView } from '../../../lib/app/view';
import { backupOf, readBackup } from '../../support/backup-file';
import { FakeStore } from '../../support/fake-store';
import { type Party, twoContacts } from '../../support/two-parties';

async function openNotes(party: Party): Promise<string> {
  const result = await party.ask({ kind: 'notes.open' });
  if (!result.ok || !result.contactId) throw new Error('not opened');
  await party.show(result.contactId);
  return result.contactId;
}

const notes = (party: Party) => party.messages().map(({ text }) => text);

test('they are written, answered, edited, marked, found, deleted, and drafted; one conversation, also after a restart', async () => {
  const { ana, clock } = await twoContacts();
  const contactId = await openNotes(ana);
  for (const text of ['milk', 'bread', 'x'.repeat(15_000)])
    expect(await ana.ask({ kind: 'message.send', contactId, text, routing: 'relay' })).toEqual({ ok: true });
  const [milk, bread] = ana.messages() as [MessageView, MessageView];
  expect([milk.delivery, milk.isRead, milk.routing]).toEqual([null, true, 'device']);
  await ana.ask({ kind: 'message.edit', contactId, messageId: milk.id, text: 'oat milk' });
  await ana.ask({ kind: 'message.react', contactId, messageId: milk.id, emoji: '✅' });
  await ana.ask({ kind: 'message.send', contactId, text: 'or soy', replyTo: milk.id });
  expect(ana.messages().at(-1)?.reply).toMatchObject({ kind: 'known', excerpt: 'oat milk' });
  expect(ana.messages()[0]).toMatchObject({ text: 'oat milk', reactions: { mine: '✅', theirs: null } });
  await ana.ask({ kind: 'message.delete', contactId, messageIds: [bread.id], scope: 'everyone' });
  await ana.ask({ kind: 'draft.save', contactId, text: 'egg' });
  expect(await openNotes(ana)).toBe(contactId);
  ana.restartWorker();
  await clock.until(() => ana.page.view !== null, 'awake');
  expect(await openNotes(ana)).toBe(contactId);
  expect(notes(ana)).toEqual(['oat milk', 'x'.repeat(15_000), 'or soy']);
  const shown = ana.page.view?.contacts.filter(({ state }) => state === 'self');
  expect(shown).toMatchObject([{ id: contactId, draft: 'egg', unread: 0, waiting: 0, last: { text: 'or soy', delivery: null } }]);
  const result = await ana.ask({ kind: 'search.find', text: 'oat', contactId: null, limit: 10 });
  expect(result.ok && result.found?.hits.map((hit) => hit.contactId)).toEqual([contactId]);
  expect(await ana.ask({ kind: 'message.take-back', contactId, messageId: milk.id })).toEqual({ ok: false, code: 'message-unknown' });
});

test('nothing of them reaches the host: no relay is opened for them, nothing is sent, nobody is greeted', async () => {
  const { ana, clock, world } = await twoContacts('denied');
  await clock.advance(5000);
  const commands: LinkCommand[] = [];
  const relays = world.relays.size;
  ana.host.onCommand = (command) => void commands.push(command);
  const contactId = await openNotes(ana);
  await ana.ask({ kind: 'message.send', contactId, text: 'only here', expiry: { seconds: 60, base: 'read' } });
  ana.page.send({ kind: 'typing', contactId, isTyping: true });
  ana.page.send({ kind: 'conversation.read', contactId, upTo: 1 });
  ana.restartWorker();
  await clock.advance(10_000);
  ana.front.tick();
  await clock.advance(10_000);
  const told = JSON.stringify(commands, (_, part: unknown) => (part instanceof Uint8Array ? Buffer.from(part).toString('latin1') : part));
  expect(told).not.toContain('notes.invalid');
  expect(told).not.toContain(contactId);
  expect(commands.filter((command) => command.kind === 'relay.request').length).toBeLessThan(10);
  expect([world.relays.size, ana.faults]).toEqual([relays, []]);
  expect(await ana.store.range(['outbox'])).toEqual([]);
  // Who writes for themself has read it: its time runs.
  await clock.advance(60_000);
  await ana.show(contactId);
  expect(notes(ana)).toEqual([]);
});

test('they come along in a backup, and stay nobody’s', async () => {
  const { ana } = await twoContacts();
  const contactId = await openNotes(ana);
  await ana.ask({ kind: 'message.send', contactId, text: 'milk' });
  const store = new FakeStore();
  await readBackup(ana.appWorld, store, await backupOf(ana));
  const restored = (await store.get(keys.contact(contactId))) as ContactRecord;
  expect(restored).toMatchObject({ state: 'self', healed: { isWanted: false }, mine: { rid: null }, last: { text: 'milk' } });
  expect((await store.range(['contact'])).map(([, value]) => (value as ContactRecord).state).sort()).toEqual(['accepted', 'self']);
});
