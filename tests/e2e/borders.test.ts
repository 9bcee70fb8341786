/** Malformed input at each border: a coded answer or a count, and the conversation goes on as if nothing had been. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ViewFrame } from '../../lib/app/view';
import { decodeClientFrame, decodeServerFrame, encodeServerFrame } from '../../lib/protocol/relay-codec';
import { type PanelDriver, until } from '../support/browsers';
import { becomeLiar, cutString, openAnotherChannel, sayFalsely, slipInEnvelopes, spoil } from '../support/false-peer';
import { allArrived, arrive, contactOf, getInTouch, type InTouch, inHost, type Person, viewOf } from '../support/in-touch';
import {
  brokenCommands,
  brokenServerFrames,
  brokenStringFrames,
  randomEnvelopes,
  SHAPELESS,
  untrueServerFrames,
  wrongAnswer,
} from '../support/junk';
import { type PassedFrame, type Payload, RecordingProxy } from '../support/recording-proxy';
import type { RelayProcess } from '../support/relay';
import { acceptRequest, say, showInvite, takeInvite, word } from '../support/walk';

/** A conversation that is taken up again after every attack. */
class Talk {
  readonly #said: [string[], string[]] = [[], []];

  async say({ ana, jun }: InTouch, about: string): Promise<void> {
    const [byAna, byJun] = this.#said;
    byAna.push(`Ana about ${about}`);
    byJun.push(`Jun about ${about}`);
    await Promise.all([say(ana.panel, jun.name, byAna.at(-1) ?? ''), say(jun.panel, ana.name, byJun.at(-1) ?? '')]);
  }

  /** Everything said so far is on both screens, once, in order, and confirmed. */
  async arrives(pair: InTouch): Promise<void> {
    await allArrived(pair, ...this.#said, 40_000);
  }

  async goesOn(pair: InTouch, about: string): Promise<void> {
    await this.say(pair, about);
    await this.arrives(pair);
  }
}

interface Answered {
  readonly results: readonly Extract<ViewFrame, { kind: 'result' }>[];
  readonly isClosed: boolean;
}

/** Sends all frames over one port of the page and waits until the last one, which must have an id, is answered. */
function sendOver(panel: PanelDriver, frames: readonly unknown[]): Promise<Answered> {
  return panel.eval(
    (all: readonly unknown[]) =>
      new Promise<Answered>((resolve) => {
        const port = chrome.runtime.connect({ name: 'view' });
        const results: Answered['results'][number][] = [];
        const last = (all.at(-1) as { id: string }).id;
        const finish = (isClosed: boolean) => {
          port.disconnect();
          resolve({ results, isClosed });
        };
        port.onDisconnect.addListener(() => finish(true));
        port.onMessage.addListener((frame: ViewFrame) => {
          if (frame.kind === 'result') results.push(frame);
          if (frame.kind === 'result' && frame.id === last) finish(false);
        });
        const unlikeJson = [undefined, Number.NaN, new Map([['kind', 'hello']]), new Uint8Array(9), new Date(0), 'x'.repeat(4_000_000)];
        for (const frame of [...unlikeJson, ...all]) port.postMessage(frame);
      }),
    frames,
  );
}

async function pageSendsJunk({ panel }: Person): Promise<void> {
  const broken = brokenCommands();
  expect(broken.length).toBeGreaterThan(200);
  const { results, isClosed } = await sendOver(panel, [...SHAPELESS, ...broken]);
  expect(isClosed).toBe(false);
  const refused = broken.map(({ id }) => ({ kind: 'result', id, result: { ok: false, code: 'bad-command' } }));
  expect(results).toEqual(refused);
}

/** What a page might say to pass for the network host. */
async function pagePlaysHost({ panel }: Person): Promise<void> {
  const { id } = await contactOf(panel);
  const { relay } = await viewOf(panel);
  await panel.eval(
    (peer: string, address: string) => {
      const port = chrome.runtime.connect({ name: 'link' });
      const events = [
        { kind: 'relay.state', relay: address, state: 'offline', cause: 'refused', retryAtMs: 0 },
        { kind: 'string.state', peer, stringId: '0'.repeat(32), state: 'closed', rttMs: null },
        { kind: 'string.state', peer, stringId: '0'.repeat(32), state: 'open', rttMs: 1 },
        { kind: 'relay.push', relay: address, frame: [1, 2, 3] },
      ];
      const heard: unknown[] = [];
      Object.assign(globalThis, { heardAsHost: heard });
      port.onMessage.addListener((command: unknown) => heard.push(command));
      port.postMessage({ kind: 'hello', hello: { epoch: 'mallory', relays: [], strings: [] } });
      for (const [i, event] of events.entries()) port.postMessage({ kind: 'event', sequence: i + 1, event });
      for (const junk of [null, 7, 'hello', {}, { kind: 'hello' }, { kind: 'event' }]) port.postMessage(junk);
    },
    id,
    'url' in relay ? relay.url : '',
  );
}

const heardAsHost = ({ panel }: Person) => panel.eval<[], readonly unknown[]>('() => globalThis.heardAsHost');

/** The same string since the same moment: it never broke. */
async function stringSince({ panel }: Person): Promise<number> {
  const { string } = await contactOf(panel);
  if (string.kind !== 'open') throw new Error(`the string is ${string.kind}`);
  return string.sinceMs;
}

type Host = { tincanHost: { faults(): Record<string, number> } };
const faultsAt = (person: Person) => inHost(person, () => (globalThis as unknown as Host).tincanHost.faults());

/** What must be counted at this border after these codes, beside what had been counted before. */
function counted(border: string, codes: readonly string[], before: Readonly<Record<string, number>>): Record<string, number> {
  const counts = { ...before };
  for (const code of codes) counts[`${border}:${code}`] = (counts[`${border}:${code}`] ?? 0) + 1;
  return counts;
}

/** From now on what the background reports is kept beside it. */
function keepReports({ browser }: Person): Promise<void> {
  return browser.background((scope) => {
    const reports: string[] = [];
    Object.assign(scope, { reports });
    scope.console.warn = (_: string, code: string) => void reports.push(code);
  });
}

/** @throws {Error} when something was reported that is no code: a fault that nobody foresaw. */
async function codesOf({ browser }: Person): Promise<readonly string[]> {
  const reports = await browser.background((scope) => (scope as unknown as { reports: string[] }).reports);
  const unforeseen = reports.filter((report) => !/^[a-z]+(-[a-z]+)+$/.test(report));
  expect(unforeseen).toEqual([]);
  return reports;
}

describe('between a Firefox and a Chromium on a string', () => {
  let pair: InTouch;
  const talk = new Talk();
  beforeAll(async () => {
    pair = await getInTouch(['firefox', 'chromium']);
    await talk.goesOn(pair, 'nothing yet');
  });
  afterAll(() => pair?.end());

  test('a page that sends junk gets bad-command, and no page can pass for the network host', async () => {
    const people = [pair.ana, pair.jun];
    const since = await Promise.all(people.map(stringSince));
    for (const person of people) {
      await pageSendsJunk(person);
      await pagePlaysHost(person);
    }
    // The host's own document, where it does not belong.
    const impostor = await pair.jun.browser.openPage('offscreen.html');
    await impostor.waitFor(() => 'tincanHost' in globalThis);
    await talk.goesOn(pair, 'junk from a page');
    await impostor.close();
    for (const person of people) {
      expect(await heardAsHost(person)).toEqual([]);
      expect((await viewOf(person.panel)).relay.kind).toBe('open');
    }
    expect(await Promise.all(people.map(stringSince))).toEqual(since);
  });

  test('a contact who sends junk is counted, and false envelopes change nothing', async () => {
    const people = [pair.ana, pair.jun];
    await Promise.all([...people.map(becomeLiar), ...people.map(keepReports)]);
    await talk.goesOn(pair, 'falsehood');
    const since = await Promise.all(people.map(stringSince));
    const faults = await Promise.all(people.map(faultsAt));
    const broken = brokenStringFrames();
    const lies = randomEnvelopes();
    for (const person of people) {
      await sayFalsely(
        person,
        broken.map(({ payload }) => payload),
      );
      await slipInEnvelopes(person, lies);
      await openAnotherChannel(person);
    }
    await talk.goesOn(pair, 'junk from a contact');
    const wanted = [...broken.map(({ code }) => code), 'bad-channel'];
    for (const [i, person] of people.entries()) {
      await until(async () => (await faultsAt(person))['peer:bad-channel'], 'the other channel is counted');
      expect(await faultsAt(person)).toEqual(counted('peer', wanted, faults[i] ?? {}));
      // Beside the random ones, a real one cut short and a real one with a bit turned; that it came again is no fault.
      await until(async () => (await codesOf(person)).length >= lies.length + 2, 'every false envelope is reported');
    }
    expect(await Promise.all(people.map(stringSince))).toEqual(since);
  });

  test('what was spoiled on its way comes whole over the next string', async () => {
    const people = [pair.ana, pair.jun];
    await Promise.all([...people.map(becomeLiar), ...people.map(keepReports)]);
    await talk.goesOn(pair, 'what is still whole');
    for (const person of people) await spoil(person, true);
    await talk.say(pair, 'a bit that was turned');
    for (const person of people) await until(async () => (await codesOf(person)).length > 0, 'the spoiled envelope is refused');
    for (const person of people) await spoil(person, false);
    await cutString(pair.ana);
    await talk.arrives(pair);
    await talk.goesOn(pair, 'a new string');
  });
});

/** No string between them: everything goes over the relay, as both have chosen on the screen. */
async function getInTouchByRelay(address: (relay: RelayProcess) => Promise<string>): Promise<InTouch> {
  const pair = await arrive(['chromium', 'chromium'], { address });
  const { ana, jun } = pair;
  await takeInvite(jun.panel, await showInvite(ana.panel), 'denied');
  await acceptRequest(ana.panel, jun.name, 'denied');
  for (const { panel } of [ana, jun]) await panel.click({ role: 'button', name: word('routing_offer_relay') }, 15_000);
  return pair;
}

function readingIdOn({ frames }: RecordingProxy, connection: number): Uint8Array<ArrayBuffer> {
  for (const { payload, to, ...frame } of frames.toReversed()) {
    if (frame.connection !== connection || to !== 'relay' || typeof payload === 'string') continue;
    const asked = decodeClientFrame(payload).frame;
    const live = asked.kind === 'sub' ? asked.proofs.find(({ isLive }) => isLive) : undefined;
    if (live) return live.rid;
  }
  throw new Error('nobody reads on this connection');
}

function isOf(kind: 'ok-stored' | 'msg', { payload, to }: PassedFrame): boolean {
  return to === 'client' && typeof payload !== 'string' && decodeServerFrame(payload).frame.kind === kind;
}

/** Both clients give up their connection and make another. */
async function breakConnections(proxy: RecordingProxy): Promise<void> {
  const given = proxy.open;
  expect(given).toHaveLength(2);
  for (const connection of given) for (const { payload } of brokenServerFrames().slice(0, 3)) connection.say(payload);
  await until(async () => given.every(({ isOpen }) => !isOpen), 'both connections are given up');
  await until(async () => proxy.open.length === 2, 'both connect again');
}

describe('between two Chromiums over a relay', () => {
  let pair: InTouch;
  let proxy: RecordingProxy;
  const talk = new Talk();
  beforeAll(async () => {
    pair = await getInTouchByRelay(async (relay) => {
      proxy = await RecordingProxy.before(relay);
      return proxy.url;
    });
    await talk.goesOn(pair, 'nothing yet');
  });
  afterAll(async () => {
    await pair?.end();
    await proxy?.[Symbol.asyncDispose]();
  });

  test('a relay that sends broken frames is counted, and its connection kept', async () => {
    const people = [pair.ana, pair.jun];
    const connections = proxy.open.map(({ index }) => index);
    const faults = await Promise.all(people.map(faultsAt));
    const broken = brokenServerFrames();
    const [valid] = untrueServerFrames(new Uint8Array(24)).slice(-1) as [Uint8Array];
    // Three in a row would end the connection.
    for (const connection of proxy.open)
      for (const [i, { payload }] of broken.entries()) for (const said of i % 2 ? [payload, valid] : [payload]) connection.say(said);
    await talk.goesOn(pair, 'broken frames');
    const codes = broken.map(({ code }) => code);
    for (const [i, person] of people.entries()) expect(await faultsAt(person)).toEqual(counted('relay', codes, faults[i] ?? {}));
    expect(proxy.open.map(({ index }) => index)).toEqual(connections);
  });

  test('a relay that sends untrue frames, and old ones again, changes nothing', async () => {
    const people = [pair.ana, pair.jun];
    const connections = proxy.open.map(({ index }) => index);
    await Promise.all(people.map(keepReports));
    for (const connection of proxy.open) {
      const ours = proxy.frames.filter((frame) => frame.connection === connection.index);
      const old = ours.filter((frame) => isOf('msg', frame)).map(({ payload }) => payload);
      expect(old.length).toBeGreaterThan(2);
      for (const payload of [...untrueServerFrames(readingIdOn(proxy, connection.index)), ...old]) connection.say(payload);
    }
    await talk.goesOn(pair, 'untrue frames');
    // Two cells and six signals for the queue that is read.
    for (const person of people) await until(async () => (await codesOf(person)).length >= 8, 'what does not open is reported');
    expect(proxy.open.map(({ index }) => index)).toEqual(connections);
  });

  const ANSWERS: readonly [string, (answer: Payload) => Payload[]][] = [
    ['wrong', (answer) => [wrongAnswer(answer as Uint8Array)]],
    ['missing', () => []],
    ['doubled', (answer) => [answer, answer]],
  ];
  test.each(ANSWERS)('an answer that is %s loses nothing and doubles nothing', async (about, change) => {
    let left = 2;
    proxy.tamper = (frame) => {
      if (left === 0 || !isOf('ok-stored', frame)) return [frame.payload];
      left -= 1;
      return change(frame.payload);
    };
    await talk.goesOn(pair, `an answer that is ${about}`);
    expect(left).toBe(0);
  });

  test('a connection that only breaks frames is given up for a new one', async () => {
    await breakConnections(proxy);
    await talk.goesOn(pair, 'a new connection');
  });

  test('rights that a relay puts off are asked for again', async () => {
    const asked = new Map<string, number>();
    proxy.tamper = ({ connection, to, payload }) => {
      const bytes = payload as Uint8Array;
      const { requestId, frame } = to === 'relay' ? decodeClientFrame(bytes) : decodeServerFrame(bytes);
      const request = `${connection} ${requestId}`;
      if (frame.kind === 'sub' || frame.kind === 'open') asked.set(request, asked.size);
      const isPutOff = frame.kind === 'ok-proofs' && (asked.get(request) ?? 0) < 4;
      return [isPutOff ? encodeServerFrame({ kind: 'err', code: 'RETRY', retryMs: 500 }, requestId) : payload];
    };
    await breakConnections(proxy);
    await talk.goesOn(pair, 'rights put off');
    expect(asked.size).toBeGreaterThanOrEqual(6);
  });
});
