/** A disk that runs full under a real Chromium, and has room again: a tmpfs holds Jun's profile. */
import { afterEach, expect, test } from 'vitest';
import type { PanelDriver } from '../support/browsers';
import { until } from '../support/browsers';
import { launchChromium } from '../support/browsers-launch';
import { getInTouch, type InTouch, textsFrom } from '../support/in-touch';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk';
import { composer, openChat, say, shownMessages, word } from '../support/walk';

const DISK_MIB = 300;
/** After the size. */
const LOW = word('storage_low').split('$1')[1] ?? '';
const button = (key: string) => ({ role: 'button', name: word(key) });

let disk: SmallDisk | null = null;
let pair: InTouch | null = null;
afterEach(async () => {
  await pair?.end();
  disk?.unmount();
  pair = disk = null;
});

const shows = (panel: PanelDriver, text: string) =>
  panel.eval<[string], boolean>('(wanted) => document.body.innerText.includes(wanted)', text);
const stateOfLast = async (panel: PanelDriver) => (await shownMessages(panel)).at(-1)?.state ?? '';

async function lookAtStorage(panel: PanelDriver): Promise<void> {
  await panel.click(button('settings'));
  await panel.click({ role: 'button', name: `${word('storage')}…` });
}

test('a full disk is said before and while, keeps what was not stored with its writer, and all goes on by itself', async () => {
  const small = mountSmallDisk(DISK_MIB);
  disk = small;
  pair = await getInTouch(['chromium', 'chromium'], {
    launch: (_, name) => launchChromium(name === 'Jun' ? { profile: small.path } : {}),
  });
  const { ana, jun } = pair;
  await say(ana.panel, 'Jun', 'while there is room');
  await until(async () => (await stateOfLast(ana.panel)).startsWith('Delivered'), 'delivered');

  small.fillUpTo(60_000_000);
  await jun.panel.press('Escape');
  await lookAtStorage(jun.panel);
  await jun.panel.waitForText(LOW);
  await jun.panel.waitForText(word('storage_kept'));
  await jun.panel.press('Escape');
  await jun.panel.press('Escape');
  await jun.panel.waitForText(LOW);

  await openChat(jun.panel, 'Ana');
  small.keepFull();
  await say(ana.panel, 'Jun', 'while there is none');
  await say(jun.panel, 'Ana', 'no room for this');
  await jun.panel.waitForText(word('error_storage_full'), 20_000);
  await until(() => jun.panel.eval(() => document.querySelector('textarea')?.value === 'no room for this'), 'still in the composer');
  expect(await textsFrom(jun.panel, false)).toEqual(['while there is room']);
  expect(await stateOfLast(ana.panel)).not.toMatch(/^(Delivered|Read)/);
  await jun.panel.press('Escape');
  await jun.panel.waitForText(word('storage_full'));

  small.empty();
  await until(async () => /^(Delivered|Read)/.test(await stateOfLast(ana.panel)), 'delivered once there is room', 60_000);
  await until(async () => !(await shows(jun.panel, word('storage_full'))), 'no longer full', 45_000);
  await openChat(jun.panel, 'Ana');
  await jun.panel.click(composer('Ana'));
  await jun.panel.press('Enter');
  await until(async () => (await textsFrom(ana.panel, false)).join() === 'no room for this', 'sent again by hand', 30_000);
  expect(await textsFrom(jun.panel, false)).toEqual(['while there is room', 'while there is none']);
  expect(await textsFrom(jun.panel, true)).toEqual(['no room for this']);
}, 180_000);
