/** Two contacts, and relays to move between. */
import type { ContactRecord } from '../../lib/app/records';
import { FakeRelay } from './fake-relay';
import { newId, type Pair, type Party, RELAY, twoContacts, type World } from './two-parties';

export const OTHER = 'wss://other.test';
export const THIRD = 'wss://third.test';
export const DAY_MS = 24 * 3600_000;

export function relayAt({ relays }: World, url: string): FakeRelay {
  const relay = relays.get(url);
  if (!relay) throw new Error(`no relay ${url}`);
  return relay;
}

/** In touch through the relay alone, texts may wait there, and two more relays stand by. */
export async function onRelays(): Promise<Pair> {
  const pair = await twoContacts('denied');
  for (const url of [OTHER, THIRD]) pair.world.relays.set(url, new FakeRelay(pair.clock));
  for (const party of [pair.ana, pair.jun]) await mayWait(party);
  return pair;
}

async function mayWait(party: Party): Promise<void> {
  await party.ask({ kind: 'contact.choose', contactId: party.contact().id, choices: { routing: 'relay' } });
}

export function say(party: Party, text: string): void {
  party.page.send({ kind: 'message.send', id: newId(), contactId: party.contact().id, text });
}

export function textsOf(party: Party): string[] {
  return party.messages().map(({ text }) => text);
}

export async function moveTo(party: Party, url: string): Promise<void> {
  const result = await party.ask({ kind: 'relay.set', url, access: '' });
  if (!result.ok) throw new Error(result.code);
}

/** The contact writes to a queue of this party's on that relay, and nothing is pending. */
export async function untilMoved(party: Party, url: string): Promise<void> {
  let isMoved = false;
  const look = async () => {
    const [[, value] = []] = await party.store.range(['contact']);
    const { mine, moves } = value as ContactRecord;
    isMoved = mine.relay === url && (moves?.pending.length ?? 0) === 0;
  };
  await party.world.clock.until(() => {
    void look();
    return isMoved;
  }, `moved to ${url}`);
}

/** Both get what both say, once and in order. */
export async function talk({ ana, jun, clock }: Pair, words: string): Promise<void> {
  say(ana, `ana ${words}`);
  say(jun, `jun ${words}`);
  const has = (party: Party) => textsOf(party).filter((text) => text.endsWith(words)).length === 2;
  const isConfirmed = (party: Party) =>
    party.messages().every(({ delivery }) => !delivery || delivery.stage === 'delivered' || delivery.stage === 'read');
  await clock.until(() => has(ana) && has(jun) && isConfirmed(ana) && isConfirmed(jun), words);
}

/** Time passes and everybody is awake, as by the alarm. */
export async function pass({ clock, ana, jun }: Pair, ms: number, awake: readonly Party[] = [ana, jun]): Promise<void> {
  const stepMs = Math.min(ms, DAY_MS / 2);
  for (let passed = 0; passed < ms; passed += stepMs) {
    clock.skip(Math.min(stepMs, ms - passed));
    for (const party of awake) party.front.tick();
    await clock.advance(2000);
  }
}

export { RELAY };
