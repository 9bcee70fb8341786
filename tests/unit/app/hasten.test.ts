/** A relay that can't be reached is tried at ever longer intervals; whoever looks at a chat, or writes, does not wait for the next. */
import { expect, test } from 'vitest';
import type { ViewCommand } from '../../../lib/app/view';
import { newId, type Party, RELAY, twoContacts } from '../../support/two-parties';

/** How often Ana's host is told to open the relay, from here on. She looks at no chat. */
async function watched(relayState: 'open' | 'offline'): Promise<{ ana: Party; tried: () => number }> {
  const { ana, clock } = await twoContacts('denied');
  await ana.show(null);
  if (relayState === 'offline')
    ana.host.inject({ kind: 'relay.state', relay: RELAY, state: 'offline', cause: 'unreachable', retryAtMs: clock.now() + 60_000 });
  await clock.until(() => ana.page.view?.relay.kind === relayState, relayState);
  let opened = 0;
  ana.host.onCommand = (command) => {
    if (command.kind === 'relay.open' && command.relay === RELAY) opened += 1;
  };
  return { ana, tried: () => opened };
}

async function tell({ page, world }: Party, command: ViewCommand): Promise<void> {
  page.send(command);
  await world.clock.rest();
}

test('a chat that comes into view has the relay tried at once; one that nobody sees, or none, does not', async () => {
  const { ana, tried } = await watched('offline');
  const { id: contactId } = ana.contact();
  await tell(ana, { kind: 'conversation.show', contactId, isVisible: false });
  await tell(ana, { kind: 'conversation.show', contactId: null, isVisible: true });
  expect(tried()).toBe(0);
  await tell(ana, { kind: 'conversation.show', contactId, isVisible: true });
  expect(tried()).toBe(1);
});

test('so does a message that is written, and one that may wait on the server after all', async () => {
  const { ana, tried } = await watched('offline');
  const { id: contactId } = ana.contact();
  const messageId = newId();
  await tell(ana, { kind: 'message.send', id: messageId, contactId, text: 'Are you there?', routing: 'device' });
  expect(tried()).toBe(1);
  await tell(ana, { kind: 'message.routing', id: newId(), contactId, messageId, routing: 'relay' });
  expect(tried()).toBe(2);
});

test('a relay that is open is left alone', async () => {
  const { ana, tried } = await watched('open');
  await ana.show(ana.contact().id);
  expect(tried()).toBe(0);
});
