/** A PIN in both browsers, with the true stretching: what a locked page shows, and what is there again once it opens. */
import { afterEach, expect, test } from 'vitest';
import type { PanelDriver } from '../support/browsers';
import { until } from '../support/browsers';
import { getInTouch, type InTouch } from '../support/in-touch';
import { openChat, openSettings, say, shownMessages, word } from '../support/walk';

const PIN = '271828';
const button = (key: string) => ({ role: 'button', name: word(key) });
const SECRET = 'input[type=password]';
const NEW_SECRET = `section ${SECRET}`;

let pair: InTouch | null = null;
afterEach(async () => {
  await pair?.end();
  pair = null;
});

/** From a chat, by the settings; stays there. */
async function setPin(panel: PanelDriver): Promise<void> {
  await panel.click(button('back'));
  await openSettings(panel, 'lock_settings');
  await panel.fill(NEW_SECRET, PIN);
  await panel.click(button('lock_set'));
  await panel.waitForText(word('lock_saved'), 30_000);
}

async function unlock(panel: PanelDriver, pin: string): Promise<void> {
  await panel.fill(SECRET, pin);
  await panel.click(button('lock_open'));
}

const shows = (panel: PanelDriver, text: string) =>
  panel.eval<[string], boolean>('(wanted) => document.documentElement.outerHTML.includes(wanted)', text);

for (const kind of ['chromium', 'firefox'] as const) {
  test(`${kind} locks by hand and with its browser, shows nothing while locked, and opens to its PIN alone`, async () => {
    pair = await getInTouch([kind, 'chromium']);
    const { ana, jun } = pair;
    await say(jun.panel, 'Ana', 'under the blue pot');
    await until(async () => (await shownMessages(ana.panel)).length === 1, 'read before');
    await setPin(ana.panel);
    await ana.panel.click(button('lock_now'));
    await ana.panel.waitForText(word('lock_title'));
    for (const secret of ['under the blue pot', 'Jun']) expect(await shows(ana.panel, secret)).toBe(false);
    await say(jun.panel, 'Ana', 'while you were locked');
    await unlock(ana.panel, '000000');
    await ana.panel.waitForText(word('error_lock_wrong'), 30_000);
    await unlock(ana.panel, PIN);
    await ana.panel.waitFor(button('back'), 30_000);
    await ana.panel.click(button('back'));
    await ana.panel.click(button('back'));
    await until(() => shows(ana.panel, 'Jun'), 'open again', 30_000);

    await ana.browser.relaunch();
    ana.panel = await ana.browser.openPanel();
    await ana.panel.waitForText(word('lock_title'));
    expect(await shows(ana.panel, 'Jun')).toBe(false);
    await unlock(ana.panel, PIN);
    await openChat(ana.panel, 'Jun');
    const read = async () => (await shownMessages(ana.panel)).map(({ text }) => text).join();
    await until(async () => (await read()) === 'under the blue pot,while you were locked', 'both read', 45_000);

    await ana.panel.click(button('back'));
    await openSettings(ana.panel, 'lock_settings');
    await ana.panel.click(button('wipe_start'));
    await ana.panel.click(button('wipe_confirm'));
    await ana.panel.waitFor({ role: 'textbox', name: word('start_name') }, 30_000);
  }, 180_000);
}
