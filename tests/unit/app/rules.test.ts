/** ARCHITECTURE's rules that keep data safe, one test each, named after them. */
import { expect, test } from 'vitest';
import type { LinkCommand } from '../../../lib/app/link';
import { keys, type OutboxRow } from '../../../lib/app/records';
import { decodeIdentity } from '../../../lib/protocol/identity';
import { inviteLink, newId, type Pair, type Party, RELAY, record, twoContacts, twoParties } from '../../support/two-parties';

async function openString({ ana, jun, clock }: Pair): Promise<void> {
  await clock.until(() => ana.contact().string.kind === 'open' && jun.contact().string.kind === 'open', 'string open');
  await clock.advance(2000);
}

function say(party: Party, text: string): string {
  const id = newId();
  party.page.send({ kind: 'message.send', id, contactId: party.contact().id, text });
  return id;
}

async function outbox(party: Party): Promise<OutboxRow[]> {
  return (await party.store.range(['outbox'])).map(([, value]) => value as OutboxRow);
}

function contains(haystack: Uint8Array, needle: Uint8Array): boolean {
  return Buffer.from(haystack).includes(Buffer.from(needle));
}

function sessions(party: Party) {
  return party.store.range(['session', party.contact().id]);
}

test('one writer: keys and plaintext never enter the network host', async () => {
  const pair = await twoContacts();
  const { ana, clock } = pair;
  await openString(pair);
  const commands: LinkCommand[] = [];
  ana.host.onCommand = (command) => void commands.push(command);
  say(ana, 'the key is under the blue pot');
  await clock.until(() => ana.messages()[0]?.delivery?.stage === 'delivered', 'delivered');
  const profile = (await ana.store.get(keys.profile)) as { identity: Uint8Array<ArrayBuffer> };
  const { sigSecret, dhSecret } = decodeIdentity(profile.identity);
  const { live, mine, theirs } = await record(ana);
  const secrets = [sigSecret, dhSecret, live.mine, ...live.theirs, mine.readerSecret, mine.doorbellSecret, theirs.writerSecret];
  const seen = commands.flatMap((command) =>
    'bytes' in command ? [command.bytes] : 'frame' in command && typeof command.frame !== 'number' ? [command.frame] : [],
  );
  expect(seen.length).toBeGreaterThan(0);
  for (const bytes of seen) {
    for (const secret of secrets) expect(contains(bytes, secret)).toBe(false);
    expect(contains(bytes, Buffer.from('blue pot'))).toBe(false);
  }
});

test('journal: one failing delivery never blocks later events', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await openString(pair);
  ana.host.deliver(ana.contact().id, 'x', 1, new Uint8Array(1));
  ana.host.inject({
    kind: 'string.frame',
    peer: ana.contact().id,
    stringId: newId(),
    frame: 1,
    bytes: crypto.getRandomValues(new Uint8Array(512)),
  });
  ana.host.inject({ kind: 'relay.push', relay: RELAY, frame: new Uint8Array([255, 0, 0, 0, 0, 9]) });
  say(jun, 'still here');
  await clock.until(() => ana.messages().length === 1, 'arrives');
  expect(ana.faults).toHaveLength(2);
});

test('seal late: what waits is written plain in the sealed store and sealed only when a route is ready', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await openString(pair);
  jun.closeBrowser();
  await clock.rest();
  const before = JSON.stringify(await sessions(ana));
  say(ana, 'waits');
  await clock.until(() => ana.messages().length === 1, 'written');
  expect(await outbox(ana)).toMatchObject([{ sealed: null, body: { kind: 'text' } }]);
  expect(JSON.stringify(await sessions(ana))).toBe(before);
  jun.openBrowser();
  await clock.until(() => ana.messages()[0]?.delivery?.stage === 'delivered', 'delivered');
});

test('a message to an offline contact goes by itself when they return', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await openString(pair);
  jun.closeBrowser();
  for (const text of ['a', 'b', 'c']) say(ana, text);
  await clock.advance(3600_000);
  expect(ana.messages().map(({ delivery }) => delivery?.stage)).toEqual(['local', 'local', 'local']);
  expect(ana.contact()).toMatchObject({ waiting: 3, presence: 'offline' });
  jun.openBrowser();
  await clock.until(() => jun.messages().length === 3, 'arrive');
  expect(jun.messages().map(({ text }) => text)).toEqual(['a', 'b', 'c']);
});

test('repeats: an envelope that comes again is shown once and its receipt is said again', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await openString(pair);
  say(ana, 'once');
  await clock.until(() => ana.messages()[0]?.delivery?.stage === 'delivered', 'delivered');
  await clock.advance(3000);
  const envelope = ana.host.wire.at(0) as Uint8Array<ArrayBuffer>;
  const sentBefore = jun.host.wire.length;
  jun.host.inject({ kind: 'string.frame', peer: jun.contact().id, stringId: newId(), frame: 99, bytes: envelope });
  await clock.until(() => jun.host.wire.length > sentBefore, 'receipt again');
  expect(jun.messages()).toHaveLength(1);
});

test('an owed send ends only by its receipt: a string that dies with the frame gives it again, the same bytes', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await openString(pair);
  ana.host.isDeaf = true;
  say(ana, 'falls into the gap');
  await clock.until(() => ana.host.wire.length > 0, 'sent');
  const first = ana.host.wire.at(-1);
  expect(await outbox(ana)).toHaveLength(1);
  ana.host.isDeaf = false;
  ana.host.cutAll();
  await clock.until(() => jun.messages().length === 1, 'arrives');
  expect(ana.host.wire.at(-1)).toEqual(first);
  await clock.until(() => ana.messages()[0]?.delivery?.stage === 'delivered', 'delivered');
  expect(await outbox(ana)).toHaveLength(0);
});

test('a new host is handed everything that has not ended', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await openString(pair);
  ana.host.isDeaf = true;
  say(ana, 'lost with the host');
  await clock.until(() => ana.host.wire.length > 0, 'sent');
  ana.host.kill();
  ana.replaceHost();
  await clock.until(() => jun.messages().length === 1, 'arrives');
});

test('no receipt in 10 s and routing allows it: the same bytes go to the relay', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock, world } = pair;
  await openString(pair);
  await ana.ask({ kind: 'contact.choose', contactId: ana.contact().id, choices: { routing: 'relay' } });
  ana.host.isDeaf = true;
  say(ana, 'may wait');
  await clock.until(() => ana.host.wire.length > 0, 'sent on the string');
  await clock.advance(9000);
  const relay = world.relays.get(RELAY);
  const stored = () => relay?.heard.filter((frame) => frame.kind === 'send').map((frame) => frame.cell) ?? [];
  const envelope = ana.host.wire.at(-1);
  expect(stored()).not.toContainEqual(envelope);
  await clock.advance(2000);
  expect(stored()).toContainEqual(envelope);
  await clock.until(() => jun.messages().length === 1, 'arrives');
});

test('a message that may not wait is never given to the relay', async () => {
  const pair = await twoContacts();
  const { ana, clock, world } = pair;
  await openString(pair);
  const relay = world.relays.get(RELAY);
  const before = relay?.heard.filter(({ kind }) => kind === 'send').length;
  ana.host.isDeaf = true;
  say(ana, 'only my device');
  await clock.advance(120_000);
  expect(relay?.heard.filter(({ kind }) => kind === 'send').length).toBe(before);
  expect(ana.messages()[0]?.delivery).toEqual({ stage: 'local' });
});

test('held moves by the relay alone, delivered by the contact alone, and neither comes down again', async () => {
  const pair = await twoContacts('denied');
  const { ana, jun, clock } = pair;
  await ana.ask({ kind: 'contact.choose', contactId: ana.contact().id, choices: { routing: 'relay' } });
  jun.closeBrowser();
  say(ana, 'held');
  await clock.until(() => ana.messages()[0]?.delivery?.stage === 'held', 'held');
  expect(ana.contact().waiting).toBe(0);
  jun.openBrowser();
  await clock.until(() => ana.messages()[0]?.delivery?.stage === 'delivered', 'delivered');
});

test('receipts never cause receipts', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await openString(pair);
  say(ana, 'hello');
  await clock.until(() => ana.messages()[0]?.delivery?.stage === 'delivered', 'delivered');
  await clock.advance(5000);
  const sent = [ana.host.wire.length, jun.host.wire.length];
  await clock.advance(60_000);
  expect([ana.host.wire.length, jun.host.wire.length]).toEqual(sent);
  expect(await outbox(jun)).toEqual([]);
});

test('receipts are batched: a burst is answered by far fewer contents than it had', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await openString(pair);
  for (let i = 0; i < 60; i++) say(ana, `message ${i}`);
  await clock.until(() => ana.messages().filter(({ delivery }) => delivery?.stage === 'delivered').length === 60, 'all delivered');
  expect(jun.host.wire.length).toBeLessThan(10);
});

test('when a string opens the sender asks for ids without a receipt, and the missing are sealed again', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await openString(pair);
  await ana.ask({ kind: 'contact.choose', contactId: ana.contact().id, choices: { routing: 'relay' } });
  jun.closeBrowser();
  say(ana, 'the relay will lose this');
  await clock.until(() => ana.messages()[0]?.delivery?.stage === 'held', 'held');
  pair.world.relays.get(RELAY)?.loseEverythingWaiting();
  jun.openBrowser();
  await clock.until(() => jun.messages().length === 1, 'arrives after all');
  await clock.until(() => ana.messages()[0]?.delivery?.stage === 'delivered', 'delivered');
});

test('live frames never advance the ratchet', async () => {
  const pair = await twoContacts();
  const { ana, jun } = pair;
  await openString(pair);
  const both = async () => JSON.stringify([await sessions(ana), await sessions(jun)]);
  const before = await both();
  const heardBefore = pair.world.relays.get(RELAY)?.heard.filter(({ kind }) => kind === 'sig').length ?? 0;
  for (let i = 0; i < 5; i++) {
    ana.host.cutAll();
    await openString(pair);
  }
  expect(pair.world.relays.get(RELAY)?.heard.filter(({ kind }) => kind === 'sig').length).toBeGreaterThan(heardBefore + 10);
  expect(await both()).toBe(before);
});

test('strings: nothing is gathered, offered or answered unless both allowed it', async () => {
  const pair = await twoParties();
  const { ana, jun, clock } = pair;
  const commands: LinkCommand[] = [];
  for (const party of [ana, jun]) party.host.onCommand = (command) => void commands.push(command);
  const taken = await jun.ask({ kind: 'invite.take', text: await inviteLink(ana) });
  await jun.ask({ kind: 'contact.accept', contactId: taken.ok ? (taken.contactId as string) : '', direct: 'allowed' });
  await clock.until(() => ana.page.view?.contacts.length === 1, 'request');
  await ana.ask({ kind: 'contact.accept', contactId: ana.contact().id, direct: 'denied' });
  await clock.until(() => jun.contact().state === 'accepted', 'accepted');
  await ana.show(ana.contact().id);
  await jun.show(jun.contact().id);
  say(jun, 'hello');
  await clock.advance(60_000);
  expect(commands.filter(({ kind }) => kind === 'string.open' || kind === 'string.signal')).toEqual([]);
  // The choice changes, and now they meet.
  await ana.ask({ kind: 'contact.direct', contactId: ana.contact().id, direct: 'allowed' });
  await clock.until(() => ana.messages().length === 1, 'arrives directly');
});

test('strings: one that nobody needs closes after five idle minutes, and opens again by itself', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await openString(pair);
  await ana.show(null);
  await jun.show(null);
  await clock.advance(4 * 60_000);
  ana.front.tick();
  await clock.rest();
  expect(ana.contact().string.kind).toBe('open');
  await clock.advance(2 * 60_000);
  ana.front.tick();
  await clock.until(() => ana.contact().string.kind === 'closed', 'closed');
  say(ana, 'again');
  await clock.until(() => jun.contact().unread === 1, 'arrives');
});

test('listeners first: what comes before the journal has loaded waits for it', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await openString(pair);
  const contactId = ana.contact().id;
  ana.killWorker();
  ana.wake();
  // In the very turn of the wake: nothing has been read yet.
  ana.page.send({ kind: 'message.send', id: newId(), contactId, text: 'early' });
  await clock.until(() => jun.messages().length === 1, 'arrives');
});

test('a message that arrives while nobody looks notifies by name, without its text, and counts as unread', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await openString(pair);
  await jun.show(null);
  say(ana, 'the key is under the blue pot');
  await clock.until(() => jun.notices.some(({ kind }) => kind === 'message'), 'notified');
  expect(JSON.stringify(jun.notices)).not.toContain('pot');
  expect(jun.badge).toEqual({ unread: 1, isMuted: null });
  const told = jun.notices.length;
  await jun.show(jun.contact().id);
  say(ana, 'and another');
  await clock.until(() => jun.messages().length === 2, 'arrives');
  expect(jun.notices).toHaveLength(told);
});

test('the same command twice is one message', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await openString(pair);
  const command = { kind: 'message.send' as const, id: newId(), contactId: ana.contact().id, text: 'once' };
  ana.page.send(command);
  ana.page.send(command);
  await clock.advance(5000);
  expect(jun.messages()).toHaveLength(1);
  expect(ana.messages()).toHaveLength(1);
});

test('a page that comes back with the revision it has is told that it is current', async () => {
  const { ana, clock } = await twoContacts();
  await clock.advance(5000);
  const { epoch, revision } = ana.page.state;
  ana.openPage({ epoch, revision });
  await clock.until(() => ana.page.frames.length > 1, 'answered');
  const [lock, ...others] = ana.page.frames;
  expect(lock).toMatchObject({ kind: 'lock', lock: { isLocked: false } });
  expect(others).toEqual([{ kind: 'current', epoch, revision }]);
});

test('a malformed command is answered with its code and harms nothing', async () => {
  const { ana, clock } = await twoContacts();
  for (const frame of [null, 7, 'x', {}, { kind: 'message.send', id: 'x' }, { kind: 'draft.save', contactId: '../..', text: '' }])
    ana.page.send(frame as never);
  const id = newId();
  ana.page.send({ kind: 'message.send', id, contactId: 'nobody', text: 'x' } as never);
  await clock.until(() => ana.page.results.has(id), 'answered');
  expect(ana.page.results.get(id)).toEqual({ ok: false, code: 'bad-command' });
  expect(await ana.ask({ kind: 'contact.decline', contactId: newId() })).toEqual({ ok: true });
  expect(ana.contact().state).toBe('accepted');
});

test('the mute command that wakes a dead worker mutes the voice that is on', async () => {
  const pair = await twoContacts();
  const { ana, clock } = pair;
  await openString(pair);
  const peer = ana.contact().id;
  const voice = { kind: 'voice.state', peer, mine: 'on', cause: null, isMuted: false, theirs: false } as const;
  ana.host.inject(voice);
  await clock.rest();
  ana.restartWorker();
  const commands: LinkCommand[] = [];
  ana.host.onCommand = (command) => void commands.push(command);
  ana.front.toggleMute();
  await clock.rest();
  // The host says what it has on after its hello.
  ana.host.inject(voice);
  await clock.rest();
  expect(commands.filter(({ kind }) => kind === 'voice.mute')).toEqual([{ kind: 'voice.mute', isMuted: true }]);
});
