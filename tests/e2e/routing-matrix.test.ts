/**
 * Where a message may wait × who is there: the whole timeline of every message, and what the relays' databases hold at each point.
 * One pair of browsers goes through all of it; the table says what must come of each.
 */
import { afterEach, expect, test } from 'vitest';
import { closeBrowser, cutRelays, dropString, stopRelay } from '../support/absence';
import { until } from '../support/browsers';
import { contactOf, getInTouch, type InTouch, PAIRS, type Person, stringIsWhole, viewOf } from '../support/in-touch';
import { type RelayProcess, startRelay } from '../support/relay';
import { cellsIn, waitingIn } from '../support/relay-store';
import { timelineOf } from '../support/timeline';
import { askView, conversationOf } from '../support/view-port';
import { acceptRequest, chooseRelay, openChat, relayIsOpen, showInvite, takeInvite, word } from '../support/walk';

const ROUTINGS = ['device', 'relay', 'ask: device', 'ask: relay'] as const;
type Routing = (typeof ROUTINGS)[number];
const MAY_WAIT: readonly Routing[] = ['relay', 'ask: relay'];

/**
 * What stands at each point of a situation, by routing: the sender's timeline; where the sender is away, whether it is there.
 * In the end every message has been read.
 */
const MATRIX = {
  // written
  'both online': { device: ['delivered read'], relay: ['delivered read'] },
  // written, relay back
  'relay off, both online': { device: ['delivered read', 'delivered read'], relay: ['delivered read', 'delivered read'] },
  // written, receiver's browser open, chat open
  'receiver off': {
    device: ['local', 'delivered', 'delivered read'],
    relay: ['held', 'held delivered', 'held delivered read'],
  },
  // written, receiver back alone, sender back, chat open
  'sender off after writing': {
    device: ['local', 'not there', 'delivered', 'delivered read'],
    relay: ['held', 'there', 'held delivered', 'held delivered read'],
  },
  // written, receiver back alone, sender back alone, both back
  'both off in turn': {
    device: ['local', 'not there', 'local', 'delivered read'],
    relay: ['held', 'there', 'held delivered', 'held delivered read'],
  },
  // written, relay back, receiver back
  'relay off, receiver off': {
    device: ['local', 'local', 'delivered read'],
    relay: ['local', 'held', 'held delivered read'],
  },
  // written, receiver back
  'another relay, receiver off': { device: ['local', 'delivered read'], relay: ['held', 'held delivered read'] },
  // written, their relay back, receiver back
  'another relay off, receiver off': {
    device: ['local', 'local', 'delivered read'],
    relay: ['local', 'held', 'held delivered read'],
  },
  // written
  'another relay, both online': { device: ['delivered read'], relay: ['delivered read'] },
} as const satisfies Record<string, Record<'device' | 'relay', readonly string[]>>;

type Situation = keyof typeof MATRIX;
/** By routing, in the order of ROUTINGS. */
type Points = readonly (readonly string[])[];

const AWAY_MS = 40_000;
const BATCH_MS = 1000;

class Matrix {
  readonly seen = new Map<Situation, Points>();
  readonly #pair: InTouch;
  relay: RelayProcess;
  other: RelayProcess | null = null;
  #situation: Situation = 'both online';
  #points: string[][] = [];
  #ids: string[] = [];

  constructor(pair: InTouch) {
    this.#pair = pair;
    this.relay = pair.relay;
  }

  get #texts(): string[] {
    return ROUTINGS.map((routing) => `${this.#situation}, ${routing}`);
  }

  async #send(contactId: string, text: string, routing?: 'device' | 'relay'): Promise<void> {
    const id = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex');
    this.#ids.push(id);
    const command = { kind: 'message.send', id, contactId, text, ...(routing ? { routing } : {}) } as const;
    expect(await askView(this.#pair.ana.panel, command)).toEqual({ ok: true });
  }

  /** One message of every routing, chosen in as many ways. */
  async write(situation: Situation): Promise<void> {
    this.#situation = situation;
    this.#ids = [];
    this.#points = [];
    this.seen.set(situation, this.#points);
    const { panel } = this.#pair.ana;
    const { id: contactId } = await contactOf(panel);
    const [device = '', relay = '', askedDevice = '', askedRelay = ''] = this.#texts;
    const choose = (routing: 'device' | 'relay' | 'ask') => askView(panel, { kind: 'contact.choose', contactId, choices: { routing } });
    await choose('device');
    await this.#send(contactId, device);
    await choose('relay');
    await this.#send(contactId, relay);
    await choose('ask');
    const unanswered = await askView(panel, { kind: 'message.send', contactId, text: 'never' });
    expect(unanswered).toEqual({ ok: false, code: 'routing-ask' });
    await this.#send(contactId, askedDevice, 'device');
    await this.#send(contactId, askedRelay, 'relay');
  }

  #wanted(): string[] {
    const at = this.#points.length;
    const { device, relay } = MATRIX[this.#situation];
    return ROUTINGS.map((routing) => (MAY_WAIT.includes(routing) ? relay : device)[at] ?? 'no such point');
  }

  /** Keeps what is there as soon as it is what it should be, or after a while. */
  async #note(read: () => Promise<string[]>): Promise<void> {
    const wanted = this.#wanted().join();
    let last: string[] = [];
    await until(
      async () => {
        last = await read();
        return last.join() === wanted;
      },
      this.#situation,
      AWAY_MS,
    ).catch(() => undefined);
    this.#points.push(last);
  }

  noteSender(): Promise<void> {
    return this.#note(async () => {
      const { panel } = this.#pair.ana;
      const all = await conversationOf(panel, (await contactOf(panel)).id);
      return this.#ids.map((id) =>
        all
          .filter((message) => message.id === id)
          .map(timelineOf)
          .join(' and '),
      );
    });
  }

  noteReceiver(): Promise<void> {
    return this.#note(async () => {
      const { panel } = this.#pair.jun;
      const all = (await conversationOf(panel, (await contactOf(panel)).id)).map(({ text }) => text);
      return this.#texts.map((text) => (all.includes(text) ? 'there' : 'not there'));
    });
  }
}

let pair: InTouch | null = null;
let matrix: Matrix | null = null;
afterEach(async () => {
  await pair?.end();
  await matrix?.relay.stop();
  await matrix?.other?.stop();
  pair = matrix = null;
});

/** Jun's browser is closed, and Ana's has noticed. A browser that ends says nothing: it is missed after some 16 s, or at once when its network went first. */
async function junLeaves({ ana, jun }: InTouch, isSudden = false): Promise<() => Promise<void>> {
  if (!isSudden) {
    await cutRelays(jun);
    await dropString(jun);
  }
  const open = await closeBrowser(jun);
  await until(async () => (await contactOf(ana.panel)).presence === 'offline', 'Jun is missed', AWAY_MS);
  return open;
}

async function openWithChat(person: Person, other: Person): Promise<void> {
  person.panel = await person.browser.openPanel();
  await openChat(person.panel, other.name);
}

/** Both come back to their chats and to each other. */
async function allBack(): Promise<void> {
  const { ana, jun } = pair as InTouch;
  await stringIsWhole({ ana, jun }, 60_000);
  await until(async () => cellsIn((matrix as Matrix).relay) === 0, 'the relay is empty', AWAY_MS);
}

async function bothOnline(run: Matrix): Promise<void> {
  await run.write('both online');
  await run.noteSender();
  expect(cellsIn(run.relay)).toBe(0);

  const start = await stopRelay(run.relay);
  await run.write('relay off, both online');
  await run.noteSender();
  run.relay = await start();
  await run.noteSender();
  expect(cellsIn(run.relay)).toBe(0);
}

/** So many of the four. */
const HELD = MAY_WAIT.length;

async function receiverOff(run: Matrix): Promise<number> {
  const { ana, jun } = pair as InTouch;
  const open = await junLeaves(pair as InTouch, true);
  await run.write('receiver off');
  await run.noteSender();
  const [queue = 0, ...others] = waitingIn(run.relay).keys();
  expect([others, waitingIn(run.relay).get(queue)]).toEqual([[], HELD]);
  await open();
  await run.noteSender();
  expect(cellsIn(run.relay)).toBe(0);
  await openWithChat(jun, ana);
  await run.noteSender();
  await allBack();
  return queue;
}

/** Only receipts are left, for the sender, and no more of them come: those of a second travel together. */
async function answered(relay: RelayProcess, toJun: number): Promise<void> {
  let [cells, sinceMs] = [0, 0];
  const isAnswered = async () => {
    const now = waitingIn(relay).has(toJun) ? 0 : cellsIn(relay);
    if (now !== cells) [cells, sinceMs] = [now, performance.now()];
    return cells > 0 && performance.now() - sinceMs > 3 * BATCH_MS;
  };
  await until(isAnswered, 'fetched and answered', AWAY_MS);
}

async function offInTurn(run: Matrix, toJun: number, situation: 'sender off after writing' | 'both off in turn'): Promise<void> {
  const { ana, jun } = pair as InTouch;
  const openJun = await junLeaves(pair as InTouch);
  await run.write(situation);
  await run.noteSender();
  const openAna = await closeBrowser(ana);
  expect([...waitingIn(run.relay)]).toEqual([[toJun, HELD]]);
  await openJun();
  jun.panel = await jun.browser.openPanel();
  await run.noteReceiver();
  await answered(run.relay, toJun);
  const openAgain = situation === 'both off in turn' ? await closeBrowser(jun) : null;
  await openAna();
  await openWithChat(ana, jun);
  await run.noteSender();
  if (openAgain) {
    expect(waitingIn(run.relay).has(toJun)).toBe(false);
    await openAgain();
    jun.panel = await jun.browser.openPanel();
  }
  await openChat(jun.panel, ana.name);
  await run.noteSender();
  await allBack();
}

async function relayOff(run: Matrix, toJun: number): Promise<void> {
  const { ana, jun } = pair as InTouch;
  const open = await junLeaves(pair as InTouch);
  const start = await stopRelay(run.relay);
  await run.write('relay off, receiver off');
  await run.noteSender();
  expect(cellsIn(run.relay)).toBe(0);
  run.relay = await start();
  await run.noteSender();
  expect([...waitingIn(run.relay)]).toEqual([[toJun, HELD]]);
  await open();
  await openWithChat(jun, ana);
  await run.noteSender();
  await allBack();
}

/** They meet anew; from now on what is for Jun waits on a relay of his own choice. */
async function meetAcrossRelays(run: Matrix): Promise<RelayProcess> {
  const { ana, jun } = pair as InTouch;
  const other = await startRelay();
  run.other = other;
  for (const { panel } of [ana, jun]) {
    const { id: contactId } = await contactOf(panel);
    await panel.click({ role: 'button', name: word('back') });
    await askView(panel, { kind: 'contact.remove', contactId });
    await until(async () => (await viewOf(panel)).contacts.length === 0, 'forgotten');
  }
  await chooseRelay(jun.panel, other.url);
  await relayIsOpen(jun.panel, other.url);
  await takeInvite(jun.panel, await showInvite(ana.panel), 'allowed');
  await acceptRequest(ana.panel, jun.name, 'allowed');
  await stringIsWhole({ ana, jun }, 60_000);
  return other;
}

async function anotherRelay(run: Matrix): Promise<void> {
  const { ana, jun } = pair as InTouch;
  let other = await meetAcrossRelays(run);
  await until(async () => cellsIn(run.relay) + cellsIn(other) === 0, 'both relays are empty', AWAY_MS);
  await run.write('another relay, both online');
  await run.noteSender();
  expect([cellsIn(run.relay), cellsIn(other)]).toEqual([0, 0]);

  let open = await junLeaves(pair as InTouch);
  await run.write('another relay, receiver off');
  await run.noteSender();
  expect([cellsIn(run.relay), cellsIn(other)]).toEqual([0, HELD]);
  await open();
  await openWithChat(jun, ana);
  await run.noteSender();
  await stringIsWhole({ ana, jun }, 60_000);
  await until(async () => cellsIn(run.relay) + cellsIn(other) === 0, 'both relays are empty', AWAY_MS);

  open = await junLeaves(pair as InTouch);
  const start = await stopRelay(other);
  await run.write('another relay off, receiver off');
  await run.noteSender();
  expect([cellsIn(run.relay), cellsIn(other)]).toEqual([0, 0]);
  other = await start();
  run.other = other;
  await run.noteSender();
  expect([cellsIn(run.relay), cellsIn(other)]).toEqual([0, HELD]);
  await open();
  await openWithChat(jun, ana);
  await run.noteSender();
}

for (const kinds of PAIRS) {
  test(`${kinds.join(' and ')}: every routing in every situation, by its timeline and by what the relay holds`, async () => {
    pair = await getInTouch(kinds);
    matrix = new Matrix(pair);
    await bothOnline(matrix);
    const toJun = await receiverOff(matrix);
    await offInTurn(matrix, toJun, 'sender off after writing');
    await offInTurn(matrix, toJun, 'both off in turn');
    await relayOff(matrix, toJun);
    await anotherRelay(matrix);
    const rows = (points: (situation: Situation, routing: Routing) => readonly string[]) =>
      Object.keys(MATRIX).flatMap((situation) =>
        ROUTINGS.map((routing) => `${situation}, ${routing}: ${points(situation as Situation, routing).join(' | ')}`),
      );
    const { seen } = matrix;
    const shown = rows((situation, routing) => (seen.get(situation) ?? []).map((point) => point[ROUTINGS.indexOf(routing)] ?? ''));
    expect(shown).toEqual(rows((situation, routing) => MATRIX[situation][MAY_WAIT.includes(routing) ? 'relay' : 'device']));
  }, 240_000);
}
