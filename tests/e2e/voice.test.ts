/** First sound: a tone goes into one browser's microphone and is measured coming out of the other's connection. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExtensionBrowser, until } from '../support/browsers';
import { ChromiumBrowser } from '../support/chromium';
import { PAIRS, type Person } from '../support/in-touch';
import { breakString, soundAt } from '../support/sound';
import { hears, hearsNothing, isClosed, PATIENCE_MS, plays, type Speaker, type Speakers, twoSpeakers } from '../support/speakers';
import { word } from '../support/walk';

const MUTE = 'Alt+Shift+M';
const ASKING = '/permissions.html';

const press = ({ panel }: Person, key: string) => panel.click({ role: 'button', name: word(key) }, PATIENCE_MS);
const shows = ({ panel }: Person, text: string) => panel.waitForText(text, PATIENCE_MS);

function badgeOf(browser: ExtensionBrowser): Promise<string> {
  return browser.background((scope) => {
    const { browser: firefox } = scope as unknown as { browser?: { browserAction: typeof chrome.action } };
    return (firefox?.browserAction ?? scope.chrome.action).getBadgeText({});
  });
}

function badgeIs({ browser, name }: Person, text: string): Promise<boolean> {
  return until(async () => (await badgeOf(browser)) === text, `${name}'s badge says '${text}'`, PATIENCE_MS);
}

/** How many tabs that ask for the microphone are open. */
function askingTabs({ panel }: Person): Promise<number> {
  return panel.eval(
    (path) => chrome.extension.getViews({ type: 'tab' }).filter(({ location }) => location.pathname === path).length,
    ASKING,
  );
}

/** Firefox lets only the tab in front capture. */
async function backToPanel({ panel }: Person): Promise<void> {
  await panel.eval((path) => {
    for (const view of chrome.extension.getViews({ type: 'tab' })) if (view.location.pathname === path) view.close();
    chrome.tabs.getCurrent((tab) => tab?.id !== undefined && chrome.tabs.update(tab.id, { active: true }));
  }, ASKING);
  await panel.waitFor(() => document.visibilityState === 'visible');
}

function asChromium({ browser }: Person): ChromiumBrowser {
  if (!(browser instanceof ChromiumBrowser)) throw new Error('only Chromium has a worker and an offscreen document');
  return browser;
}

const alone = (other: Person) => word('voice_on', word('voice_alone', other.name));
const both = (other: Person) => word('voice_on', word('voice_both', other.name));

describe.each(PAIRS)('%s and %s', (...kinds) => {
  let speakers: Speakers;
  let ana: Speaker;
  let jun: Speaker;
  beforeAll(async () => {
    speakers = await twoSpeakers(kinds);
    ({ ana, jun } = speakers);
  });
  afterAll(() => speakers?.end());

  test('a microphone that is not allowed: the words say so, the button opens the tab that asks', async () => {
    await press(ana, 'voice_start');
    await shows(ana, word('voice_failed_permission'));
    await press(ana, 'voice_permission');
    await until(async () => (await askingTabs(ana)) === 1, 'the tab that asks is open', PATIENCE_MS);
    await backToPanel(ana);

    const tab = await ana.browser.openPage(ASKING.slice(1));
    await ana.browser.grantMicrophone();
    await tab.click({ role: 'button', name: word('microphone_ask') });
    await tab.waitForText(word('microphone_ready_title'), PATIENCE_MS);
    // The tab may be gone before the click is answered.
    await tab.click({ role: 'button', name: word('microphone_close') }).catch(() => undefined);
    await until(async () => (await askingTabs(ana)) === 0, 'the tab that asked is closed', PATIENCE_MS);
    await backToPanel(ana);
  });

  test('tones are heard, a command mutes, off closes the microphone', async () => {
    for (const { browser } of [ana, jun]) await browser.grantMicrophone();
    await press(ana, 'voice_start');
    await shows(ana, alone(jun));
    await shows(jun, word('voice_theirs', ana.name));
    await hears(jun, ana);
    // Carried by one offer, with one line of sound; and not played to somebody who has not turned voice on.
    expect(await soundAt(jun)).toEqual({ playing: 0, captured: [], offeredLines: [1] });

    await press(jun, 'voice_start');
    await Promise.all([shows(ana, both(jun)), shows(jun, both(ana))]);
    await Promise.all([hears(ana, jun), hears(jun, ana)]);
    await Promise.all([plays(ana, 1), plays(jun, 1)]);

    for (const [speaker, listener] of [
      [ana, jun],
      [jun, ana],
    ] as const) {
      await speaker.browser.pressCommand(MUTE);
      await shows(speaker, word('voice_muted', ''));
      await badgeIs(speaker, 'M');
      await hearsNothing(listener, speaker);
      await hears(speaker, listener);
      await speaker.browser.pressCommand(MUTE);
      await shows(speaker, both(listener));
      await badgeIs(speaker, '');
      await hears(listener, speaker);
    }

    await press(jun, 'voice_stop');
    await shows(ana, alone(jun));
    await plays(jun, 0);
    await isClosed(jun);
    await hears(jun, ana);
    await press(ana, 'voice_stop');
    await isClosed(ana);
    expect((await soundAt(ana)).playing).toBe(0);
  });

  /** Firefox's background page stays for good. */
  if (kinds[0] === 'chromium')
    test('the worker dies during a call: command and buttons still do what they say', async () => {
      const browser = asChromium(ana);
      await browser.killWorker();
      await press(ana, 'voice_start');
      await shows(ana, alone(jun));
      await hears(jun, ana);
      await browser.killWorker();
      await browser.pressCommand(MUTE);
      await shows(ana, word('voice_muted', ''));
      await badgeIs(ana, 'M');
      await browser.killWorker();
      await press(ana, 'voice_unmute');
      await shows(ana, alone(jun));
      await hears(jun, ana);
      await browser.killWorker();
      await press(ana, 'voice_stop');
      await isClosed(ana);
    });

  test('the string breaks during a call: voice goes on by itself, or says that it must be turned on again', async () => {
    for (const person of [ana, jun]) await press(person, 'voice_start');
    await Promise.all([shows(ana, both(jun)), shows(jun, both(ana))]);
    await breakString(ana);
    // Firefox's host has no microphone of its own to open again.
    if (ana.browser.kind === 'firefox') {
      await shows(ana, word('voice_failed_no_string', jun.name));
      await isClosed(ana);
      await press(ana, 'voice_start');
    }
    await until(async () => (await soundAt(ana)).captured.at(-1) === 'live', "Ana's microphone is open again", PATIENCE_MS);
    await Promise.all([hears(ana, jun), hears(jun, ana)]);
    await Promise.all([shows(ana, both(jun)), shows(jun, both(ana))]);
  });

  if (kinds[0] === 'chromium')
    test('the offscreen document is closed during a call: the next one takes the voice up', async () => {
      await asChromium(jun).closeOffscreen();
      // Jun's host is a new one: what it hears can't be left over from before.
      await hears(jun, ana);
      await hears(ana, jun);
      await Promise.all([shows(ana, both(jun)), shows(jun, both(ana))]);
    });
});
