/** What a lock shuts, what it lets through, and what is there when it opens again. */
import { expect, test } from 'vitest';
import { decodeClientFrame } from '../../../lib/protocol/relay-codec';
import { type Pair, type Party, RELAY, twoContacts } from '../../support/two-parties';

const PIN = { kind: 'pin', text: '271828' } as const;

async function protect(party: Party, wipeAfter = 0): Promise<void> {
  expect(await party.ask({ kind: 'lock.protect', current: '', secret: PIN, wipeAfter })).toEqual({ ok: true });
}

async function lockBy(party: Party): Promise<void> {
  await party.ask({ kind: 'lock.now' });
  await party.world.clock.until(() => party.page.lock?.isLocked === true, 'locked');
}

async function unlock(party: Party, text: string = PIN.text): Promise<void> {
  expect(await party.ask({ kind: 'lock.unlock', secret: text })).toEqual({ ok: true });
  await party.world.clock.until(() => (party.page.view?.contacts.length ?? 0) > 0, 'shown again');
}

async function say(party: Party, text: string): Promise<void> {
  await party.ask({ kind: 'message.send', contactId: party.contact().id, text });
}

/** What this device asks of the relay from now on. */
function heardOf({ world }: Pair, party: Party): string[] {
  const kinds: string[] = [];
  party.host.onCommand = (command) => {
    if (command.kind === 'relay.request') kinds.push(decodeClientFrame(command.frame).frame.kind);
  };
  void world;
  return kinds;
}

const texts = (party: Party) => party.messages().map(({ text }) => text);

async function holding(direct: 'allowed' | 'denied' = 'denied'): Promise<Pair> {
  const pair = await twoContacts(direct);
  for (const party of [pair.ana, pair.jun])
    await party.ask({ kind: 'contact.choose', contactId: party.contact().id, choices: { routing: 'relay' } });
  await pair.clock.advance(5000);
  return pair;
}

test('a locked device shows nothing, and every question but the lock’s own is answered with that', async () => {
  const { jun } = await holding();
  const contactId = jun.contact().id;
  await protect(jun);
  await lockBy(jun);
  expect(jun.page.view).toBeNull();
  expect(jun.page.lock).toMatchObject({ isLocked: true, secret: 'pin', failed: 0 });
  expect(await jun.ask({ kind: 'message.send', contactId, text: 'x' })).toEqual({ ok: false, code: 'locked' });
  expect(await jun.ask({ kind: 'lock.auto', minutes: 1 })).toEqual({ ok: false, code: 'locked' });
  expect(await jun.ask({ kind: 'lock.protect', current: '', secret: null, wipeAfter: 0 })).toEqual({ ok: false, code: 'locked' });
  expect(await jun.ask({ kind: 'lock.unlock', secret: '000000' })).toEqual({ ok: false, code: 'lock-wrong' });
  expect(jun.page.lock).toMatchObject({ failed: 1 });
  await unlock(jun);
  expect(jun.contact().id).toBe(contactId);
});

test('while locked nothing is fetched, acknowledged or answered: a bell rings without a name, and what waited comes after', async () => {
  const pair = await holding();
  const { ana, jun, clock, world } = pair;
  await protect(jun);
  await lockBy(jun);
  await clock.advance(5000);
  const heard = heardOf(pair, jun);
  const before = world.relays.get(RELAY)?.heard.filter(({ kind }) => kind === 'ack').length;
  await say(ana, 'for later');
  await clock.until(() => jun.bells > 0, 'bell');
  await clock.advance(60_000);
  expect(jun.notices).toEqual([]);
  expect(ana.messages().at(-1)?.delivery?.stage).toBe('held');
  expect(world.relays.get(RELAY)?.heard.filter(({ kind }) => kind === 'ack').length).toBe(before);
  expect(heard.filter((kind) => kind !== 'sub')).toEqual([]);
  await unlock(jun);
  await jun.show(jun.contact().id);
  await clock.until(() => texts(jun).includes('for later'), 'read after unlocking');
  await clock.until(() => ana.messages().at(-1)?.delivery?.stage !== 'held', 'confirmed');
});

test('a device that starts locked listens for bells too, and knows nobody', async () => {
  const { ana, jun, clock } = await holding();
  await protect(jun);
  jun.closeBrowser();
  await say(ana, 'while it was closed');
  await clock.until(() => ana.messages().at(-1)?.delivery?.stage === 'held', 'held');
  jun.openBrowser();
  await clock.until(() => jun.bells === 1, 'bell');
  expect(jun.page.lock?.isLocked).toBe(true);
  expect(jun.page.view).toBeNull();
  expect(jun.notices).toEqual([]);
  await unlock(jun);
  await jun.show(jun.contact().id);
  await clock.until(() => texts(jun).includes('while it was closed'), 'read');
});

test('strings close with the lock, and open again after it', async () => {
  const { ana, jun, clock } = await twoContacts('allowed');
  await clock.until(() => ana.contact().string.kind === 'open' && jun.contact().string.kind === 'open', 'string');
  await protect(jun);
  await lockBy(jun);
  await clock.until(() => ana.contact().string.kind !== 'open', 'closed at the other end');
  await say(ana, 'on my device');
  await clock.advance(30_000);
  expect(ana.messages().at(-1)?.delivery?.stage).toBe('local');
  await unlock(jun);
  await jun.show(jun.contact().id);
  await clock.until(() => texts(jun).includes('on my device'), 'read after unlocking', 10 * 60_000);
});

test('what was being written when the lock fell is there when it opens', async () => {
  const { jun, clock } = await holding();
  await protect(jun);
  const contactId = jun.contact().id;
  jun.page.send({ kind: 'draft.save', id: 'd'.repeat(32), contactId, text: 'half a sent' });
  await lockBy(jun);
  await unlock(jun);
  await clock.rest();
  expect(jun.contact().draft).toBe('half a sent');
});

test('a worker that starts again in the same browser session asks nobody; a lock by hand stays shut for it', async () => {
  const { jun, clock } = await holding();
  await protect(jun);
  jun.restartWorker();
  await clock.until(() => (jun.page.view?.contacts.length ?? 0) > 0, 'awake');
  await lockBy(jun);
  jun.restartWorker();
  await clock.until(() => jun.page.lock !== null, 'told');
  expect(jun.page.lock?.isLocked).toBe(true);
  expect(jun.page.view).toBeNull();
});

test('it locks by itself when nobody is there, also when the worker slept through that; never without a secret', async () => {
  const { jun, clock } = await holding();
  jun.front.idle();
  await clock.advance(10_000);
  expect(jun.page.view).not.toBeNull();
  await protect(jun);
  jun.front.idle();
  await clock.until(() => jun.page.lock?.isLocked === true, 'locked');
  await unlock(jun);
  jun.isIdle = true;
  jun.restartWorker();
  await clock.until(() => jun.page.lock?.isLocked === false, 'open');
  jun.front.tick();
  await clock.until(() => jun.page.lock?.isLocked === true, 'locked');
});

test('a voice that is on postpones the lock until it is off', async () => {
  const { jun, clock } = await twoContacts('allowed');
  await clock.until(() => jun.contact().string.kind === 'open', 'string');
  await protect(jun);
  const peer = jun.contact().id;
  const voice = { kind: 'voice.state', peer, cause: null, isMuted: false, theirs: false } as const;
  jun.host.inject({ ...voice, mine: 'on' });
  await clock.rest();
  jun.front.lock();
  await clock.advance(60_000);
  expect(jun.page.lock).toMatchObject({ isLocked: false, isPostponed: true });
  jun.host.inject({ ...voice, mine: 'off' });
  await clock.until(() => jun.page.lock?.isLocked === true, 'locked', 60_000);
  expect(jun.page.lock).toMatchObject({ isPostponed: false });
});

test('a secret that is too short is refused with its cause, and nothing is locked by it', async () => {
  const { jun } = await holding();
  for (const secret of [
    { kind: 'pin', text: '12345' },
    { kind: 'pin', text: 'sixsix' },
    { kind: 'passphrase', text: 'seven77' },
  ] as const) {
    expect(await jun.ask({ kind: 'lock.protect', current: '', secret, wipeAfter: 0 })).toEqual({ ok: false, code: 'lock-secret' });
  }
  expect(jun.page.lock).toMatchObject({ secret: null });
});

test('deleting everything leaves a first run, from a locked device too', async () => {
  const { jun, clock } = await holding();
  await protect(jun);
  await lockBy(jun);
  expect(await jun.ask({ kind: 'lock.wipe' })).toEqual({ ok: true });
  await clock.until(() => jun.page.view !== null, 'first run');
  expect(jun.page.view).toMatchObject({ profile: null, contacts: [] });
  expect(jun.page.lock).toMatchObject({ isLocked: false, secret: null });
  expect(await jun.ask({ kind: 'identity.create', name: 'Jun again' })).toEqual({ ok: true });
});

test('everything is deleted also where the list of profiles can’t be read, and nothing is called deleted that nobody has seen', async () => {
  const { jun, clock } = await holding();
  jun.disks.isListLost = true;
  jun.restartWorker();
  await clock.until(() => jun.page.lock?.failure === 'storage-failed', 'told');
  expect(await jun.ask({ kind: 'lock.wipe' })).toEqual({ ok: false, code: 'storage-failed' });
  jun.disks.isListLost = false;
  jun.openPage();
  await clock.until(() => (jun.page.view?.contacts.length ?? 0) > 0, 'all there');
  jun.disks.isListLost = true;
  expect(await jun.ask({ kind: 'lock.wipe' })).toEqual({ ok: true });
  jun.disks.isListLost = false;
  jun.openPage();
  await clock.until(() => jun.page.view !== null, 'first run');
  expect(jun.page.view).toMatchObject({ profile: null, contacts: [] });
});

test('the wrong try that was chosen as the last leaves a first run, and says so', async () => {
  const { jun, clock } = await holding();
  await protect(jun, 2);
  await lockBy(jun);
  expect(await jun.ask({ kind: 'lock.unlock', secret: '000000' })).toEqual({ ok: false, code: 'lock-wrong' });
  expect(await jun.ask({ kind: 'lock.unlock', secret: '000001' })).toEqual({ ok: false, code: 'lock-wiped' });
  await clock.until(() => jun.page.view !== null, 'first run');
  expect(jun.page.view).toMatchObject({ profile: null, contacts: [] });
});

test('the last wrong try over the settings leaves a first run too: nothing of before stays on the screen', async () => {
  const { jun, clock } = await holding();
  await protect(jun, 2);
  const wrong = () => jun.ask({ kind: 'lock.protect', current: '000000', secret: null, wipeAfter: 0 });
  expect(await wrong()).toEqual({ ok: false, code: 'lock-wrong' });
  expect(await wrong()).toEqual({ ok: false, code: 'lock-wiped' });
  await clock.until(() => jun.page.view !== null && jun.page.view.profile === null, 'first run');
  expect(jun.page.view).toMatchObject({ profile: null, contacts: [] });
});

test('a passkey unlocks, and what comes with it is looked at before it is believed', async () => {
  const { jun } = await holding();
  const passkey = { credentialId: new Uint8Array(16).fill(1), salt: new Uint8Array(32).fill(2) };
  const output = (fill: number) => new Uint8Array(32).fill(fill);
  await protect(jun);
  expect(await jun.ask({ kind: 'lock.passkey-add', current: PIN.text, passkey, output: output(3) })).toEqual({ ok: true });
  expect(jun.page.lock?.passkeys).toEqual([passkey]);
  await lockBy(jun);
  const { credentialId } = passkey;
  for (const bad of [
    { credentialId, output: new Uint8Array(31) },
    { credentialId: new Uint8Array(0), output: output(3) },
    { credentialId: new Uint8Array(1024), output: output(3) },
  ])
    expect(await jun.ask({ kind: 'lock.passkey', ...bad })).toMatchObject({ ok: false, code: expect.stringMatching(/bad-command|locked/) });
  expect(await jun.ask({ kind: 'lock.passkey', credentialId, output: output(4) })).toEqual({ ok: false, code: 'passkey-wrong' });
  expect(jun.page.lock).toMatchObject({ isLocked: true, failed: 0, passkeys: [passkey] });
  expect(await jun.ask({ kind: 'lock.passkey', credentialId, output: output(3) })).toEqual({ ok: true });
  expect(await jun.ask({ kind: 'lock.passkey-remove', current: PIN.text })).toEqual({ ok: true });
  expect(jun.page.lock).toMatchObject({ isLocked: false, passkeys: [] });
});

test('a store that can’t be opened says why, and can still be deleted', async () => {
  const { jun, clock } = await holding();
  jun.lock.failure = 'vault-damaged';
  jun.restartWorker();
  await clock.until(() => jun.page.lock !== null, 'told');
  expect(jun.page.lock).toMatchObject({ isLocked: true, failure: 'vault-damaged' });
  expect(await jun.ask({ kind: 'lock.wipe' })).toEqual({ ok: true });
  await clock.until(() => jun.page.view !== null, 'first run');
});

test('a store that could not be read for a while opens for the next page', async () => {
  const { jun, clock } = await holding();
  jun.lock.failure = 'vault-damaged';
  jun.restartWorker();
  await clock.until(() => jun.page.lock?.failure === 'vault-damaged', 'told');
  jun.lock.failure = null;
  jun.openPage();
  await clock.until(() => (jun.page.view?.contacts.length ?? 0) > 0, 'open');
});

test('a lock in the middle of a conversation loses nothing and repeats nothing, wherever it falls', async () => {
  const { ana, jun, clock } = await holding();
  await protect(jun);
  for (let round = 0; round < 6; round++) {
    for (const party of [ana, jun])
      party.page.send({
        kind: 'message.send',
        id: `${round}${party === ana ? 'a' : 'b'}`.padStart(32, '0'),
        contactId: party.contact().id,
        text: `${round}`,
      });
    for (let i = 0; i < round; i++) await Promise.resolve();
    await lockBy(jun);
    await clock.advance(1000 * round);
    await unlock(jun);
    await jun.show(jun.contact().id);
  }
  const expected = ['0', '1', '2', '3', '4', '5'];
  await clock.until(
    () => ana.messages().every(({ delivery }) => !delivery || delivery.stage === 'delivered' || delivery.stage === 'read'),
    'confirmed',
    3600_000,
  );
  await clock.until(
    () => jun.messages().every(({ delivery }) => !delivery || delivery.stage === 'delivered' || delivery.stage === 'read'),
    'confirmed',
    3600_000,
  );
  for (const party of [ana, jun]) {
    expect(
      party
        .messages()
        .filter(({ isMine }) => isMine)
        .map(({ text }) => text),
    ).toEqual(expected);
    expect(
      party
        .messages()
        .filter(({ isMine }) => !isMine)
        .map(({ text }) => text),
    ).toEqual(expected);
  }
});
