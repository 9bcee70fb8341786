/** A relay that breaks its frames, lies, or answers wrongly is counted or reported, and messages flow on, once and in order. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeClientFrame, decodeServerFrame, encodeServerFrame } from '../../lib/protocol/relay-codec';
import { until } from '../support/browsers';
import { arrive, type InTouch } from '../support/in-touch';
import { brokenServerFrames, untrueServerFrames, wrongAnswer } from '../support/junk';
import { type PassedFrame, type Payload, RecordingProxy } from '../support/recording-proxy';
import type { RelayProcess } from '../support/relay';
import { codesOf, counted, faultsAt, keepReports, Talk } from '../support/talk';
import { acceptRequest, choosePlace, showInvite, takeInvite } from '../support/walk';

/** No string between them: everything goes over the relay, as both have chosen on the screen. */
async function getInTouchByRelay(address: (relay: RelayProcess) => Promise<string>): Promise<InTouch> {
  const pair = await arrive(['chromium', 'chromium'], { address });
  const { ana, jun } = pair;
  await takeInvite(jun.panel, await showInvite(ana.panel), 'denied');
  await acceptRequest(ana.panel, jun.name, 'denied');
  for (const { panel } of [ana, jun]) await choosePlace(panel, 'relay');
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
