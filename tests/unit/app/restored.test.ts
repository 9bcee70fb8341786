/** A profile that was restored from a backup: what the other side sees of it, and of the place where it was before. */
import { describe, expect, test, vi } from 'vitest';
import { keys, type MessageRecord } from '../../../lib/app/records';
import type { Bytes } from '../../../lib/protocol/bytes';
import { backupOf, openBackupAt, readBackup } from '../../support/backup-file';
import { fill, met, say, texts } from '../../support/backup-scenes';
import { type Pair, Party, RELAY, record } from '../../support/two-parties';

vi.setConfig({ testTimeout: 60_000 });

const DAY_MS = 24 * 3600_000;

function allConfirmed(party: Party): boolean {
  return party.messages().every(({ delivery }) => !delivery || delivery.stage === 'delivered' || delivery.stage === 'read');
}

/** The device is lost with everything on it, and another one has what was in the file. */
async function restore(party: Party, file: Bytes): Promise<void> {
  party.closeBrowser();
  party.store.restore(new Map());
  party.openBrowser();
  await party.world.clock.until(() => party.page.view !== null, 'awake');
  expect(party.page.view?.profile).toBeNull();
  expect(await openBackupAt(party, file)).toMatchObject({ ok: true, restore: { name: expect.any(String) } });
  expect(party.page.view?.profile).toBeNull();
  expect(await party.ask({ kind: 'restore.keep' })).toEqual({ ok: true });
  await party.world.clock.until(() => (party.page.view?.contacts.length ?? 0) > 0, 'restored');
  expect(party.disks.list.entries).toHaveLength(1);
  await party.show(party.contact().id);
}

async function talkBothWays({ ana, jun, clock }: Pair, words: string): Promise<void> {
  say(ana, `ana ${words}`);
  say(jun, `jun ${words}`);
  const haveBoth = (party: Party) => texts(party).filter((text) => text.endsWith(words)).length === 2;
  await clock.until(() => haveBoth(ana) && haveBoth(jun) && allConfirmed(ana) && allConfirmed(jun), words);
}

describe('a device restored from a backup', () => {
  test('says again what it had said of messages before the backup, where that was never heard', async () => {
    const pair = await met();
    const { ana, jun, clock } = pair;
    say(ana, 'ana 1');
    await clock.until(() => jun.messages().length === 3 && allConfirmed(ana), 'there');
    const idOf = (text: string) => ana.messages().find((message) => message.text === text)?.id ?? '';
    ana.host.dropRelay(RELAY);
    const contactId = ana.contact().id;
    await ana.ask({ kind: 'message.edit', contactId, messageId: idOf('ana 0'), text: 'ana 0, better' });
    await ana.ask({ kind: 'message.react', contactId, messageId: idOf('jun 0'), emoji: '👍' });
    await ana.ask({ kind: 'message.delete', contactId, messageIds: [idOf('ana 1')], scope: 'everyone' });
    expect(await ana.store.count(['said'])).toBe(3);
    const file = await backupOf(ana);
    await restore(ana, file);
    await clock.until(() => jun.messages().some(({ text }) => text === 'ana 0, better'), 'edited there');
    await clock.advance(30_000);
    const seen = jun.messages().map(({ text, reactions, deleted }) => [text, reactions.theirs, deleted != null]);
    expect(seen).toEqual(
      expect.arrayContaining([
        ['jun 0', '👍', false],
        ['', null, true],
      ]),
    );
    expect(await ana.store.count(['said'])).toBe(0);
    expect(ana.messages().find(({ deleted }) => deleted)?.deleted?.confirmedAtMs).not.toBeNull();
  });

  test('goes on where the backup was made: sessions anew, what was missed comes once, what was unconfirmed settles', async () => {
    const pair = await met();
    const { ana, jun, clock } = pair;
    const before = await record(ana);
    const [session] = (await ana.store.range(['session', before.id])).map(([key]) => key[2]);
    ana.host.dropRelay('wss://relay.test');
    say(ana, 'ana unsent');
    await clock.rest();
    const file = await backupOf(ana);
    await talkBothWays(pair, 'after the backup');
    ana.closeBrowser();
    say(jun, 'jun while away');
    await clock.until(() => jun.messages().at(-1)?.delivery?.stage === 'held', 'held');
    await restore(ana, file);
    await talkBothWays(pair, 'afterwards');
    await clock.advance(30_000);
    expect(texts(ana).toSorted()).toEqual(
      ['me: ana 0', 'them: jun 0', 'me: ana unsent', 'them: jun while away', 'me: ana afterwards', 'them: jun afterwards'].toSorted(),
    );
    expect(texts(jun).filter((text) => text === 'them: ana unsent')).toHaveLength(1);
    expect(
      texts(jun)
        .filter((text) => text.startsWith('them'))
        .toSorted(),
    ).toEqual(['them: ana 0', 'them: ana after the backup', 'them: ana afterwards', 'them: ana unsent'].toSorted());
    expect([allConfirmed(ana), allConfirmed(jun), ana.contact().waiting, jun.contact().waiting]).toEqual([true, true, 0, 0]);
    const after = await record(ana);
    expect(after.live.mine).not.toEqual(before.live.mine);
    expect(after.box.mine?.boxId).toEqual(before.box.mine?.boxId);
    const sessions = (await ana.store.range(['session', after.id])).map(([key]) => key[2]);
    expect(sessions).not.toContain(session);
    const search = await ana.ask({ kind: 'search.find', text: 'jun', contactId: null, limit: 50 });
    expect(search).toMatchObject({ ok: true, found: { hits: [{}, {}, {}] } });
    // One agreement was enough.
    expect(pair.world.relays.get('wss://relay.test')?.heard.filter(({ kind }) => kind === 'pre-take')).toHaveLength(1);
  });

  test('what was being taken back is not sent after all, and what was taken back waits for nothing', async () => {
    const pair = await met();
    const { ana, jun, clock } = pair;
    jun.closeBrowser();
    await clock.advance(1000);
    const contactId = ana.contact().id;
    for (const text of ['never mind', 'nor this']) await ana.ask({ kind: 'message.send', contactId, text, routing: 'relay' });
    await ana.ask({ kind: 'message.send', contactId, text: 'only here', routing: 'device' });
    const ids = ana
      .messages()
      .slice(-3)
      .map(({ id }) => id);
    const [first = '', , local = ''] = ids;
    await clock.until(() => ana.messages().at(-2)?.delivery?.stage === 'held', 'held');
    pair.world.relays.get(RELAY)?.loseEverythingWaiting();
    for (const messageId of [first, local]) await ana.ask({ kind: 'message.take-back', contactId, messageId });
    await clock.until(() => ana.messages().at(-3)?.delivery?.takeBack === 'fetched', 'nobody knows');
    const file = await backupOf(ana);
    await restore(ana, file);
    expect(ana.contact().waiting).toBe(0);
    jun.openBrowser();
    await clock.until(() => jun.page.view !== null, 'back');
    await jun.show(jun.contact().id);
    await clock.until(() => texts(jun).includes('them: nor this'), 'what was lost comes');
    await clock.advance(90_000);
    expect(texts(jun)).not.toContain('them: never mind');
    const outcomes = ids.map((wanted) => ana.messages().find(({ id }) => id === wanted)?.delivery?.outcome?.kind ?? null);
    expect(outcomes).toEqual(['taken-back', null, 'taken-back']);
  });

  test('what was deleted for everyone before the backup, and not there yet, is deleted there', async () => {
    const pair = await met();
    const { ana, jun, clock } = pair;
    jun.closeBrowser();
    await clock.advance(1000);
    const [message] = ana.messages().filter(({ isMine }) => isMine);
    await ana.ask({ kind: 'message.delete', contactId: ana.contact().id, messageIds: [message?.id ?? ''], scope: 'everyone' });
    const file = await backupOf(ana);
    pair.world.relays.get(RELAY)?.loseEverythingWaiting();
    await restore(ana, file);
    jun.openBrowser();
    await clock.until(() => jun.page.view !== null, 'back');
    await jun.show(jun.contact().id);
    await clock.until(() => jun.messages().some(({ deleted }) => deleted !== null), 'deleted there', 10 * 60_000);
    await clock.until(() => ana.messages().some(({ deleted }) => deleted?.confirmedAtMs != null), 'and said so');
  });

  test('with more unconfirmed than one question names: every one settles, what never arrived is sent in its order', async () => {
    const pair = await met();
    const { ana, jun, clock } = pair;
    await fill(ana, 700, (sequence) => ({ isMine: true, receivedAtMs: null, delivery: { stage: 'local' }, text: `unsent ${sequence}` }));
    const { id } = ana.contact();
    const unsent = (await ana.store.range(['message', id])).slice(2).map(([, value]) => value as MessageRecord);
    await ana.store.commit(unsent.map((message) => ({ kind: 'put', key: keys.unconfirmed(id, message.sequence), value: message.id })));
    const file = await backupOf(ana);
    await restore(ana, file);
    const isSettled = () => ana.contact().waiting === 0 && jun.contact().unread === 701;
    await clock.until(isSettled, 'nothing waits', 30 * 60_000);
    // Their receipts are gathered for a second each.
    await clock.advance(30_000);
    expect(await ana.store.range(['unconfirmed', id])).toEqual([]);
    const received = (await jun.store.range(['message', jun.contact().id])).map(([, value]) => value as MessageRecord);
    expect(received.filter(({ isMine }) => !isMine).map(({ text }) => text)).toEqual(['ana 0', ...unsent.map(({ text }) => text)]);
  });

  test('and the other one restored too: both come together again', async () => {
    const pair = await met();
    const { ana, jun, clock } = pair;
    const [anas, juns] = [await backupOf(ana), await backupOf(jun)];
    await talkBothWays(pair, 'later');
    await restore(ana, anas);
    // Within one second the generations of their sessions would be equal: that takes the next try, an hour later.
    await clock.advance(5000);
    await restore(jun, juns);
    await talkBothWays(pair, 'afterwards');
    expect(texts(ana).filter((text) => text.endsWith('0'))).toHaveLength(2);
  });

  test('weeks later, when the other one has put other keys into the box since', async () => {
    const pair = await met();
    const { ana, jun, clock } = pair;
    const file = await backupOf(ana);
    for (let week = 0; week < 5; week++) {
      clock.skip(8 * DAY_MS);
      for (const party of [ana, jun]) party.restartWorker();
      await clock.advance(20_000);
    }
    await restore(ana, file);
    await jun.show(jun.contact().id);
    await talkBothWays(pair, 'weeks later');
  });

  test('while the old device still runs: the same contact is read by the new one, and the old one’s keys are not used again', async () => {
    const pair = await met();
    const { ana, clock } = pair;
    const file = await backupOf(ana);
    ana.closeBrowser();
    const old = ana.store.image();
    ana.store.restore(new Map());
    await readBackup(ana.appWorld, ana.store, file);
    ana.openBrowser();
    await clock.until(() => (ana.page.view?.contacts.length ?? 0) > 0, 'awake');
    await ana.show(ana.contact().id);
    await talkBothWays(pair, 'on the new device');
    // The old one is opened once more: it has sessions of its own, and the contact's later one is none of them.
    ana.closeBrowser();
    ana.store.restore(old);
    ana.openBrowser();
    await clock.until(() => (ana.page.view?.contacts.length ?? 0) > 0, 'awake');
    await ana.show(ana.contact().id);
    await clock.advance(2 * 3600_000);
    await talkBothWays(pair, 'on the old device again');
  });
});

test('two copies at once: the newer one is connected, the older says so, lets go of its string and stays away until asked back', async () => {
  const pair = await met('allowed');
  const { ana, jun, clock, world } = pair;
  await clock.until(() => ana.contact().string.kind === 'open', 'string');
  const file = await backupOf(ana);
  const copy = new Party(world);
  await clock.until(() => copy.page.view !== null, 'first run');
  await openBackupAt(copy, file);
  await copy.ask({ kind: 'restore.keep' });
  await clock.until(() => (copy.page.view?.contacts.length ?? 0) > 0, 'restored');
  await copy.show(copy.contact().id);
  await clock.until(() => ana.page.view?.relay.kind === 'offline', 'older one told');
  expect(ana.page.view?.relay).toMatchObject({ kind: 'offline', cause: 'replaced' });
  await clock.until(() => copy.contact().string.kind === 'open', 'its own string');
  expect(ana.contact().string.kind).not.toBe('open');
  await talkBothWays({ ...pair, ana: copy }, 'to the copy');
  expect(texts(ana).some((text) => text.endsWith('to the copy'))).toBe(false);
  // It tries no more, however often it wakes.
  ana.restartWorker();
  await clock.advance(3600_000);
  expect(ana.page.view?.relay).toMatchObject({ kind: 'offline', cause: 'replaced' });
  expect(copy.page.view?.relay.kind).toBe('open');
  await ana.ask({ kind: 'relay.set', url: RELAY, access: '' });
  await clock.until(() => copy.page.view?.relay.kind === 'offline', 'the other way round');
  expect(ana.page.view?.relay.kind).toBe('open');
  expect(jun.page.view?.contacts).toHaveLength(1);
});
