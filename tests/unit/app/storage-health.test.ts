/** What a user is told about the room on this device: before it runs out, while it has, and when there is some again. */
import { expect, test } from 'vitest';
import { keys } from '../../../lib/app/records';
import { newId, type Party, twoContacts, twoParties } from '../../support/two-parties';

const room = (party: Party) => party.page.view?.storage?.room;
const say = (party: Party, text: string) => party.ask({ kind: 'message.send', contactId: party.contact().id, text });

/** No write succeeds from now on, and no reading either where it says so. */
async function fill(party: Party, isReadable = true): Promise<void> {
  await party.world.clock.advance(5000);
  party.store.trouble = { atCommit: party.store.commits + 1, isKept: false, isReadable, onBegin: () => undefined };
  expect(await say(party, 'no room for this')).toEqual({ ok: false, code: 'storage-full' });
}

test('too little room is said before a write fails, by any wake, and taken back', async () => {
  const { ana, clock } = await twoParties();
  ana.front.tick();
  await clock.until(() => room(ana) === 'enough', 'looked at');
  ana.disk = { usedBytes: 1e6, freeBytes: 99e6, isKept: true };
  ana.front.tick();
  await clock.until(() => room(ana) === 'low', 'low');
  ana.disk = { ...ana.disk, freeBytes: 101e6 };
  ana.front.tick();
  await clock.until(() => room(ana) === 'enough', 'enough');
});

test('a browser that does not say what is left gives no alarm', async () => {
  const { ana, clock } = await twoParties();
  ana.disk = { usedBytes: 1e6, freeBytes: null, isKept: false };
  ana.front.tick();
  await clock.until(() => ana.page.view?.storage?.isKept === false, 'looked at');
  expect(room(ana)).toBe('enough');
});

test('who asks is told the messages on this device and the last backup', async () => {
  const { ana } = await twoContacts();
  for (const text of ['one', 'two', 'three']) await say(ana, text);
  expect(await ana.ask({ kind: 'storage.look' })).toEqual({ ok: true });
  expect(ana.page.view?.storage).toMatchObject({ usedBytes: 1e6, freeBytes: 1e9, messages: 3, lastBackupMs: null });
  await ana.store.commit([{ kind: 'put', key: keys.backup, value: { atMs: 1234 } }]);
  await ana.ask({ kind: 'storage.look' });
  expect(ana.page.view?.storage?.lastBackupMs).toBe(1234);
});

test('a full disk is said on every page, and taken back by itself once there is room, though nobody writes', async () => {
  const { ana, clock } = await twoContacts('denied');
  ana.front.tick();
  await fill(ana);
  expect(room(ana)).toBe('full');
  await clock.advance(60_000);
  expect(room(ana)).toBe('full');
  ana.store.endTrouble();
  await clock.until(() => room(ana) === 'enough', 'room again', 30_000);
  expect(ana.messages()).toEqual([]);
});

for (const isReadable of [true, false]) {
  test(`while a message waits for room, a page that opens is shown the list and why (${isReadable ? '' : 'not '}readable)`, async () => {
    const { ana, jun, clock } = await twoContacts();
    await clock.until(() => jun.contact().string.kind === 'open', 'string');
    jun.front.tick();
    await fill(jun, isReadable);
    await say(ana, 'hello');
    await clock.advance(5000);
    jun.openPage();
    await clock.until(() => jun.page.view !== null, 'shown', 5000);
    expect(jun.page.view?.contacts).toHaveLength(1);
    expect(room(jun)).toBe('full');
    const id = newId();
    jun.page.send({ kind: 'message.send', id, contactId: jun.contact().id, text: 'nor for this' });
    await clock.until(() => jun.page.results.has(id), 'answered', 5000);
    expect(jun.page.results.get(id)).toEqual({ ok: false, code: 'storage-full' });
    expect(ana.messages().map(({ delivery }) => delivery?.stage)).toEqual(['local']);
    jun.store.endTrouble();
    await clock.until(() => ana.messages()[0]?.delivery?.stage === 'delivered', 'delivered by itself', 60_000);
    expect(jun.messages().map(({ text }) => text)).toEqual(['hello']);
    await clock.until(() => room(jun) === 'enough', 'room again', 30_000);
  });
}

test('a store that can’t even be opened for want of room opens by itself once there is some', async () => {
  const { ana, clock } = await twoContacts();
  await fill(ana, false);
  ana.restartWorker();
  await clock.until(() => ana.page.lock?.failure === 'storage-full', 'says why');
  ana.store.endTrouble();
  await clock.until(() => ana.page.view?.contacts.length === 1, 'open again', 15_000);
});
