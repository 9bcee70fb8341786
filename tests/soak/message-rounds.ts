/**
 * Two people who write to each other while browsers, networks, strings, hosts, workers and the relay come and go at drawn moments, and
 * who take back what they wrote while the other one arrives. The same seed draws the same moments.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { MessageView } from '../../lib/app/view';
import { closeBrowser, cutRelays, dropString, joinRelays, stopRelay } from '../support/absence';
import { until } from '../support/browsers';
import { ChromiumBrowser } from '../support/chromium';
import { contactOf, type InTouch, type Person, stringIsWhole } from '../support/in-touch';
import type { RelayProcess } from '../support/relay';
import { cellsIn } from '../support/relay-store';
import { timelineOf } from '../support/timeline';
import { askView, conversationOf } from '../support/view-port';
import { openChat } from '../support/walk';
import { chromium } from './rounds';

/** A relay and then a string may each be tried again only after a minute. */
const REST_MS = 180_000;

async function messagesOf({ panel }: Person): Promise<readonly MessageView[]> {
  return conversationOf(panel, (await contactOf(panel)).id);
}

/** Stored when this returns. */
async function write({ panel }: Person, text: string, routing: 'device' | 'relay'): Promise<string> {
  const id = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex');
  const { id: contactId } = await contactOf(panel);
  const result = await askView(panel, { kind: 'message.send', id, contactId, text, routing });
  if (!result.ok) throw new Error(`not written: ${result.code}`);
  return id;
}

const FAULTS = ['network', 'network', 'browser', 'browser', 'string', 'string', 'worker', 'host', 'relay'] as const;
type Fault = (typeof FAULTS)[number];

export interface Absences {
  readonly messages: number;
  /** Everybody is back, and everything is compared, after each so many. */
  readonly perRound: number;
  /** At each message with this likelihood. */
  readonly faultsPerMessage: number;
}

/** Until so many more messages are written, and how it ends. */
interface Away {
  left: number;
  readonly end: () => Promise<void>;
}

class Ordeal {
  readonly #pair: InTouch;
  readonly #random: () => number;
  readonly #said = new Map<Person, string[]>();
  readonly #away = new Map<Person | 'relay', Away>();
  readonly #closed = new Set<Person>();
  readonly struck: Record<Fault, number> = { network: 0, browser: 0, string: 0, worker: 0, host: 0, relay: 0 };
  relay: RelayProcess;

  constructor(pair: InTouch, random: () => number) {
    this.#pair = pair;
    this.#random = random;
    this.relay = pair.relay;
    for (const person of [pair.ana, pair.jun]) this.#said.set(person, []);
  }

  #draw<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)] as Item;
  }

  /** Whose browser is open: at least one is. */
  #here(): readonly Person[] {
    return [this.#pair.ana, this.#pair.jun].filter((person) => !this.#closed.has(person));
  }

  async #strike(): Promise<void> {
    const { ana, jun } = this.#pair;
    const person = this.#draw([ana, jun]);
    const other = person === ana ? jun : ana;
    const fault = this.#draw(FAULTS);
    const left = 1 + Math.floor(this.#random() * 8);
    const isChromium = person.browser instanceof ChromiumBrowser;
    if (fault === 'relay' ? this.#away.has('relay') : this.#away.has(person)) return;
    if ((fault === 'worker' || fault === 'host') && !isChromium) return;
    if (fault === 'browser' && this.#closed.has(other)) return;
    this.struck[fault] += 1;
    switch (fault) {
      case 'network':
        await cutRelays(person);
        await dropString(person);
        this.#away.set(person, { left, end: () => joinRelays(person) });
        return;
      case 'browser': {
        const open = await closeBrowser(person, this.#random() < 0.5);
        this.#closed.add(person);
        const end = async () => {
          await open();
          this.#closed.delete(person);
          person.panel = await person.browser.openPanel();
          await openChat(person.panel, other.name);
        };
        this.#away.set(person, { left, end });
        return;
      }
      case 'string':
        return dropString(person);
      case 'worker':
        return chromium(person).killWorker();
      case 'host':
        return chromium(person).closeOffscreen();
      case 'relay': {
        const start = await stopRelay(this.relay);
        const end = async () => {
          this.relay = await start();
        };
        this.#away.set('relay', { left, end });
        return;
      }
      default:
        fault satisfies never;
    }
  }

  async #comeBack(isEverybody: boolean): Promise<void> {
    for (const [who, away] of this.#away) {
      away.left -= 1;
      if (away.left > 0 && !isEverybody) continue;
      await away.end();
      this.#away.delete(who);
    }
  }

  async round(number: number, { perRound, faultsPerMessage }: Absences): Promise<void> {
    for (let i = 0; i < perRound; i++) {
      const speaker = this.#draw(this.#here());
      const routing = this.#draw(['device', 'relay'] as const);
      const text = `round ${number} message ${i} by ${speaker.name}, ${routing}`;
      await write(speaker, text, routing);
      this.#said.get(speaker)?.push(text);
      await pause(this.#random() * 60);
      await this.#comeBack(false);
      if (this.#random() < faultsPerMessage) await this.#strike();
    }
    await this.#comeBack(true);
    await this.#isWhole(number);
  }

  async #isWhole(number: number): Promise<void> {
    await stringIsWhole(this.#pair, REST_MS);
    const { ana, jun } = this.#pair;
    for (const [from, to] of [
      [ana, jun],
      [jun, ana],
    ] as const) {
      const said = this.#said.get(from) ?? [];
      const shown = async () => (await messagesOf(to)).filter(({ isMine }) => !isMine).map(({ text }) => text);
      await until(async () => (await shown()).join('\n') === said.join('\n'), '', REST_MS).catch(async () => {
        throw new Error(`round ${number}: ${difference(said, await shown())} at ${to.name}`);
      });
      const open = async () =>
        (await messagesOf(from)).filter(({ isMine }) => isMine).filter((message) => !/(delivered|read)$/.test(timelineOf(message)));
      await until(async () => (await open()).length === 0, '', REST_MS).catch(async () => {
        throw new Error(
          `round ${number}: ${from.name} still says ${(await open()).map((message) => `${message.text}: ${timelineOf(message)}`)}`,
        );
      });
      const strays = (await messagesOf(from)).filter(
        ({ isMine, routing, delivery }) => isMine && routing === 'device' && delivery?.heldAtMs != null,
      );
      if (strays.length > 0) throw new Error(`only for ${from.name}'s device, and held: ${strays.map(({ text }) => text)}`);
    }
    await until(async () => cellsIn(this.relay) === 0, 'the relay is empty', REST_MS);
  }
}

/** What is lost, twice, or out of order. */
function difference(said: readonly string[], shown: readonly string[]): string {
  const lost = said.filter((text) => !shown.includes(text));
  const twice = shown.filter((text, i) => shown.indexOf(text) !== i);
  const strange = shown.filter((text) => !said.includes(text));
  const kept = said.filter((text) => shown.includes(text));
  const moved = shown.filter((text, i) => kept[i] !== text);
  return `lost: ${lost}; twice: ${twice}; strange: ${strange}; out of order from: ${moved[0] ?? 'nowhere'}`;
}

export interface Struck {
  readonly struck: Readonly<Record<Fault, number>>;
  /** Killed and started again under way: whoever stops the pair stops it too. */
  readonly relay: RelayProcess;
}

/** Nothing lost, nothing twice, in order, every state right, and nothing on the relay that was not to wait there. */
export async function talkThroughAbsences(pair: InTouch, absences: Absences, random: () => number): Promise<Struck> {
  const ordeal = new Ordeal(pair, random);
  try {
    for (let number = 0; number * absences.perRound < absences.messages; number++) {
      await ordeal.round(number, absences);
      console.log(`round ${number}: ${JSON.stringify(ordeal.struck)}`);
    }
  } catch (error) {
    console.log(String(error));
    await ordeal.relay.stop();
    throw error;
  }
  return ordeal;
}

export interface Race {
  takenBack: number;
  arrived: number;
  /** The relay had said that it may have been fetched. */
  fetched: number;
}

/** Whose string breaks is asked for; without one he would be missed only at the next look. */
async function junIsMissed({ ana, jun }: InTouch): Promise<void> {
  await stringIsWhole({ ana, jun }, REST_MS);
  await cutRelays(jun);
  await dropString(jun);
  await until(async () => (await contactOf(ana.panel)).presence === 'offline', 'Jun is missed', REST_MS);
}

/** So long after Jun's network is back he has what waited: the moments are drawn around that. */
async function measureArrival(pair: InTouch): Promise<number> {
  await junIsMissed(pair);
  await write(pair.ana, 'before the races', 'relay');
  await until(async () => (await messagesOf(pair.ana)).at(-1)?.delivery?.stage === 'held', 'held', REST_MS);
  const startMs = performance.now();
  await joinRelays(pair.jun);
  await until(async () => (await messagesOf(pair.jun)).at(-1)?.text === 'before the races', 'there', REST_MS);
  return performance.now() - startMs;
}

/** Jun comes back at a drawn moment around that at which Ana takes back what waits for him. */
async function race(pair: InTouch, number: number, withinMs: number, random: () => number, tally: Race): Promise<void> {
  const { ana, jun } = pair;
  await junIsMissed(pair);
  const routing = random() < 0.75 ? 'relay' : 'device';
  const text = `race ${number}, ${routing}`;
  const id = await write(ana, text, routing);
  const mine = async () => {
    const found = (await messagesOf(ana)).find((message) => message.id === id);
    if (!found) throw new Error(`${text} is gone`);
    return found;
  };
  if (routing === 'relay') await until(async () => (await mine()).delivery?.stage === 'held', `${text} is held`, REST_MS);
  const { id: contactId } = await contactOf(ana.panel);
  const [comesAfterMs, takenAfterMs] = random() < 0.9 ? [0, random() * withinMs] : [random() * withinMs, 0];
  const comes = pause(comesAfterMs).then(() => joinRelays(jun));
  const taken = pause(takenAfterMs).then(() => askView(ana.panel, { kind: 'message.take-back', contactId, messageId: id }));
  const [answer] = await Promise.all([taken, comes]);
  if (!answer.ok && answer.code !== 'message-arrived') throw new Error(`${text}: ${answer.code}`);
  let wasFetched = false;
  const rest = await until(
    async () => {
      const { delivery } = await mine();
      wasFetched ||= delivery?.takeBack === 'fetched';
      return /^(delivered|read|taken-back)$/.test(delivery?.outcome?.kind ?? delivery?.stage ?? '') ? delivery : null;
    },
    `${text} is at rest`,
    REST_MS,
  );
  const isTakenBack = rest.outcome?.kind === 'taken-back';
  const isThere = (await messagesOf(jun)).some((message) => message.text === text);
  if (isTakenBack === isThere) throw new Error(`${text}: ${timelineOf(await mine())}, and ${isThere ? '' : 'not '}there`);
  tally.takenBack += isTakenBack ? 1 : 0;
  tally.arrived += isTakenBack ? 0 : 1;
  tally.fetched += wasFetched ? 1 : 0;
}

/** Whatever the order, the two never contradict each other: taken back is never shown, and what is shown is delivered. */
export async function raceTakeBacks(pair: InTouch, rounds: number, random: () => number): Promise<Race> {
  const tally: Race = { takenBack: 0, arrived: 0, fetched: 0 };
  const ended = new Map<string, boolean>();
  const arrivalMs = await measureArrival(pair);
  for (let number = 0; number < rounds; number++) {
    await race(pair, number, 1.5 * arrivalMs, random, tally);
    if (number % 10 === 9) console.log(`race ${number}, within ${Math.round(1.5 * arrivalMs)} ms: ${JSON.stringify(tally)}`);
  }
  // Nothing that was said to be taken back has come since, and nothing that came has gone.
  for (const message of await messagesOf(pair.ana))
    if (message.isMine && message.text.startsWith('race ')) ended.set(message.text, message.delivery?.outcome?.kind === 'taken-back');
  const shown = (await messagesOf(pair.jun)).filter(({ isMine }) => !isMine).map(({ text }) => text);
  for (const [text, isTakenBack] of ended) {
    const times = shown.filter((other) => other === text).length;
    if (times !== (isTakenBack ? 0 : 1)) throw new Error(`${text}: ${isTakenBack ? 'taken back' : 'delivered'}, and there ${times} times`);
  }
  return tally;
}
