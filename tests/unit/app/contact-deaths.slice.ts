/** Getting in touch, with a death at every write of either side: both end as contacts of each other, once. */
import { expect, test } from 'vitest';
import type { ViewCommand } from '../../../lib/app/view';
import { newId, type Party, twoParties } from '../../support/two-parties';

/** Asks until it is answered, as a page does: again under the same id by whoever wakes. */
class Asker {
  readonly #party: Party;
  readonly #revive: () => void;

  constructor(party: Party, revive: () => void) {
    this.#party = party;
    this.#revive = revive;
  }

  async ask(command: ViewCommand & { id: string }): Promise<void> {
    const { clock } = this.#party.world;
    this.#party.page.send(command);
    let { page } = this.#party;
    await clock.until(() => {
      this.#revive();
      if (page !== this.#party.page) {
        page = this.#party.page;
        page.send(command);
      }
      return page.results.has(command.id);
    }, command.kind);
    expect(page.results.get(command.id)).toMatchObject({ ok: true });
  }
}

async function meet(who: 'ana' | 'jun', atCommit: number, outcome: 'lost' | 'kept'): Promise<boolean> {
  const { ana, jun, clock } = await twoParties();
  const dying = { ana, jun }[who];
  let hasDied = false;
  let isDead = false;
  dying.store.death = {
    atCommit: dying.store.commits + atCommit,
    outcome,
    onDeath: () => {
      hasDied = isDead = true;
      dying.killWorker();
    },
  };
  const revive = () => {
    if (isDead) dying.wake();
    isDead = false;
  };
  const [asAna, asJun] = [new Asker(ana, revive), new Asker(jun, revive)];
  await asAna.ask({ kind: 'invite.show', id: newId() });
  await clock.until(() => Boolean(ana.page.view?.invite), 'invite');
  await asJun.ask({ kind: 'invite.take', id: newId(), text: ana.page.view?.invite?.link ?? '' });
  const seenBy = (party: Party) => () => {
    revive();
    return party.page.view?.contacts.length === 1;
  };
  await clock.until(seenBy(jun), 'preview');
  await asJun.ask({ kind: 'contact.accept', id: newId(), contactId: jun.contact().id, direct: 'allowed' });
  await clock.until(seenBy(ana), 'request');
  await asAna.ask({ kind: 'contact.accept', id: newId(), contactId: ana.contact().id, direct: 'allowed' });
  const isAccepted = (party: Party) => seenBy(party)() && party.contact().state === 'accepted';
  await clock.until(() => isAccepted(ana) && isAccepted(jun), 'accepted');
  await clock.advance(3000);
  revive();
  await clock.until(() => isAccepted(ana) && isAccepted(jun), 'accepted after a late death');
  // And they can talk.
  await ana.show(ana.contact().id);
  await jun.show(jun.contact().id);
  await asAna.ask({ kind: 'message.send', id: newId(), contactId: ana.contact().id, text: 'hello' });
  await clock.until(() => {
    revive();
    return jun.messages().length === 1;
  }, 'hello');
  expect([ana, jun].map((party) => party.page.view?.contacts.length)).toEqual([1, 1]);
  return hasDied;
}

for (const who of ['ana', 'jun'] as const) {
  for (const outcome of ['lost', 'kept'] as const) {
    test(`${who} dies at every write of getting in touch, the write ${outcome}`, async () => {
      let deaths = 0;
      // The last writes come after the meeting, and a run without a death is the end.
      while (deaths < 40 && (await meet(who, deaths + 1, outcome))) deaths += 1;
      expect(deaths).toBeGreaterThan(7);
    }, 120_000);
  }
}
