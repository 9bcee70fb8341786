/** A profile that goes into a file and comes back: what travels, what does not, and what the other side sees of it. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { StoreKey } from '../../../lib/app/ports';
import { type ContactRecord, keys, type MessageRecord } from '../../../lib/app/records';
import { BACKUP_BLOCK_BYTES, BACKUP_HEADER_BYTES } from '../../../lib/protocol/backup-sizes';
import { type Bytes, concat, toHex } from '../../../lib/protocol/bytes';
import { backupOf, blocksOf, openBackupAt, PASSPHRASE, readBackup } from '../../support/backup-file';
import { FakeStore } from '../../support/fake-store';
import { inviteLink, newId, type Pair, Party, RELAY, record, twoContacts, twoParties } from '../../support/two-parties';

vi.setConfig({ testTimeout: 60_000 });

const DAY_MS = 24 * 3600_000;

function say(party: Party, text: string): void {
  party.page.send({ kind: 'message.send', id: newId(), contactId: party.contact().id, text });
}

const texts = (party: Party) => party.messages().map(({ isMine, text }) => `${isMine ? 'me' : 'them'}: ${text}`);
const storesIn = async (store: FakeStore) => new Set((await store.range([])).map(([key]) => key[0]));

function allConfirmed(party: Party): boolean {
  return party.messages().every(({ delivery }) => !delivery || delivery.stage === 'delivered' || delivery.stage === 'read');
}

/** In touch by the relay alone, a line read each way. */
async function met(direct: 'allowed' | 'denied' = 'denied'): Promise<Pair> {
  const pair = await twoContacts(direct);
  const { ana, jun, clock } = pair;
  for (const party of direct === 'denied' ? [ana, jun] : [])
    await party.ask({ kind: 'contact.routing', contactId: party.contact().id, routing: 'relay' });
  say(ana, 'ana 0');
  say(jun, 'jun 0');
  await clock.until(() => ana.messages().length === 2 && jun.messages().length === 2, 'both read both');
  await clock.advance(5000);
  return pair;
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

/** Somebody else's device on the same network. */
async function stranger({ world }: Pair, name: string): Promise<Party> {
  const party = new Party(world);
  await party.ask({ kind: 'identity.create', name });
  return party;
}

async function talkBothWays({ ana, jun, clock }: Pair, words: string): Promise<void> {
  say(ana, `ana ${words}`);
  say(jun, `jun ${words}`);
  const haveBoth = (party: Party) => texts(party).filter((text) => text.endsWith(words)).length === 2;
  await clock.until(() => haveBoth(ana) && haveBoth(jun) && allConfirmed(ana) && allConfirmed(jun), words);
}

/** As many messages as a long acquaintance leaves, written straight to the disk. */
async function fill(party: Party, count: number, more: (sequence: number) => Partial<MessageRecord> = () => ({})): Promise<void> {
  const known = await record(party);
  const from = known.nextSequence;
  for (let done = 0; done < count; done += 500) {
    const batch = Array.from({ length: Math.min(500, count - done) }, (_, i): MessageRecord => {
      const sequence = from + done + i;
      const text = `line ${sequence} ${'x'.repeat(100)}`;
      return {
        id: newId(),
        sequence,
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
  const contact: ContactRecord = { ...known, nextSequence: from + count };
  await party.store.commit([{ kind: 'put', key: keys.contact(known.id), value: contact }]);
  party.restartWorker();
  await party.world.clock.until(() => (party.page.view?.contacts.length ?? 0) > 0, 'awake again');
}

describe('a device restored from a backup', () => {
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
    // One agreement was enough.
    expect(pair.world.relays.get('wss://relay.test')?.heard.filter(({ kind }) => kind === 'pre-take')).toHaveLength(1);
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

describe('what a backup holds', () => {
  test('no session, no prekey, nothing owed: those the restored device makes anew', async () => {
    const { ana } = await met();
    const file = await backupOf(ana);
    const store = new FakeStore();
    await readBackup(ana.appWorld, store, file);
    expect([...(await storesIn(store))].toSorted()).toEqual(['contact', 'content', 'message', 'profile']);
    const [known, restored] = [await record(ana), (await store.get(keys.contact(ana.contact().id))) as ContactRecord];
    const { live, healed, box, nextOutbox, isOnline, ...same } = restored;
    expect(known).toMatchObject(same);
    expect(healed).toMatchObject({ isWanted: true, mineAtMs: 0, generation: known.healed.generation });
    expect(live.theirs).toEqual([]);
    expect(box.mine).toMatchObject({ isFilled: false, isTold: false, ownerSecret: known.box.mine?.ownerSecret });
    expect([nextOutbox, isOnline]).toEqual([1, false]);
  });

  test('a relay’s password, the lock’s time, what is unread and a draft come along', async () => {
    const { ana, jun, clock } = await met();
    const contactId = ana.contact().id;
    await ana.ask({ kind: 'relay.set', url: 'wss://relay.test', access: 'open sesame' });
    await ana.ask({ kind: 'lock.auto', minutes: 60 });
    await ana.ask({ kind: 'draft.save', contactId, text: 'half a sent' });
    await ana.show(null);
    say(jun, 'unread');
    await clock.until(() => ana.contact().unread === 2, 'unread');
    const store = new FakeStore();
    const shown = await readBackup(ana.appWorld, store, await backupOf(ana));
    expect(await store.get(keys.relay)).toEqual({ url: 'wss://relay.test', access: 'open sesame' });
    expect(await store.get(keys.lock)).toEqual({ autoLockMinutes: 60 });
    expect(await store.get(keys.contact(contactId))).toMatchObject({ unread: 2, draft: 'half a sent', last: { text: 'unread' } });
    expect(shown).toMatchObject({ name: 'Ana', contacts: 1, messages: 3, fingerprint: ana.page.view?.profile?.fingerprint });
    expect(shown?.span?.toMs).toBeLessThanOrEqual(shown?.madeAtMs ?? 0);
    expect(await ana.store.get(keys.backup)).toEqual({ atMs: shown?.madeAtMs });
  });

  test('neither open invites nor unanswered requests: their prekeys stay behind', async () => {
    const { ana, jun, clock } = await twoParties();
    await jun.ask({ kind: 'invite.take', text: await inviteLink(ana) });
    await jun.ask({ kind: 'contact.accept', contactId: jun.contact().id, direct: 'denied' });
    await clock.until(() => ana.page.view?.contacts.length === 1, 'request');
    await inviteLink(ana);
    for (const party of [ana, jun]) {
      const store = new FakeStore();
      expect(await readBackup(party.appWorld, store, await backupOf(party))).toMatchObject({ contacts: 0, messages: 0, span: null });
      expect([...(await storesIn(store))]).toEqual(['profile']);
    }
  });

  test('only what was there when it was begun: what comes meanwhile is not in it, and does not tear it', async () => {
    const { ana, jun, clock } = await met();
    await fill(ana, 1500);
    let said = 0;
    const file = await backupOf(ana, async () => {
      say(jun, `meanwhile ${said++}`);
      await clock.advance(1500);
    });
    expect(said).toBeGreaterThan(2);
    const store = new FakeStore();
    expect(await readBackup(ana.appWorld, store, file)).toMatchObject({ messages: 1502 });
    const contact = (await store.get(keys.contact(ana.contact().id))) as ContactRecord;
    const kept = (await store.range(['message', contact.id])).map(([, value]) => value as MessageRecord);
    expect(kept.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 1502 }, (_, i) => i + 1));
    expect(contact).toMatchObject({ nextSequence: 1503, last: { sequence: 1502 } });
  });

  test('no message whose time is over, before the backup or after it; its id stays, so that it never comes again', async () => {
    const { ana, clock } = await met();
    const nowMs = clock.now();
    await fill(ana, 3, (sequence) => ({ expiresAtMs: [nowMs - 1, nowMs + DAY_MS, nowMs + 30 * DAY_MS][sequence - 3] ?? null }));
    const file = await backupOf(ana);
    clock.skip(2 * DAY_MS);
    const store = new FakeStore();
    expect(await readBackup(ana.appWorld, store, file)).toMatchObject({ messages: 3 });
    const { id } = ana.contact();
    expect((await store.range(['message', id])).map(([key]) => key[2])).toEqual([1, 2, 5]);
    expect(await store.range(['content', id])).toEqual(await ana.store.range(['content', id]));
  });
});

describe('a backup that can’t be read', () => {
  let ana: Party;
  let file: Bytes;
  beforeAll(async () => {
    ({ ana } = await met());
    await fill(ana, 1000);
    file = await backupOf(ana);
  });
  const read = async (given: Bytes, passphrase = PASSPHRASE) => {
    const store = new FakeStore();
    const result = await readBackup(ana.appWorld, store, given, passphrase).catch((error: { code: string }) => error.code);
    return { result, hasProfile: (await store.get(keys.profile)) !== undefined, commits: store.commits };
  };
  const flipped = (at: number) => {
    const bytes = file.slice();
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
  const block = (i: number) => file.slice(BACKUP_HEADER_BYTES + i * BACKUP_BLOCK_BYTES, BACKUP_HEADER_BYTES + (i + 1) * BACKUP_BLOCK_BYTES);

  test('is told by its cause, and nothing of it becomes a profile', async () => {
    expect(blocksOf(file).length).toBeGreaterThan(2);
    const header = file.slice(0, BACKUP_HEADER_BYTES);
    const later = flipped(13);
    for (const [given, code] of [
      [file.slice(1), 'backup-none'],
      [new Uint8Array(10), 'backup-none'],
      [later, 'backup-later'],
      [flipped(30), 'backup-damaged'],
      [flipped(BACKUP_HEADER_BYTES + 5), 'backup-damaged'],
      [flipped(file.length - 1), 'backup-damaged'],
      [file.slice(0, -1), 'backup-truncated'],
      [file.slice(0, -BACKUP_BLOCK_BYTES), 'backup-truncated'],
      [header, 'backup-truncated'],
      [concat(file, block(0)), 'backup-damaged'],
      [concat(header, block(1), block(0), file.slice(BACKUP_HEADER_BYTES + 2 * BACKUP_BLOCK_BYTES)), 'backup-damaged'],
    ] as const)
      expect(await read(given), code).toMatchObject({ result: code, hasProfile: false });
  });

  test('by a wrong passphrase: nothing is even begun', async () => {
    expect(await read(file, 'seven blue kettle')).toEqual({ result: 'backup-wrong', hasProfile: false, commits: 0 });
  });

  test('under a passphrase too short is not made at all', async () => {
    expect(await ana.ask({ kind: 'backup.start', passphrase: 'elevenchars' })).toEqual({ ok: false, code: 'backup-passphrase' });
    expect(await ana.ask({ kind: 'backup.next' })).toEqual({ ok: false, code: 'backup-ended' });
  });
});

describe('a backup that is opened', () => {
  test('of an identity that is here already is refused; after that one is deleted it is taken', async () => {
    const { ana } = await met();
    const file = await backupOf(ana);
    expect(await openBackupAt(ana, file)).toEqual({ ok: false, code: 'backup-known' });
    // Of another profile of this device too, as long as that one has no lock.
    await ana.ask({ kind: 'profile.add', label: 'Other' });
    expect(await openBackupAt(ana, file)).toEqual({ ok: false, code: 'backup-known' });
    await ana.ask({ kind: 'lock.wipe' });
    await ana.world.clock.until(() => ana.page.view !== null, 'first run');
    expect(await openBackupAt(ana, file)).toMatchObject({ ok: true });
  });

  test('beside another identity becomes a profile of its own, and that one stays as it was', async () => {
    const pair = await met();
    const file = await backupOf(pair.ana);
    const lea = await stranger(pair, 'Lea');
    const before = lea.store.image();
    expect(await openBackupAt(lea, file)).toMatchObject({ ok: true, restore: { name: 'Ana' } });
    expect(await lea.ask({ kind: 'restore.keep' })).toEqual({ ok: true });
    await pair.clock.until(() => lea.page.view?.profile?.name === 'Ana', 'open');
    expect(lea.disks.list).toMatchObject({ entries: [{ id: 'first' }, { label: '' }] });
    expect([...lea.disks.disk('first').store.image().keys()]).toEqual(expect.arrayContaining([...before.keys()]));
  });

  test('and not kept, for a no, a closed page, a lock or a second try, leaves nothing', async () => {
    const pair = await met();
    const file = await backupOf(pair.ana);
    const lea = await stranger(pair, 'Lea');
    const profiles = () => lea.disks.known;
    const [only] = profiles();
    await openBackupAt(lea, file);
    expect(profiles()).toHaveLength(2);
    await lea.ask({ kind: 'restore.stop' });
    expect(profiles()).toEqual([only]);
    expect(await lea.ask({ kind: 'restore.keep' })).toEqual({ ok: false, code: 'backup-ended' });
    await openBackupAt(lea, file);
    await openBackupAt(lea, file);
    expect(profiles()).toHaveLength(2);
    lea.page.close();
    lea.openPage();
    await pair.clock.until(() => lea.page.view !== null, 'opened again');
    expect(profiles()).toEqual([only]);
    await lea.ask({ kind: 'lock.protect', current: '', secret: { kind: 'pin', text: '271828' }, wipeAfter: 0 });
    await openBackupAt(lea, file);
    await lea.ask({ kind: 'lock.now' });
    await pair.clock.rest();
    expect(profiles()).toEqual([only]);
    expect(await openBackupAt(lea, file)).toEqual({ ok: false, code: 'locked' });
    expect(await openBackupAt(lea, file, 'wrong in any case')).toEqual({ ok: false, code: 'locked' });
  });

  test('on a full disk is told so, and nothing of it stays', async () => {
    const pair = await met();
    const file = await backupOf(pair.ana);
    const lea = await stranger(pair, 'Lea');
    const header = file.slice(0, BACKUP_HEADER_BYTES);
    expect(await lea.ask({ kind: 'restore.start', passphrase: PASSPHRASE, header, sizeBytes: file.length })).toEqual({ ok: true });
    lea.disks.disk(lea.disks.known.at(-1)).store.failure = 'storage-full';
    expect(await lea.ask({ kind: 'restore.next', block: blocksOf(file)[0] as Bytes })).toEqual({ ok: false, code: 'storage-full' });
    expect(lea.disks.known).toHaveLength(1);
    expect(lea.page.view?.profile?.name).toBe('Lea');
  });
});

describe('a death', () => {
  test('at any write of a restore leaves nothing that is a profile, or all of it', async () => {
    const { ana } = await met();
    await fill(ana, 1500);
    const file = await backupOf(ana);
    const whole = new FakeStore();
    await readBackup(ana.appWorld, whole, file);
    const comparable = (store: FakeStore) => [...store.image().keys()].toSorted();
    expect(whole.commits).toBeGreaterThan(3);
    for (let atCommit = 1; atCommit <= whole.commits; atCommit++) {
      for (const outcome of ['lost', 'kept'] as const) {
        const store = new FakeStore();
        const died = new Promise<void>((onDeath) => {
          store.death = { atCommit, outcome, onDeath };
        });
        void readBackup(ana.appWorld, store, file);
        await died;
        const isWhole = atCommit === whole.commits && outcome === 'kept';
        expect((await store.get(keys.profile)) !== undefined, `write ${atCommit} ${outcome}`).toBe(isWhole);
        if (isWhole) expect(comparable(store)).toEqual(comparable(whole));
      }
    }
  });

  test('at any read of an export leaves nothing, is told, and the next export is whole', async () => {
    const { ana, clock } = await met();
    await fill(ana, 700);
    const records = (store: FakeStore) =>
      JSON.stringify([...store.image().entries()].filter(([key]) => !/^\["(proved|contact|seen)/.test(key)));
    const untouched = records(ana.store);
    const store = ana.store as { range: FakeStore['range']; get: FakeStore['get'] };
    const { range, get } = ana.store;
    let reads = 0;
    let deaths = 0;
    for (let at = 1; ; at++) {
      reads = 0;
      const counted = <Given extends unknown[], Result>(read: (...given: Given) => Promise<Result>) => {
        return (...given: Given): Promise<Result> => {
          reads += 1;
          if (reads === at) ana.killWorker();
          return read.apply(ana.store, given);
        };
      };
      store.range = counted(range);
      store.get = counted(get);
      const { page } = ana;
      const finished = backupOf(ana).catch(() => null);
      await clock.advance(10);
      await clock.rest();
      Object.assign(store, { range: range.bind(ana.store), get: get.bind(ana.store) });
      if (reads < at) {
        expect(await finished).not.toBeNull();
        break;
      }
      deaths += 1;
      expect(records(ana.store)).toBe(untouched);
      ana.wake();
      expect(ana.page).not.toBe(page);
      expect(await ana.ask({ kind: 'backup.next' })).toEqual({ ok: false, code: 'backup-ended' });
    }
    expect(deaths).toBeGreaterThan(8);
  });

  test('of the page, or a lock, ends its export, and another page’s goes on', async () => {
    const { ana, clock } = await met();
    await fill(ana, 1500);
    expect(await ana.ask({ kind: 'backup.start', passphrase: PASSPHRASE })).toMatchObject({ ok: true });
    const first = ana.page;
    ana.openPage();
    expect(await ana.ask({ kind: 'backup.next' })).toEqual({ ok: false, code: 'backup-ended' });
    const file = await backupOf(ana);
    first.close();
    expect(blocksOf(file).length).toBeGreaterThan(3);
    expect(await ana.ask({ kind: 'backup.start', passphrase: PASSPHRASE })).toMatchObject({ ok: true });
    await ana.ask({ kind: 'lock.protect', current: '', secret: { kind: 'pin', text: '271828' }, wipeAfter: 0 });
    await ana.ask({ kind: 'lock.now' });
    expect(await ana.ask({ kind: 'backup.next' })).toEqual({ ok: false, code: 'locked' });
    await ana.ask({ kind: 'lock.unlock', secret: '271828' });
    await clock.rest();
    expect(await ana.ask({ kind: 'backup.next' })).toEqual({ ok: false, code: 'backup-ended' });
  });
});

test('ten thousand messages go out and come back within seconds, and never more than a window of them in memory', async () => {
  const { ana } = await met();
  await fill(ana, 10_000);
  let largest = 0;
  const { range } = ana.store;
  ana.store.range = async (prefix: StoreKey, options) => {
    const found = await range.call(ana.store, prefix, options);
    largest = Math.max(largest, found.length);
    return found;
  };
  const startMs = performance.now();
  const file = await backupOf(ana);
  const store = new FakeStore();
  const commit = store.commit.bind(store);
  store.commit = (changes) => {
    largest = Math.max(largest, changes.length);
    return commit(changes);
  };
  expect(await readBackup(ana.appWorld, store, file)).toMatchObject({ messages: 10_002 });
  expect(performance.now() - startMs).toBeLessThan(30_000);
  expect(largest).toBeLessThan(2000);
  expect(await store.range(['content', ana.contact().id])).toEqual(await range.call(ana.store, ['content', ana.contact().id]));
  expect(toHex(file.slice(0, 4))).toBe('74696e63');
}, 60_000);
