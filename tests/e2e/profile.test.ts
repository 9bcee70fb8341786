/** What lies in a closed browser's profile: records, every one sealed. Every file is searched, none is left out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type BrowserKind, type ExtensionBrowser, type PanelDriver, until } from '../support/browsers';
import { launchChromium, launchFirefox } from '../support/browsers-launch';
import { allArrived, contactOf, getInTouch, type InTouch, type Person } from '../support/in-touch';
import { filesUnder, findIn, type Needle, piecesOf } from '../support/plaintext-search';
import { composer, openChat, say, showInvite, word } from '../support/walk';

/**
 * No language puts letters in this order, so that no other file of a browser has a piece of it; and no four of them stand together
 * twice, so that no compression takes a piece apart.
 */
const SECRET = {
  names: ['Xoqwuzvembgikrylta', 'Hjupfocdsnewqatzgi'],
  byAna: ['mvyxebqorkcuzwthal', 'dgfinpjsozyuxkewbv'],
  byJun: ['tqlahrzcimuwfgoxed', 'pybksjnvduqzlweroc'],
  noticed: 'wzixgakvqyomfjetub',
  unsent: 'rhcldnspguybxivzok',
} as const;
/** Put by this test where a browser keeps such things: the search must find these. */
const PLANTED = { storage: 'fuvqkezjyxwopbmiha', record: 'lgtcrsdnaqixvuwkyo', field: 'ehzbpfjmrtgoucdlns' };

const folders: Partial<Record<BrowserKind, string>> = {};
let pair: InTouch | null = null;
afterEach(async () => {
  await pair?.end();
  for (const folder of Object.values(folders)) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

/** As a user has it, and unlike a driven one, this Firefox writes down what stands in its tabs; only sooner. */
const REMEMBERS = { 'browser.sessionstore.resume_from_crash': true, 'browser.sessionstore.interval': 500 };

function launch(kind: BrowserKind): Promise<ExtensionBrowser> {
  const profile = mkdtempSync(join(tmpdir(), `tincan-kept-${kind}-`));
  folders[kind] = profile;
  return kind === 'chromium' ? launchChromium({ profile }) : launchFirefox({ profile, preferences: REMEMBERS });
}

/** The extension's own storage, a database of its origin, and a careless field: what a browser remembers of open pages. */
async function plant({ browser, panel }: Person): Promise<void> {
  await browser.background((scope, text) => scope.chrome.storage.local.set({ text }), PLANTED.storage);
  await panel.eval(
    (record: string) =>
      new Promise<void>((resolve, reject) => {
        const field = document.body.appendChild(document.createElement('input'));
        Object.assign(field, { id: 'careless', style: 'position: fixed; inset: 0 auto auto 0; z-index: 9' });
        const opening = indexedDB.open('planted', 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore('texts').put(record, 'text');
        opening.onsuccess = () => resolve(opening.result.close());
        opening.onerror = () => reject(opening.error);
      }),
    PLANTED.record,
  );
  await panel.click('#careless');
  await panel.type(PLANTED.field);
}

/** A record's key as the browser's own database writes it. Keys are in the clear: finding one shows that records are searched. */
async function keyOf({ browser, panel }: Person): Promise<Needle> {
  const { id } = await contactOf(panel);
  const bytes = browser.kind === 'chromium' ? Buffer.from(id, 'utf16le').swap16() : Buffer.from(id).map((byte) => byte + 1);
  return { what: 'a key', bytes: Buffer.from(bytes) };
}

/** From the list, back to the list: found, and its segments on the disk. */
async function searched(panel: PanelDriver, text: string): Promise<void> {
  await panel.fill({ role: 'textbox', name: word('search_all') }, text);
  await until(() => panel.eval<[], boolean>("() => document.querySelector('#search-results mark') !== null"), 'found');
  await panel.click({ role: 'button', name: word('search_clear') });
  const segments = () =>
    panel.eval(
      () =>
        new Promise<number>((resolve) => {
          const opening = indexedDB.open('tincan');
          opening.onsuccess = () => {
            const records = opening.result.transaction('records').objectStore('records');
            const counting = records.count(IDBKeyRange.bound(['search'], ['search', []]));
            counting.onsuccess = () => {
              opening.result.close();
              resolve(counting.result);
            };
          };
        }),
    );
  await until(async () => (await segments()) > 0, 'the words are on the disk', 30_000);
}

/** A conversation, a message that is only noticed, invites, and a message begun in a tab that stays open. Gives the invites' secrets. */
async function leaveTraces({ ana, jun }: InTouch): Promise<string[]> {
  await jun.panel.click({ role: 'button', name: word('back') });
  await say(ana.panel, jun.name, SECRET.noticed);
  await jun.panel.waitForText(SECRET.noticed);
  await ana.panel.click({ role: 'button', name: word('back') });
  const invites: string[] = [];
  await searched(ana.panel, SECRET.byJun[0]);
  await searched(jun.panel, SECRET.byAna[0]);
  for (const [{ panel }, other] of [
    [ana, jun],
    [jun, ana],
  ] as const) {
    invites.push(new URL(await showInvite(panel)).hash.slice(1));
    await panel.click({ role: 'button', name: word('back') });
    await openChat(panel, other.name);
    await panel.click(composer(other.name));
    await panel.type(SECRET.unsent);
    await until(async () => (await contactOf(panel)).draft === SECRET.unsent, 'the draft is kept');
  }
  return invites;
}

test('a closed browser keeps no text, no name, no draft and no invite in the clear', async () => {
  pair = await getInTouch(['firefox', 'chromium'], { names: SECRET.names, launch });
  const people = [pair.ana, pair.jun];
  for (const text of SECRET.byAna) await say(pair.ana.panel, pair.jun.name, text);
  for (const text of SECRET.byJun) await say(pair.jun.panel, pair.ana.name, text);
  await allArrived(pair, SECRET.byAna, SECRET.byJun, 20_000);
  const invites = await leaveTraces(pair);
  const secrets = [...Object.values(SECRET).flat(), ...invites].flatMap(piecesOf);
  for (const person of people) await plant(person);
  const keys = await Promise.all(people.map(keyOf));
  const firefoxTabs = () => filesUnder(join(folders.firefox ?? '', 'sessionstore-backups'));
  await until(async () => findIn(firefoxTabs(), piecesOf(PLANTED.field)).length > 0, 'Firefox writes down its tabs', 20_000);
  for (const { browser } of people) await browser.close();

  for (const [i, { browser }] of people.entries()) {
    const files = [...filesUnder(folders[browser.kind] ?? '')];
    for (const text of Object.values(PLANTED)) expect(findIn(files, piecesOf(text)), browser.kind).not.toEqual([]);
    expect(findIn(files, [keys[i] as Needle]), browser.kind).not.toEqual([]);
    expect(findIn(files, secrets), browser.kind).toEqual([]);
  }
});
