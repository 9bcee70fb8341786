/**
 * The whole app floor of two people on two relays, who write, edit, react, delete, take back, choose anew where a message waits, and let
 * messages expire, while workers die at any write and hosts, browsers, strings and relays come and go.
 */
import { expect } from 'vitest';
import type { Expiry } from '../../../lib/domain/choices';
import { newId, type Pair, RELAY } from '../two-parties';
import { type Endings, judge } from './messages-judge';
import { acrossRelays, OTHER_RELAY, Writer, type Written } from './writer';

const HOUR_MS = 3600_000;

const WEIGHTS = {
  write: 30,
  wait: 12,
  takeBack: 4,
  chooseAnew: 2,
  edit: 4,
  react: 4,
  deleteForAll: 2,
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

export interface Tally {
  written: number;
  faults: number;
  deaths: number;
  /** As last judged. */
  endings: Readonly<Record<string, Endings>>;
}

const EXPIRIES: readonly (Expiry | null)[] = [null, null, null, null, { seconds: 1800, base: 'sent' }, { seconds: 1800, base: 'read' }];

class Chaos {
  readonly #pair: Pair;
  readonly #writers: readonly [Writer, Writer];
  readonly #random: () => number;
  readonly tally: Tally = { written: 0, faults: 0, deaths: 0, endings: {} };

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
    const routing = this.#draw(['device', 'relay'] as const);
    const expiry = this.#draw(EXPIRIES);
    const id = newId();
    const text = `${writer.name}-${writer.written.length}-${id.slice(0, 8)}`;
    expect(await writer.ask({ kind: 'message.send', id, contactId: writer.contactId, text, routing, expiry } as never)).toBe('ok');
    writer.written.push({ id, text, expiry, isForDevice: routing === 'device' });
    this.tally.written += 1;
  }

  async #takeBack(writer: Writer): Promise<void> {
    const written = this.#draw(writer.written.slice(-6));
    if (!written) return;
    await this.#try(writer, { kind: 'message.take-back', contactId: writer.contactId, messageId: written.id });
  }

  async #chooseAnew(writer: Writer): Promise<void> {
    const written = this.#draw(writer.written.slice(-6));
    if (!written) return;
    const routing = this.#draw(['device', 'relay'] as const);
    if (routing === 'relay') written.isForDevice = false;
    await this.#try(writer, { kind: 'message.routing', contactId: writer.contactId, messageId: written.id, routing });
  }

  /** One of the last few of either: its writer edits or deletes it, anybody reacts. */
  async #say(writer: Writer, kind: 'edit' | 'react' | 'deleteForAll'): Promise<void> {
    const { contactId } = writer;
    const of: Written | undefined = this.#draw((kind === 'react' ? this.#draw(this.#writers) : writer).written.slice(-6));
    if (!of) return;
    const about = { contactId, messageId: of.id };
    if (kind === 'edit') await this.#try(writer, { kind: 'message.edit', ...about, text: `${of.text}+${newId().slice(0, 4)}` });
    else if (kind === 'react') await this.#try(writer, { kind: 'message.react', ...about, emoji: this.#draw(['👍', '🎈', '']) });
    else await this.#try(writer, { kind: 'message.delete', contactId, messageIds: [of.id], scope: 'everyone' });
  }

  /** What can no longer be done to it is refused. */
  async #try(writer: Writer, command: Parameters<Writer['ask']>[0]): Promise<void> {
    expect(await writer.ask(command)).toMatch(/^(ok|message-[a-z-]+)$/);
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
      case 'edit':
      case 'react':
      case 'deleteForAll':
        return this.#say(writer, kind);
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

  async judge(): Promise<void> {
    const [ana, jun] = this.#writers;
    const now = this.#pair.clock.now();
    this.tally.endings = { ana: await judge(ana, jun, now), jun: await judge(jun, ana, now) };
    for (const [url, relay] of this.#pair.world.relays) expect(relay.waiting().length, `cells left at ${url}`).toBe(0);
  }
}

/** Until so many messages were written; calm and judged after every hundred. */
export async function messageChaos(count: number, random: () => number): Promise<Tally> {
  const chaos = new Chaos(await acrossRelays(), random);
  for (let judged = 0; judged < count; judged += 100) {
    while (chaos.tally.written < Math.min(count, judged + 100)) await chaos.step();
    await chaos.calmDown();
    await chaos.judge();
  }
  return chaos.tally;
}
