/** What is over is gone: on both screens, from the list, from search and from notices, and from the relay, which never keeps it longer. */
import { afterEach, expect, test } from 'vitest';
import type { Expiry } from '../../lib/domain/choices';
import { cutRelays, dropString, joinRelays } from '../support/absence';
import { until } from '../support/browsers';
import { contactOf, getInTouch, type InTouch, PAIRS, type Person, stringIsWhole, viewOf } from '../support/in-touch';
import { type RelayProcess, startRelay } from '../support/relay';
import { cellsIn } from '../support/relay-store';
import { searchFrom } from '../support/search';
import { timelineOf } from '../support/timeline';
import { askView, conversationOf } from '../support/view-port';
import { openChat, shownMessages, word } from '../support/walk';

const SECONDS = 4;
const HOUR_MS = 3600_000;
/** Three times what is promised: the second in which it ends, and the relay's next sweep. */
const LATE_MS = 1000 * SECONDS + 3000;
const AWAY_MS = 40_000;
const LIMITS = 'sweepMs=500';

let pair: InTouch | null = null;
let shifted: RelayProcess | null = null;
afterEach(async () => {
  await pair?.end();
  await shifted?.stop();
  pair = shifted = null;
});

const messagesOf = async ({ panel }: Person) => conversationOf(panel, (await contactOf(panel)).id);

async function write({ panel }: Person, text: string, expiry: Expiry | null, routing: 'device' | 'relay' = 'device'): Promise<void> {
  const { id: contactId } = await contactOf(panel);
  expect(await askView(panel, { kind: 'message.send', contactId, text, expiry, routing })).toEqual({ ok: true });
}

const notices = ({ panel }: Person) =>
  panel.eval(() => new Promise<number>((resolve) => chrome.notifications.getAll((all) => resolve(Object.keys(all).length))));

/** By every way that the product has to show a text. */
async function waysTo(person: Person, secret: string): Promise<readonly string[]> {
  const { panel } = person;
  const screen = await panel.eval<[], string>(
    '() => document.documentElement.outerHTML + [...document.querySelectorAll("textarea")].map(({ value }) => value)',
  );
  const ways: Record<string, boolean> = {
    screen: screen.includes(secret),
    view: JSON.stringify(await viewOf(panel)).includes(secret),
    windows: JSON.stringify(await messagesOf(person)).includes(secret),
    search: (await searchFrom(panel, secret)).found.hits.length > 0,
  };
  return Object.keys(ways).filter((way) => ways[way]);
}

async function isGone(people: readonly Person[], secret: string, withinMs: number): Promise<void> {
  for (const person of people) {
    let ways: readonly string[] = [];
    const none = async () => {
      ways = await waysTo(person, secret);
      return ways.length === 0;
    };
    await until(none, 'gone', withinMs).catch(() => expect(ways, `${secret} at ${person.name}`).toEqual([]));
  }
}

async function goesOnBothSides({ ana, jun }: InTouch): Promise<void> {
  await write(ana, 'stays', null);
  await write(ana, 'fleeting', { seconds: SECONDS, base: 'sent' });
  await write(ana, 'burnt', { seconds: SECONDS, base: 'read' });
  await until(async () => (await shownMessages(jun.panel)).length === 3, 'all there');
  for (const person of [ana, jun]) expect(await waysTo(person, 'burnt')).toEqual(['screen', 'view', 'windows', 'search']);
  for (const secret of ['fleeting', 'burnt']) await isGone([ana, jun], secret, LATE_MS);
  for (const { panel } of [ana, jun]) expect((await shownMessages(panel)).map(({ text }) => text)).toEqual(['stays']);
}

/** The chat is not open: it is in the list and in a notice, and is read by nobody. */
async function goesUnread({ ana, jun }: InTouch): Promise<void> {
  await jun.panel.click({ role: 'button', name: word('back') });
  await write(ana, 'quince', { seconds: SECONDS, base: 'sent' });
  await until(async () => (await contactOf(jun.panel)).unread === 1 && (await notices(jun)) === 1, 'told');
  expect(await waysTo(jun, 'quince')).toContain('screen');
  await isGone([ana, jun], 'quince', LATE_MS);
  expect([(await contactOf(jun.panel)).unread, await notices(jun)]).toEqual([0, 0]);
  await openChat(jun.panel, ana.name);
}

async function junIsAway({ ana, jun }: InTouch): Promise<void> {
  await cutRelays(jun);
  await dropString(jun);
  await until(async () => (await contactOf(ana.panel)).presence === 'offline', 'Jun is missed', AWAY_MS);
}

/** Held, with a date no later than its own. */
async function isHeld(ana: Person): Promise<void> {
  const last = async () => (await messagesOf(ana)).at(-1);
  await until(async () => (await last())?.delivery?.stage === 'held', 'held', AWAY_MS);
  const message = await last();
  expect(message?.delivery?.heldUntilMs ?? Number.NaN).toBeLessThanOrEqual((message?.expiresAtMs ?? 0) + 1000);
}

async function endedUnheard({ ana, jun }: InTouch, relay: RelayProcess, secret: string): Promise<void> {
  await until(async () => cellsIn(relay) === 0, 'the relay has forgotten it', LATE_MS);
  await isGone([ana], secret, LATE_MS);
  const last = (await messagesOf(ana)).at(-1);
  expect([last?.text, last && timelineOf(last)]).toEqual(['', 'held expired']);
  await joinRelays(jun);
  await stringIsWhole({ ana, jun }, AWAY_MS);
  await write(ana, `after ${secret}`, null);
  await until(async () => (await shownMessages(jun.panel)).at(-1)?.text === `after ${secret}`, 'in touch again', AWAY_MS);
  expect((await messagesOf(jun)).map(({ text }) => text)).not.toContain(secret);
}

async function goesOnTheRelay(both: InTouch): Promise<void> {
  const { ana, relay } = both;
  await junIsAway(both);
  await write(ana, 'never fetched', { seconds: SECONDS, base: 'sent' }, 'relay');
  await isHeld(ana);
  expect(cellsIn(relay)).toBe(1);
  await endedUnheard(both, relay, 'never fetched');
}

/** As on a machine whose clock went on while it slept. Until the background ends. */
async function shiftClock({ browser }: Person, byMs: number): Promise<void> {
  await browser.background((scope, ms: number) => {
    const { now } = scope.Date;
    scope.Date.now = () => now() + ms;
  }, byMs);
}

async function goesWithTheClock(both: InTouch): Promise<void> {
  const { ana, jun, relay } = both;
  const hour = { seconds: 3600, base: 'sent' } as const;
  await write(ana, 'an hour', hour);
  await until(async () => (await shownMessages(jun.panel)).at(-1)?.text === 'an hour', 'there');
  await junIsAway(both);
  await write(ana, 'an hour there', hour, 'relay');
  await isHeld(ana);
  expect(cellsIn(relay)).toBe(1);
  const { port, dataDir } = relay;
  await relay.kill('SIGTERM');
  for (const person of [ana, jun]) await shiftClock(person, 2 * HOUR_MS);
  const ahead = `data:text/javascript,const{now}=Date;Date.now=()=>now()+${2 * HOUR_MS}`;
  shifted = await startRelay({ port, dataDir, env: { LIMITS, NODE_OPTIONS: `--import=${ahead}` } });
  // The next look at the clock: one that waits is due only in an hour of this machine's.
  for (const person of [ana, jun]) await write(person, 'what time is it', hour);
  await isGone([ana, jun], 'an hour', LATE_MS);
  await until(async () => shifted && cellsIn(shifted) === 0, 'the relay has forgotten it', LATE_MS);
  await joinRelays(jun);
  await until(async () => (await messagesOf(jun)).filter(({ text }) => text === 'what time is it').length === 2, 'in touch again', 60_000);
  expect(JSON.stringify(await messagesOf(jun))).not.toContain('an hour there');
}

for (const kinds of PAIRS) {
  test(`${kinds.join(' and ')}: what is over is gone from both devices and from the relay, by any clock`, async () => {
    pair = await getInTouch(kinds, { relay: { env: { LIMITS } } });
    await goesOnBothSides(pair);
    await goesUnread(pair);
    await goesOnTheRelay(pair);
    await goesWithTheClock(pair);
  }, 180_000);
}
