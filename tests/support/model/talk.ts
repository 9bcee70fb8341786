/** The whole app floor of two people in random weather. What must hold once it is calm: every text is read once, and confirmed. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { MessageRecord, OutboxRow, SessionRecord } from '../../../lib/app/records';
import { type Pair, type Party, RELAY, twoContacts } from '../two-parties';

const HONEST = {
  say: 10,
  wait: 6,
  restartWorker: 2,
  replaceHost: 1,
  closeBrowser: 1,
  openBrowser: 2,
  cutStrings: 1,
  interruptRelay: 1,
  hour: 0.5,
} as const;

const TORN = { ...HONEST, loseSessions: 1, loseBothSessions: 0.4, backUp: 0.6, restore: 0.6, relayLosesEverything: 0.4 } as const;

type Kind = keyof typeof TORN;
export type Weather = 'honest' | 'torn';

interface Step {
  readonly kind: Kind;
  readonly isAna: boolean;
  readonly ms: number;
}

function stepIn(weather: Weather): fc.Arbitrary<Step> {
  const kinds = Object.entries(weather === 'honest' ? HONEST : TORN).map(([kind, weight]) => ({
    weight: Math.round(weight * 10),
    arbitrary: fc.constant(kind as Kind),
  }));
  return fc.record({ kind: fc.oneof(...kinds), isAna: fc.boolean(), ms: fc.nat(4000) });
}

const HOUR_MS = 3600_000;

class Speaker {
  readonly party: Party;
  readonly contactId: string;
  readonly name: string;
  isOpen = true;
  /** What was said and is still known here, in order. */
  said: string[] = [];
  #backup: { readonly image: ReturnType<Party['store']['image']>; readonly said: readonly string[] };
  /** Came back from a backup: it no longer has all that the other one knows it to have read. */
  isRestored = false;

  constructor(name: string, party: Party) {
    this.name = name;
    this.party = party;
    this.contactId = party.contact().id;
    this.#backup = { image: party.store.image(), said: [] };
  }

  open(): void {
    if (!this.isOpen) this.party.openBrowser();
    this.isOpen = true;
  }

  close(): void {
    if (this.isOpen) this.party.closeBrowser();
    this.isOpen = false;
  }

  backUp(): void {
    this.#backup = { image: this.party.store.image(), said: [...this.said] };
  }

  restore(): void {
    const wasOpen = this.isOpen;
    this.close();
    this.party.store.restore(this.#backup.image);
    this.said = [...this.#backup.said];
    this.isRestored = true;
    if (wasOpen) this.open();
  }

  async say(text: string): Promise<void> {
    if (!this.isOpen) return;
    expect(await this.party.ask({ kind: 'message.send', contactId: this.contactId, text } as never)).toEqual({ ok: true });
    this.said.push(text);
  }

  async messages(isMine: boolean): Promise<readonly MessageRecord[]> {
    const kept = await this.party.store.range(['message', this.contactId]);
    return kept.map(([, value]) => value as MessageRecord).filter((message) => message.isMine === isMine);
  }
}

export interface TalkTally {
  steps: number;
  said: number;
  restored: number;
  lost: number;
  healed: number;
}

async function loseSessions({ party, contactId, isOpen }: Speaker): Promise<void> {
  const kept = await party.store.range(['session', contactId]);
  await party.store.commit(kept.map(([key]) => ({ kind: 'delete' as const, key })));
  if (isOpen) party.restartWorker();
}

interface Talk {
  readonly pair: Pair;
  readonly speakers: readonly [Speaker, Speaker];
  readonly tally: TalkTally;
  said: number;
}

async function perform(talk: Talk, { kind, isAna, ms }: Step): Promise<void> {
  const { pair, speakers, tally } = talk;
  const { clock, world } = pair;
  const speaker = speakers[isAna ? 0 : 1];
  const { party, isOpen } = speaker;
  tally.steps += 1;
  switch (kind) {
    case 'say':
      return speaker.say(`${speaker.name} ${talk.said++}`);
    case 'wait':
      return clock.advance(ms);
    case 'hour':
      for (const each of speakers) if (each.isOpen) each.party.front.tick();
      return clock.advance(HOUR_MS);
    case 'restartWorker':
      if (isOpen) party.restartWorker();
      return;
    case 'replaceHost':
      if (!isOpen) return;
      party.host.kill();
      party.replaceHost();
      return;
    case 'closeBrowser':
      return speaker.close();
    case 'openBrowser':
      return speaker.open();
    case 'cutStrings':
      return party.host.cutAll();
    case 'interruptRelay':
      return party.host.interruptRelay(RELAY);
    case 'loseSessions':
      tally.lost += 1;
      return loseSessions(speaker);
    case 'loseBothSessions':
      tally.lost += 1;
      for (const each of speakers) await loseSessions(each);
      return;
    case 'relayLosesEverything':
      return world.relays.get(RELAY)?.loseEverythingWaiting();
    case 'backUp':
      return speaker.backUp();
    case 'restore':
      tally.restored += 1;
      return speaker.restore();
    default:
      return kind satisfies never;
  }
}

async function unconfirmed(speaker: Speaker): Promise<string[]> {
  const mine = await speaker.messages(true);
  return mine.flatMap(({ delivery, text }) =>
    delivery?.stage === 'local' || delivery?.stage === 'held' ? [`${text} ${delivery.stage}`] : [],
  );
}

/** Both are here, say something, and have time for as many heals as may be due. */
async function calmDown({ pair: { clock }, speakers }: Talk): Promise<void> {
  for (const speaker of speakers) speaker.open();
  for (let hour = 0; hour < 3; hour++) {
    // Two fakes that offer at once may each hold another string, which real ones notice by their pings.
    for (const { party } of speakers) party.host.cutAll();
    await clock.advance(20_000);
    for (const speaker of speakers) await speaker.say(`${speaker.name} in hour ${hour}`);
    await clock.advance(20_000);
    for (const speaker of speakers) speaker.party.front.tick();
    await clock.advance(HOUR_MS);
  }
}

async function check({ speakers: [ana, jun] }: Talk, weather: Weather): Promise<void> {
  for (const [from, to] of [
    [ana, jun],
    [jun, ana],
  ] as const) {
    const shown = (await to.messages(false)).map(({ text }) => text);
    expect(new Set(shown).size, `what ${from.name} said is shown twice`).toBe(shown.length);
    expect((await from.messages(true)).map(({ text }) => text)).toEqual(from.said);
    expect(await unconfirmed(from), `what ${from.name} said is confirmed`).toEqual([]);
    if (!to.isRestored) expect(shown).toEqual(expect.arrayContaining(from.said));
    if (!to.isRestored && !from.isRestored) expect(shown).toHaveLength(from.said.length);
    if (weather === 'honest') expect(shown).toEqual(from.said);
    const owed = (await from.party.store.range(['outbox', from.contactId])).map(([, value]) => (value as OutboxRow).body.kind);
    expect(owed, 'nothing is owed').toEqual([]);
    const odd = from.party.faults.filter((fault) => typeof (fault as { code?: unknown }).code !== 'string');
    expect(odd).toEqual([]);
  }
  expect(await sendingOf(ana)).toEqual(await sendingOf(jun));
}

async function sendingOf({ party, contactId }: Speaker): Promise<unknown[]> {
  const kept = await party.store.range(['session', contactId]);
  return kept.flatMap(([key, value]) => ((value as SessionRecord).archivedAtMs === null ? [key[2]] : []));
}

export interface Talks {
  readonly weather: Weather;
  readonly direct: 'allowed' | 'denied';
  readonly runs: number;
  readonly steps: number;
  readonly seed: number;
}

/** Answers what happened in all runs together. What the relay lost is asked for on the next string: without strings it loses nothing here. */
export async function randomTalks({ weather, direct, runs, steps, seed }: Talks): Promise<TalkTally> {
  const tally: TalkTally = { steps: 0, said: 0, restored: 0, lost: 0, healed: 0 };
  const script = fc.array(stepIn(weather), { minLength: Math.floor(steps * 0.8), maxLength: Math.ceil(steps * 1.2) });
  const property = fc.asyncProperty(script, async (drawn) => {
    const pair = await twoContacts(direct);
    const talk: Talk = { pair, speakers: [new Speaker('ana', pair.ana), new Speaker('jun', pair.jun)], tally, said: 0 };
    for (const { party, contactId } of talk.speakers) await party.ask({ kind: 'contact.choose', contactId, choices: { routing: 'relay' } });
    for (const speaker of talk.speakers) speaker.backUp();
    for (const step of drawn) if (direct === 'allowed' || step.kind !== 'relayLosesEverything') await perform(talk, step);
    await calmDown(talk);
    await check(talk, weather);
    tally.said += talk.said;
    tally.healed += pair.world.relays.get(RELAY)?.heard.filter(({ kind }) => kind === 'pre-take').length ?? 0;
  });
  await fc.assert(property, { numRuns: runs, seed, endOnFailure: true });
  return tally;
}
