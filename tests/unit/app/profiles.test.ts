/** Several identities on one device: what one has and does, no other shows, touches or tells a relay. */
import { expect, test } from 'vitest';
import { toHex } from '../../../lib/protocol/bytes';
import type { ClientFrame } from '../../../lib/protocol/relay';
import { inviteLink, type Pair, type Party, RELAY, twoContacts } from '../../support/two-parties';

const PIN = { kind: 'pin', text: '271828' } as const;

const activeOf = (party: Party) => party.page.lock?.activeProfileId ?? '';
const labels = (party: Party) => party.page.lock?.profiles.map(({ label }) => label);

async function held(): Promise<Pair> {
  const pair = await twoContacts('denied');
  for (const party of [pair.ana, pair.jun])
    await party.ask({ kind: 'contact.choose', contactId: party.contact().id, choices: { routing: 'relay' } });
  await pair.clock.advance(5000);
  return pair;
}

/** Another identity beside the one there is; it is open then. */
async function addProfile(party: Party, label: string, name: string): Promise<void> {
  const before = activeOf(party);
  expect(await party.ask({ kind: 'profile.add', label })).toEqual({ ok: true });
  await party.world.clock.until(() => activeOf(party) !== before && party.page.view !== null, 'another profile');
  expect(party.page.view).toMatchObject({ profile: null, contacts: [] });
  expect(await party.ask({ kind: 'identity.create', name })).toEqual({ ok: true });
}

async function goTo(party: Party, profileId: string): Promise<void> {
  expect(await party.ask({ kind: 'profile.select', profileId })).toEqual({ ok: true });
  await party.world.clock.until(() => activeOf(party) === profileId, 'there');
}

/** The queues, boxes and invites that a frame names. */
function namedBy(frame: ClientFrame): string[] {
  const named: unknown[] = 'proofs' in frame ? frame.proofs.flatMap((proof) => Object.values(proof)) : Object.values(frame);
  return named.filter((value) => value instanceof Uint8Array && value.length === 24).map((id) => toHex(id as Uint8Array));
}

test('another profile has a name, contacts and messages of its own, and the first is as it was', async () => {
  const { ana, jun, clock } = await held();
  const first = activeOf(jun);
  await addProfile(jun, 'Work', 'J. Smith');
  expect(labels(jun)).toEqual(['', 'Work']);
  await ana.ask({ kind: 'message.send', contactId: ana.contact().id, text: 'for the first' });
  await clock.advance(60_000);
  expect(jun.page.view?.contacts).toEqual([]);
  expect(ana.messages().at(-1)?.delivery?.stage).toBe('held');
  await goTo(jun, first);
  await clock.until(() => (jun.page.view?.contacts.length ?? 0) > 0, 'the first again');
  await jun.show(jun.contact().id);
  await clock.until(() => jun.messages().some(({ text }) => text === 'for the first'), 'read');
  expect(jun.page.view?.profile?.name).toBe('Jun');
});

test('no relay ever sees two profiles on one connection', async () => {
  const { ana, jun, clock, world } = await held();
  const relay = world.relays.get(RELAY);
  const first = activeOf(jun);
  await addProfile(jun, 'Work', 'J. Smith');
  const second = activeOf(jun);
  const link = await inviteLink(jun);
  expect(await ana.ask({ kind: 'invite.take', text: link })).toMatchObject({ ok: true });
  for (const profileId of [first, second, first]) {
    await goTo(jun, profileId);
    await clock.advance(20_000);
  }
  const ids = new Map<string, Set<object>>();
  for (const connection of relay?.everConnected ?? []) {
    for (const id of connection.heard.flatMap(namedBy)) ids.set(id, (ids.get(id) ?? new Set()).add(connection));
  }
  const store = (profileId: string) => jun.disks.disk(profileId).store.image();
  const ridsOf = (profileId: string) =>
    [...store(profileId).values()].flatMap(({ value }) => {
      const queue =
        (value as { mine?: { rid: Uint8Array | null }; queue?: { rid: Uint8Array | null } } | null)?.mine ??
        (value as { queue?: { rid: Uint8Array | null } } | null)?.queue;
      return queue?.rid ? [toHex(queue.rid)] : [];
    });
  const connectionsOf = (profileId: string) => ridsOf(profileId).flatMap((rid) => [...(ids.get(rid) ?? [])]);
  expect(connectionsOf(first).length).toBeGreaterThan(1);
  expect(connectionsOf(second).length).toBeGreaterThan(0);
  expect(connectionsOf(first).filter((connection) => connectionsOf(second).includes(connection))).toEqual([]);
});

test('after everything was deleted the new identity is on a new connection', async () => {
  const { jun, clock, world } = await held();
  const before = [...(world.relays.get(RELAY)?.connections ?? [])];
  expect(await jun.ask({ kind: 'lock.wipe' })).toEqual({ ok: true });
  await clock.until(() => jun.page.view !== null, 'first run');
  await jun.ask({ kind: 'identity.create', name: 'Somebody else' });
  const link = await inviteLink(jun);
  expect(link).not.toBe('');
  const asked = world.relays.get(RELAY)?.everConnected.filter(({ heard }) => heard.some(({ kind }) => kind === 'inv-put')) ?? [];
  expect(before).not.toContain(asked.at(-1));
});

test('what the host had heard for one profile is never given to another', async () => {
  const { ana, jun, clock } = await held();
  jun.isHostAway = true;
  jun.killWorker();
  await ana.ask({ kind: 'message.send', contactId: ana.contact().id, text: 'held by the host' });
  await clock.advance(5000);
  const first = jun.disks.list.activeId;
  // The worker that wakes opens another profile, as if it had been chosen the moment before the last one died.
  await jun.disks.profiles((store) => store).keep('other', 'Work');
  jun.isHostAway = false;
  jun.wake();
  await clock.until(() => jun.page.view !== null, 'awake');
  const heard: string[] = [];
  jun.host.onCommand = ({ kind }) => heard.push(kind);
  await clock.advance(20_000);
  expect(heard).not.toContain('relay.request');
  expect(jun.faults).toEqual([]);
  await goTo(jun, first);
  await clock.until(() => (jun.page.view?.contacts.length ?? 0) > 0, 'the first again');
  await jun.show(jun.contact().id);
  await clock.until(() => jun.messages().some(({ text }) => text === 'held by the host'), 'read');
});

test('a profile with a lock locks when another is opened, and asks when it is come back to', async () => {
  const { jun, clock } = await held();
  const first = activeOf(jun);
  await jun.ask({ kind: 'lock.protect', current: '', secret: PIN, wipeAfter: 0 });
  await addProfile(jun, 'Work', 'J. Smith');
  expect(jun.page.lock).toMatchObject({ isLocked: false, secret: null });
  await goTo(jun, first);
  await clock.until(() => jun.page.lock?.secret === 'pin', 'told');
  expect(jun.page.lock).toMatchObject({ isLocked: true });
  expect(jun.page.view).toBeNull();
  // From a locked profile the others are reached without its secret.
  const other = jun.page.lock?.profiles.find(({ id }) => id !== first)?.id ?? '';
  await goTo(jun, other);
  await clock.until(() => jun.page.view?.profile?.name === 'J. Smith', 'the other');
  expect(await jun.ask({ kind: 'profile.select', profileId: 'no such' })).toEqual({ ok: false, code: 'profile-unknown' });
});

test('adding, renaming and deleting are not for whoever finds a locked device', async () => {
  const { jun } = await held();
  await addProfile(jun, 'Work', 'J. Smith');
  await jun.ask({ kind: 'lock.protect', current: '', secret: PIN, wipeAfter: 0 });
  await jun.ask({ kind: 'lock.now' });
  const profileId = activeOf(jun);
  for (const command of [
    { kind: 'profile.add', label: 'More' },
    { kind: 'profile.rename', profileId, label: 'Other' },
    { kind: 'profile.remove' },
  ] as const)
    expect(await jun.ask(command)).toEqual({ ok: false, code: 'locked' });
  expect(labels(jun)).toEqual(['', 'Work']);
});

test('a voice that is on keeps its profile open', async () => {
  const { jun, clock } = await twoContacts('allowed');
  await clock.until(() => jun.contact().string.kind === 'open', 'string');
  const first = activeOf(jun);
  jun.host.inject({ kind: 'voice.state', peer: jun.contact().id, cause: null, isMuted: false, theirs: false, mine: 'on' });
  await clock.rest();
  expect(await jun.ask({ kind: 'profile.add', label: 'Work' })).toEqual({ ok: false, code: 'profile-in-call' });
  expect(activeOf(jun)).toBe(first);
});

test('deleting a profile leaves the others, deleting everything leaves none', async () => {
  const { jun, clock } = await held();
  const first = activeOf(jun);
  await addProfile(jun, 'Work', 'J. Smith');
  const second = activeOf(jun);
  expect(await jun.ask({ kind: 'profile.remove' })).toEqual({ ok: true });
  await clock.until(() => activeOf(jun) === first && (jun.page.view?.contacts.length ?? 0) === 1, 'the first again');
  expect(jun.disks.disk(second).store.image().size).toBe(0);
  await addProfile(jun, 'Work', 'J. Smith');
  expect(await jun.ask({ kind: 'lock.wipe' })).toEqual({ ok: true });
  await clock.until(() => jun.page.view !== null && jun.page.lock?.profiles.length === 1, 'first run');
  expect(jun.page.view).toMatchObject({ profile: null, contacts: [] });
  expect(jun.disks.disk(first).store.image().size).toBe(0);
});

test('a worker that dies on the way opens the one or the other, whole', async () => {
  const { jun, clock } = await held();
  const first = activeOf(jun);
  await addProfile(jun, 'Work', 'J. Smith');
  const second = activeOf(jun);
  for (let steps = 0; steps < 40; steps++) {
    const target = activeOf(jun) === first ? second : first;
    jun.page.send({ kind: 'profile.select', id: `${steps}`.padStart(32, '0'), profileId: target });
    for (let i = 0; i < steps; i++) await Promise.resolve();
    jun.restartWorker();
    await clock.until(() => jun.page.view !== null, 'awake');
    const isFirst = activeOf(jun) === first;
    expect(jun.page.view?.profile?.name).toBe(isFirst ? 'Jun' : 'J. Smith');
    expect(jun.page.view?.contacts.length).toBe(isFirst ? 1 : 0);
  }
});

test('a label is a few words, and is asked for', async () => {
  const { jun } = await held();
  expect(await jun.ask({ kind: 'profile.add', label: '  ' })).toEqual({ ok: false, code: 'name-empty' });
  expect(await jun.ask({ kind: 'profile.add', label: 'x'.repeat(41) })).toEqual({ ok: false, code: 'name-too-long' });
  expect(await jun.ask({ kind: 'profile.rename', profileId: activeOf(jun), label: ' Home ' })).toEqual({ ok: true });
  expect(labels(jun)).toEqual(['Home']);
});
