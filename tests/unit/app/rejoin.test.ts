import { describe, expect, test } from 'vitest';
import { FakeRelay } from '../../support/fake-relay';
import { moveTo, OTHER, onRelays, RELAY, relayAt, say, THIRD, talk, textsOf, untilMoved } from '../../support/relay-scenes';
import { inviteLink, type Pair, Party, record, twoParties } from '../../support/two-parties';

/** The relay begins anew with nothing, as after a disk was lost: no queue of either is there. */
async function loseRelay({ world, ana, jun, clock }: Pair): Promise<void> {
  world.relays.set(RELAY, new FakeRelay(clock));
  for (const party of [ana, jun]) party.host.interruptRelay(RELAY);
  await clock.until(() => [ana, jun].every((party) => party.page.view?.relay.kind === 'open'), 'both back');
  await clock.advance(5000);
}

async function take(from: Party, by: Party): Promise<ReturnType<Party['ask']>> {
  return by.ask({ kind: 'invite.take', text: await inviteLink(from) });
}

describe('a fresh invite of somebody who is a contact already', () => {
  for (const [inviter, taker] of [
    ['ana', 'jun'],
    ['jun', 'ana'],
  ] as const) {
    test(`takes up the conversation that had broken off: ${taker} takes ${inviter}’s, and what had not arrived comes once`, async () => {
      const pair = await onRelays();
      await talk(pair, 'before');
      const known = await record(pair[taker]);
      say(pair[taker], 'lost with the relay');
      await loseRelay(pair);
      say(pair[inviter], 'written when nothing went');
      expect(await take(pair[inviter], pair[taker])).toMatchObject({ ok: true, contactId: known.id });
      await talk(pair, 'after');
      for (const party of [pair.ana, pair.jun]) {
        expect(party.page.view?.contacts).toHaveLength(1);
        expect(party.contact().state).toBe('accepted');
        const texts = textsOf(party);
        expect(new Set(texts).size).toBe(texts.length);
        expect(texts).toEqual(expect.arrayContaining(['ana before', 'jun before', 'lost with the relay', 'written when nothing went']));
      }
    });
  }

  test('also where the two are on relays of their own, and both have lost everything', async () => {
    const pair = await onRelays();
    const { ana, jun, world, clock } = pair;
    await moveTo(jun, THIRD);
    await untilMoved(jun, THIRD);
    await moveTo(ana, OTHER);
    await untilMoved(ana, OTHER);
    for (const url of [RELAY, OTHER, THIRD]) {
      world.relays.set(url, new FakeRelay(clock));
      for (const party of [ana, jun]) party.host.interruptRelay(url);
    }
    await clock.advance(5000);
    expect(await take(ana, jun)).toMatchObject({ ok: true });
    await talk(pair, 'on two relays');
  });

  test('when each takes the other’s, ends in one conversation too', async () => {
    const pair = await onRelays();
    await loseRelay(pair);
    const links = { ana: await inviteLink(pair.ana), jun: await inviteLink(pair.jun) };
    const taken = await Promise.all([
      pair.ana.ask({ kind: 'invite.take', text: links.jun }),
      pair.jun.ask({ kind: 'invite.take', text: links.ana }),
    ]);
    expect(taken).toMatchObject([{ ok: true }, { ok: true }]);
    await talk(pair, 'both took one');
    expect([pair.ana, pair.jun].map((party) => party.page.view?.contacts.length)).toEqual([1, 1]);
  });

  test('leaves nothing behind of what the two shared before', async () => {
    const pair = await onRelays();
    const { ana, jun, world, clock } = pair;
    const before = await record(jun);
    const relay = relayAt(world, RELAY);
    for (const id of [before.theirs.sid, before.mine.rid]) if (id) relay.forget(id);
    for (const party of [ana, jun]) party.host.interruptRelay(RELAY);
    await clock.advance(5000);
    const box = before.box.mine?.boxId;
    expect(box && relay.bundlesIn(box).length).toBeGreaterThan(0);
    expect(await take(ana, jun)).toMatchObject({ ok: true });
    await talk(pair, 'again');
    await clock.advance(5000);
    expect(box && relay.bundlesIn(box)).toEqual([]);
    expect(relay.size).toBe(2);
  });

  test('is left to whom it was meant for while all is well', async () => {
    const pair = await onRelays();
    const { ana, jun, world, clock } = pair;
    const link = await inviteLink(ana);
    await talk(pair, 'all is well');
    expect(await jun.ask({ kind: 'invite.take', text: link })).toEqual({ ok: false, code: 'invite-contact-exists' });
    const mia = new Party(world);
    await mia.ask({ kind: 'identity.create', name: 'Mia' });
    expect(await mia.ask({ kind: 'invite.take', text: link })).toMatchObject({ ok: true });
    await clock.advance(1000);
    expect(mia.contact()).toMatchObject({ state: 'preview', name: 'Ana' });
  });

  test('asks anew where the first request was never answered', async () => {
    const pair = await twoParties();
    const { ana, jun, clock } = pair;
    const first = await take(ana, jun);
    await jun.ask({ kind: 'contact.accept', contactId: jun.contact().id, direct: 'denied' });
    await clock.until(() => ana.page.view?.contacts.length === 1, 'request');
    await ana.ask({ kind: 'contact.decline', contactId: ana.contact().id });
    expect(await take(ana, jun)).toEqual(first);
    await clock.until(() => ana.page.view?.contacts.length === 1, 'asked again');
    await ana.ask({ kind: 'contact.accept', contactId: ana.contact().id, direct: 'denied' });
    await clock.until(() => jun.contact().state === 'accepted', 'accepted');
  });
});

test('a request waits for its own relay, which is another than the inviter’s, and goes out when that is back', async () => {
  const pair = await twoParties();
  const { ana, jun, world, clock } = pair;
  const own = new FakeRelay(clock);
  await moveTo(jun, OTHER);
  const taken = await take(ana, jun);
  expect(taken).toMatchObject({ ok: true });
  expect(await jun.ask({ kind: 'contact.accept', contactId: jun.contact().id, direct: 'denied' })).toEqual({ ok: true });
  await clock.advance(30_000);
  expect(ana.page.view?.contacts).toEqual([]);
  world.relays.set(OTHER, own);
  jun.restartWorker();
  await clock.until(() => ana.page.view?.contacts.length === 1, 'request');
});

describe('on the relay nothing is left', () => {
  const emptied = async (pair: Pair, keeps: number) => {
    await pair.clock.advance(5000);
    expect(relayAt(pair.world, RELAY).size).toBe(keeps);
  };

  test('of an invite that was cancelled, also when the relay was away then and the worker has died since', async () => {
    const pair = await twoParties();
    const { ana, clock, world } = pair;
    const link = await inviteLink(ana);
    const relay = relayAt(world, RELAY);
    world.relays.delete(RELAY);
    ana.host.dropRelay(RELAY);
    expect(await ana.ask({ kind: 'invite.cancel' })).toEqual({ ok: true });
    await clock.advance(1000);
    expect(relay.size).toBe(1);
    ana.restartWorker();
    world.relays.set(RELAY, relay);
    ana.front.tick();
    await emptied(pair, 0);
    expect(await pair.jun.ask({ kind: 'invite.take', text: link })).toEqual({ ok: false, code: 'invite-used' });
  });

  test('of an invite that nobody took, once it is over', async () => {
    const pair = await twoParties();
    await inviteLink(pair.ana);
    expect(relayAt(pair.world, RELAY).size).toBe(1);
    pair.clock.skip(8 * 24 * 3600_000);
    pair.ana.front.tick();
    await emptied(pair, 0);
  });

  test('of somebody declined', async () => {
    const pair = await twoParties();
    const { ana, jun, clock } = pair;
    await take(ana, jun);
    await jun.ask({ kind: 'contact.accept', contactId: jun.contact().id, direct: 'denied' });
    await clock.until(() => ana.page.view?.contacts.length === 1, 'request');
    await ana.ask({ kind: 'contact.decline', contactId: ana.contact().id });
    // Jun's own, for the answer that never comes.
    await emptied(pair, 1);
  });
});
