/** Two people in touch whose microphones play a tone each, and what can be asked about who hears whom. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type BrowserKind, type ExtensionBrowser, until } from './browsers';
import { launchChromium, launchFirefox } from './browsers-launch';
import { contactOf, getInTouch, type Person } from './in-touch';
import { hearing, soundAt, watchSound } from './sound';
import { toneWav } from './tone';

/** Two tones, so that nobody's own voice passes for the other's. Firefox's fake microphone plays 1 kHz of itself. */
const TONES_HZ = [1000, 600] as const;
const TONE_SECONDS = 5;

/** dBFS. A tone at half of full scale reads about -16, and -40 once the browser takes it for noise and turns it down. */
const AUDIBLE = -50;
const SILENT = -70;
/** By how much the tone stands out of what lies beside it, in dB. */
const CLEAR = 20;
/** Three times what a busy machine needs. */
export const PATIENCE_MS = 15_000;
const FIREFOX_BLOCKS = 2;

/** Someone with a voice of their own, and the other's id there. */
export interface Speaker extends Person {
  readonly contactId: string;
  readonly toneHz: number;
}

export interface Speakers {
  readonly ana: Speaker;
  readonly jun: Speaker;
  end(): Promise<void>;
}

/** A browser that nobody has asked for the microphone; Firefox would wait for an answer, so there it is blocked. */
function launchUnasked(kind: BrowserKind, microphone: string): Promise<ExtensionBrowser> {
  if (kind === 'chromium') return launchChromium({ microphone });
  return launchFirefox({ preferences: { 'permissions.default.microphone': FIREFOX_BLOCKS } });
}

async function speaker(person: Person, toneHz: number): Promise<Speaker> {
  await watchSound(person);
  return { ...person, toneHz, contactId: (await contactOf(person.panel)).id };
}

/** In touch with the chats open, the string whole, and no microphone allowed yet. */
export async function twoSpeakers(kinds: readonly [BrowserKind, BrowserKind]): Promise<Speakers> {
  const folder = mkdtempSync(join(tmpdir(), 'tincan-tones-'));
  const microphones = TONES_HZ.map((toneHz) => {
    const path = join(folder, `${toneHz}.wav`);
    writeFileSync(path, toneWav(toneHz, TONE_SECONDS));
    return path;
  });
  const pair = await getInTouch(kinds, { launch: (kind) => launchUnasked(kind, microphones.shift() ?? '') });
  return {
    ana: await speaker(pair.ana, TONES_HZ[0]),
    jun: await speaker(pair.jun, TONES_HZ[1]),
    async end() {
      await pair.end();
      await rm(folder, { recursive: true });
    },
  };
}

export function hears(listener: Speaker, speaking: Speaker): Promise<true> {
  const ask = async (): Promise<true> => {
    const heard = await hearing(listener, listener.contactId, speaking.toneHz);
    expect(heard?.tone).toBeGreaterThan(AUDIBLE);
    expect((heard?.tone ?? 0) - (heard?.beside ?? 0)).toBeGreaterThan(CLEAR);
    return true;
  };
  return until(ask, `${listener.name} hears ${speaking.name}'s ${speaking.toneHz} Hz`, PATIENCE_MS);
}

/** The line is there and carries nothing, for a whole second. */
export function hearsNothing(listener: Speaker, speaking: Speaker): Promise<true> {
  const ask = async (): Promise<true> => {
    const heard = await hearing(listener, listener.contactId, speaking.toneHz, 1000);
    expect(heard?.tone).toBeLessThan(SILENT);
    expect(heard?.beside).toBeLessThan(SILENT);
    return true;
  };
  return until(ask, `${speaking.name} is silent at ${listener.name}'s`, PATIENCE_MS);
}

/** So many loudspeakers are in use there. */
export function plays(person: Person, count: number): Promise<boolean> {
  return until(async () => (await soundAt(person)).playing === count, `${person.name}'s loudspeakers in use: ${count}`, PATIENCE_MS);
}

/** Every microphone opened there is closed again. */
export function isClosed(person: Person): Promise<boolean> {
  const ask = async () => {
    const { captured } = await soundAt(person);
    return captured.length > 0 && captured.every((state) => state === 'ended');
  };
  return until(ask, `${person.name}'s microphone is closed`, PATIENCE_MS);
}
