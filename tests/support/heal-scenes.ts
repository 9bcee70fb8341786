/** Healing and starting over, with a death at a write of either side: nothing lost, nothing twice, one session in the end. */
import { expect } from 'vitest';
import { keys, type ProfileRecord, type SessionRecord } from '../../lib/app/records';
import { webCryptoEngine } from '../../lib/protocol/engine';
import { decodeIdentity } from '../../lib/protocol/identity';
import { openBundle } from '../../lib/protocol/prekey-box';
import { decodeStock, findPrekeys } from '../../lib/protocol/prekey-stock';
import { NO_PREKEY_ID } from '../../lib/protocol/prekeys';
import type { Death } from './fake-store';
import { Mortal } from './mortal';
import { inviteLink, newId, type Pair, type Party, RELAY, record, twoContacts, twoParties } from './two-parties';

type Who = 'ana' | 'jun';

interface Meeting extends Pair {
  readonly mortals: Readonly<Record<Who, Mortal>>;
}

type Lines = Readonly<Record<Who, readonly string[]>>;

interface Scene {
  readonly name: string;
  /** Up to the moment from which a worker may die. */
  readonly arrange: () => Promise<Pair>;
  /** What happens then, whoever dies. */
  readonly act: (meeting: Meeting) => Promise<void>;
  /** What each has said in the end, and what the other has read. */
  readonly said: Lines;
  readonly read: Lines;
}

/** No scene has as many: it would not end. */
const MAX_WRITES = 80;
const PEOPLE = ['ana', 'jun'] as const;
const OTHER = { ana: 'jun', jun: 'ana' } as const;

async function forget(party: Party, isForgotten: (store: string) => boolean): Promise<void> {
  const contactId = party.contact().id;
  const kept = (await party.store.range([])).map(([key]) => key).filter((key) => key.includes(contactId));
  await party.store.commit(kept.filter(([store]) => isForgotten(String(store))).map((key) => ({ kind: 'delete' as const, key })));
  party.restartWorker();
  await party.world.clock.rest();
}

function withMortals(pair: Pair): Meeting {
  return { ...pair, mortals: { ana: new Mortal(pair.ana), jun: new Mortal(pair.jun) } };
}

async function untilAccepted({ ana, jun, mortals, clock }: Meeting): Promise<void> {
  const isAccepted = (who: Who) => mortals[who].isAnswered() && mortals[who].party.page.view?.contacts[0]?.state === 'accepted';
  await clock.until(() => [isAccepted('ana'), isAccepted('jun')].every(Boolean), 'accepted');
  for (const party of [ana, jun]) await party.show(party.page.view?.contacts[0]?.id ?? null);
  for (const who of PEOPLE) mortals[who].routeByRelay();
}

/** In touch by the relay alone, one line read each way. */
async function acquainted(): Promise<Pair> {
  const pair = await twoContacts('denied');
  const { ana, jun, clock } = pair;
  for (const party of [ana, jun]) await party.ask({ kind: 'contact.choose', contactId: party.contact().id, choices: { routing: 'relay' } });
  const { mortals } = withMortals(pair);
  for (const who of PEOPLE) mortals[who].say(`${who} 0`);
  await clock.until(() => PEOPLE.every((who) => mortals[who].isAnswered() && mortals[who].texts(false).length === 1), 'met');
  await clock.advance(5000);
  return pair;
}

function settled({ mortals }: Meeting, { read }: Scene): boolean {
  const areAnswered = PEOPLE.map((who) => mortals[who].isAnswered());
  const isSettled = (who: Who) => mortals[who].texts(false).length >= read[OTHER[who]].length && mortals[who].isConfirmed();
  return areAnswered.every(Boolean) && PEOPLE.every(isSettled);
}

/** Which session this party writes in. */
async function sending(party: Party): Promise<unknown[]> {
  const kept = await party.store.range(['session', party.contact().id]);
  return kept.flatMap(([key, value]) => ((value as SessionRecord).archivedAtMs === null ? [key[2]] : []));
}

/** No prekey is offered that is gone: whoever takes the next bundle, or all of them, can be answered. */
async function offersOnlyWhatItHas({ world }: Pair, party: Party): Promise<void> {
  const { mine } = (await record(party)).box;
  if (!mine) throw new Error('no box');
  const { statement } = decodeIdentity(((await party.store.get(keys.profile)) as ProfileRecord).identity);
  const stock = decodeStock((await party.store.get(keys.stock(party.contact().id))) as Uint8Array);
  const offered = world.relays.get(RELAY)?.bundlesIn(mine.boxId) ?? [];
  expect(offered.length).toBeGreaterThan(1);
  for (const sealed of offered) {
    const { statement: owner, signedId, oneTime, kemId } = await openBundle(webCryptoEngine(crypto), mine, sealed);
    expect(owner).toEqual(statement);
    expect(() => findPrekeys(stock, { signedId, oneTimeId: oneTime?.id ?? NO_PREKEY_ID, kemId })).not.toThrow();
  }
}

/** True if the worker did die. */
async function play(scene: Scene, who: Who, death: Pick<Death, 'atCommit' | 'outcome'>): Promise<boolean> {
  const meeting = withMortals(await scene.arrange());
  const { clock, mortals } = meeting;
  const dying = mortals[who];
  dying.dieAt(death);
  await scene.act(meeting);
  const what = `${scene.name}: ${who} dies at write ${death.atCommit}, ${death.outcome}`;
  for (const when of ['', ', late']) {
    await clock.until(() => settled(meeting, scene), what + when);
    await clock.advance(10_000);
  }
  await clock.until(() => settled(meeting, scene), `${what}, at last`);
  dying.survive();
  const records = { ana: await record(meeting.ana), jun: await record(meeting.jun) };
  for (const one of PEOPLE) {
    const { party } = mortals[one];
    expect(mortals[one].texts(true), what).toEqual(scene.said[one]);
    // A text that the relay had when its session was lost is asked for and comes after later ones: once, all the same.
    expect(mortals[OTHER[one]].texts(false).toSorted(), what).toEqual(scene.read[one]);
    expect(party.faults.filter((fault) => typeof (fault as { code?: unknown }).code !== 'string')).toEqual([]);
    expect(party.page.view?.contacts).toHaveLength(1);
    expect(records[OTHER[one]].box.theirs?.boxId, `${what}: box told`).toEqual(records[one].box.mine?.boxId);
    await offersOnlyWhatItHas(meeting, party);
  }
  expect(await sending(meeting.ana), what).toEqual(await sending(meeting.jun));
  return dying.hasDied;
}

const TALK: Lines = { ana: ['ana 0', 'ana 1', 'ana 2'], jun: ['jun 0', 'jun 1'] };

async function talk({ mortals, clock }: Meeting): Promise<void> {
  mortals.ana.say('ana 1');
  await clock.advance(200);
  mortals.jun.isAnswered();
  mortals.jun.say('jun 1');
  mortals.ana.say('ana 2');
}

const SCENES: readonly Scene[] = [
  {
    name: 'getting in touch, boxes filled and told',
    arrange: twoParties,
    async act(meeting) {
      const { ana, mortals, clock } = meeting;
      mortals.ana.command({ kind: 'invite.show', id: newId() });
      await clock.until(() => mortals.ana.isAnswered() && Boolean(ana.page.view?.invite), 'invite');
      mortals.jun.command({ kind: 'invite.take', id: newId(), text: ana.page.view?.invite?.link ?? '' });
      await untilAccepted(meeting);
      for (const who of PEOPLE) mortals[who].say(`${who} 0`);
    },
    said: { ana: ['ana 0'], jun: ['jun 0'] },
    read: { ana: ['ana 0'], jun: ['jun 0'] },
  },
  {
    name: 'sessions lost on one side',
    async arrange() {
      const pair = await acquainted();
      await forget(pair.jun, (store) => store === 'session');
      return pair;
    },
    act: talk,
    said: TALK,
    read: TALK,
  },
  {
    name: 'sessions lost on both sides',
    async arrange() {
      const pair = await acquainted();
      for (const party of [pair.ana, pair.jun]) await forget(party, (store) => store === 'session');
      return pair;
    },
    act: talk,
    said: TALK,
    read: TALK,
  },
  {
    name: 'simultaneous invites',
    arrange: twoParties,
    async act(meeting) {
      const { ana, jun, mortals, clock } = meeting;
      for (const who of PEOPLE) mortals[who].command({ kind: 'invite.show', id: newId() });
      const isShown = (who: Who) => mortals[who].isAnswered() && Boolean(mortals[who].party.page.view?.invite);
      await clock.until(() => [isShown('ana'), isShown('jun')].every(Boolean), 'invites');
      mortals.ana.command({ kind: 'invite.take', id: newId(), text: jun.page.view?.invite?.link ?? '' });
      mortals.jun.command({ kind: 'invite.take', id: newId(), text: ana.page.view?.invite?.link ?? '' });
      await untilAccepted(meeting);
      for (const who of PEOPLE) mortals[who].say(`${who} 0`);
    },
    said: { ana: ['ana 0'], jun: ['jun 0'] },
    read: { ana: ['ana 0'], jun: ['jun 0'] },
  },
  {
    name: 'starting over by an invite',
    async arrange() {
      const pair = await acquainted();
      await inviteLink(pair.ana);
      await forget(pair.jun, () => true);
      // Into a queue that nobody reads any more.
      new Mortal(pair.ana).say('ana 1');
      await pair.clock.until(() => pair.ana.messages().at(-1)?.delivery?.stage === 'held', 'held');
      return pair;
    },
    async act(meeting) {
      const { ana, mortals } = meeting;
      mortals.ana.say('ana 2');
      mortals.jun.command({ kind: 'invite.take', id: newId(), text: ana.page.view?.invite?.link ?? '' });
      await untilAccepted(meeting);
      mortals.jun.say('jun 1');
    },
    said: { ana: ['ana 0', 'ana 1', 'ana 2'], jun: ['jun 1'] },
    read: { ana: ['ana 1', 'ana 2'], jun: ['jun 0', 'jun 1'] },
  },
];

export interface Deaths {
  readonly scene: Scene;
  readonly who: Who;
  readonly outcome: Death['outcome'];
  /** Every so many-th write, from this one on. */
  readonly every: number;
  readonly first: number;
}

/** Plays a scene once for each write, with a death at it; answers how many deaths there were. */
export async function dieAtEach({ scene, who, outcome, every, first }: Deaths): Promise<number> {
  let deaths = 0;
  for (let atCommit = first; await play(scene, who, { atCommit, outcome }); atCommit += every) {
    expect(atCommit).toBeLessThan(MAX_WRITES);
    deaths += 1;
  }
  return deaths;
}

/** Each scene, each side, and either way that a death may treat the write. */
export const TRAGEDIES = SCENES.flatMap((scene) =>
  PEOPLE.flatMap((who) => (['lost', 'kept'] as const).map((outcome) => ({ scene, who, outcome }))),
);
