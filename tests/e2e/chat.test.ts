/** What can be done with messages, by two people at two real browsers: seen on both screens, through the whole product. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PanelDriver, until } from '../support/browsers';
import { getInTouch, type InTouch } from '../support/in-touch';
import { say, shownMessages, word } from '../support/walk';

let pair: InTouch;
let hasJunLeft = false;

beforeAll(async () => {
  pair = await getInTouch(['chromium', 'firefox']);
}, 120_000);
afterAll(async () => {
  if (!hasJunLeft) await pair?.jun.browser.close();
  await pair?.ana.browser.close();
  await pair?.relay.stop();
});

const button = (key: string) => ({ role: 'button', name: word(key) });
const texts = async (panel: PanelDriver) => (await shownMessages(panel)).map(({ text }) => text);
const has = (panel: PanelDriver, text: string) => until(async () => (await texts(panel)).includes(text), `"${text}" is shown`);
const hasNot = (panel: PanelDriver, text: string) => until(async () => !(await texts(panel)).includes(text), `"${text}" is gone`);

/** Everything on the screen that belongs to the message with this text. */
function around(panel: PanelDriver, text: string): Promise<string> {
  return panel.eval((wanted: string) => {
    const found = [...document.querySelectorAll('[role=log] article')].find((each) =>
      [...each.querySelectorAll('p')].some((p) => p.textContent === wanted),
    );
    return found?.textContent ?? '';
  }, text);
}

/** By its menu, as a hand does it. */
async function choose(panel: PanelDriver, text: string, item: string): Promise<void> {
  await panel.eval((wanted: string) => {
    const found = [...document.querySelectorAll<HTMLElement>('[role=log] article')].findLast((each) =>
      [...each.querySelectorAll('p')].some((p) => p.textContent === wanted),
    );
    found?.focus();
  }, text);
  await panel.press('Enter');
  await panel.click(`[data-item="${item}"]`);
}

/** Into the composer, as one piece. */
async function paste(panel: PanelDriver, text: string): Promise<void> {
  await panel.eval((pasted: string) => {
    const box = document.querySelector('textarea');
    if (!box) return;
    box.focus();
    box.value = pasted;
    box.dispatchEvent(new Event('input', { bubbles: true }));
  }, text);
}

test('an answer shows what it answers, on both screens', async () => {
  const { ana, jun } = pair;
  await say(ana.panel, jun.name, 'Shall we meet at the mill?');
  await has(jun.panel, 'Shall we meet at the mill?');
  await choose(jun.panel, 'Shall we meet at the mill?', 'reply');
  await say(jun.panel, ana.name, 'At nine.');
  await has(ana.panel, 'At nine.');
  for (const { panel } of [ana, jun])
    await until(async () => (await around(panel, 'At nine.')).includes('Shall we meet at the mill?'), 'the quote is shown');
});

test('a reaction appears there, and goes again', async () => {
  const { ana, jun } = pair;
  await choose(ana.panel, 'At nine.', '👍');
  const reacted = word('reaction_theirs', ana.name);
  await until(async () => (await around(jun.panel, 'At nine.')).includes(reacted), 'the reaction has come');
  await ana.panel.click({ role: 'button', name: `${word('reaction_mine')}…` });
  await until(async () => !(await around(jun.panel, 'At nine.')).includes(reacted), 'the reaction has gone');
});

test('a change shows there, marked as one', async () => {
  const { ana, jun } = pair;
  await choose(jun.panel, 'At nine.', 'edit');
  await jun.panel.waitFor(button('editing_save'));
  await say(jun.panel, ana.name, 'At ten.');
  await has(ana.panel, 'At ten.');
  await hasNot(ana.panel, 'At nine.');
  expect(await around(ana.panel, 'At ten.')).toContain(word('edited_at', ''));
});

test('what is deleted for everyone is gone there, and the sender sees that it is', async () => {
  const { ana, jun } = pair;
  await say(ana.panel, jun.name, 'Never mind this.');
  await has(jun.panel, 'Never mind this.');
  await choose(ana.panel, 'Never mind this.', 'delete-everyone');
  await ana.panel.click(button('delete_confirm'));
  await has(jun.panel, word('deleted_theirs', ana.name));
  await hasNot(jun.panel, 'Never mind this.');
  const confirmed = word('state_deleted', '').trimEnd();
  const isConfirmed = async () => (await shownMessages(ana.panel)).some(({ state }) => state.startsWith(confirmed));
  await until(isConfirmed, 'the sender sees that it is deleted there');
});

test('what is forwarded goes as a message of its own', async () => {
  const { ana, jun } = pair;
  await choose(ana.panel, 'At ten.', 'forward');
  await ana.panel.click('dialog input[type=checkbox]');
  await ana.panel.click({ role: 'button', name: word('forward_to', '1') });
  await until(async () => (await texts(jun.panel)).filter((text) => text === 'At ten.').length === 2, 'it has come back');
});

test('a text of 20,000 characters arrives whole, and shows its beginning', async () => {
  const { ana, jun } = pair;
  const long = `${'Seven blue kettles by the river path. '.repeat(540)}The end.`.slice(-20_000);
  await paste(ana.panel, long);
  await ana.panel.press('Enter');
  const isThere = async () => (await texts(jun.panel)).some((text) => text.startsWith(long.slice(0, 100)));
  await until(isThere, 'the long text has come', 30_000);
  await jun.panel.click({ role: 'button', name: word('show_all', '…').replace(/….*/u, '…') });
  await has(jun.panel, long);
}, 60_000);

test('a message that waits on this device is taken back, and never comes', async () => {
  const { ana, jun } = pair;
  await jun.browser.close();
  hasJunLeft = true;
  await say(ana.panel, jun.name, 'Nobody is there.');
  const waits = word('state_local_online', jun.name);
  const stateOf = async () => (await shownMessages(ana.panel)).at(-1)?.state ?? '';
  await until(async () => (await stateOf()) === waits, 'it waits on this device', 60_000);
  expect(await ana.panel.eval<[], boolean>("() => document.querySelector('[role=log]').textContent.includes('browser profile')")).toBe(
    true,
  );
  await choose(ana.panel, 'Nobody is there.', 'take-back');
  await until(async () => (await stateOf()).startsWith(word('state_taken_back', '').trimEnd()), 'it is taken back');
}, 120_000);
