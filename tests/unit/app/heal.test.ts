/** Sessions that come apart, and how they come together again. */
import { expect, test } from 'vitest';
import type { StoreKey } from '../../../lib/app/ports';
import { envelopeHash } from '../../../lib/app/receive';
import { keys, type ProfileRecord } from '../../../lib/app/records';
import { webCryptoEngine } from '../../../lib/protocol/engine';
import { fingerprint } from '../../../lib/protocol/fingerprint';
import { createIdentity, decodeIdentity, encodeIdentity } from '../../../lib/protocol/identity';
import type { ClientFrame } from '../../../lib/protocol/relay';
import { inviteLink, newId, type Pair, type Party, RELAY, record, twoContacts, twoParties } from '../../support/two-parties';

const HOUR_MS = 3600_000;

function say(party: Party, text: string): void {
  party.page.send({ kind: 'message.send', id: newId(), contactId: party.contact().id, text });
}

const texts = (party: Party) => party.messages().map(({ isMine, text }) => `${isMine ? 'me' : 'them'}: ${text}`);
const sessionKeys = async (party: Party) => (await party.store.range(['session', party.contact().id])).map(([key]) => key);
const taken = ({ world }: Pair) => world.relays.get(RELAY)?.heard.filter(({ kind }) => kind === 'pre-take').length ?? 0;

const statementOf = async (party: Party) => decodeIdentity(((await party.store.get(keys.profile)) as ProfileRecord).identity).statement;

/** As a device that was restored from a backup: it knows its contacts, and no session. */
async function loseSessions(party: Party): Promise<void> {
  const changes = (await sessionKeys(party)).map((key: StoreKey) => ({ kind: 'delete' as const, key }));
  await party.store.commit(changes);
  party.restartWorker();
  await party.world.clock.until(() => (party.page.view?.contacts.length ?? 0) > 0, 'awake again');
}

async function allowRelay(party: Party): Promise<void> {
  await party.ask({ kind: 'contact.routing', contactId: party.contact().id, routing: 'relay' });
}

test('each contact is told where the other one can start a session anew, in a box the relay cannot read or join', async () => {
  const pair = await twoContacts('denied');
  const [atAna, atJun] = [await record(pair.ana), await record(pair.jun)];
  expect(atAna.box.theirs).toEqual({ relay: RELAY, boxId: atJun.box.mine?.boxId, secret: atJun.box.mine?.secret });
  const puts = pair.world.relays.get(RELAY)?.heard.filter((frame) => frame.kind === 'pre-put') ?? [];
  expect(puts.map(({ oneTimes, lastResort }) => [oneTimes.length, lastResort.length])).toEqual([
    [4, 2048],
    [4, 2048],
  ]);
  const seen = Buffer.concat(puts.flatMap(({ lastResort, oneTimes }) => [lastResort, ...oneTimes]));
  for (const { statement } of [atAna, atJun]) expect(seen.includes(Buffer.from(statement.slice(1, 33)))).toBe(false);
});

for (const direct of ['allowed', 'denied'] as const) {
  test(`a session lost on one side is replaced: nothing is lost, nothing comes twice (direct ${direct})`, async () => {
    const pair = await twoContacts(direct);
    const { ana, jun, clock } = pair;
    await allowRelay(ana);
    await allowRelay(jun);
    say(ana, 'one');
    say(jun, 'two');
    await clock.until(() => ana.messages().length === 2 && jun.messages().length === 2, 'both read both');
    await clock.advance(5000);
    await loseSessions(jun);
    await jun.show(jun.contact().id);
    say(ana, 'three');
    await clock.until(() => texts(jun).includes('them: three'), 'read after healing');
    say(jun, 'four');
    await clock.until(() => texts(ana).includes('them: four'), 'the other way too');
    await clock.until(
      () => ana.messages().every(({ delivery }) => !delivery || delivery.stage === 'delivered' || delivery.stage === 'read'),
      'confirmed',
    );
    for (const [party, wanted] of [
      [ana, ['me: one', 'me: three', 'them: four', 'them: two']],
      [jun, ['me: four', 'me: two', 'them: one', 'them: three']],
    ] as const)
      expect(texts(party).toSorted()).toEqual(wanted);
    expect(taken(pair)).toBe(1);
  });
}

test('both sides lose their sessions at once, and both heal: one session is left to send on', async () => {
  const pair = await twoContacts('denied');
  const { ana, jun, clock } = pair;
  await allowRelay(ana);
  await allowRelay(jun);
  await loseSessions(ana);
  await loseSessions(jun);
  // Nobody can write, and nobody knows it: until something old arrives.
  const junk = new Uint8Array(4096).map(() => Math.floor(Math.random() * 256));
  junk.set([3, 1]);
  for (const party of [ana, jun]) {
    const { mine } = await record(party);
    party.host.inject({ kind: 'string.frame', peer: party.contact().id, stringId: newId(), frame: 1, bytes: junk });
    expect(mine.rid).not.toBeNull();
  }
  await ana.show(ana.contact().id);
  await jun.show(jun.contact().id);
  await clock.advance(5000);
  for (let i = 0; i < 3; i++) {
    say(ana, `ana ${i}`);
    say(jun, `jun ${i}`);
    await clock.until(() => ana.messages().length === 2 * (i + 1) && jun.messages().length === 2 * (i + 1), `round ${i}`);
  }
  const sending = async (party: Party) => {
    const entries = await party.store.range(['session', party.contact().id]);
    return entries.filter(([, value]) => (value as { archivedAtMs: number | null }).archivedAtMs === null).map(([key]) => key[2]);
  };
  expect(await sending(ana)).toEqual(await sending(jun));
  expect(await sending(ana)).toHaveLength(1);
  expect(taken(pair)).toBe(2);
});

test('reset storms: envelopes nobody opens cost one bundle an hour, however many there are', async () => {
  const pair = await twoContacts('denied');
  const { ana, clock } = pair;
  const junk = (n: number) => {
    const bytes = new Uint8Array(4096).fill(n);
    bytes.set([3, 1]);
    return bytes;
  };
  let frame = 1;
  const storm = async () => {
    for (let n = 0; n < 20; n++) {
      ana.host.inject({ kind: 'string.frame', peer: ana.contact().id, stringId: newId(), frame: frame++, bytes: junk(n) });
      await clock.rest();
    }
    await clock.advance(30_000);
  };
  await storm();
  expect(taken(pair)).toBe(1);
  ana.restartWorker();
  await clock.advance(HOUR_MS / 2);
  await storm();
  expect(taken(pair)).toBe(1);
  await clock.advance(HOUR_MS / 2);
  await storm();
  expect(taken(pair)).toBe(2);
});

test('forged resets: what is no authentic opening of this contact changes no session and sends nothing again', async () => {
  const pair = await twoContacts('denied');
  const { ana, jun, clock } = pair;
  const mallory = await twoContacts('denied');
  const before = JSON.stringify(await ana.store.range(['session']));
  // A well-made first envelope of somebody else's, and one with an opening of noise.
  const theirs = mallory.world.relays.get(RELAY)?.heard.find((frame) => frame.kind === 'send');
  const noise = new Uint8Array(4096).fill(9);
  noise.set([3, 2]);
  const sentBefore = pair.world.relays.get(RELAY)?.heard.filter(({ kind }) => kind === 'send').length;
  for (const bytes of [theirs?.kind === 'send' ? theirs.cell : noise, noise])
    ana.host.inject({ kind: 'string.frame', peer: ana.contact().id, stringId: newId(), frame: 1, bytes });
  // The healing that this asks for finds no way: the relay has nothing of the box.
  const { box } = await record(ana);
  pair.world.relays.get(RELAY)?.ask(pair.world.relays.get(RELAY)?.connections.values().next().value as never, {
    kind: 'pre-del',
    boxId: box.theirs?.boxId as never,
    signature: new Uint8Array(64),
  });
  await clock.advance(20_000);
  expect(JSON.stringify(await ana.store.range(['session']))).toBe(before);
  expect(pair.world.relays.get(RELAY)?.heard.filter(({ kind }) => kind === 'send').length).toBe(sentBefore);
  expect(jun.contact().state).toBe('accepted');
});

/** Jun's device makes a new identity and keeps everything else: the contacts' addresses, the box secrets, the queues. */
async function changeIdentity(party: Party): Promise<void> {
  const profile = (await party.store.get(keys.profile)) as ProfileRecord;
  const identity = encodeIdentity(createIdentity(webCryptoEngine(crypto)));
  const contactId = party.contact().id;
  const known = await record(party);
  const box = { ...known.box, mine: known.box.mine && { ...known.box.mine, isFilled: false } };
  await party.store.commit([
    { kind: 'put', key: keys.profile, value: { ...profile, identity } },
    { kind: 'put', key: keys.contact(contactId), value: { ...known, box, healed: { ...known.healed, isWanted: true } } },
    ...(await sessionKeys(party)).map((key) => ({ kind: 'delete' as const, key })),
  ]);
  party.restartWorker();
  await party.world.clock.until(() => (party.page.view?.contacts.length ?? 0) > 0, 'awake again');
}

test('a changed identity blocks sending until the user accepts it; what waited then goes to the new one', async () => {
  const pair = await twoContacts('allowed');
  const { ana, jun, clock } = pair;
  await allowRelay(ana);
  await allowRelay(jun);
  say(ana, 'before');
  await clock.until(() => jun.messages().length === 1, 'arrives');
  await clock.advance(5000);
  const old = ana.contact().fingerprint;
  await changeIdentity(jun);
  await jun.show(jun.contact().id);
  say(jun, 'it is me, really');
  await clock.until(() => ana.contact().changedFingerprint !== null, 'noticed');
  const theirs = Buffer.from((await record(ana)).theirs.sid);
  const isByAna = (frame: ClientFrame) => (frame.kind === 'send' || frame.kind === 'sig') && theirs.equals(frame.sid);
  const sends = () => pair.world.relays.get(RELAY)?.heard.filter(isByAna).length ?? 0;
  await clock.advance(5000);
  expect(ana.contact()).toMatchObject({ fingerprint: old, changedFingerprint: fingerprint(await statementOf(jun)) });
  expect(texts(ana)).not.toContain('them: it is me, really');
  const sealedBefore = JSON.stringify(await ana.store.range(['session']));
  const before = sends();
  say(ana, 'who are you?');
  await clock.advance(30_000);
  expect(sends() - before).toBe(0);
  expect(JSON.stringify(await ana.store.range(['session']))).toBe(sealedBefore);
  expect(ana.messages().at(-1)?.delivery?.stage).toBe('local');
  expect(ana.contact().string.kind).not.toBe('open');

  const accept = (seen: string) => ana.ask({ kind: 'contact.identity', contactId: ana.contact().id, fingerprint: seen });
  expect(await accept(old)).toEqual({ ok: false, code: 'identity-other' });
  expect(await accept(ana.contact().changedFingerprint ?? '')).toEqual({ ok: true });
  expect(ana.contact()).toMatchObject({ fingerprint: fingerprint(await statementOf(jun)), changedFingerprint: null });
  await clock.until(() => texts(jun).includes('them: who are you?'), 'what waited goes to the new identity');
  await clock.until(() => texts(ana).includes('them: it is me, really'), 'and what they had written comes');
});

test('an old opening said again makes no session and takes nothing along', async () => {
  const pair = await twoContacts('denied');
  const { ana, jun, clock } = pair;
  await allowRelay(ana);
  await allowRelay(jun);
  await loseSessions(jun);
  await jun.show(jun.contact().id);
  say(ana, 'hello');
  await clock.until(() => texts(jun).includes('them: hello'), 'healed');
  await clock.advance(5000);
  const openings = (pair.world.relays.get(RELAY)?.heard ?? []).flatMap((frame) =>
    frame.kind === 'send' && frame.cell[1] === 2 ? [frame.cell] : [],
  );
  expect(openings.length).toBeGreaterThan(1);
  const before = JSON.stringify(await ana.store.range(['session']));
  for (const cell of openings) {
    await ana.store.commit([{ kind: 'delete', key: keys.seen(ana.contact().id, envelopeHash(cell)) }]);
    ana.host.inject({ kind: 'string.frame', peer: ana.contact().id, stringId: newId(), frame: 1, bytes: cell });
  }
  await clock.advance(2000);
  expect(JSON.stringify(await ana.store.range(['session']))).toBe(before);
});

test('simultaneous start: each takes the other one\u2019s invite, and both end as contacts with one conversation', async () => {
  const pair = await twoParties();
  const { ana, jun, clock } = pair;
  const [toAna, toJun] = [await inviteLink(ana), await inviteLink(jun)];
  const [byJun, byAna] = [await jun.ask({ kind: 'invite.take', text: toAna }), await ana.ask({ kind: 'invite.take', text: toJun })];
  if (!byJun.ok || !byAna.ok || !byJun.contactId || !byAna.contactId) throw new Error('not taken');
  jun.page.send({ kind: 'contact.accept', id: newId(), contactId: byJun.contactId, direct: 'denied' });
  ana.page.send({ kind: 'contact.accept', id: newId(), contactId: byAna.contactId, direct: 'denied' });
  await clock.until(() => ana.contact().state === 'accepted' && jun.contact().state === 'accepted', 'both accepted');
  expect([ana.page.view?.contacts.length, jun.page.view?.contacts.length]).toEqual([1, 1]);
  await ana.show(ana.contact().id);
  await jun.show(jun.contact().id);
  await allowRelay(ana);
  await allowRelay(jun);
  for (let i = 0; i < 3; i++) {
    say(ana, `ana ${i}`);
    say(jun, `jun ${i}`);
    await clock.until(() => ana.messages().length === 2 * (i + 1) && jun.messages().length === 2 * (i + 1), `round ${i}`);
  }
  const sending = async (party: Party) =>
    (await party.store.range(['session', party.contact().id]))
      .filter(([, value]) => (value as { archivedAtMs: number | null }).archivedAtMs === null)
      .map(([key]) => key[2]);
  expect(await sending(ana)).toEqual(await sending(jun));
});

test('a contact who lost everything but the identity comes back by an invite, into the same conversation', async () => {
  const pair = await twoContacts('denied');
  const { ana, jun, clock } = pair;
  await allowRelay(ana);
  await allowRelay(jun);
  say(ana, 'before');
  await clock.until(() => jun.messages().length === 1, 'arrives');
  await clock.advance(5000);
  const contactId = jun.contact().id;
  const all = [
    keys.contact(contactId),
    keys.stock(contactId),
    ...(await jun.store.range([])).map(([key]) => key).filter((key) => key.includes(contactId)),
  ];
  await jun.store.commit(all.map((key) => ({ kind: 'delete' as const, key })));
  jun.restartWorker();
  await clock.rest();
  const again = await jun.ask({ kind: 'invite.take', text: await inviteLink(ana) });
  if (!again.ok || !again.contactId) throw new Error('not taken');
  await jun.ask({ kind: 'contact.accept', contactId: again.contactId, direct: 'denied' });
  await clock.until(() => jun.contact().state === 'accepted', 'accepted without asking Ana again');
  expect(ana.page.view?.contacts).toHaveLength(1);
  await jun.show(jun.contact().id);
  await allowRelay(jun);
  say(jun, 'back');
  await clock.until(() => texts(ana).includes('them: back'), 'into the same conversation');
  expect(texts(ana)).toEqual(['me: before', 'them: back']);
  say(ana, 'welcome');
  await clock.until(() => texts(jun).includes('them: welcome'), 'the other way');
});
