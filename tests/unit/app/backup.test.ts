/** A profile that goes into a file and comes back: what travels and what does not, what is refused, and who may die meanwhile. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { StoreKey } from '../../../lib/app/ports';
import { type ContactRecord, keys, type MessageRecord } from '../../../lib/app/records';
import type { BackupItem } from '../../../lib/protocol/backup-items';
import { BACKUP_BLOCK_BYTES, BACKUP_HEADER_BYTES } from '../../../lib/protocol/backup-sizes';
import { type Bytes, concat, toHex } from '../../../lib/protocol/bytes';
import { webCryptoEngine } from '../../../lib/protocol/engine';
import { backupOf, blocksOf, fileOf, itemsIn, openBackupAt, PASSPHRASE, readBackup } from '../../support/backup-file';
import { fill, met, say } from '../../support/backup-scenes';
import { FakeStore } from '../../support/fake-store';
import { quickArgon2id } from '../../support/quick-argon2';
import { inviteLink, type Pair, Party, record, twoParties } from '../../support/two-parties';
import { backupSamples } from '../protocol/backup-samples';

vi.setConfig({ testTimeout: 60_000 });

const DAY_MS = 24 * 3600_000;
const engine = webCryptoEngine(crypto);

const storesIn = async (store: FakeStore) => new Set((await store.range([])).map(([key]) => key[0]));

/** Somebody else's device on the same network. */
async function stranger({ world }: Pair, name: string): Promise<Party> {
  const party = new Party(world);
  await party.ask({ kind: 'identity.create', name });
  return party;
}

describe('what a backup holds', () => {
  test('no session, no prekey, nothing owed: those the restored device makes anew', async () => {
    const { ana } = await met();
    const file = await backupOf(ana);
    const store = new FakeStore();
    await readBackup(ana.appWorld, store, file);
    expect([...(await storesIn(store))].toSorted()).toEqual(['contact', 'content', 'message', 'profile', 'settings']);
    const [known, restored] = [await record(ana), (await store.get(keys.contact(ana.contact().id))) as ContactRecord];
    const { live, healed, box, nextOutbox, isOnline, untoldUpTo, ...same } = restored;
    expect(known).toMatchObject(same);
    // What they were not to know of it is no longer known.
    expect(untoldUpTo).toBe(known.readUpTo);
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
      expect([...(await storesIn(store))].toSorted()).toEqual(['profile', 'settings']);
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
    const items = await itemsIn(engine, quickArgon2id, file);
    expect(items.flatMap((item) => (item.kind === 'message' ? [item.sequence] : []))).toEqual([1, 2, 4, 5]);
    expect(items.flatMap((item) => (item.kind === 'tombstone' ? [item.sequence] : []))).toEqual([3]);
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

describe('a backup of somebody’s making, with its passphrase told', () => {
  const samples = backupSamples(engine);
  const { tombstone } = samples;
  const [profile, otherProfile] = samples.profiles;
  const [plain, contact] = samples.contacts;
  const [message] = samples.messages;
  const opened = async (...items: (BackupItem | undefined)[]) => {
    const { ana } = await twoParties();
    const known = items.filter((item) => item !== undefined);
    const file = await fileOf(engine, quickArgon2id, known);
    const result = await openBackupAt(ana, file);
    await ana.ask({ kind: 'restore.stop' });
    expect(ana.disks.known).toHaveLength(1);
    return result.ok ? 'ok' : result.code;
  };
  const but = <Item extends BackupItem | undefined>(item: Item, more: object): Item => ({ ...item, ...more }) as Item;

  test('brings what its owner chose, for everybody and for one contact, and what became of a message', async () => {
    const { ana } = await twoParties();
    const store = new FakeStore();
    const messages = samples.messages.filter(({ expiresAtMs }) => expiresAtMs === null);
    const file = await fileOf(
      engine,
      quickArgon2id,
      [otherProfile, contact, ...messages].filter((item) => item !== undefined),
    );
    await readBackup(ana.appWorld, store, file);
    expect(await store.get(keys.settings)).toEqual(otherProfile?.settings);
    expect(await store.get(keys.contact(contact?.id ?? ''))).toMatchObject({ choices: contact?.choices, order: contact?.order });
    for (const { kind: _kind, isUnconfirmed: _isUnconfirmed, ...said } of messages)
      expect(await store.get(keys.message(contact?.id ?? '', said.sequence))).toEqual(said);
  });

  test('is taken when it is what a backup is, and nothing that is not', async () => {
    expect(await opened(profile, contact, message, tombstone, plain)).toBe('ok');
    expect(await opened(profile, contact, but(message, { sequence: 0.5 }))).toBe('ok');
    const changed = new Uint8Array(193).fill(7);
    for (const items of [
      [],
      [contact, profile],
      [profile, otherProfile],
      [profile, contact, contact],
      [profile, message],
      [profile, tombstone],
      [profile, contact, message, message],
      [profile, contact, but(message, { sequence: 0 })],
      [profile, contact, but(message, { sequence: 90 })],
      [profile, plain, message],
      [profile, contact, but(tombstone, { sequence: 90 })],
      [profile, but(contact, { statement: changed })],
      [profile, but(contact, { changedStatement: changed })],
      [but(profile, { identity: new Uint8Array(258) })],
    ])
      expect(await opened(...items), items.map((item) => item?.kind).join()).toBe('backup-damaged');
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
