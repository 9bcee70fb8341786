/** Somebody whose invite was taken, and who never answers: what the one who asked sees over days, and what is stored where. */
import { expect, test } from 'vitest';
import { keys, type MessageRecord } from '../../../lib/app/records';
import { inviteLink, newId, type Pair, RELAY, twoParties } from '../../support/two-parties';

const DAY_MS = 24 * 3600_000;
const DAYS = 10;

const relayOf = ({ world }: Pair) => {
  const relay = world.relays.get(RELAY);
  if (!relay) throw new Error('no relay');
  return relay;
};

async function write({ jun }: Pair, text: string, more: object): Promise<string> {
  const id = newId();
  jun.page.send({ kind: 'message.send', id, contactId: jun.contact().id, text, ...more } as never);
  await jun.world.clock.until(() => jun.page.results.get(id)?.ok === true, 'written');
  return id;
}

/** Jun has asked while Ana is away, and has said three things. */
async function asked(): Promise<Pair> {
  const pair = await twoParties();
  const { ana, jun, clock } = pair;
  const taken = await jun.ask({ kind: 'invite.take', text: await inviteLink(ana) });
  if (!taken.ok || !taken.contactId) throw new Error('not taken');
  ana.closeBrowser();
  await jun.ask({ kind: 'contact.accept', contactId: taken.contactId, direct: 'allowed' });
  await clock.until(() => relayOf(pair).waiting().length === 1, 'the request waits');
  await jun.show(jun.contact().id);
  await write(pair, 'for the server', { routing: 'relay' });
  await write(pair, 'for this device', { routing: 'device' });
  await write(pair, 'for an hour', { routing: 'relay', expiry: { seconds: 3600, base: 'sent' } });
  return pair;
}

const said = ({ jun }: Pair) => jun.messages().map(({ text, delivery }) => [text, delivery?.stage, delivery?.outcome?.kind ?? null]);

/** Each device wakes twice: one that slept for a day and more doubts its clock. */
async function dayPasses({ jun, ana, clock }: Pair, isAnaHere: boolean): Promise<void> {
  for (let half = 0; half < 2; half++) {
    clock.skip(DAY_MS / 2);
    jun.restartWorker();
    jun.front.tick();
    if (isAnaHere) ana.front.tick();
    await clock.advance(60_000);
  }
}

test('who never comes: the request waits on the relay for its days, what was written waits here, and nothing is asked again', async () => {
  const pair = await asked();
  const { jun } = pair;
  const sent = () => relayOf(pair).heard.filter(({ kind }) => kind === 'send').length;
  expect(said(pair).map(([, stage]) => stage)).toEqual(['local', 'local', 'local']);
  const before = sent();
  for (let day = 1; day <= DAYS; day++) {
    await dayPasses(pair, false);
    expect(jun.contact()).toMatchObject({ state: 'requested', presence: 'offline', waiting: 2, string: { kind: 'closed' } });
    expect(said(pair), `on day ${day}`).toEqual([
      ['for the server', 'local', null],
      ['for this device', 'local', null],
      ['', 'local', 'expired'],
    ]);
    expect(relayOf(pair).waiting().length, `on day ${day}`).toBe(day < 7 ? 1 : 0);
  }
  expect(sent()).toBe(before);
  expect(JSON.stringify(await jun.store.range([]))).not.toContain('for an hour');
});

test('who looks and never answers holds the request and nothing that was said; nothing tells the other that they looked', async () => {
  const pair = await asked();
  const { ana, jun, clock } = pair;
  ana.openBrowser();
  await clock.until(() => ana.page.view?.contacts[0]?.state === 'request', 'asked');
  for (let day = 1; day <= DAYS; day++) await dayPasses(pair, true);
  expect(relayOf(pair).waiting()).toEqual([]);
  expect(ana.contact()).toMatchObject({ state: 'request', unread: 0, last: null });
  const kept = await ana.store.range(['message', ana.contact().id]);
  expect(kept.map(([, value]) => (value as MessageRecord).text)).toEqual([]);
  expect(await ana.store.range(['invite'])).toEqual([]);
  expect(jun.contact()).toMatchObject({ state: 'requested', presence: 'offline', lastSeenMs: null, waiting: 2 });

  // An answer after all these days still finds what waited.
  await ana.ask({ kind: 'contact.accept', contactId: ana.contact().id, direct: 'allowed' });
  await ana.show(ana.contact().id);
  await clock.until(() => ana.messages().length === 2, 'what waited comes', 600_000);
  expect(ana.messages().map(({ text }) => text)).toEqual(['for the server', 'for this device']);
});

test('the invite is over after its week: nobody else can take it, and nothing of it is left', async () => {
  const pair = await twoParties();
  const { ana, jun, clock } = pair;
  const link = await inviteLink(ana);
  clock.skip(8 * DAY_MS);
  ana.front.tick();
  await clock.advance(60_000);
  expect(await jun.ask({ kind: 'invite.take', text: link })).toEqual({ ok: false, code: 'invite-expired' });
  expect(await ana.store.range(['invite'])).toEqual([]);
  expect(await ana.store.get(keys.profile)).toBeDefined();
});
