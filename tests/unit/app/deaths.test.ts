/** Every write is a moment at which the worker may die: before it, or right after. All of them are tried, not a sample. */
import { expect, test } from 'vitest';
import type { Death } from '../../support/fake-store';
import { newId, type Pair, type Party, twoContacts } from '../../support/two-parties';

const TEXTS = ['one', 'two', 'three', 'four'];

function say(party: Party, text: string): void {
  party.page.send({ kind: 'message.send', id: newId(), contactId: party.contact().id, text });
}

/** The dead worker's page says again what had no answer, as the UI does: here, under the same ids. */
async function talk({ ana, jun, clock }: Pair, dying: Party | null, death: Omit<Death, 'onDeath'> | null): Promise<boolean> {
  await clock.until(() => ana.contact().string.kind === 'open' && jun.contact().string.kind === 'open', 'string');
  await clock.advance(3000);
  let hasDied = false;
  if (dying && death) {
    const atCommit = dying.store.commits + death.atCommit;
    dying.store.death = {
      ...death,
      atCommit,
      onDeath: () => {
        hasDied = true;
        dying.killWorker();
      },
    };
  }
  const commands = TEXTS.map((text, i) => ({ by: i % 2 === 0 ? ana : jun, id: newId(), text }));
  const contactIds = new Map([ana, jun].map((party) => [party, party.contact().id]));
  const sendAll = () => {
    for (const { by, id, text } of commands) by.page.send({ kind: 'message.send', id, contactId: contactIds.get(by) as string, text });
  };
  sendAll();
  let hasWoken = false;
  const wakeTheDead = () => {
    if (!hasDied || hasWoken) return;
    hasWoken = true;
    dying?.wake();
    sendAll();
  };
  const isDone = (party: Party) =>
    party.messages().length === 4 && party.messages().every(({ delivery }) => !delivery || delivery.stage === 'delivered');
  const hasSettled = () => {
    wakeTheDead();
    return isDone(ana) && isDone(jun);
  };
  await clock.until(hasSettled, `all delivered (death at ${death?.atCommit} ${death?.outcome})`);
  await clock.advance(3000);
  wakeTheDead();
  await clock.until(hasSettled, `all delivered after a late death (${death?.atCommit} ${death?.outcome})`);
  await clock.advance(3000);
  return hasDied;
}

function expectWhole(party: Party): void {
  const texts = party.messages().map(({ text }) => text);
  expect([...texts].sort()).toEqual([...TEXTS].sort());
  for (const isMine of [true, false]) {
    const bySender = party.messages().filter((message) => message.isMine === isMine);
    expect(bySender.map(({ text }) => TEXTS.indexOf(text))).toEqual(bySender.map(({ text }) => TEXTS.indexOf(text)).sort());
  }
  expect(party.contact()).toMatchObject({ waiting: 0 });
}

for (const who of ['ana', 'jun'] as const) {
  for (const outcome of ['lost', 'kept'] as const) {
    test(`${who}'s worker dies at every write of a conversation, the write ${outcome}: nothing lost, nothing twice`, async () => {
      let deaths = 0;
      for (let atCommit = 1; ; atCommit++) {
        const pair = await twoContacts();
        if (!(await talk(pair, pair[who], { atCommit, outcome }))) break;
        deaths += 1;
        for (const party of [pair.ana, pair.jun]) {
          expectWhole(party);
          expect(party.faults).toEqual([]);
        }
      }
      // A conversation of four messages writes more often than once a message on each side.
      expect(deaths).toBeGreaterThan(6);
    }, 120_000);
  }
}

test('a failing disk loses nothing: the same events succeed once it is back', async () => {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await clock.until(() => ana.contact().string.kind === 'open', 'string');
  jun.store.failure = 'storage-full';
  say(ana, 'hello');
  await clock.advance(5000);
  expect(ana.messages()[0]?.delivery?.stage).toBe('local');
  jun.store.failure = null;
  await clock.until(() => ana.messages()[0]?.delivery?.stage === 'delivered', 'delivered');
  expect(jun.messages().map(({ text }) => text)).toEqual(['hello']);
});

test('a full disk refuses to take a message, in words, and keeps nothing of it', async () => {
  const { ana, clock } = await twoContacts();
  ana.store.failure = 'storage-full';
  expect(await ana.ask({ kind: 'contact.choose', contactId: ana.contact().id, choices: { routing: 'relay' } })).toEqual({
    ok: false,
    code: 'storage-full',
  });
  const id = newId();
  ana.page.send({ kind: 'message.send', id, contactId: ana.contact().id, text: 'hello' });
  await clock.until(() => ana.page.results.has(id), 'answer');
  expect(ana.page.results.get(id)).toEqual({ ok: false, code: 'storage-full' });
  expect(ana.messages()).toEqual([]);
});
