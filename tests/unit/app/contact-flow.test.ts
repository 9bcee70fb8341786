import { expect, test } from 'vitest';
import { inviteLink, newId, twoContacts, twoParties } from '../../support/two-parties';

test('an invite leads from a link to two accepted contacts and an open string', async () => {
  const { ana, jun, clock } = await twoContacts();
  await clock.until(() => ana.contact().string.kind === 'open' && jun.contact().string.kind === 'open', 'string open');
  expect(ana.contact()).toMatchObject({ name: 'Jun', state: 'accepted', presence: 'online' });
  expect(jun.contact()).toMatchObject({ name: 'Ana', state: 'accepted', presence: 'online' });
});

test('a text goes over the string and comes to be delivered, then read', async () => {
  const { ana, jun, clock } = await twoContacts();
  await clock.until(() => ana.contact().string.kind === 'open', 'string open');
  const id = newId();
  ana.page.send({ kind: 'message.send', id, contactId: ana.contact().id, text: 'Did the bus map come through?' });
  await clock.until(() => jun.messages().length === 1, 'arrives');
  await clock.until(() => ana.messages()[0]?.delivery?.stage === 'delivered', 'delivered');
  jun.page.send({ kind: 'conversation.read', contactId: jun.contact().id, upTo: 1 });
  await clock.until(() => ana.messages()[0]?.delivery?.stage === 'read', 'read');
  expect(jun.messages()[0]).toMatchObject({ id, text: 'Did the bus map come through?', isMine: false });
  expect(ana.contact().waiting).toBe(0);
});

test('a text is stored, then acknowledged, and only then shown: drawing it keeps no sender waiting', async () => {
  const { ana, jun, clock } = await twoContacts();
  await clock.until(() => ana.contact().string.kind === 'open' && jun.contact().string.kind === 'open', 'string open');
  const contactId = jun.contact().id;
  const stored = () => jun.store.count(['message', contactId]);
  const shownWhenAcknowledged: number[] = [];
  let storedWhenAcknowledged: Promise<number> | null = null;
  jun.host.onCommand = ({ kind }) => {
    if (kind !== 'string.received') return;
    shownWhenAcknowledged.push(jun.messages().length);
    storedWhenAcknowledged ??= stored();
  };
  ana.page.send({ kind: 'message.send', id: newId(), contactId: ana.contact().id, text: 'The ferry leaves at six.' });
  await clock.until(() => jun.messages().length === 1, 'shown');
  expect(shownWhenAcknowledged).toEqual([0]);
  expect(await storedWhenAcknowledged).toBe(1);
});

test('own, malformed, truncated, expired and used invites each get their own answer', async () => {
  const { ana, jun, clock } = await twoParties();
  const link = await inviteLink(ana);
  const take = (text: string) => jun.ask({ kind: 'invite.take', text });
  expect(await ana.ask({ kind: 'invite.take', text: link })).toEqual({ ok: false, code: 'invite-own' });
  expect(await take('good morning')).toEqual({ ok: false, code: 'invite-malformed' });
  expect(await take(link.slice(0, -8))).toEqual({ ok: false, code: 'invite-truncated' });
  const other = (await twoParties()).jun;
  await take(link);
  other.world.relays.set('wss://relay.test', ana.world.relays.get('wss://relay.test') as never);
  await clock.advance(8 * 24 * 3600_000);
  const { jun: late } = await twoParties();
  await late.world.clock.advance(8 * 24 * 3600_000);
  expect(await late.ask({ kind: 'invite.take', text: link })).toEqual({ ok: false, code: 'invite-expired' });
});
