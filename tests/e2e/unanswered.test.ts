/** Somebody who never accepts, and somebody who has blocked the other: what the one who writes sees, and what the relay sees and holds. */
import { afterEach, expect, test } from 'vitest';
import { decodeClientFrame, decodeServerFrame } from '../../lib/protocol/relay-codec';
import { closeBrowser } from '../support/absence';
import { until } from '../support/browsers';
import { arrive, contactOf, getInTouch, type InTouch, type Person, viewOf } from '../support/in-touch';
import { RecordingProxy } from '../support/recording-proxy';
import type { RelayProcess } from '../support/relay';
import { cellsIn } from '../support/relay-store';
import { timelineOf } from '../support/timeline';
import { askView, conversationOf } from '../support/view-port';
import { openChat, say, showInvite, shownMessages, takeInvite, word } from '../support/walk';

const AWAY_MS = 40_000;

let pair: InTouch | null = null;
let proxy: RecordingProxy | null = null;
afterEach(async () => {
  await pair?.end();
  await proxy?.[Symbol.asyncDispose]();
  pair = proxy = null;
});

const address = async (relay: RelayProcess) => {
  proxy = await RecordingProxy.before(relay);
  return proxy.url;
};

const messagesOf = async ({ panel }: Person) => conversationOf(panel, (await contactOf(panel)).id);

async function write({ panel }: Person, text: string, routing: 'device' | 'relay'): Promise<void> {
  const { id: contactId } = await contactOf(panel);
  expect(await askView(panel, { kind: 'message.send', contactId, text, routing })).toEqual({ ok: true });
}

test('a contact who never accepts: what is written waits here, and the relay holds the request alone until it is fetched', async () => {
  pair = await arrive(['chromium', 'chromium']);
  const { ana, jun, relay } = pair;
  const link = await showInvite(ana.panel);
  const open = await closeBrowser(ana);
  await takeInvite(jun.panel, link, 'allowed');
  await until(async () => cellsIn(relay) === 1, 'the request waits', AWAY_MS);
  for (const routing of ['device', 'relay'] as const) await write(jun, `are you there, ${routing}`, routing);
  const shown = async () => (await shownMessages(jun.panel)).map(({ state }) => state);
  const waiting = word('state_local_accept', ana.name);
  await until(async () => (await shown()).join() === [waiting, waiting].join(), 'it says whom it waits for');
  expect(await contactOf(jun.panel)).toMatchObject({ state: 'requested', presence: 'offline', waiting: 2, string: { kind: 'closed' } });

  await open();
  ana.panel = await ana.browser.openPanel();
  await until(async () => (await viewOf(ana.panel)).contacts.some(({ state }) => state === 'request'), 'Ana is asked', AWAY_MS);
  await until(async () => cellsIn(relay) === 0, 'the request was fetched');
  // She looks at it, and away again.
  await ana.panel.click({ role: 'button', name: `…${jun.name}…` });
  await ana.panel.waitForText(word('answer_request_title'));
  await jun.browser.relaunch();
  jun.panel = await jun.browser.openPanel();
  await openChat(jun.panel, ana.name);
  await until(async () => (await viewOf(jun.panel)).relay.kind === 'open', 'Jun is at the relay again', AWAY_MS);
  expect((await messagesOf(jun)).map(timelineOf)).toEqual(['local', 'local']);
  expect(await contactOf(jun.panel)).toMatchObject({ state: 'requested', presence: 'offline', waiting: 2 });
  expect(await shown()).toEqual([waiting, waiting]);
  // Not even that she is here: nothing of Ana's has come to Jun.
  expect(JSON.stringify(await viewOf(ana.panel))).not.toContain('are you there');
  expect(cellsIn(relay)).toBe(0);
}, 120_000);

/** What Jun's connections say and are told, without what differs between any two runs. */
function transcriptSince({ frames }: RecordingProxy, from: number, connection: number): readonly string[] {
  return frames.slice(from).flatMap(({ connection: of, to, payload }) => {
    if (of !== connection || typeof payload === 'string') return [];
    const { frame } = to === 'relay' ? decodeClientFrame(payload) : decodeServerFrame(payload);
    // Pings follow the clock alone.
    if (frame.kind === 'ping' || frame.kind === 'pong') return [];
    return [`${to === 'relay' ? 'asks' : 'is told'} ${frame.kind === 'err' ? frame.code : frame.kind}`];
  });
}

/** On which somebody has last asked for this. */
function connectionOf({ frames }: RecordingProxy, act: string): number {
  const found = frames.findLast(
    ({ to, payload }) => to === 'relay' && typeof payload !== 'string' && decodeClientFrame(payload).frame.kind === act,
  );
  if (!found) throw new Error(`nobody says ${act}`);
  return found.connection;
}

interface Seen {
  readonly contact: unknown;
  readonly states: readonly string[];
  readonly timelines: readonly string[];
  readonly relay: readonly string[];
}

/** Of Jun, who writes to Ana after she has gone, or has cut him off. */
async function seenAfter(goes: (both: InTouch) => Promise<unknown>): Promise<Seen> {
  const both = await getInTouch(['chromium', 'chromium'], { address });
  pair = both;
  const seen = proxy as unknown as RecordingProxy;
  const { ana, jun } = both;
  await say(jun.panel, ana.name, 'before');
  await until(async () => (await messagesOf(jun)).map(timelineOf).join() === 'delivered read', 'read', AWAY_MS);
  await goes(both);
  await until(async () => (await contactOf(jun.panel)).presence === 'offline', 'Ana is missed', AWAY_MS);
  await until(async () => (await contactOf(jun.panel)).string.kind === 'closed', 'and so is the string', AWAY_MS);
  const from = seen.frames.length;
  await write(jun, 'may wait', 'relay');
  await write(jun, 'may not', 'device');
  await until(async () => (await messagesOf(jun)).map(timelineOf).join() === 'delivered read,held,local', 'held', AWAY_MS);
  const connection = connectionOf(seen, 'send');
  // The chat is looked at again, which asks whether she is here.
  const asked = () => transcriptSince(seen, from, connection).filter((line) => line === 'is told NO_MSG').length;
  const before = asked();
  await jun.panel.click({ role: 'button', name: word('back') });
  await openChat(jun.panel, ana.name);
  await until(async () => asked() > before, 'not here', AWAY_MS);
  const { name, presence, string, waiting, unread, isTyping, told, direct, last, state } = await contactOf(jun.panel);
  const states = (await shownMessages(jun.panel)).map(({ state: words }) => words.replace(/\d+:\d+( [AP]M)?/, 'then'));
  const timelines = (await messagesOf(jun)).map(timelineOf);
  const contact = { name, presence, string, waiting, unread, isTyping, told, direct, state, last: last?.text };
  const heard = new Set(transcriptSince(seen, from, connection));
  await both.end();
  await seen[Symbol.asyncDispose]();
  pair = proxy = null;
  return { contact, states, timelines, relay: [...heard].sort() };
}

test('who is blocked sees, on the screen and at the relay, what they would see of somebody who is away', async () => {
  const away = await seenAfter(({ ana }) => closeBrowser(ana));
  const blocked = await seenAfter(async ({ ana }) => {
    const { id: contactId } = await contactOf(ana.panel);
    expect(await askView(ana.panel, { kind: 'contact.choose', contactId, choices: { isBlocked: true } })).toEqual({ ok: true });
  });
  expect(blocked).toEqual(away);
  expect(blocked.timelines).toEqual(['delivered read', 'held', 'local']);
  expect(blocked.relay).toEqual(['asks send', 'asks sig', 'is told NO_MSG', 'is told ok-stored']);
}, 180_000);
