/** What a user has chosen, and what others can see of it. */
import { expect, test } from 'vitest';
import type { LinkCommand, LinkEvent } from '../../../lib/app/link';
import type { Choices, Settings } from '../../../lib/domain/choices';
import { toHex } from '../../../lib/protocol/bytes';
import type { ClientFrame } from '../../../lib/protocol/relay';
import { decodeServerFrame } from '../../../lib/protocol/relay-codec';
import { oweTo } from '../../support/owing';
import { newId, type Pair, type Party, RELAY, record, twoContacts } from '../../support/two-parties';

const choose = (party: Party, choices: Partial<Choices>) => party.ask({ kind: 'contact.choose', contactId: party.contact().id, choices });
const settle = (party: Party, settings: Partial<Settings>) => party.ask({ kind: 'settings.choose', settings });
const say = (party: Party, text: string, routing: 'device' | 'relay' = 'device') =>
  party.ask({ kind: 'message.send', contactId: party.contact().id, text, routing });
const texts = (party: Party) => party.messages().map(({ text }) => text);
const stages = (party: Party) => party.messages().map(({ delivery }) => delivery?.stage);

async function together(): Promise<Pair> {
  const pair = await twoContacts();
  await pair.clock.until(() => [pair.ana, pair.jun].every((party) => party.contact().string.kind === 'open'), 'string open');
  return pair;
}

/** Everything about this reading queue that reached the relay from here on. */
function heardOf(pair: Pair, rid: Uint8Array): readonly ClientFrame[] {
  const relay = pair.world.relays.get(RELAY);
  const wanted = toHex(rid);
  const names = (frame: ClientFrame): boolean => {
    if (frame.kind === 'sub') return frame.proofs.some((proof) => toHex(proof.rid) === wanted);
    if (frame.kind === 'unsub') return frame.rids.some((each) => toHex(each) === wanted);
    return 'rid' in frame && toHex(frame.rid) === wanted;
  };
  return relay?.heard.filter(names) ?? [];
}

test('who is hidden is offline to that contact, still gets and sends what may wait, and is there again when shown', async () => {
  const pair = await together();
  const { ana, jun, clock } = pair;
  await choose(ana, { tellsPresence: false });
  await clock.until(() => jun.contact().presence === 'offline' && jun.contact().string.kind !== 'open', 'Ana is away to Jun');
  expect(ana.contact().string.kind).not.toBe('open');
  const { rid } = (await record(ana)).mine;
  expect(heardOf(pair, rid as Uint8Array).at(-1)).toMatchObject({ kind: 'sub', proofs: [{ isLive: false }] });

  jun.page.send({ kind: 'conversation.show', contactId: jun.contact().id, isVisible: true });
  await say(jun, 'kept here');
  await say(jun, 'through the relay', 'relay');
  await clock.until(() => texts(ana).includes('through the relay'), 'the relay still brings it');
  await say(ana, 'and back', 'relay');
  await clock.until(() => texts(jun).includes('and back'), 'and takes it');
  await clock.advance(60_000);
  expect(jun.contact().presence).toBe('offline');
  expect(ana.contact().string.kind).not.toBe('open');
  expect(texts(ana)).not.toContain('kept here');

  await choose(ana, { tellsPresence: null });
  await clock.until(() => texts(ana).includes('kept here'), 'shown again, it goes at once', 5000);
});

test('presence off for all hides from every contact but the one who is told all the same', async () => {
  const { ana, jun, clock } = await together();
  await settle(ana, { tellsPresence: false });
  await clock.until(() => jun.contact().presence === 'offline', 'hidden');
  await choose(ana, { tellsPresence: true });
  await clock.until(() => jun.contact().presence === 'online', 'shown to Jun');
});

test('a message that waits here goes at once when its receiver appears', async () => {
  const { ana, jun, clock } = await together();
  ana.closeBrowser();
  await clock.until(() => jun.contact().presence === 'offline', 'Ana is gone');
  await say(jun, 'when you are back');
  await clock.advance(600_000);
  expect(stages(jun)).toEqual(['local']);
  ana.openBrowser();
  await clock.until(() => stages(jun)[0] === 'delivered', 'it goes', 3000);
});

test('a lock tells contacts at once that this user is gone', async () => {
  const { ana, jun, clock } = await together();
  await ana.ask({ kind: 'lock.protect', current: '', secret: { kind: 'pin', text: '271828' }, wipeAfter: 0 });
  const before = clock.now();
  await ana.ask({ kind: 'lock.now' });
  await clock.until(() => jun.contact().presence === 'offline', 'told', 1000);
  expect(clock.now() - before).toBeLessThan(3000);
});

test('who is blocked is not read, not answered and not written to, and finds everything waiting once unblocked', async () => {
  const pair = await together();
  const { ana, jun, clock } = pair;
  const { rid } = (await record(ana)).mine;
  const relay = pair.world.relays.get(RELAY);
  await choose(ana, { isBlocked: true });
  await clock.rest();
  expect(heardOf(pair, rid as Uint8Array).at(-1)?.kind).toBe('unsub');
  expect(ana.contact()).toMatchObject({ presence: 'offline', choices: { isBlocked: true } });
  const heardBefore = relay?.heard.length ?? 0;
  const wireBefore = ana.host.wire.length;
  const notified = ana.notices.length;

  expect(await say(ana, 'not to you')).toEqual({ ok: false, code: 'contact-blocked' });
  await say(jun, 'are you there', 'relay');
  await clock.advance(3600_000);
  expect(stages(jun)).toEqual(['held']);
  expect(texts(ana)).toEqual([]);
  expect(ana.notices.length).toBe(notified);
  expect(ana.host.wire.length).toBe(wireBefore);
  const byAna = [...(relay?.connections ?? [])].find(({ heard }) => heard.some((frame) => frame.kind === 'unsub'));
  const since = relay?.heard.slice(heardBefore) ?? [];
  expect(byAna?.heard.filter((frame) => since.includes(frame) && frame.kind !== 'ping')).toEqual([]);

  // Also to a background that wakes on the same connection: its rights are not those it had.
  ana.restartWorker();
  await clock.until(() => Boolean(ana.page.view?.contacts.length), 'awake');
  await ana.show(ana.contact().id);
  await clock.advance(60_000);
  expect(texts(ana)).toEqual([]);

  await choose(ana, { isBlocked: false });
  await clock.until(() => texts(ana).includes('are you there'), 'what waited comes', 10_000);
  await clock.until(() => stages(jun)[0] === 'delivered', 'and is confirmed', 10_000);
  expect(await say(ana, 'now I am', 'relay')).toMatchObject({ ok: true });
  await clock.until(() => texts(jun).includes('now I am'), 'and written to again', 10_000);
});

/** What a contact's side can see, at the relay and of the string: the answers it gets, and what comes unasked. */
async function transcriptOf(end: (pair: Pair) => Promise<unknown>): Promise<readonly string[]> {
  const pair = await together();
  const { ana, jun, clock } = pair;
  await say(ana, 'hello');
  await clock.until(() => texts(jun).length === 1, 'in touch');
  await clock.advance(5000);
  const seen: string[] = [];
  const asked = new Map<string, string>();
  const watch = (event: LinkEvent) => {
    if (event.kind === 'relay.push') seen.push(`push ${decodeServerFrame(event.frame).frame.kind}`);
    if (event.kind === 'relay.reply') seen.push(`${asked.get(event.token)} answered ${decodeServerFrame(event.frame).frame.kind}`);
    if (event.kind === 'string.state') seen.push(`string ${event.state}`);
    if (event.kind === 'string.frame' || event.kind === 'string.signal') seen.push(event.kind);
  };
  jun.host.onEvent = watch;
  jun.host.onCommand = (command: LinkCommand) => {
    if (command.kind === 'relay.request') asked.set(command.token, command.token.split(':')[0] ?? '');
  };
  await end(pair);
  await clock.advance(2000);
  await say(jun, 'may wait', 'relay');
  await say(jun, 'may not', 'device');
  jun.page.send({ kind: 'typing', contactId: jun.contact().id, isTyping: true });
  jun.page.send({ kind: 'conversation.show', contactId: null, isVisible: true });
  await clock.advance(2000);
  await jun.show(jun.contact().id);
  await clock.advance(600_000);
  jun.restartWorker();
  await clock.advance(60_000);
  return seen;
}

test('to the contact who is blocked it looks exactly as when this user has gone offline', async () => {
  const offline = await transcriptOf(async ({ ana }) => {
    await ana.ask({ kind: 'lock.protect', current: '', secret: { kind: 'pin', text: '271828' }, wipeAfter: 0 });
    await ana.ask({ kind: 'lock.now' });
    ana.closeBrowser();
  });
  const blocked = await transcriptOf(({ ana }) => choose(ana, { isBlocked: true }));
  expect(blocked).toEqual(offline);
  expect(blocked).toContain('string closed');
  expect(blocked.length).toBeGreaterThan(4);
});

test('without read receipts the sender learns of delivery alone, and knows it', async () => {
  const { ana, jun, clock } = await together();
  const read = (upTo: number) => ana.page.send({ kind: 'conversation.read', contactId: ana.contact().id, upTo });
  await choose(ana, { tellsReading: false });
  await clock.until(() => jun.contact().told.reading === false, 'Jun is told that he is not told');
  await say(jun, 'one');
  await clock.until(() => stages(jun)[0] === 'delivered', 'delivered');
  read(1);
  await clock.advance(30_000);
  expect(stages(jun)).toEqual(['delivered']);
});

test('a read receipt that has not gone yet is told as delivered when receipts are switched off', async () => {
  const { ana, jun, clock } = await together();
  await say(jun, 'one');
  await clock.until(() => ana.messages().length === 1, 'arrived');
  // From here nothing of Ana's arrives before she has changed her mind.
  ana.host.isDeaf = true;
  await clock.advance(5000);
  ana.page.send({ kind: 'conversation.read', contactId: ana.contact().id, upTo: 1 });
  await clock.rest();
  await settle(ana, { tellsReading: false });
  ana.host.isDeaf = false;
  ana.host.cutAll();
  await clock.until(() => ana.contact().string.kind === 'open', 'again');
  await clock.advance(60_000);
  expect(stages(jun)).toEqual(['delivered']);
});

test('what was read while receipts were off is never told as read: not when they are on again, nor when it is asked after', async () => {
  const { ana, jun, clock } = await together();
  const read = async (upTo: number) => {
    ana.page.send({ kind: 'conversation.read', contactId: ana.contact().id, upTo });
    await clock.until(() => ana.contact().unread === 0, 'read');
  };
  await choose(ana, { tellsReading: false });
  await clock.until(() => jun.contact().told.reading === false, 'Jun is told');
  await say(jun, 'one');
  await clock.until(() => ana.messages().length === 1, 'arrived');
  await read(1);
  await choose(ana, { tellsReading: true });
  await clock.until(() => jun.contact().told.reading === true, 'Jun is told again');
  await say(jun, 'two');
  await clock.until(() => ana.messages().length === 2, 'arrived too');
  await read(2);
  await clock.until(() => stages(jun)[1] === 'read', 'what is read from now on is told');
  const ids = jun.messages().map(({ id }) => id);
  const asks = jun.host.wire.length;
  await oweTo(jun, [{ kind: 'query', ids }]);
  await clock.until(() => jun.host.wire.length > asks, 'asked');
  await clock.advance(30_000);
  expect(stages(jun)).toEqual(['delivered', 'read']);
});

test('a changed choice for all is told to those alone for whom it changes anything', async () => {
  const { ana, clock } = await together();
  await choose(ana, { tellsTyping: true });
  await clock.advance(5000);
  const sent = ana.host.wire.length;
  await settle(ana, { tellsTyping: false });
  await clock.advance(5000);
  expect(ana.host.wire.length).toBe(sent);
  await choose(ana, { tellsTyping: null });
  await clock.advance(5000);
  expect(ana.host.wire.length).toBeGreaterThan(sent);
});

test('writing is shown for six seconds, said at most every three, and ends with the message', async () => {
  const { ana, jun, clock, world } = await together();
  const sigs = () => world.relays.get(RELAY)?.heard.filter(({ kind }) => kind === 'sig').length ?? 0;
  const type = () => ana.page.send({ kind: 'typing', contactId: ana.contact().id, isTyping: true });
  const before = sigs();
  for (let key = 0; key < 10; key++) {
    type();
    await clock.advance(200);
  }
  expect(sigs()).toBe(before + 1);
  expect(jun.contact().isTyping).toBe(true);
  await clock.advance(3500);
  expect(jun.contact().isTyping).toBe(true);
  await clock.advance(1500);
  expect(jun.contact().isTyping).toBe(false);

  type();
  await clock.until(() => jun.contact().isTyping, 'again');
  await say(ana, 'done');
  await clock.until(() => texts(jun).includes('done'), 'arrives');
  expect(jun.contact().isTyping).toBe(false);

  await clock.advance(4000);
  await choose(ana, { tellsTyping: false });
  await clock.advance(1000);
  const silent = sigs();
  type();
  await clock.advance(1000);
  expect(sigs()).toBe(silent);
});

test('an archived conversation comes back with a message, a muted one stays', async () => {
  const { ana, jun, clock } = await together();
  await choose(ana, { isArchived: true });
  await say(jun, 'one');
  await clock.until(() => !ana.contact().choices.isArchived, 'back');
  await choose(ana, { isArchived: true, mutedUntilMs: clock.now() + 3600_000 });
  await say(jun, 'two');
  await clock.until(() => texts(ana).includes('two'), 'arrives');
  expect(ana.contact().choices.isArchived).toBe(true);
});

test('a removed contact is forgotten with every record and is not heard of again', async () => {
  const { ana, jun, clock } = await together();
  await say(jun, 'remember me');
  await clock.until(() => texts(ana).length === 1, 'arrives');
  const { id } = ana.contact();
  await ana.ask({ kind: 'contact.remove', contactId: id });
  await clock.until(() => ana.page.view?.contacts.length === 0, 'gone');
  expect([...ana.store.image().keys()].filter((key) => key.includes(id))).toEqual([]);
  await say(jun, 'hello?', 'relay');
  await clock.advance(600_000);
  expect(ana.page.view?.contacts).toEqual([]);
});

test('a choice for an unknown contact is refused', async () => {
  const { ana } = await together();
  const refused = await ana.ask({ kind: 'contact.choose', contactId: newId(), choices: { isPinned: true } });
  expect(refused).toEqual({ ok: false, code: 'contact-unknown' });
});
