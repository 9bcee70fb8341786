/**
 * The whole app floor of two people on two relays, who write, take back, choose anew where a message waits, and let messages expire,
 * while workers die at any write and hosts, browsers, strings and relays come and go. What must hold once it is calm: each message
 * is there once or never, in its writer's order, and both sides say the same of it.
 */
import { expect } from 'vitest';
import { type ContactRecord, isOver, keys, type MessageRecord } from '../../../lib/app/records';
import type { Expiry } from '../../../lib/domain/choices';
import { type Delivery, hasArrived, isGivenUp } from '../../../lib/domain/delivery';
import { FakeRelay } from '../fake-relay';
import { inviteLink, newId, type Pair, type Party, RELAY, twoParties } from '../two-parties';

const OTHER_RELAY = 'wss://other-relay.test';
const HOUR_MS = 3600_000;

const WEIGHTS = {
  write: 30,
  wait: 12,
  takeBack: 4,
  chooseAnew: 2,
  read: 4,
  restartWorker: 2,
  dieInWrite: 4,
  replaceHost: 1,
  closeBrowser: 1.5,
  openBrowser: 3,
  goOffline: 1.5,
  goOnline: 3,
  cutStrings: 2,
  interruptRelay: 2,
  hour: 0.5,
} as const;

type Kind = keyof typeof WEIGHTS;

export interface Written {
  readonly id: string;
  readonly text: string;
  readonly expiry: Expiry | null;
  readonly atMs: number;
  /** It was only ever to wait on this device. */
  isForDevice: boolean;
  isTakenBack: boolean;
}

export interface Tally {
  written: number;
  takenBack: number;
  arrivedAllTheSame: number;
  expired: number;
  faults: number;
  deaths: number;
}

class Writer {
  readonly name: string;
  readonly party: Party;
  readonly contactId: string;
  readonly written: Written[] = [];
  /** In order, as first seen by the reader: what has been shown stays known after it is over. */
  isOpen = true;

  constructor(name: string, party: Party) {
    this.name = name;
    this.party = party;
    this.contactId = party.contact().id;
  }

  open(): void {
    if (!this.isOpen) this.party.openBrowser();
    this.isOpen = true;
  }

  close(): void {
    if (this.isOpen) this.party.closeBrowser();
    this.isOpen = false;
  }

  /** As a page does: asked again of the next worker under the same id, until somebody answers. */
  async ask(command: Parameters<Party['ask']>[0] & { readonly id?: string }): Promise<string> {
    const { clock } = this.party.world;
    const id = command.id ?? newId();
    for (let turn = 0; ; turn++) {
      this.party.page.send({ ...command, id } as never);
      const { page } = this.party;
      for (let i = 0; i < 40 && !page.results.has(id) && this.party.page === page; i++) await (i < 5 ? clock.rest() : clock.advance(100));
      const result = page.results.get(id);
      if (result && !result.ok && result.code === 'internal') throw new AggregateError(this.party.faults, `a fault over ${command.kind}`);
      if (result) return result.ok ? 'ok' : result.code;
      if (turn === 20) throw new Error(`nobody answers ${command.kind}`);
      if (this.party.page === page) this.party.restartWorker();
    }
  }

  async messages(isMine: boolean): Promise<readonly MessageRecord[]> {
    const kept = await this.party.store.range(['message', this.contactId]);
    return kept.map(([, value]) => value as MessageRecord).filter((message) => message.isMine === isMine);
  }

  async record(): Promise<ContactRecord> {
    return (await this.party.store.get(keys.contact(this.contactId))) as ContactRecord;
  }
}

/** In touch, each with a relay of their own. */
async function acrossRelays(): Promise<Pair> {
  const pair = await twoParties();
  const { ana, jun, clock, world } = pair;
  world.relays.set(OTHER_RELAY, new FakeRelay(clock));
  expect(await jun.ask({ kind: 'relay.set', url: OTHER_RELAY, access: '' })).toEqual({ ok: true });
  const taken = await jun.ask({ kind: 'invite.take', text: await inviteLink(ana) });
  if (!taken.ok || !taken.contactId) throw new Error('not taken');
  await jun.ask({ kind: 'contact.accept', contactId: taken.contactId, direct: 'allowed' });
  await clock.until(() => ana.page.view?.contacts.length === 1, 'request arrives');
  await ana.ask({ kind: 'contact.accept', contactId: ana.contact().id, direct: 'allowed' });
  await clock.until(() => jun.contact().state === 'accepted', 'accept arrives');
  await ana.show(ana.contact().id);
  await jun.show(jun.contact().id);
  await clock.advance(5000);
  return pair;
}

const EXPIRIES: readonly (Expiry | null)[] = [null, null, null, null, { seconds: 1800, base: 'sent' }, { seconds: 1800, base: 'read' }];

class Chaos {
  readonly #pair: Pair;
  readonly #writers: readonly [Writer, Writer];
  readonly #random: () => number;
  readonly tally: Tally = { written: 0, takenBack: 0, arrivedAllTheSame: 0, expired: 0, faults: 0, deaths: 0 };

  constructor(pair: Pair, random: () => number) {
    this.#pair = pair;
    this.#random = random;
    this.#writers = [new Writer('ana', pair.ana), new Writer('jun', pair.jun)];
  }

  #draw<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)] as Item;
  }

  #drawKind(): Kind {
    const all = Object.entries(WEIGHTS) as [Kind, number][];
    let left = this.#random() * all.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [kind, weight] of all) {
      left -= weight;
      if (left < 0) return kind;
    }
    return 'wait';
  }

  async #write(writer: Writer): Promise<void> {
    const { clock } = this.#pair;
    const routing = this.#draw(['device', 'relay'] as const);
    const expiry = this.#draw(EXPIRIES);
    const id = newId();
    const text = `${writer.name}-${writer.written.length}-${id.slice(0, 8)}`;
    const atMs = clock.now();
    expect(await writer.ask({ kind: 'message.send', id, contactId: writer.contactId, text, routing, expiry } as never)).toBe('ok');
    writer.written.push({ id, text, expiry, atMs, isForDevice: routing === 'device', isTakenBack: false });
    this.tally.written += 1;
  }

  async #takeBack(writer: Writer): Promise<void> {
    const written = this.#draw(writer.written.slice(-6));
    if (!written) return;
    const answer = await writer.ask({ kind: 'message.take-back', contactId: writer.contactId, messageId: written.id });
    expect(['ok', 'message-arrived', 'message-unknown']).toContain(answer);
  }

  async #chooseAnew(writer: Writer): Promise<void> {
    const written = this.#draw(writer.written.slice(-6));
    if (!written) return;
    const routing = this.#draw(['device', 'relay'] as const);
    if (routing === 'relay') written.isForDevice = false;
    const answer = await writer.ask({ kind: 'message.routing', contactId: writer.contactId, messageId: written.id, routing });
    expect(['ok', 'message-left', 'message-unknown']).toContain(answer);
  }

  /** The worker dies at one of its next writes, and the next one wakes. */
  #dieInWrite({ party }: Writer): void {
    const atCommit = party.store.commits + 1 + Math.floor(this.#random() * 6);
    const onDeath = () => {
      this.tally.deaths += 1;
      party.restartWorker();
    };
    party.store.death = { atCommit, outcome: this.#draw(['lost', 'kept'] as const), onDeath };
  }

  async step(): Promise<void> {
    const writer = this.#draw(this.#writers);
    const { party } = writer;
    const { clock } = this.#pair;
    const kind = this.#drawKind();
    if (kind === 'openBrowser') return writer.open();
    if (kind === 'wait') return clock.advance(Math.floor(this.#random() * 4000));
    if (kind === 'hour') return this.#hour();
    if (!writer.isOpen) return;
    switch (kind) {
      case 'write':
        return this.#write(writer);
      case 'takeBack':
        return this.#takeBack(writer);
      case 'chooseAnew':
        return this.#chooseAnew(writer);
      case 'read':
        return void party.page.send({
          kind: 'conversation.read',
          contactId: writer.contactId,
          upTo: party.messages().at(-1)?.sequence ?? 0,
        });
      case 'dieInWrite':
        return this.#dieInWrite(writer);
      default:
        this.tally.faults += 1;
    }
    switch (kind) {
      case 'restartWorker':
        return party.restartWorker();
      case 'replaceHost':
        party.host.kill();
        return party.replaceHost();
      case 'closeBrowser':
        return writer.close();
      case 'goOffline':
        party.host.goOffline();
        return party.host.cutAll();
      case 'goOnline':
        return party.host.goOnline();
      case 'cutStrings':
        return party.host.cutAll();
      case 'interruptRelay':
        return party.host.interruptRelay(this.#draw([RELAY, OTHER_RELAY]));
      default:
        return kind satisfies never;
    }
  }

  async #hour(): Promise<void> {
    for (const { isOpen, party } of this.#writers) if (isOpen) party.front.tick();
    await this.#pair.clock.advance(HOUR_MS);
  }

  /** Everybody is here, and everything that was asked has been answered. */
  async calmDown(): Promise<void> {
    const { clock } = this.#pair;
    for (const writer of this.#writers) {
      writer.party.store.death = null;
      writer.open();
      writer.party.host.goOnline();
    }
    for (let turn = 0; turn < 3; turn++) {
      // Two fakes that offer at once may each hold another string, which real ones notice by their pings.
      for (const { party } of this.#writers) party.host.cutAll();
      await clock.advance(30_000);
      for (const { party } of this.#writers) party.front.tick();
      await clock.advance(30_000);
    }
  }

  async check(): Promise<void> {
    const [ana, jun] = this.#writers;
    await this.#checkFrom(ana, jun);
    await this.#checkFrom(jun, ana);
    for (const [url, relay] of this.#pair.world.relays) expect(relay.waiting().length, `cells left at ${url}`).toBe(0);
  }

  async #checkFrom(from: Writer, to: Writer): Promise<void> {
    const now = this.#pair.clock.now();
    const mine = new Map((await from.messages(true)).map((message) => [message.id, message]));
    const theirs = await to.messages(false);
    const shown = theirs.filter((message) => !isOver(message, now)).map(({ text }) => text);
    expect(new Set(shown).size, `what ${from.name} wrote is shown twice`).toBe(shown.length);
    const order = from.written.map(({ text }) => text).filter((text) => shown.includes(text));
    expect(shown, `what ${from.name} wrote, in order`).toEqual(order);
    for (const written of from.written) this.#judge(written, mine.get(written.id), shown.includes(written.text), now);
    const faults = [...from.party.faults].filter((fault) => typeof (fault as { code?: unknown }).code !== 'string');
    expect(faults).toEqual([]);
    await this.#checkCounts(from, [...mine.values()]);
  }

  #judge({ id, text, expiry, isForDevice }: Written, message: MessageRecord | undefined, isShown: boolean, now: number): void {
    const about = `${text} (${id}): ${JSON.stringify(message?.delivery)}`;
    if (!message || isOver(message, now)) {
      // Gone on both sides alike, within what the clocks of a way may differ.
      expect(expiry, `${about} is gone without a reason`).not.toBeNull();
      if (!message) expect(isShown, `${about} is over and shown`).toBe(false);
      this.tally.expired += 1;
      return;
    }
    const delivery = message.delivery as Delivery;
    if (delivery.outcome?.kind === 'taken-back') {
      expect(isShown, `${about} was taken back and is shown`).toBe(false);
      this.tally.takenBack += 1;
    } else if (delivery.outcome?.kind === 'expired') {
      expect(message.text).toBe('');
      expect(isShown, `${about} is over and shown`).toBe(false);
      this.tally.expired += 1;
    } else {
      expect(hasArrived(delivery), `${about} did not arrive`).toBe(true);
      if (!expiry) expect(isShown, `${about} is not shown`).toBe(true);
    }
    if (isForDevice) expect(delivery.heldAtMs ?? null, `${about} was only for this device`).toBeNull();
    const times = [delivery.heldAtMs, delivery.deliveredAtMs, delivery.readAtMs].filter((atMs) => atMs != null);
    expect(times.toSorted(), about).toEqual(times);
    expect(delivery.takeBack ?? null, `${about} is still being taken back`).toBeNull();
    expect(isGivenUp(delivery) || hasArrived(delivery)).toBe(true);
  }

  /** Nothing is left of what is done, and every count is true. */
  async #checkCounts(from: Writer, mine: readonly MessageRecord[]): Promise<void> {
    const { store } = from.party;
    for (const name of ['outbox', 'unconfirmed', 'copy', 'withdrawal', 'receipt'])
      expect(await store.range([name, from.contactId]), `${from.name}’s ${name}`).toEqual([]);
    const { waiting, unread, readUpTo } = await from.record();
    expect(waiting, `${from.name}’s waiting`).toBe(
      mine.filter(({ delivery }) => delivery?.stage === 'local' && !isGivenUp(delivery)).length,
    );
    const theirs = await from.messages(false);
    expect(unread, `${from.name}’s unread`).toBe(theirs.filter(({ sequence }) => sequence > readUpTo).length);
    const over = from.written.filter(({ id }) => !mine.some((message) => message.id === id));
    const kept = JSON.stringify(await store.range([]));
    for (const { text } of over) expect(kept.includes(text), `${text} is left at ${from.name}`).toBe(false);
  }
}

/** Until so many messages were written; calm and judged after every hundred. */
export async function messageChaos(count: number, random: () => number): Promise<Tally> {
  const chaos = new Chaos(await acrossRelays(), random);
  for (let judged = 0; judged < count; judged += 100) {
    while (chaos.tally.written < Math.min(count, judged + 100)) await chaos.step();
    await chaos.calmDown();
    await chaos.check();
  }
  return chaos.tally;
}
