/** The relay carries two people's conversation and learns nothing of it: every byte it is shown or keeps is searched. */
import { afterEach, expect, test } from 'vitest';
import { fromHex } from '../../lib/protocol/bytes';
import { CELL_SIZES, type ClientFrame, type ServerFrame } from '../../lib/protocol/relay';
import { decodeClientFrame, decodeServerFrame } from '../../lib/protocol/relay-codec';
import { until } from '../support/browsers';
import { allArrived, getInTouch, type InTouch, inHost, type Person, pathOf, viewOf } from '../support/in-touch';
import { everySpelling, filesUnder, findIn, type Haystack, type Needle, spellingsOfBytes } from '../support/plaintext-search';
import { type PassedFrame, RecordingProxy } from '../support/recording-proxy';
import type { RelayProcess } from '../support/relay';
import { openChat, say, shownMessages, word } from '../support/walk';

const NAMES = ['Anastasia Quillfeather', 'Bartholomew Snickerdoodle'] as const;
const BY_ANASTASIA = ['the marzipan submarine sails at midnight', 'seventeen brass octopuses waltzed on Tuesday'];
const BY_BARTHOLOMEW = ['my grandmother juggles cactus marmalade', 'un éléphant violet récite Pythagore ☂'];
const HELD = 'while you slept the lighthouse ate my umbrella';
/** Inner parts: what stands at a text's ends may be cut off by its neighbours. */
const SPOKEN = [
  ...['Quillfeather', 'Snickerdoodle'],
  ...['marzipan submarine', 'brass octopuses', 'cactus marmalade', 'violet récite Pythagore', 'lighthouse ate'],
];
const SDP = ['v=0\r\no=-', 'a=candidate', 'a=fingerprint', 'ice-ufrag', 'm=application'];
/** All that the story below makes the two ends and the relay say. */
const KINDS = [
  'hello',
  'new',
  'ok-queue',
  'key',
  'sub',
  'open',
  'ok-proofs',
  'inv-put',
  'inv-take',
  'ok-invite',
  'pre-put',
  'ok-box',
  'sig',
  'send',
  'ok-stored',
  'msg',
  'ack',
];

let pair: InTouch | null = null;
let proxy: RecordingProxy | null = null;
afterEach(async () => {
  await pair?.end();
  await proxy?.[Symbol.asyncDispose]();
  pair = null;
  proxy = null;
});

/** What this browser said of itself to the other: the whole of its session description, with every candidate. */
async function descriptionOf(person: Person): Promise<string> {
  await inHost(person, () => {
    const { getStats } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.getStats = function (this: RTCPeerConnection) {
      Object.assign(globalThis, { seenConnection: this });
      return getStats.call(this);
    } as typeof getStats;
  });
  await pathOf(person);
  return inHost(person, () => (globalThis as unknown as { seenConnection: RTCPeerConnection }).seenConnection.localDescription?.sdp ?? '');
}

/** The line's value up to its first space. */
function fieldOf(sdp: string, start: string): string {
  const line = sdp.split('\r\n').find((text) => text.startsWith(start));
  if (line === undefined) throw new Error(`the description has no ${start}`);
  return line.slice(start.length).split(' ')[0] as string;
}

async function needlesOf(person: Person): Promise<Needle[]> {
  const sdp = await descriptionOf(person);
  const certificate = fieldOf(sdp, 'a=fingerprint:sha-256 ');
  const identity = (await viewOf(person.panel)).profile?.fingerprint ?? '';
  const candidate = sdp.split('\r\n').find((text) => text.startsWith('a=candidate')) ?? '';
  const address = candidate.split(' ').slice(4, 6).join(' ');
  return [
    ...everySpelling(certificate.slice(9, 50)),
    ...spellingsOfBytes('the certificate', fromHex(certificate.replaceAll(':', ''))),
    ...everySpelling(identity),
    ...spellingsOfBytes('the identity', fromHex(identity)),
    ...everySpelling(fieldOf(sdp, 'a=ice-pwd:')),
    ...everySpelling(address),
  ];
}

function framesOf(passed: readonly PassedFrame[]): Haystack[] {
  return passed.map(({ payload, to }, i) => ({ where: `frame ${i} to the ${to}`, bytes: Buffer.from(payload) }));
}

function everythingOf(relay: RelayProcess, { frames, handshakes }: RecordingProxy): Haystack[] {
  return [
    ...framesOf(frames),
    ...handshakes.map((text, i) => ({ where: `handshake ${i}`, bytes: Buffer.from(text) })),
    ...[...filesUnder(relay.dataDir)].map(({ where, bytes }) => ({ where: `the relay's ${where}`, bytes })),
    { where: "the relay's log", bytes: Buffer.from(relay.logs()) },
  ];
}

function decoded(passed: readonly PassedFrame[]): (ClientFrame | ServerFrame)[] {
  return passed.map(({ payload, to }) => {
    if (typeof payload === 'string') throw new Error('a text frame passed');
    return to === 'relay' ? decodeClientFrame(payload).frame : decodeServerFrame(payload).frame;
  });
}

/** Ana lets what she writes wait on the server, as the contact's choices offer it. */
async function chooseRelay({ ana, jun }: InTouch): Promise<void> {
  await ana.panel.click({ role: 'button', name: jun.name });
  await ana.panel.click({ role: 'radio', name: `${word('routing_choice_relay')}…` });
  await ana.panel.click({ role: 'button', name: word('back') });
}

/** The search reaches where the message lies: its sealed bytes are found in a frame and on the relay's disk. */
function expectSealed(everything: readonly Haystack[], passed: readonly PassedFrame[]): void {
  const sent = decoded(passed).findLast((frame) => frame.kind === 'send');
  const sealed = { what: 'the sealed message', bytes: Buffer.from(sent?.cell.slice(100, 164) ?? '') };
  expect(findIn(everything, [sealed]).join()).toMatch(/frame \d+ to the relay.*the relay's /);
}

test('the relay sees no text, no name, no address and no description of a session', async () => {
  const address = async (relay: RelayProcess) => {
    proxy = await RecordingProxy.before(relay);
    return proxy.url;
  };
  pair = await getInTouch(['chromium', 'chromium'], { address, names: NAMES });
  const { ana, jun, relay } = pair;
  const seen = proxy as unknown as RecordingProxy;
  for (const text of BY_ANASTASIA) await say(ana.panel, jun.name, text);
  for (const text of BY_BARTHOLOMEW) await say(jun.panel, ana.name, text);
  await allArrived(pair, BY_ANASTASIA, BY_BARTHOLOMEW, 20_000);
  const needles = [...[...SPOKEN, ...SDP].flatMap(everySpelling), ...(await needlesOf(ana)), ...(await needlesOf(jun))];

  await chooseRelay(pair);
  const whileClosed = async () => {
    await say(ana.panel, jun.name, HELD);
    const isHeld = async () => (await shownMessages(ana.panel)).at(-1)?.state.startsWith(word('state_held', ''));
    await until(isHeld, 'the message is held', 40_000);
    const everything = everythingOf(relay, seen);
    expect(findIn(everything, needles)).toEqual([]);
    expectSealed(everything, seen.frames);
  };
  await jun.browser.relaunch({ whileClosed });
  jun.panel = await jun.browser.openPanel();
  await openChat(jun.panel, ana.name);
  await allArrived(pair, [...BY_ANASTASIA, HELD], BY_BARTHOLOMEW, 40_000);

  expect(findIn(everythingOf(relay, seen), needles)).toEqual([]);
  const frames = decoded(seen.frames);
  expect(frames.map(({ kind }) => kind)).toEqual(expect.arrayContaining(KINDS));
  const cells = frames.flatMap((frame) => ('cell' in frame ? [frame.cell.length] : []));
  expect(cells.length).toBeGreaterThanOrEqual(6);
  expect(cells.filter((size) => !CELL_SIZES.some((allowed) => allowed === size))).toEqual([]);
});

test('the search finds a text however it is spelled', () => {
  const needles = everySpelling(SPOKEN[0] as string);
  for (const before of ['', '.', '..']) {
    for (const encoding of ['utf8', 'utf16le'] as const) {
      const planted = Buffer.from(`${before}${SPOKEN[0]}…`, encoding);
      const spelled = [planted, ...(['hex', 'base64', 'base64url'] as const).map((letters) => Buffer.from(planted.toString(letters)))];
      for (const bytes of spelled) expect(findIn([{ where: 'here', bytes }], needles)).toEqual([`${SPOKEN[0]} in here`]);
    }
  }
});
