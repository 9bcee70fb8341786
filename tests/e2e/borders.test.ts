/** Junk from a page or from a contact: a coded answer or a count, and the conversation goes on as if nothing had been. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ViewFrame } from '../../lib/app/view';
import { type PanelDriver, until } from '../support/browsers';
import { becomeLiar, cutString, openAnotherChannel, sayFalsely, slipInEnvelopes, spoil } from '../support/false-peer';
import { contactOf, getInTouch, type InTouch, type Person, viewOf } from '../support/in-touch';
import { brokenCommands, brokenStringFrames, randomEnvelopes, SHAPELESS } from '../support/junk';
import { codesOf, counted, faultsAt, keepReports, Talk } from '../support/talk';

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
        { kind: 'string.state', peer, stringId: '0'.repeat(32), state: 'closed', rttMs: null, cause: null },
        { kind: 'string.state', peer, stringId: '0'.repeat(32), state: 'open', rttMs: 1, cause: null },
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
