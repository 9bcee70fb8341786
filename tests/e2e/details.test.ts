/** What a user reads of a conversation beside its messages, at two real browsers: a message's details, who is writing, what is being written. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cutRelays, dropString, joinRelays } from '../support/absence';
import { type PanelDriver, until } from '../support/browsers';
import { contactOf, getInTouch, type InTouch, stringIsWhole } from '../support/in-touch';
import { askView, conversationOf } from '../support/view-port';
import { composer, openChat, say, shownMessages, word } from '../support/walk';

const AWAY_MS = 40_000;
/** So many messages wait for one person on the relay, which then takes no more. */
const ROOM = 3;

let pair: InTouch;

beforeAll(async () => {
  pair = await getInTouch(['chromium', 'firefox'], { relay: { env: { LIMITS: `queueMessages=${ROOM},sweepMs=500` } } });
}, 120_000);
afterAll(() => pair?.end());

const button = (key: string, ...parts: readonly string[]) => ({ role: 'button', name: word(key, ...parts) });
const idOf = async (panel: PanelDriver, text: string) => (await shownMessages(panel)).find((message) => message.text === text)?.id ?? '';

/** The lines of a message's details as they stand on the screen; of each its words and whether it has a time of today. */
async function detailsOf(panel: PanelDriver, messageId: string): Promise<readonly string[]> {
  await panel.eval((id: string) => document.querySelector<HTMLElement>(`article[data-id="${id}"]`)?.focus(), messageId);
  await panel.press('i');
  await panel.waitFor('dialog ol li');
  const lines = await panel.eval(() =>
    [...document.querySelectorAll<HTMLElement>('dialog ol li')].map((line) => {
      const time = line.querySelector('time');
      const isToday = time !== null && Math.abs(Date.now() - Date.parse(time.dateTime)) < 600_000 && /\d\d:\d\d/.test(time.innerText);
      return `${line.querySelector('span')?.innerText.replaceAll(/\s/gu, ' ')} ${isToday ? 'AT' : 'NO TIME'}`;
    }),
  );
  await panel.press('Escape');
  await until(async () => (await panel.eval(() => document.querySelector('dialog'))) === null, 'closed');
  return lines;
}

async function readDetails(text: string, wanted: readonly string[]): Promise<void> {
  await readDetailsOf(await idOf(pair.ana.panel, text), wanted);
}

async function readDetailsOf(id: string, wanted: readonly string[]): Promise<void> {
  let seen: readonly string[] = [];
  const isSo = async () => {
    seen = await detailsOf(pair.ana.panel, id);
    return seen.join('|') === wanted.map((line) => `${line} AT`).join('|');
  };
  await until(isSo, 'the details', AWAY_MS).catch(() => expect(seen).toEqual(wanted.map((line) => `${line} AT`)));
}

async function write(text: string, more: { expiry?: { seconds: number; base: 'sent' } } = {}): Promise<string> {
  const { panel } = pair.ana;
  const { id: contactId } = await contactOf(panel);
  expect(await askView(panel, { kind: 'message.send', contactId, text, routing: 'relay', ...more })).toEqual({ ok: true });
  await until(async () => (await idOf(panel, text)) !== '', `${text} is shown`);
  return idOf(panel, text);
}

/** In words, the day on which the relay deletes it. */
async function heldWords(id: string): Promise<string> {
  const { panel } = pair.ana;
  const { id: contactId } = await contactOf(panel);
  const find = async () => (await conversationOf(panel, contactId)).find((message) => message.id === id)?.delivery?.heldUntilMs;
  const untilMs = await until(find, 'held', AWAY_MS);
  const day = await panel.eval(
    (ms: number) => new Intl.DateTimeFormat(document.documentElement.lang, { day: 'numeric', month: 'short', year: 'numeric' }).format(ms),
    untilMs,
  );
  return word('details_held', day.replaceAll(/\s/gu, ' '));
}

test('that somebody is writing is shown while they do, and goes when they stop', async () => {
  const { ana, jun } = pair;
  const line = word('typing', 'Jun');
  const isShown = () => ana.panel.eval((words: string) => document.body.innerText.includes(words), line);
  expect(await isShown()).toBe(false);
  await jun.panel.fill(composer('Ana'), 'I am just');
  await ana.panel.waitForText(line);
  await jun.panel.fill(composer('Ana'), '');
  await until(async () => !(await isShown()), 'gone with the last letter');
});

test('what is being written in the panel stands in the popup too, with what it answers, and the other way round', async () => {
  const { ana, jun } = pair;
  await say(jun.panel, 'Ana', 'Shall we meet?');
  await until(async () => (await idOf(ana.panel, 'Shall we meet?')) !== '', 'it has come');
  await ana.panel.eval(
    (id: string) => document.querySelector<HTMLElement>(`article[data-id="${id}"]`)?.focus(),
    await idOf(ana.panel, 'Shall we meet?'),
  );
  await ana.panel.press('r');
  await ana.panel.type('At nine');
  const popup = await ana.browser.openPage('popup.html');
  await openChat(popup, 'Jun');
  const textOf = (page: PanelDriver) => page.eval(() => document.querySelector('textarea')?.value ?? '');
  await until(async () => (await textOf(popup)) === 'At nine', 'the text is there too');
  await popup.waitForText(`${word('replying', 'Jun')} Shall we meet?`);
  await popup.press('End');
  await popup.type(', at the mill');
  await until(async () => (await textOf(ana.panel)) === 'At nine, at the mill', 'and back');
  await popup.close();
  await ana.panel.click(composer('Jun'));
  await ana.panel.press('Enter');
  await until(async () => (await idOf(jun.panel, 'At nine, at the mill')) !== '', 'sent');
});

test('the details of a message tell when each thing happened, and until when the server keeps it', async () => {
  const { ana, jun } = pair;
  await jun.panel.click(button('back'));
  await cutRelays(jun);
  await dropString(jun);
  await until(async () => (await contactOf(ana.panel)).presence === 'offline', 'Jun is missed', AWAY_MS);
  const wrote = [word('details_written'), word('details_local')];
  const held = await write('for later');
  const heldLine = await heldWords(held);
  await readDetailsOf(held, [...wrote, heldLine]);

  const back = await write('not after all');
  await heldWords(back);
  await askView(ana.panel, { kind: 'message.take-back', contactId: (await contactOf(ana.panel)).id, messageId: back });
  await readDetailsOf(back, [...wrote, heldLine, word('details_taken_back')]);

  const fleeting = await write('for a moment', { expiry: { seconds: 4, base: 'sent' } });
  const briefLine = await heldWords(fleeting);
  await readDetailsOf(fleeting, [...wrote, briefLine, word('details_expired')]);

  let refused = '';
  for (let n = 1; refused === '' && n <= ROOM; n += 1) {
    const id = await write(`too much ${n}`);
    const stateOf = async () => (await shownMessages(ana.panel)).find((message) => message.id === id)?.state ?? '';
    const state = await until(async () => /^(Held|Not sent)/u.test(await stateOf()) && stateOf(), 'taken or refused', AWAY_MS);
    if (state === word('state_failed_full', 'Jun').replaceAll('$1', 'Jun')) refused = id;
  }
  await readDetailsOf(refused, [...wrote, word('state_failed_full', 'Jun').replaceAll('$1', 'Jun')]);

  await joinRelays(jun);
  await stringIsWhole(pair, AWAY_MS).catch(() => undefined);
  await readDetailsOf(held, [...wrote, heldLine, word('details_delivered')]);
  await openChat(jun.panel, 'Ana');
  await readDetails('for later', [...wrote, heldLine, word('details_delivered'), word('details_read')]);
}, 180_000);
