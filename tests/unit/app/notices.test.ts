/** What the user is told outside the pages. */
import { expect, test } from 'vitest';
import { keys, type MessageRecord } from '../../../lib/app/records';
import type { Settings } from '../../../lib/domain/choices';
import { newId, type Pair, type Party, record, twoContacts } from '../../support/two-parties';

const NOTIFY: Settings['notify'] = { shows: 'sender', hasSound: true, quiet: null };

/** Ana does not look; nothing of before is left in what she was told. */
async function apart(notify: Partial<Settings['notify']> = {}): Promise<Pair> {
  const pair = await twoContacts();
  const { ana, clock } = pair;
  await ana.show(null);
  await ana.ask({ kind: 'settings.choose', settings: { notify: { ...NOTIFY, ...notify } } });
  await clock.advance(5000);
  ana.notices.length = 0;
  ana.dismissed.length = 0;
  ana.host.chimes = 0;
  return pair;
}

async function tell({ ana, jun, clock }: Pair, text: string): Promise<void> {
  const before = ana.contact().unread;
  const readBefore = ana.messages().length;
  await jun.ask({ kind: 'message.send', contactId: jun.contact().id, text, routing: 'relay' });
  await clock.until(() => ana.contact().unread > before || ana.messages().length > readBefore, text);
  await clock.rest();
}

/** Its time is over, and a sweep comes by. */
async function deleteNow(party: Party, sequence: number): Promise<void> {
  const { id } = party.contact();
  const message = (await party.store.get(keys.message(id, sequence))) as MessageRecord;
  const expiresAtMs = party.world.clock.now();
  await party.store.commit([
    { kind: 'put', key: keys.message(id, sequence), value: { ...message, expiresAtMs } },
    { kind: 'put', key: keys.expiry(expiresAtMs, id, sequence), value: true },
  ]);
  party.front.tick();
  await party.world.clock.rest();
}

test('a notice names the sender, the text too when chosen, or nothing, and sounds', async () => {
  const pair = await apart();
  const { ana } = pair;
  await tell(pair, 'under the blue pot');
  expect(ana.notices).toEqual([{ contactId: ana.contact().id, kind: 'message', name: 'Jun', text: null, unread: 1 }]);
  expect(ana.host.chimes).toBe(1);
  await ana.ask({ kind: 'settings.choose', settings: { notify: { ...NOTIFY, shows: 'text' } } });
  await tell(pair, 'not the red one');
  expect(ana.notices.at(-1)).toMatchObject({ name: 'Jun', text: 'not the red one', unread: 2 });
  await ana.ask({ kind: 'settings.choose', settings: { notify: { ...NOTIFY, shows: 'nothing' } } });
  await tell(pair, 'nor the green');
  expect(ana.notices.at(-1)).toMatchObject({ name: null, text: null, unread: 3 });
});

test('a name that would reorder or hide what stands around it is cleaned before it is shown in a notice', async () => {
  const pair = await apart();
  const { ana } = pair;
  ana.killWorker();
  const known = await record(ana);
  await ana.store.commit([{ kind: 'put', key: keys.contact(known.id), value: { ...known, name: 'Eve\u202eadmin\n\u200b' } }]);
  ana.wake();
  await ana.world.clock.until(() => ana.page.view !== null, 'awake');
  await tell(pair, 'hello');
  expect(ana.notices).toMatchObject([{ name: 'Eve admin' }]);
});

test('a request is told without a name where nothing is to be shown', async () => {
  const pair = await apart({ shows: 'nothing' });
  const { ana, jun, clock } = pair;
  await jun.ask({ kind: 'contact.remove', contactId: jun.contact().id });
  await ana.ask({ kind: 'contact.remove', contactId: ana.contact().id });
  await ana.ask({ kind: 'invite.show' });
  await clock.until(() => Boolean(ana.page.view?.invite), 'invite');
  const taken = await jun.ask({ kind: 'invite.take', text: ana.page.view?.invite?.link ?? '' });
  if (!taken.ok || !taken.contactId) throw new Error('not taken');
  await jun.ask({ kind: 'contact.accept', contactId: taken.contactId, direct: 'denied' });
  await clock.until(() => ana.notices.length > 0, 'told');
  expect(ana.notices[0]).toMatchObject({ kind: 'request', name: null });
});

test('one sound is for all that comes within two seconds, and none where it is off', async () => {
  const pair = await apart();
  const { ana, clock } = pair;
  await tell(pair, 'one');
  await tell(pair, 'two');
  expect(ana.host.chimes).toBe(1);
  await clock.advance(3000);
  await tell(pair, 'three');
  expect(ana.host.chimes).toBe(2);
  await ana.ask({ kind: 'settings.choose', settings: { notify: { ...NOTIFY, hasSound: false } } });
  await clock.advance(3000);
  await tell(pair, 'four');
  expect(ana.host.chimes).toBe(2);
  expect(ana.notices).toHaveLength(4);
});

test('quiet hours over midnight are those of the place where the user is', async () => {
  const pair = await apart({ quiet: { from: 22 * 60, to: 7 * 60 } });
  const { ana, clock } = pair;
  // The clock begins at noon UTC: ten hours east it is ten at night.
  ana.zoneMinutes = 600;
  await tell(pair, 'at night');
  expect(ana.notices).toEqual([]);
  expect(ana.host.chimes).toBe(0);
  expect(ana.badge?.unread).toBe(1);
  await clock.advance(9 * 3600_000);
  await tell(pair, 'in the morning');
  expect(ana.notices).toHaveLength(1);
});

test('a muted contact is counted in the list, and neither notified nor on the badge, until the time is over', async () => {
  const pair = await apart();
  const { ana, clock } = pair;
  const { id } = ana.contact();
  await ana.ask({ kind: 'contact.choose', contactId: id, choices: { mutedUntilMs: clock.now() + 3600_000 } });
  await tell(pair, 'one');
  expect(ana.notices).toEqual([]);
  expect(ana.contact().unread).toBe(1);
  expect(ana.badge?.unread).toBe(0);
  await clock.advance(3600_000);
  await tell(pair, 'two');
  expect(ana.notices).toHaveLength(1);
  expect(ana.badge?.unread).toBe(2);
});

test('a chat in view is told of when its window is not the one looked at, and only then', async () => {
  const pair = await apart();
  const { ana, clock } = pair;
  const contactId = ana.contact().id;
  await ana.show(contactId);
  await tell(pair, 'seen');
  expect(ana.notices).toEqual([]);
  ana.page.send({ kind: 'conversation.show', contactId, isVisible: true, isFocused: false });
  await clock.rest();
  await tell(pair, 'not seen');
  expect(ana.notices).toHaveLength(1);
});

test('a notice goes when its message is read, or deleted, and stays for another of the same contact', async () => {
  const pair = await apart({ shows: 'text' });
  const { ana, clock } = pair;
  const contactId = ana.contact().id;
  await tell(pair, 'one');
  ana.page.send({ kind: 'conversation.read', contactId, upTo: 1 });
  await clock.until(() => ana.dismissed.includes(contactId), 'read');
  ana.dismissed.length = 0;
  await tell(pair, 'two');
  await tell(pair, 'three');
  await deleteNow(ana, 2);
  expect(ana.dismissed).toEqual([]);
  await tell(pair, 'four');
  await deleteNow(ana, 4);
  expect(ana.contact().unread).toBe(1);
  expect(ana.dismissed).toEqual([contactId]);
});

test('a notice reads as its message does after an edit, also one of a worker that has died, and goes where none may be', async () => {
  const pair = await apart({ shows: 'text' });
  const { ana, jun, clock } = pair;
  const edit = async (at: number, text: string) => {
    await jun.ask({ kind: 'message.edit', contactId: jun.contact().id, messageId: jun.messages()[at]?.id ?? '', text });
    await clock.advance(5000);
  };
  await tell(pair, 'one');
  await tell(pair, 'two');
  ana.restartWorker();
  await clock.until(() => ana.page.view !== null, 'awake');
  await edit(0, 'one, better');
  expect(ana.notices.at(-1)?.text).toBe('two');
  await edit(1, 'two, better');
  expect(ana.notices.at(-1)?.text).toBe('two, better');
  await ana.ask({ kind: 'contact.choose', contactId: ana.contact().id, choices: { mutedUntilMs: clock.now() + 3600_000 } });
  ana.dismissed.length = 0;
  await edit(1, 'two, best');
  expect(ana.dismissed).toEqual([ana.contact().id]);
});

test('the buttons of a notice read and mute, and do nothing for who is gone', async () => {
  const pair = await apart();
  const { ana, jun, clock } = pair;
  const contactId = ana.contact().id;
  await tell(pair, 'one');
  ana.front.onNotice(contactId, 'read');
  await clock.until(() => ana.contact().unread === 0, 'read');
  await clock.until(() => jun.messages()[0]?.delivery?.stage === 'read', 'and told so');
  ana.front.onNotice(contactId, 'mute');
  await clock.until(() => ana.contact().choices.mutedUntilMs > clock.now(), 'muted');
  await tell(pair, 'two');
  expect(ana.notices).toHaveLength(1);
  ana.front.onNotice(newId(), 'read');
  ana.front.onNotice(newId(), 'mute');
  await clock.rest();
  expect(ana.faults).toEqual([]);
});

test('a click leads a page that can be seen to the chat, or the next that opens', async () => {
  const { ana, clock } = await apart();
  const contactId = ana.contact().id;
  expect(await ana.front.leadTo(contactId)).toBe(true);
  expect(ana.page.led).toEqual([contactId]);
  ana.page.close();
  expect(await ana.front.leadTo(contactId)).toBe(false);
  ana.openPage();
  await clock.rest();
  expect(ana.page.led).toEqual([contactId]);
  ana.page.close();
  await ana.front.leadTo(contactId);
  await clock.advance(20_000);
  ana.openPage();
  await clock.rest();
  expect(ana.page.led).toEqual([]);
});

const badge = ({ ana }: Pair) => ana.badge?.unread;

test('what is deleted for everyone before it was read is not unread any more, and what was said since still is', async () => {
  const pair = await apart();
  const { ana, jun, clock } = pair;
  await tell(pair, 'one');
  await tell(pair, 'two');
  expect([ana.contact().unread, badge(pair)]).toEqual([2, 2]);
  const remove = (index: number) => {
    const messageIds = [jun.messages()[index]?.id ?? ''];
    return jun.ask({ kind: 'message.delete', contactId: jun.contact().id, messageIds, scope: 'everyone' });
  };
  await jun.show(jun.contact().id);
  await remove(0);
  await clock.until(() => ana.contact().unread === 1, 'one of them is gone');
  await clock.rest();
  expect(badge(pair)).toBe(1);
  // Seeing the line that is left of it takes nothing from what is to be read.
  await ana.show(ana.contact().id);
  const [gone] = ana.messages();
  ana.page.send({ kind: 'conversation.read', contactId: ana.contact().id, upTo: gone?.sequence ?? 0 });
  await clock.rest();
  expect(ana.contact().unread).toBe(1);
  await remove(1);
  await clock.until(() => ana.contact().unread === 0, 'both are gone');
  await clock.rest();
  expect(badge(pair)).toBe(0);
  expect(ana.dismissed).toContain(ana.contact().id);
});

test('a conversation marked as unread counts in the badge once, over a death of the worker, until it is opened or all of it read', async () => {
  const pair = await apart();
  const { ana, clock } = pair;
  const contactId = ana.contact().id;
  const mark = (as: 'unread' | 'opened' | 'read') => ana.ask({ kind: 'conversation.mark', contactId, mark: as });
  await mark('unread');
  await clock.rest();
  expect([ana.contact().isMarkedUnread, ana.contact().unread, badge(pair)]).toEqual([true, 0, 1]);
  ana.restartWorker();
  await clock.until(() => ana.page.view !== null, 'awake');
  expect(ana.contact().isMarkedUnread).toBe(true);
  await mark('opened');
  await clock.rest();
  expect([ana.contact().isMarkedUnread, badge(pair)]).toEqual([false, 0]);
  await tell(pair, 'one');
  await mark('unread');
  await clock.rest();
  expect(badge(pair)).toBe(1);
  await mark('read');
  await clock.rest();
  expect([ana.contact().isMarkedUnread, ana.contact().unread, badge(pair)]).toEqual([false, 0, 0]);
  expect(await ana.ask({ kind: 'conversation.mark', contactId: newId(), mark: 'unread' })).toEqual({ ok: false, code: 'contact-unknown' });
});
