/** A message far up in a real conversation: found while typing, led to, read on from; and found again by a worker that has just begun. */
import { afterEach, expect, test } from 'vitest';
import { type PanelDriver, until } from '../support/browsers';
import { ChromiumBrowser } from '../support/chromium';
import { contactOf, getInTouch, type InTouch, PAIRS } from '../support/in-touch';
import { searchFrom } from '../support/search';
import { openChat, say, shownMessages, word } from '../support/walk';

const MANY = 130;
const FAR = 12;
const line = (n: number) => (n === FAR ? 'Meet me at the Fontana di Trévi' : `line ${n}`);
const button = (key: string) => ({ role: 'button', name: word(key) });
const FIELD = { role: 'textbox', name: word('search_all') };

let pair: InTouch | null = null;
afterEach(async () => {
  await pair?.end();
  pair = null;
});

const AT_ONCE = 10;

/** As the composer does, without the typing; a few at a time, for no script may take long. */
async function sendAll(panel: PanelDriver, contactId: string, all: readonly string[]): Promise<void> {
  for (let i = 0; i < all.length; i += AT_ONCE) await sendSome(panel, contactId, all.slice(i, i + AT_ONCE));
}

function sendSome(panel: PanelDriver, contactId: string, texts: readonly string[]): Promise<void> {
  return panel.eval(
    (to: string, all: readonly string[]) =>
      new Promise<void>((resolve) => {
        const port = chrome.runtime.connect({ name: 'view' });
        const ids = new Set(all.map((_, i) => `${Date.now()}${i}`.padStart(32, '0')));
        port.onMessage.addListener((frame: { kind: string; id: string }) => {
          if (frame.kind !== 'result' || !ids.delete(frame.id) || ids.size > 0) return;
          port.disconnect();
          resolve();
        });
        port.postMessage({ kind: 'hello', epoch: null, revision: 0, conversation: null, isVisible: false });
        for (const [i, id] of [...ids].entries()) port.postMessage({ kind: 'message.send', id, contactId: to, text: all[i] });
      }),
    contactId,
    texts,
  );
}

const texts = async (panel: PanelDriver) => (await shownMessages(panel)).map(({ text }) => text);
const focused = (panel: PanelDriver) => panel.eval<[], string>("() => document.activeElement?.querySelector('p')?.textContent ?? ''");

async function findFrom(panel: PanelDriver, typed: string): Promise<void> {
  await panel.fill(FIELD, typed);
  await until(() => panel.eval<[], boolean>("() => document.querySelector('#search-results mark') !== null"), `a hit for ${typed}`);
}

function expectWhole(shown: readonly string[]): void {
  const from = MANY - shown.length;
  const first = Array.from({ length: MANY }, (_, i) => line(i + 1)).indexOf(shown[0] ?? '') + 1;
  expect(first, `begins at ${shown[0]}, ${from} not shown`).toBeGreaterThan(0);
  expect(shown).toEqual(shown.map((_, i) => line(first + i)));
}

for (const kinds of PAIRS) {
  test(`${kinds.join(' and ')}: a message far up is found while typing, and read on from`, async () => {
    pair = await getInTouch(kinds);
    const { ana, jun } = pair;
    const { id } = await contactOf(ana.panel);
    await sendAll(
      ana.panel,
      id,
      Array.from({ length: MANY }, (_, i) => line(i + 1)),
    );
    await until(async () => (await texts(jun.panel)).at(-1) === line(MANY), 'all arrived', 60_000);

    for (const person of [ana, jun]) {
      const { panel } = person;
      await panel.click(button('back'));
      await findFrom(panel, 'trevi font');
      await panel.press('Enter');
      await until(async () => (await focused(panel)) === line(FAR), `${person.name} is led to it`);
      expectWhole(await texts(panel));
    }
    await say(jun.panel, ana.name, 'meanwhile');
    // Whoever writes is at the newest again; whoever reads further up stays there, and misses nothing on the way back.
    await until(async () => (await texts(jun.panel)).at(-1) === 'meanwhile', 'written');
    await until(async () => (await contactOf(ana.panel)).last?.text === 'meanwhile', 'arrived');
    expectWhole(await texts(ana.panel));
    for (let pages = 0; (await texts(ana.panel)).at(-1) !== 'meanwhile'; pages++) {
      expect(pages).toBeLessThan(10);
      const before = (await texts(ana.panel)).length;
      await ana.panel.eval(() => {
        const log = document.querySelector('[role=log]');
        log?.scrollTo({ top: log.scrollHeight });
      });
      await until(async () => (await texts(ana.panel)).length > before, 'later messages');
    }
    expectWhole((await texts(ana.panel)).slice(0, -1));

    if (jun.browser instanceof ChromiumBrowser) await jun.browser.killWorker();
    const { found } = await searchFrom(jun.panel, 'fontana');
    expect(found.hits.map(({ excerpt }) => excerpt.find(({ isMatch }) => isMatch)?.text)).toEqual(['Fontana']);
    expect((await searchFrom(jun.panel, 'an')).found.people).toHaveLength(1);
  }, 180_000);
}

test('a worker that dies while a reader is far up leaves them there, and Newest leads back', async () => {
  pair = await getInTouch(['chromium', 'chromium']);
  const { ana, jun } = pair;
  const { panel, browser } = ana;
  if (!(browser instanceof ChromiumBrowser)) throw new Error('only Chromium has a worker to kill');
  const { id } = await contactOf(panel);
  await sendAll(
    panel,
    id,
    Array.from({ length: MANY }, (_, i) => line(i + 1)),
  );
  await panel.click(button('back'));
  await openChat(panel, jun.name);
  await panel.click(button('search_chat'));
  await panel.fill({ role: 'textbox', name: word('search_chat') }, 'trévi');
  await until(() => panel.eval<[], boolean>("() => document.querySelector('#search-results mark') !== null"), 'a hit');
  await panel.press('ArrowDown');
  await panel.press('Enter');
  await until(async () => (await focused(panel)) === line(FAR), 'led to it');
  const before = await texts(panel);
  await browser.killWorker();
  await say(jun.panel, ana.name, 'meanwhile');
  await until(async () => (await contactOf(panel)).last?.text === 'meanwhile', 'arrived');
  expect((await texts(panel))[0]).toBe(before[0]);
  expectWhole(await texts(panel));
  await panel.click({ role: 'button', name: `${word('to_newest')}…` });
  await until(async () => (await texts(panel)).at(-1) === 'meanwhile', 'the newest');
}, 120_000);
