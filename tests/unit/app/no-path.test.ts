/** Strings that find no path: what is said of it, and which STUN servers are asked. */
import { expect, test } from 'vitest';
import type { LinkCommand } from '../../../lib/app/link';
import { FakeRelay } from '../../support/fake-relay';
import { inviteLink, type Pair, type Party, RELAY, twoContacts, twoParties } from '../../support/two-parties';

async function untilString({ clock }: Pair, party: Party, kind: 'open' | 'opening' | 'failed'): Promise<void> {
  await clock.until(() => party.contact().string.kind === kind, `string ${kind}`);
}

test('a cause stays known while the next tries run, and is forgotten when one opens', async () => {
  const pair = await twoContacts();
  const { ana, world } = pair;
  await untilString(pair, ana, 'open');
  world.ether.isPassable = false;
  ana.host.cutAll();
  await untilString(pair, ana, 'failed');
  expect(ana.contact().string).toMatchObject({ cause: 'no-answer' });
  await untilString(pair, ana, 'opening');
  expect(ana.contact().string).toMatchObject({ after: 'no-answer' });
  world.ether.isPassable = true;
  await untilString(pair, ana, 'open');
  world.ether.isPassable = false;
  ana.host.cutAll();
  await untilString(pair, ana, 'opening');
  expect(ana.contact().string).toMatchObject({ after: null });
});

test('the page is told the cause that the host found', async () => {
  const pair = await twoContacts();
  const { ana, clock, world } = pair;
  await untilString(pair, ana, 'open');
  world.ether.isPassable = false;
  let stringId = '';
  ana.host.onCommand = (command) => {
    if (command.kind === 'string.open') stringId = command.stringId;
  };
  ana.host.cutAll();
  await clock.until(() => stringId !== '', 'the next try');
  ana.host.inject({ kind: 'string.state', peer: ana.contact().id, stringId, state: 'failed', rttMs: null, cause: 'udp-blocked-theirs' });
  await untilString(pair, ana, 'failed');
  expect(ana.contact().string).toMatchObject({ cause: 'udp-blocked-theirs' });
});

/** The STUN servers that this party's strings were given. */
function watchStun({ host }: Party): Set<string> {
  const asked = new Set<string>();
  host.onCommand = (command: LinkCommand) => {
    if (command.kind === 'string.open' || command.kind === 'string.signal') asked.add(command.stunUrls.join());
  };
  return asked;
}

test('STUN is asked of one’s own relay, and of the contact’s where one’s own has none', async () => {
  const OTHER = 'wss://other.test';
  const pair = await twoParties();
  const { world, ana, jun, clock } = pair;
  world.relays.set(OTHER, new FakeRelay(clock));
  await jun.ask({ kind: 'relay.set', url: OTHER, access: '' });
  (world.relays.get(RELAY) as FakeRelay).stunUrls = ['stun:relay.test:3478', 'stun:relay.test:3479'];
  for (const party of [ana, jun]) party.host.interruptRelay(RELAY);
  await clock.advance(5000);
  const asked = [ana, jun].map(watchStun);
  const taken = await jun.ask({ kind: 'invite.take', text: await inviteLink(ana) });
  if (!taken.ok || !taken.contactId) throw new Error('not taken');
  await jun.ask({ kind: 'contact.accept', contactId: taken.contactId, direct: 'allowed' });
  await clock.until(() => ana.page.view?.contacts.length === 1, 'request arrives');
  await ana.ask({ kind: 'contact.accept', contactId: ana.contact().id, direct: 'allowed' });
  for (const party of [ana, jun]) await party.show(party.contact().id);
  await untilString(pair, ana, 'open');
  expect(asked.map((urls) => [...urls])).toEqual([
    ['stun:relay.test:3478,stun:relay.test:3479'],
    ['stun:relay.test:3478,stun:relay.test:3479'],
  ]);
  // The other relay gets one of its own: from then on Jun asks there.
  (world.relays.get(OTHER) as FakeRelay).stunUrls = ['stun:other.test:3478'];
  jun.host.interruptRelay(OTHER);
  await clock.advance(5000);
  asked[1]?.clear();
  jun.host.cutAll();
  await clock.until(() => (asked[1]?.size ?? 0) > 0, 'another string');
  expect([...(asked[1] ?? [])]).toEqual(['stun:other.test:3478']);
});
