/** First sound: a tone goes into one browser's microphone and is measured coming out of the other's connection. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type ExtensionBrowser, until } from '../support/browsers';
import { launchBrowser, launchChromium } from '../support/browsers-launch';
import { contactOf, getInTouch, type InTouch, PAIRS, type Person } from '../support/in-touch';
import { hearing, soundAt, toneWav, watchSound } from '../support/sound';
import { word } from '../support/walk';

/** Two tones, so that nobody's own voice passes for the other's. Firefox's fake microphone plays 1 kHz of itself. */
const ANA_HZ = 1000;
const JUN_HZ = 600;

/** dBFS. A tone at half of full scale reads about -16, and -40 once the browser takes it for noise and turns it down. */
const AUDIBLE = -50;
const SILENT = -70;
/** By how much the tone stands out of what lies beside it, in dB. */
const CLEAR = 20;
const PATIENCE_MS = 15_000;
const MUTE = 'Alt+Shift+M';

let pair: InTouch | null = null;
let folder: string | null = null;
afterEach(async () => {
  await pair?.end();
  if (folder !== null) rmSync(folder, { recursive: true });
  pair = folder = null;
});

/** Someone with a voice of their own, and the other's id there. */
interface Speaker extends Person {
  readonly contactId: string;
  readonly toneHz: number;
}

async function twoSpeakers(kinds: (typeof PAIRS)[number]): Promise<{ ana: Speaker; jun: Speaker }> {
  folder = mkdtempSync(join(tmpdir(), 'tincan-tones-'));
  const tones = [ANA_HZ, JUN_HZ].map((toneHz) => {
    const microphone = join(folder ?? '', `${toneHz}.wav`);
    writeFileSync(microphone, toneWav(toneHz, 5));
    return microphone;
  });
  pair = await getInTouch(kinds, {
    async launch(kind) {
      const microphone = tones.shift() ?? '';
      const browser = kind === 'chromium' ? await launchChromium({ microphone }) : await launchBrowser(kind);
      await browser.grantMicrophone();
      return browser;
    },
  });
  const speaker = async (person: Person, toneHz: number): Promise<Speaker> => {
    await watchSound(person);
    return { ...person, toneHz, contactId: (await contactOf(person.panel)).id };
  };
  return { ana: await speaker(pair.ana, ANA_HZ), jun: await speaker(pair.jun, JUN_HZ) };
}

const press = ({ panel }: Person, key: string) => panel.click({ role: 'button', name: word(key) }, PATIENCE_MS);
const shows = ({ panel }: Person, text: string) => panel.waitForText(text, PATIENCE_MS);

function hears(listener: Speaker, speaker: Speaker): Promise<true> {
  const ask = async (): Promise<true> => {
    const heard = await hearing(listener, listener.contactId, speaker.toneHz);
    expect(heard?.tone).toBeGreaterThan(AUDIBLE);
    expect((heard?.tone ?? 0) - (heard?.beside ?? 0)).toBeGreaterThan(CLEAR);
    return true;
  };
  return until(ask, `${listener.name} hears ${speaker.name}'s ${speaker.toneHz} Hz`, PATIENCE_MS);
}

/** The line is there and carries nothing. */
function hearsNothing(listener: Speaker, speaker: Speaker): Promise<true> {
  const ask = async (): Promise<true> => {
    const heard = await hearing(listener, listener.contactId, speaker.toneHz, 1000);
    expect(heard?.tone).toBeLessThan(SILENT);
    expect(heard?.beside).toBeLessThan(SILENT);
    return true;
  };
  return until(ask, `${speaker.name} is silent at ${listener.name}'s`, PATIENCE_MS);
}

function badgeOf(browser: ExtensionBrowser): Promise<string> {
  return browser.background((scope) => {
    const { browser: firefox } = scope as unknown as { browser?: { browserAction: typeof chrome.action } };
    return (firefox?.browserAction ?? scope.chrome.action).getBadgeText({});
  });
}

function badgeIs({ browser, name }: Person, text: string): Promise<boolean> {
  return until(async () => (await badgeOf(browser)) === text, `${name}'s badge says '${text}'`, PATIENCE_MS);
}

function plays(person: Person, count: number): Promise<boolean> {
  return until(async () => (await soundAt(person)).playing === count, `${person.name}'s loudspeakers in use: ${count}`, PATIENCE_MS);
}

const alone = (other: Person) => word('voice_on', word('voice_alone', other.name));
const both = (other: Person) => word('voice_on', word('voice_both', other.name));

for (const kinds of PAIRS) {
  test(`${kinds.join(' and ')}: tones are heard, a command mutes one, off closes the microphone`, async () => {
    const { ana, jun } = await twoSpeakers(kinds);

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
    expect((await soundAt(jun)).captured).toEqual(['ended']);
    await hears(jun, ana);
    await press(ana, 'voice_stop');
    await until(async () => (await soundAt(ana)).captured.join() === 'ended', "Ana's microphone is closed", PATIENCE_MS);
    expect((await soundAt(ana)).playing).toBe(0);
  }, 90_000);
}
