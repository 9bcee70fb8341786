/** A change of relay, with a death at every write of either side: both end where they were going, and nothing said meanwhile is lost or shown twice. */
import { expect, test } from 'vitest';
import { Mortal } from '../../support/mortal';
import { OTHER, onRelays, THIRD, textsOf } from '../../support/relay-scenes';
import { newId, type Party, record } from '../../support/two-parties';

const URLS = { ana: OTHER, jun: THIRD } as const;

async function hasMoved(party: Party, url: string): Promise<boolean> {
  const { mine, moves } = await record(party);
  return mine.relay === url && moves?.pending.length === 0 && moves.theirs.next === null;
}

/** Both move at once while they talk. */
async function move(who: 'ana' | 'jun', atCommit: number, outcome: 'lost' | 'kept'): Promise<boolean> {
  const pair = await onRelays();
  const { ana, jun, clock } = pair;
  await clock.advance(3000);
  const mortals = { ana: new Mortal(ana), jun: new Mortal(jun) };
  mortals[who].dieAt({ atCommit, outcome });
  for (const name of ['ana', 'jun'] as const) {
    mortals[name].say(`${name} before`);
    mortals[name].command({ kind: 'relay.set', id: newId(), url: URLS[name], access: '' });
    mortals[name].say(`${name} after`);
  }
  let isThere = false;
  const isSettled = () => {
    const isAnswered = [mortals.ana, mortals.jun].map((mortal) => mortal.isAnswered()).every(Boolean);
    if (isAnswered && ana.page.view?.contacts.length && jun.page.view?.contacts.length)
      void Promise.all([hasMoved(ana, OTHER), hasMoved(jun, THIRD)]).then((both) => {
        isThere = both.every(Boolean);
      });
    const isHeard = [ana, jun].every((party) => party.messages().length >= 4);
    return isAnswered && isThere && isHeard && mortals.ana.isConfirmed() && mortals.jun.isConfirmed();
  };
  await clock.until(isSettled, `both moved (${who} died at ${atCommit}, ${outcome})`);
  await clock.advance(3000);
  await clock.until(isSettled, `both moved after a late death (${who} at ${atCommit}, ${outcome})`);
  for (const party of [ana, jun]) expect(textsOf(party).toSorted()).toEqual(['ana after', 'ana before', 'jun after', 'jun before']);
  expect([ana.contact().waiting, jun.contact().waiting]).toEqual([0, 0]);
  return mortals[who].hasDied;
}

for (const who of ['ana', 'jun'] as const) {
  for (const outcome of ['lost', 'kept'] as const) {
    test(`${who} dies at every write of moving, the write ${outcome}`, async () => {
      let deaths = 0;
      while (deaths < 60 && (await move(who, deaths + 1, outcome))) deaths += 1;
      console.log(`${deaths} deaths`);
      expect(deaths).toBeGreaterThan(15);
      expect(deaths).toBeLessThan(60);
    }, 120_000);
  }
}
