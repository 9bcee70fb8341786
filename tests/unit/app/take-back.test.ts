/** Who sent a message may take it back while it waits, and choose anew where it waits. What is then said is what is known. */
import { expect, test } from 'vitest';
import type { Delivery } from '../../../lib/domain/delivery';
import { newId, type Pair, type Party, RELAY, twoContacts } from '../../support/two-parties';

type Routing = 'device' | 'relay';

const relayOf = ({ world }: Pair) => {
  const relay = world.relays.get(RELAY);
  if (!relay) throw new Error('no relay');
  return relay;
};

/** Jun away, nothing direct. */
async function apart(): Promise<Pair> {
  const pair = await twoContacts('denied');
  pair.jun.closeBrowser();
  await pair.clock.advance(1000);
  return pair;
}

async function write(party: Party, text: string, routing: Routing): Promise<string> {
  const id = newId();
  party.page.send({ kind: 'message.send', id, contactId: party.contact().id, text, routing });
  await party.world.clock.until(() => party.page.results.has(id), 'written');
  return id;
}

const delivery = (party: Party, id: string): Delivery | null => party.messages().find((message) => message.id === id)?.delivery ?? null;

async function takeBack(party: Party, messageId: string): Promise<string> {
  const result = await party.ask({ kind: 'message.take-back', contactId: party.contact().id, messageId });
  return result.ok ? 'ok' : result.code;
}

async function choose(party: Party, messageId: string, routing: Routing): Promise<string> {
  const result = await party.ask({ kind: 'message.routing', contactId: party.contact().id, messageId, routing });
  return result.ok ? 'ok' : result.code;
}

async function comeBack({ jun, ana, clock }: Pair): Promise<readonly string[]> {
  jun.openBrowser();
  await clock.until(() => jun.page.view !== null && ana.contact().presence === 'online', 'back');
  await clock.advance(90_000);
  return jun.messages().map(({ text }) => text);
}

test('what only waits on this device is taken back at once and never goes', async () => {
  const pair = await apart();
  const { ana } = pair;
  const id = await write(ana, 'not this', 'device');
  expect(ana.contact().waiting).toBe(1);
  expect(await takeBack(ana, id)).toBe('ok');
  expect(delivery(ana, id)?.outcome?.kind).toBe('taken-back');
  expect(ana.contact().waiting).toBe(0);
  expect(await comeBack(pair)).toEqual([]);
});

test('what the relay holds is removed there before any fetch, and it says so', async () => {
  const pair = await apart();
  const { ana, clock } = pair;
  const id = await write(ana, 'not this', 'relay');
  await clock.until(() => delivery(ana, id)?.stage === 'held', 'held');
  const held = delivery(ana, id);
  expect(held?.heldUntilMs).toBeGreaterThan(clock.now());
  await takeBack(ana, id);
  await clock.until(() => delivery(ana, id)?.outcome?.kind === 'taken-back', 'taken back');
  expect(delivery(ana, id)).toMatchObject({ stage: 'held', heldAtMs: held?.heldAtMs });
  expect(relayOf(pair).waiting()).toEqual([]);
  expect(await comeBack(pair)).toEqual([]);
  expect(delivery(ana, id)?.outcome?.kind).toBe('taken-back');
});

/** The relay hands it out, and the reader dies before it could say that it has it. */
async function handedOut(pair: Pair, text: string): Promise<string> {
  const { ana, jun, clock } = pair;
  jun.openBrowser();
  await clock.advance(1000);
  jun.killWorker();
  const id = await write(ana, text, 'relay');
  await clock.until(() => delivery(ana, id)?.stage === 'held', 'held');
  expect(relayOf(pair).waiting().length).toBeGreaterThan(0);
  return id;
}

test('what was handed out already is said to be fetched, and the contact’s receipt has the last word', async () => {
  const pair = await apart();
  const { ana, jun, clock } = pair;
  const id = await handedOut(pair, 'already there');
  await takeBack(ana, id);
  await clock.until(() => delivery(ana, id)?.takeBack === 'fetched', 'fetched');
  expect(delivery(ana, id)?.outcome ?? null).toBeNull();
  jun.wake();
  await clock.until(() => delivery(ana, id)?.stage === 'delivered', 'delivered');
  expect(delivery(ana, id)?.takeBack ?? null).toBeNull();
  expect(jun.messages().map(({ text }) => text)).toEqual(['already there']);
});

test('a relay that does not answer is asked again on the next connection, also by the next worker', async () => {
  const pair = await apart();
  const { ana, clock } = pair;
  const id = await write(ana, 'not this', 'relay');
  await clock.until(() => delivery(ana, id)?.stage === 'held', 'held');
  ana.host.goOffline();
  await takeBack(ana, id);
  expect(delivery(ana, id)?.takeBack).toBe('asked');
  await clock.until(() => delivery(ana, id)?.takeBack === 'unanswered', 'unanswered');
  ana.killWorker();
  ana.host.goOnline();
  ana.wake();
  await clock.until(() => delivery(ana, id)?.outcome?.kind === 'taken-back', 'taken back');
  expect(await comeBack(pair)).toEqual([]);
});

test('one that has arrived is not taken back', async () => {
  const { ana, clock } = await twoContacts();
  const id = await write(ana, 'there', 'device');
  await clock.until(() => delivery(ana, id)?.stage === 'delivered', 'delivered');
  expect(await takeBack(ana, id)).toBe('message-arrived');
  expect(await takeBack(ana, newId())).toBe('message-unknown');
});

test('sealed for a string that broke, it may be there: only the contact can say that it is not', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await clock.until(() => ana.contact().string.kind === 'open', 'open');
  ana.host.isDeaf = true;
  const id = await write(ana, 'lost on the way', 'device');
  await clock.advance(500);
  await takeBack(ana, id);
  expect(delivery(ana, id)?.takeBack).toBe('fetched');
  ana.host.isDeaf = false;
  ana.host.cutAll();
  await clock.until(() => delivery(ana, id)?.outcome?.kind === 'taken-back', 'they never saw it');
  expect(jun.messages()).toEqual([]);
});

test('a message that waits on this device may go to the server after all, and does at once', async () => {
  const pair = await apart();
  const { ana, clock } = pair;
  const id = await write(ana, 'on second thoughts', 'device');
  await clock.advance(30_000);
  expect(relayOf(pair).waiting()).toEqual([]);
  expect(await choose(ana, id, 'relay')).toBe('ok');
  await clock.until(() => delivery(ana, id)?.stage === 'held', 'held');
  expect(ana.messages()[0]?.routing).toBe('relay');
  expect(await choose(ana, id, 'device')).toBe('message-left');
  expect(await comeBack(pair)).toEqual(['on second thoughts']);
});

test('a message kept from the server while it is offline never gets there', async () => {
  const pair = await apart();
  const { ana, clock } = pair;
  ana.host.goOffline();
  await clock.advance(1000);
  const id = await write(ana, 'stay here', 'relay');
  expect(await choose(ana, id, 'device')).toBe('ok');
  ana.host.goOnline();
  await clock.advance(120_000);
  expect(delivery(ana, id)).toEqual({ stage: 'local' });
  expect(relayOf(pair).waiting()).toEqual([]);
});

test('where it may wait has to be chosen where the user wants to be asked', async () => {
  const { ana } = await twoContacts();
  const contactId = ana.contact().id;
  await ana.ask({ kind: 'settings.choose', settings: { routing: 'ask' } });
  expect(ana.contact().chosen.routing).toBe('ask');
  expect(await ana.ask({ kind: 'message.send', contactId, text: 'where to' })).toEqual({ ok: false, code: 'routing-ask' });
  expect(await ana.ask({ kind: 'message.send', contactId, text: 'here', routing: 'device' })).toEqual({ ok: true });
  await ana.ask({ kind: 'contact.choose', contactId, choices: { routing: 'relay' } });
  expect(await ana.ask({ kind: 'message.send', contactId, text: 'there' })).toEqual({ ok: true });
  expect(ana.messages().map(({ routing }) => routing)).toEqual(['device', 'relay']);
});

test('a message that the relay has deleted unread is given to it again', async () => {
  const pair = await apart();
  const { ana, clock } = pair;
  const id = await write(ana, 'ten days', 'relay');
  await clock.until(() => delivery(ana, id)?.stage === 'held', 'held');
  const until = delivery(ana, id)?.heldUntilMs ?? 0;
  clock.skip(8 * 24 * 3600_000);
  ana.front.tick();
  await clock.until(() => (delivery(ana, id)?.heldUntilMs ?? 0) > until, 'held anew');
  expect(await comeBack(pair)).toEqual(['ten days']);
});

test('a relay that loses a message is found out by asking the contact through it after a day', async () => {
  const pair = await apart();
  const { ana, jun, clock } = pair;
  const id = await write(ana, 'lost there', 'relay');
  await clock.until(() => delivery(ana, id)?.stage === 'held', 'held');
  relayOf(pair).loseEverythingWaiting();
  expect(await comeBack(pair)).toEqual([]);
  clock.skip(24 * 3600_000);
  ana.front.tick();
  await clock.until(() => jun.messages().length === 1, 'arrives after all', 600_000);
  await clock.until(() => delivery(ana, id)?.stage === 'delivered', 'delivered');
});

test('what went over a string before the relay held it may be there: that the relay removes it takes nothing back', async () => {
  const { ana, jun, clock } = await twoContacts();
  await clock.until(() => ana.contact().string.kind === 'open' && jun.contact().string.kind === 'open', 'open');
  // Jun has it, and what he says of it is lost.
  jun.host.isDeaf = true;
  const id = await write(ana, 'already there', 'relay');
  await clock.until(() => jun.messages().length === 1, 'there');
  jun.closeBrowser();
  await clock.until(() => delivery(ana, id)?.stage === 'held', 'held');
  await takeBack(ana, id);
  await clock.until(() => delivery(ana, id)?.takeBack !== 'asked', 'answered');
  expect([delivery(ana, id)?.outcome ?? null, delivery(ana, id)?.takeBack]).toEqual([null, 'fetched']);
  jun.openBrowser();
  await clock.until(() => delivery(ana, id)?.stage === 'delivered' || delivery(ana, id)?.stage === 'read', 'delivered');
  expect(delivery(ana, id)?.takeBack ?? null).toBeNull();
});

const edit = (party: Party, messageId: string, text: string) =>
  party.ask({ kind: 'message.edit', contactId: party.contact().id, messageId, text });

async function heldAndEdited(pair: Pair): Promise<string> {
  const { ana, clock } = pair;
  const id = await write(ana, 'a secret', 'relay');
  await clock.until(() => delivery(ana, id)?.stage === 'held', 'held');
  await edit(ana, id, 'a secret, spelled right');
  await clock.until(() => relayOf(pair).waiting().length === 2, 'the edit waits there too');
  await clock.advance(1000);
  return id;
}

test('with a message its edits are taken back, and nothing of them gets there', async () => {
  const pair = await apart();
  const { ana, jun, clock } = pair;
  const id = await heldAndEdited(pair);
  await takeBack(ana, id);
  await clock.until(() => delivery(ana, id)?.outcome?.kind === 'taken-back', 'taken back');
  expect(relayOf(pair).waiting()).toEqual([]);
  expect(await ana.store.range(['said'])).toEqual([]);
  await comeBack(pair);
  expect(JSON.stringify(await jun.store.range([]))).not.toContain('spelled right');
});

test('one whose edit alone was fetched is not said to be back, nor edited again', async () => {
  const pair = await apart();
  const { ana, jun, clock } = pair;
  const id = await heldAndEdited(pair);
  // Of the two Jun is given the edit alone, and confirms it.
  relayOf(pair).handOut = (messages) => messages.filter((_, i) => messages.length === 1 || i > 0);
  jun.openBrowser();
  await clock.advance(10_000);
  expect(await jun.store.range(['early'])).toHaveLength(1);
  expect([await ana.store.range(['said']), jun.messages()]).toEqual([[], []]);
  await takeBack(ana, id);
  await clock.until(() => delivery(ana, id)?.takeBack === 'fetched', 'may be there');
  expect(await edit(ana, id, 'and more')).toEqual({ ok: false, code: 'message-over' });
  expect(delivery(ana, id)?.outcome ?? null).toBeNull();
});

test('where a message may wait is where its edits may', async () => {
  const pair = await apart();
  const { ana, clock } = pair;
  relayOf(pair).lie = (frame) => (frame.kind === 'send' ? { kind: 'err', code: 'QUOTA', retryMs: 0 } : null);
  const id = await write(ana, 'not there', 'relay');
  await clock.until(() => delivery(ana, id)?.outcome?.kind === 'failed', 'refused');
  await edit(ana, id, 'nor this');
  expect(await choose(ana, id, 'device')).toBe('ok');
  relayOf(pair).lie = () => null;
  await clock.advance(120_000);
  expect(relayOf(pair).waiting()).toEqual([]);
});
