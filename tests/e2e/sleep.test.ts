/** A worker that nobody holds awake dies after 30 s, and the product goes on without it. Nothing is attached meanwhile. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../support/browsers';
import { requireBrowser } from '../support/browsers-installed';
import { launchChromium } from '../support/browsers-launch';
import { builtFolder } from '../support/build';
import { RawChromium } from '../support/chromium-raw';
import { getInTouch } from '../support/in-touch';
import { say, shownMessages } from '../support/walk';

test('with the panel open the worker dies at 30 s idle; a message then still arrives and notifies', async () => {
  const profile = await mkdtemp(join(tmpdir(), 'tincan-sleep-'));
  let isFirst = true;
  const launch = () => {
    const options = isFirst ? { profile } : {};
    isFirst = false;
    return launchChromium(options);
  };
  const { ana, jun, relay } = await getInTouch(['chromium', 'chromium'], { launch });
  // Ana's browser starts again on its profile as a user's would: no debugger, the panel on the list.
  await ana.browser.close();
  const raw = await RawChromium.launch({ executable: requireBrowser('chromium'), extension: builtFolder('chromium'), profile });
  try {
    await raw.openPage('sidepanel.html');
    await raw.closeOtherPages();
    await say(jun.panel, 'Ana', 'while you are awake');
    const stateOf = async (text: string) => (await shownMessages(jun.panel)).find((message) => message.text === text)?.state ?? '';
    await until(async () => (await stateOf('while you are awake')).startsWith('Delivered'), 'Ana is back', 60_000);

    const asleepFrom = performance.now();
    await until(async () => !(await raw.hasWorker()), 'the worker dies', 90_000);
    expect(performance.now() - asleepFrom).toBeGreaterThan(15_000);

    await say(jun.panel, 'Ana', 'while you sleep');
    await until(async () => (await stateOf('while you sleep')).startsWith('Delivered'), 'the sleeper has it', 20_000);
    const notices = () => raw.inPage('sidepanel.html', async () => Object.keys(await chrome.notifications.getAll()).length);
    await until(async () => (await notices()) > 0, 'it was notified');
    expect(await raw.inPage('sidepanel.html', () => chrome.action.getBadgeText({}))).toBe('2');
    expect(await raw.inPage('sidepanel.html', () => document.body.innerText)).toContain('while you sleep');
  } finally {
    await raw.close();
    await jun.browser.close();
    await relay.stop();
    await rm(profile, { recursive: true, force: true });
  }
}, 180_000);
