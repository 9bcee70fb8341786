/** Sessions that come apart, and how they come together again. */
import { expect, test } from 'vitest';
import type { StoreKey } from '../../../lib/app/ports';
import { envelopeHash } from '../../../lib/app/receive';
import { keys, type ProfileRecord, type SessionRecord } from '../../../lib/app/records';
import { toHex } from '../../../lib/protocol/bytes';
import { encodeContent } from '../../../lib/protocol/content';
import { webCryptoEngine } from '../../../lib/protocol/engine';
import { fingerprint } from '../../../lib/protocol/fingerprint';
import { createIdentity, decodeIdentity, encodeIdentity } from '../../../lib/protocol/identity';
import { openBundle } from '../../../lib/protocol/prekey-box';
import { decodeStock } from '../../../lib/protocol/prekey-stock';
import type { ClientFrame } from '../../../lib/protocol/relay';
import { decodeClientFrame } from '../../../lib/protocol/relay-codec';
import { decodeSession, initiateSession, sealEnvelope } from '../../../lib/protocol/session';
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
  await party.ask({ kind: 'contact.choose', contactId: party.contact().id, choices: { routing: 'relay' } });
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
  // Neither can write, and what they are told to write says so.
  await ana.show(ana.contact().id);
  await jun.show(jun.contact().id);
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

async function met(direct: 'allowed' | 'denied' = 'denied'): Promise<Pair> {
  const pair = await twoContacts(direct);
  const { ana, jun, clock } = pair;
  for (const party of [ana, jun]) await allowRelay(party);
  say(ana, 'ana 0');
  say(jun, 'jun 0');
  await clock.until(() => ana.messages().length === 2 && jun.messages().length === 2, 'both read both');
  await clock.advance(5000);
  return pair;
}

test('a restored device that seals with used keys is healed: what it says then, and what the other said meanwhile, is read', async () => {
  const pair = await met();
  const { ana, jun, clock } = pair;
  const backup = jun.store.image();
  for (const text of ['jun 1', 'jun 2']) say(jun, text);
  await clock.until(() => texts(ana).includes('them: jun 2'), 'read');
  jun.closeBrowser();
  say(ana, 'ana 1');
  await clock.until(() => ana.messages().at(-1)?.delivery?.stage === 'held', 'held');
  jun.store.restore(backup);
  jun.openBrowser();
  await clock.until(() => jun.page.view !== null, 'awake');
  await jun.show(jun.contact().id);
  say(jun, 'jun 3');
  await clock.until(() => texts(ana).includes('them: jun 3'), 'read after healing');
  await clock.until(() => texts(jun).includes('them: ana 1'), 'read after healing');
  expect(ana.faults.map((fault) => (fault as { code?: string }).code)).toContain('key-trimmed');
  expect(texts(ana).filter((text) => text === 'them: jun 3')).toHaveLength(1);
});

test('a heal that the relay did not answer is tried again by itself, and survives a restart', async () => {
  const pair = await met();
  const { ana, jun, clock } = pair;
  await loseSessions(jun);
  await jun.show(jun.contact().id);
  const breakOff = (party: Party) => {
    party.host.onCommand = (command) => {
      if (command.kind === 'relay.request' && decodeClientFrame(command.frame).frame.kind === 'pre-take') party.host.dropRelay(RELAY);
    };
  };
  breakOff(jun);
  say(ana, 'the last word');
  await clock.advance(20_000);
  expect(texts(jun)).not.toContain('them: the last word');
  expect(await record(jun)).toMatchObject({ healed: { isWanted: true } });
  jun.restartWorker();
  await clock.advance(1000);
  expect(texts(jun)).not.toContain('them: the last word');
  jun.host.onCommand = () => undefined;
  await clock.until(() => texts(jun).includes('them: the last word'), 'read', HOUR_MS);
  expect(await record(jun)).toMatchObject({ healed: { isWanted: false } });
});

test('keys agreed over the last resort are shown as weaker until the contact answers in them', async () => {
  const pair = await met();
  const { ana, jun, clock, world } = pair;
  const box = (await record(jun)).box.theirs;
  if (!box) throw new Error('no box');
  world.relays.get(RELAY)?.runDry(box.boxId);
  ana.closeBrowser();
  await loseSessions(jun);
  await jun.show(jun.contact().id);
  say(jun, 'over the last resort');
  await clock.until(() => taken(pair) === 1 && jun.messages().at(-1)?.delivery?.stage === 'held', 'held');
  expect(jun.contact().hasWeakKeys).toBe(true);
  jun.restartWorker();
  await clock.until(() => (jun.page.view?.contacts.length ?? 0) > 0, 'awake again');
  expect(jun.contact().hasWeakKeys).toBe(true);
  ana.openBrowser();
  await clock.until(() => !jun.contact().hasWeakKeys, 'answered');
  await ana.show(ana.contact().id);
  expect(texts(ana)).toContain('them: over the last resort');
  expect(ana.contact().hasWeakKeys).toBe(false);
});

test('keys agreed over a one-time bundle are as strong as any', async () => {
  const pair = await met();
  const { ana, jun, clock } = pair;
  ana.closeBrowser();
  await loseSessions(jun);
  await jun.show(jun.contact().id);
  say(jun, 'over a bundle');
  await clock.until(() => taken(pair) === 1 && jun.messages().at(-1)?.delivery?.stage === 'held', 'held');
  expect(jun.contact().hasWeakKeys).toBe(false);
});

test('a second loss within the hour is healed when the hour is over, though nobody says anything more', async () => {
  const pair = await met();
  const { ana, jun, clock } = pair;
  for (const word of ['first', 'second']) {
    await loseSessions(jun);
    await jun.show(jun.contact().id);
    say(ana, word);
    if (word === 'first') await clock.until(() => texts(jun).includes('them: first'), 'healed');
    await clock.advance(60_000);
  }
  expect(texts(jun)).not.toContain('them: second');
  await clock.advance(HOUR_MS);
  expect(texts(jun)).toContain('them: second');
  expect(taken(pair)).toBe(2);
});

test('what was on the way when the sessions were lost costs no second bundle, however late it arrives', async () => {
  const pair = await met();
  const { ana, jun, clock, world } = pair;
  const relay = world.relays.get(RELAY);
  jun.closeBrowser();
  for (let i = 1; i <= 3; i++) say(ana, `ana ${i}`);
  await clock.until(() => ana.messages().at(-1)?.delivery?.stage === 'held', 'held');
  const cells = relay?.heard.flatMap((frame) => (frame.kind === 'send' ? [frame.cell] : [])).slice(-3) ?? [];
  relay?.loseEverythingWaiting();
  ana.closeBrowser();
  await jun.store.commit((await sessionKeys(jun)).map((key: StoreKey) => ({ kind: 'delete' as const, key })));
  jun.openBrowser();
  await clock.until(() => jun.page.view !== null, 'awake');
  for (const [i, cell] of cells.entries()) {
    jun.host.inject({ kind: 'string.frame', peer: jun.contact().id, stringId: newId(), frame: i, bytes: cell });
    await clock.advance(5000);
  }
  expect(await record(jun)).toMatchObject({ healed: { isWanted: true } });
  ana.openBrowser();
  await jun.show(jun.contact().id);
  await clock.until(() => texts(jun).includes('them: ana 3'), 'all read');
  expect(await record(jun)).toMatchObject({ healed: { isWanted: false } });
  await clock.advance(3 * HOUR_MS);
  expect(jun.messages().filter(({ isMine }) => !isMine)).toHaveLength(4);
  expect(taken(pair)).toBe(1);
});

test('whoever heals says again where their box lies, and fills it with keys that they hold', async () => {
  const pair = await met();
  const { ana, jun, clock } = pair;
  const known = await record(ana);
  await ana.store.commit([{ kind: 'put', key: keys.contact(known.id), value: { ...known, box: { ...known.box, theirs: null } } }]);
  ana.restartWorker();
  await clock.rest();
  const before = (await record(jun)).box.mine;
  await loseSessions(jun);
  say(ana, 'hello');
  await clock.advance(10_000);
  const [atAna, atJun] = [(await record(ana)).box.theirs, (await record(jun)).box.mine];
  expect(atAna?.boxId).toEqual(atJun?.boxId);
  expect(atJun?.isFilled).toBe(true);
  expect(atJun?.revision).toBeGreaterThan(before?.revision ?? 0);
});

async function unfill(party: Party, revision: number): Promise<void> {
  const known = await record(party);
  const mine = known.box.mine && { ...known.box.mine, isFilled: false, revision };
  await party.store.commit([{ kind: 'put', key: keys.contact(known.id), value: { ...known, box: { ...known.box, mine } } }]);
  party.restartWorker();
  await party.world.clock.advance(10_000);
}

test('a restored device names no revision of its box that the relay has: what is offered are keys that it holds', async () => {
  const { ana, clock } = await met();
  const first = (await record(ana)).box.mine?.revision ?? 0;
  await clock.advance(2000);
  await unfill(ana, first - 1);
  const { mine } = (await record(ana)).box;
  expect(mine?.isFilled).toBe(true);
  expect(mine?.revision).toBeGreaterThan(first);
});

test('a relay that knows a later revision of the box has it filled beyond that at once, and is believed no more than once', async () => {
  const { ana, world } = await met();
  const relay = world.relays.get(RELAY);
  const puts = () => relay?.heard.flatMap((frame) => (frame.kind === 'pre-put' ? [frame] : [])) ?? [];
  const { mine } = (await record(ana)).box;
  const put = puts().find(({ boxId }) => toHex(boxId) === toHex(mine?.boxId ?? new Uint8Array(0)));
  const later = (mine?.revision ?? 0) + 1_000_000;
  relay?.ask([...relay.connections][0] as never, { ...put, revision: later } as never);
  const before = puts().length;
  await unfill(ana, 1);
  expect((await record(ana)).box.mine).toMatchObject({ isFilled: true, revision: later + 1 });
  expect(puts().length - before).toBe(2);
});

test('keys kept after use: a session given up while the worker slept is gone from the disk, too', async () => {
  const pair = await met();
  const { ana, jun, clock } = pair;
  await loseSessions(jun);
  await jun.show(jun.contact().id);
  say(ana, 'heals');
  await clock.until(() => texts(jun).includes('them: heals'), 'healed');
  await clock.advance(5000);
  expect(await sessionKeys(ana)).toHaveLength(2);
  ana.killWorker();
  clock.skip(31 * 24 * HOUR_MS);
  ana.wake();
  await clock.until(() => ana.page.view !== null, 'awake');
  say(ana, 'a month later');
  await clock.until(() => texts(jun).includes('them: a month later'), 'read');
  expect(await sessionKeys(ana)).toHaveLength(1);
});

test('one-time prekey deleted before the first message commits: never, it goes in that very write, and one that fails leaves it', async () => {
  const pair = await met();
  const { ana, jun, clock } = pair;
  const contactId = ana.contact().id;
  const stocked = async () => decodeStock((await ana.store.get(keys.stock(contactId))) as Uint8Array).oneTimes.length;
  const writes: { readonly stores: readonly string[]; readonly left: number }[] = [];
  const commit = ana.store.commit.bind(ana.store);
  ana.store.commit = async (changes) => {
    const isDone = await commit(changes);
    writes.push({ stores: changes.map(({ key }) => String(key[0])), left: await stocked() });
    return isDone;
  };
  const before = await stocked();
  await loseSessions(jun);
  await jun.show(jun.contact().id);
  ana.store.failure = 'storage-full';
  say(jun, 'hello');
  await clock.advance(5000);
  expect(await stocked()).toBe(before);
  ana.store.failure = null;
  await clock.until(() => texts(ana).includes('them: hello'), 'read after all');
  const used = writes.filter(({ left }, i) => left < (writes[i - 1]?.left ?? before));
  expect(used.map(({ stores }) => stores)).toEqual([expect.arrayContaining(['stock', 'session', 'seen'])]);
});

test('forged resets: a session over the contact\u2019s own bundle, begun by another identity, is refused and uses up nothing', async () => {
  const pair = await met();
  const { ana, jun, clock, world } = pair;
  const mallory = createIdentity(webCryptoEngine(crypto));
  const box = (await record(jun)).box.theirs;
  const [sealed] = world.relays.get(RELAY)?.bundlesIn(box?.boxId ?? new Uint8Array(0)) ?? [];
  if (!box || !sealed) throw new Error('no bundle');
  const bundle = await openBundle(webCryptoEngine(crypto), box, sealed);
  const session = await initiateSession(webCryptoEngine(crypto), { identity: mallory, bundle, generation: 0xffff_fff0 });
  const text = encodeContent({
    kind: 'text',
    contentId: crypto.getRandomValues(new Uint8Array(16)),
    mayWait: true,
    text: 'I am Jun',
    ...{ parts: 1, sentAtMs: 0, order: 1, expiry: null, replyTo: null },
  });
  const { envelope } = await sealEnvelope(webCryptoEngine(crypto), session, text, 'cell');
  const kept = async () => JSON.stringify([await sessionKeys(ana), await ana.store.get(keys.stock(ana.contact().id))]);
  const before = await kept();
  ana.host.inject({ kind: 'string.frame', peer: ana.contact().id, stringId: newId(), frame: 1, bytes: envelope });
  await clock.advance(5000);
  expect(await kept()).toBe(before);
  expect(texts(ana)).not.toContain('them: I am Jun');
  expect(ana.faults.map((fault) => (fault as { code?: string }).code)).toContain('identity-changed');
});

test('reset storms: envelopes nobody opens cost one bundle an hour, however many there are', async () => {
  const pair = await twoContacts('denied');
  const { ana, clock } = pair;
  const junk = (n: number) => {
    const bytes = new Uint8Array(4096).fill(n);
    bytes.set([4, 1]);
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
  noise.set([4, 2]);
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
  const accepted = async () => {
    const kept = await ana.store.range(['session']);
    return kept.map(([, value]) => decodeSession((value as SessionRecord).session)).filter(({ stage }) => stage.kind === 'accepted');
  };
  const oneTimes = async () => {
    const stock = decodeStock((await ana.store.get(keys.stock(ana.contact().id))) as Uint8Array);
    return stock.oneTimes.map(({ oneTime }) => oneTime.id);
  };
  const [before, offered] = [await accepted(), await oneTimes()];
  for (const cell of openings) {
    await ana.store.commit([{ kind: 'delete', key: keys.seen(ana.contact().id, envelopeHash(cell)) }]);
    ana.host.inject({ kind: 'string.frame', peer: ana.contact().id, stringId: newId(), frame: 1, bytes: cell });
    await clock.rest();
  }
  expect(await accepted()).toEqual(before);
  expect(await oneTimes()).toEqual(expect.arrayContaining(offered));
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

test('a text that was owed to somebody who comes back by an invite is read, though it overtakes the acceptance', async () => {
  const pair = await met();
  const { ana, jun, clock } = pair;
  const known = await record(ana);
  // Their queue is gone with the relay it lay on.
  const theirs = { ...known.theirs, sid: crypto.getRandomValues(new Uint8Array(24)), isRegistered: false };
  await ana.store.commit([{ kind: 'put', key: keys.contact(known.id), value: { ...known, theirs } }]);
  ana.restartWorker();
  await clock.advance(1000);
  say(ana, 'owed');
  await clock.advance(1000);
  expect(ana.messages().at(-1)?.delivery?.stage).toBe('local');
  const lost = (await jun.store.range([])).map(([key]) => key).filter((key) => key.includes(jun.contact().id));
  await jun.store.commit(lost.map((key) => ({ kind: 'delete' as const, key })));
  jun.restartWorker();
  await clock.rest();
  const again = await jun.ask({ kind: 'invite.take', text: await inviteLink(ana) });
  if (!again.ok || !again.contactId) throw new Error('not taken');
  await jun.ask({ kind: 'contact.accept', contactId: again.contactId, direct: 'denied' });
  await jun.show(again.contactId);
  await clock.until(() => texts(jun).includes('them: owed'), 'read');
  await clock.until(() => ana.messages().every(({ delivery }) => !delivery || delivery.stage === 'delivered'), 'confirmed');
});
