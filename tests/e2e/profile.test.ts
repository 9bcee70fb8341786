/**
 * What lies in a closed browser's profile: records, every one sealed; and in a running one's memory for its session: the key alone,
 * and only while it is open. Every file is searched, none is left out.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { fromBase64url } from '../../lib/protocol/bytes';
import { type BrowserKind, type ExtensionBrowser, type PanelDriver, until } from '../support/browsers';
import { launchChromium, launchFirefox } from '../support/browsers-launch';
import { allArrived, contactOf, getInTouch, type InTouch, type Person } from '../support/in-touch';
import { everySpelling, filesUnder, findIn, type Needle, piecesOf, spellingsOfBytes } from '../support/plaintext-search';
import { composer, openChat, openSettings, say, showInvite, word } from '../support/walk';

/**
 * No language puts letters in this order, so that no other file of a browser has a piece of it; and no four of them stand together
 * twice, so that no compression takes a piece apart.
 */
const SECRET = {
  names: ['Xoqwuzvembgikrylta', 'Hjupfocdsnewqatzgi'],
  byAna: ['mvyxebqorkcuzwthal', 'dgfinpjsozyuxkewbv'],
  byJun: ['tqlahrzcimuwfgoxed', 'pybksjnvduqzlweroc'],
  noticed: 'wzixgakvqyomfjetub',
  rung: 'jtvmdqgxaolhznpkcb',
  unsent: 'rhcldnspguybxivzok',
  access: 'bnoyzkdvjfqwmcaxlu',
} as const;
/** A PIN may be long. No ten digits of these stand in a file by chance. */
const PINS = { firefox: ['59318204677120953846', 'ucwtzjkoxlpbndvqmf'], chromium: ['kzqbyfohvmjtxgwdnr', '70462851933641807529'] } as const;
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
  await panel.eval(async (record: string) => {
    const field = document.body.appendChild(document.createElement('input'));
    Object.assign(field, { id: 'careless', style: 'position: fixed; inset: 0 auto auto 0; z-index: 9' });
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    for (const name of ['planted', 'passing']) {
      const opening = indexedDB.open(name, 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore('texts').put(record, 'text');
      (await done(opening)).close();
    }
    // Whenever a database is deleted Chromium turns its log into compressed tables: the search must find the record there too.
    await done(indexedDB.deleteDatabase('passing'));
  }, PLANTED.record);
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

const SECRET_FIELD = 'input[type=password]';
const button = (key: string) => ({ role: 'button', name: word(key) });

/** All that the browser keeps for the extension beside its database. */
async function expectKept({ browser }: Person, session: readonly unknown[]): Promise<string[]> {
  const kept = await browser.background(async ({ chrome }) => {
    const everything = (area: chrome.storage.StorageArea) => new Promise((resolve) => area.get(null, resolve));
    return [await everything(chrome.storage.local), await everything(chrome.storage.sync), await everything(chrome.storage.session)];
  });
  const [inSession] = kept.splice(2, 1) as [Record<string, string>];
  expect(kept, browser.kind).toEqual([{}, {}]);
  expect(Object.entries(inSession), browser.kind).toEqual(session);
  return Object.values(inSession);
}

const KEY_ALONE = [[expect.stringMatching(/^vault-key:tincan$/), expect.stringMatching(/^[\w-]{43}$/)]];

/** From the chat: a relay's password, a secret set and changed, a lock, an unlock, and a lock that stays. Gives the data key. */
async function lockAway(person: Person): Promise<Needle[]> {
  const { panel, browser } = person;
  const [first, second] = PINS[browser.kind];
  await expectKept(person, []);
  await panel.click(button('back'));
  await openSettings(panel, 'settings_relay');
  await panel.fill(SECRET_FIELD, SECRET.access);
  await panel.click(button('settings_relay_save'));
  await panel.waitForText(word('settings_relay_saved'), 20_000);
  for (let i = 0; i < 2; i++) await panel.click(button('back'));
  await openSettings(panel, 'lock_settings');
  await panel.fill(`form ${SECRET_FIELD}`, first);
  await panel.click(button('lock_set'));
  await panel.waitForText(word('lock_saved'), 30_000);
  await panel.fill(`form ${SECRET_FIELD}`, first);
  await panel.fill(`form > :nth-child(2) ${SECRET_FIELD}`, second);
  await panel.click(button('lock_change'));
  await panel.waitForText(word('lock_saved'), 30_000);
  const [dataKey] = await expectKept(person, KEY_ALONE);
  await panel.click(button('lock_now'));
  await panel.waitForText(word('lock_title'));
  await expectKept(person, []);
  await panel.fill(SECRET_FIELD, second);
  await panel.click(button('lock_open'));
  await panel.waitFor(button('lock_now'), 30_000);
  expect(await expectKept(person, KEY_ALONE)).toEqual([dataKey]);
  await panel.click(button('lock_now'));
  await panel.waitForText(word('lock_title'));
  return spellingsOfBytes('the data key', fromBase64url(dataKey ?? ''));
}

/** A message for the locked one: it shows that something came, and neither what nor from whom. */
async function ringAtLocked(locked: Person, other: Person): Promise<void> {
  await other.panel.click({ role: 'button', name: locked.name });
  await other.panel.click({ role: 'radio', name: `${word('routing_choice_relay')}…` });
  await other.panel.click(button('back'));
  await say(other.panel, locked.name, SECRET.rung);
  const notices = () => locked.browser.background(async ({ chrome }) => Object.keys(await chrome.notifications.getAll()));
  await until(async () => (await notices()).join() === 'locked', 'the bell', 30_000);
}

test('a closed browser keeps no text, no name, no draft, no invite, no PIN and no key in the clear', async () => {
  pair = await getInTouch(['firefox', 'chromium'], { names: SECRET.names, launch });
  const people = [pair.ana, pair.jun];
  for (const text of SECRET.byAna) await say(pair.ana.panel, pair.jun.name, text);
  for (const text of SECRET.byJun) await say(pair.jun.panel, pair.ana.name, text);
  await allArrived(pair, SECRET.byAna, SECRET.byJun, 20_000);
  const invites = await leaveTraces(pair);
  const keys = await Promise.all(people.map(keyOf));
  const dataKeys = await lockAway(pair.jun);
  await ringAtLocked(pair.jun, pair.ana);
  dataKeys.push(...(await lockAway(pair.ana)));
  const pins = Object.values(PINS).flat();
  const pieces = [...Object.values(SECRET).flat(), ...invites, ...pins].flatMap(piecesOf);
  const secrets = [...pieces, ...pins.flatMap(everySpelling), ...dataKeys];
  for (const person of people) await plant(person);
  const firefoxTabs = () => filesUnder(join(folders.firefox ?? '', 'sessionstore-backups'));
  await until(async () => findIn(firefoxTabs(), piecesOf(PLANTED.field)).length > 0, 'Firefox writes down its tabs', 20_000);
  for (const { browser } of people) await browser.close();

  for (const [i, { browser }] of people.entries()) {
    const files = [...filesUnder(folders[browser.kind] ?? '')];
    for (const text of Object.values(PLANTED)) expect(findIn(files, piecesOf(text)), browser.kind).not.toEqual([]);
    const inDatabase = findIn(files, piecesOf(PLANTED.record)).join();
    expect(inDatabase).toMatch(browser.kind === 'chromium' ? /\.indexeddb\.leveldb\/\d+\.ldb/ : /\.sqlite/);
    expect(findIn(files, [keys[i] as Needle]), browser.kind).not.toEqual([]);
    expect(findIn(files, secrets), browser.kind).toEqual([]);
  }
}, 240_000);
