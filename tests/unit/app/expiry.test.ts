/** Messages whose time is over: nowhere to be seen at once, deleted at the next sweep, and everything that counted them true again. */
import { expect, test } from 'vitest';
import { keys, type MessageRecord, type OutboxRow } from '../../../lib/app/records';
import { type Party, record, twoContacts } from '../../support/two-parties';

const HOUR_MS = 3600_000;

/** As if its sender had chosen an hour. */
async function endInAnHour(party: Party, sequence: number): Promise<void> {
  const { id } = party.contact();
  const message = (await party.store.get(keys.message(id, sequence))) as MessageRecord;
  const expiresAtMs = party.world.clock.now() + HOUR_MS;
  const { last, ...contact } = await record(party);
  const over = last?.sequence === sequence ? { ...last, expiresAtMs } : last;
  party.killWorker();
  await party.store.commit([
    { kind: 'put', key: keys.message(id, sequence), value: { ...message, expiresAtMs } },
    { kind: 'put', key: keys.expiry(expiresAtMs, id, sequence), value: true },
    { kind: 'put', key: keys.contact(id), value: { ...contact, last: over } },
  ]);
  party.wake();
  await party.world.clock.until(() => party.page.view !== null, 'shown');
}

const texts = (party: Party) => party.messages().map(({ text }) => text);

async function say(party: Party, text: string): Promise<void> {
  await party.ask({ kind: 'message.send', contactId: party.contact().id, text });
}

test('what is over is in no window, no list and no search before it is deleted, and nowhere after', async () => {
  const { ana, jun, clock } = await twoContacts();
  for (const text of ['stays', 'goes']) await say(ana, text);
  await clock.until(() => texts(jun).length === 2, 'both there');
  await jun.show(null);
  await endInAnHour(jun, 2);
  const contactId = jun.contact().id;
  const find = async () => {
    const result = await jun.ask({ kind: 'search.find', text: 'goes', contactId: null, limit: 50 });
    return result.ok ? result.found?.hits.length : result.code;
  };
  expect([jun.contact().last?.text, await find()]).toEqual(['goes', 1]);
  await clock.advance(HOUR_MS);
  jun.openPage();
  await clock.until(() => jun.page.view !== null, 'shown');
  expect([jun.contact().last, await find()]).toEqual([null, 0]);
  await jun.show(contactId);
  expect(texts(jun)).toEqual(['stays']);

  jun.front.tick();
  await clock.until(() => jun.contact().last?.text === 'stays', 'the last word is the one before');
  expect(await jun.store.range(['message', contactId])).toHaveLength(1);
  expect(await jun.store.range(['expiry'])).toEqual([]);
  // The id outlives it: the same content again would be a repeat.
  expect(await jun.store.range(['content', contactId])).toHaveLength(2);
});

test('a page that shows a message sees it go', async () => {
  const { ana, jun, clock } = await twoContacts();
  await say(ana, 'goes');
  await clock.until(() => texts(jun).length === 1, 'there');
  await endInAnHour(jun, 1);
  expect(texts(jun)).toEqual(['goes']);
  await clock.advance(HOUR_MS);
  jun.front.tick();
  await clock.until(() => texts(jun).length === 0, 'gone');
});

test('one that was never read counts as unread no more', async () => {
  const { ana, jun, clock } = await twoContacts();
  await jun.show(null);
  for (const text of ['stays', 'goes']) await say(ana, text);
  await clock.until(() => jun.contact().unread === 2, 'both unread');
  await endInAnHour(jun, 2);
  await clock.advance(HOUR_MS);
  jun.front.tick();
  await clock.until(() => jun.contact().unread === 1, 'one unread');
});

test('one that still waits is not sent any more', async () => {
  const { ana, jun, clock } = await twoContacts();
  jun.closeBrowser();
  await clock.until(() => ana.contact().string.kind !== 'open', 'alone');
  for (const text of ['goes', 'stays']) await say(ana, text);
  await endInAnHour(ana, 1);
  expect(ana.contact().waiting).toBe(2);
  await clock.advance(HOUR_MS);
  ana.front.tick();
  await clock.until(() => ana.contact().waiting === 1, 'one waits');
  const owed = (await ana.store.range(['outbox', ana.contact().id])).map(([, row]) => (row as OutboxRow).body);
  expect(owed.filter(({ kind }) => kind === 'text')).toEqual([{ kind: 'text', sequence: 2 }]);
  jun.openBrowser();
  await clock.until(() => texts(jun).length > 0, 'arrived', 3 * HOUR_MS);
  await clock.advance(60_000);
  expect(texts(jun)).toEqual(['stays']);
  expect(ana.contact().waiting).toBe(0);
});
