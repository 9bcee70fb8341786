/** Two identities in one real browser: apart on the screen, on the disk and at the relay, and gone together. */
import { afterEach, expect, test } from 'vitest';
import { toHex } from '../../lib/protocol/bytes';
import { decodeClientFrame } from '../../lib/protocol/relay-codec';
import { type PanelDriver, until } from '../support/browsers';
import { getInTouch, type InTouch } from '../support/in-touch';
import { RecordingProxy } from '../support/recording-proxy';
import type { RelayProcess } from '../support/relay';
import {
  acceptRequest,
  chooseRelay,
  makeIdentity,
  openChat,
  openSettings,
  relayIsOpen,
  say,
  showInvite,
  shownMessages,
  takeInvite,
  word,
} from '../support/walk';

const button = (key: string, ...given: readonly string[]) => ({ role: 'button', name: word(key, ...given) });

let pair: InTouch | null = null;
let proxy: RecordingProxy | null = null;
afterEach(async () => {
  await pair?.end();
  await proxy?.[Symbol.asyncDispose]();
  pair = null;
  proxy = null;
});

const databases = (panel: PanelDriver) => panel.eval(async () => (await indexedDB.databases()).map(({ name }) => name ?? ''));

const shows = (panel: PanelDriver, text: string) =>
  panel.eval<[string], boolean>('(wanted) => document.documentElement.outerHTML.includes(wanted)', text);

/** Which connections named each queue when its reader proved its right. */
function readersByConnection({ frames }: RecordingProxy): Map<number, Set<string>> {
  const readers = new Map<number, Set<string>>();
  for (const { connection, to, payload } of frames) {
    if (to !== 'relay' || typeof payload === 'string') continue;
    const { frame } = decodeClientFrame(payload);
    if (frame.kind !== 'sub') continue;
    const here = readers.get(connection) ?? new Set();
    for (const { rid, role } of frame.proofs) if (role === 'reader') here.add(toHex(rid));
    readers.set(connection, here);
  }
  return readers;
}

for (const kind of ['chromium', 'firefox'] as const) {
  test(`${kind} holds two identities that share nothing, not even a connection`, async () => {
    const address = async (relay: RelayProcess) => {
      proxy = await RecordingProxy.before(relay);
      return proxy.url;
    };
    pair = await getInTouch([kind, 'chromium'], { address });
    const { ana, jun } = pair;
    const seen = proxy as unknown as RecordingProxy;
    await say(jun.panel, 'Ana', 'for the first of you');
    await until(async () => (await shownMessages(ana.panel)).length === 1, 'read');
    const queuesBefore = new Set([...readersByConnection(seen).values()].flatMap((rids) => [...rids]));

    await ana.panel.click(button('back'));
    await openSettings(ana.panel, 'profiles');
    await ana.panel.fill({ role: 'textbox', name: word('profile_add_label') }, 'Work');
    await ana.panel.click(button('profile_add'));
    await makeIdentity(ana.panel, 'A. Smith');
    await chooseRelay(ana.panel, seen.url);
    await relayIsOpen(ana.panel, seen.url);
    for (const text of ['for the first of you', 'Jun']) expect(await shows(ana.panel, text)).toBe(false);
    await jun.panel.click(button('back'));
    await takeInvite(jun.panel, await showInvite(ana.panel), 'allowed');
    await acceptRequest(ana.panel, 'Jun', 'allowed');
    await say(jun.panel, 'A. Smith', 'for the second of you');
    await until(async () => (await shownMessages(ana.panel)).length === 1, 'read by the second', 40_000);
    expect(await shows(ana.panel, 'for the first of you')).toBe(false);

    // Of all connections that read a queue, each read those of one identity.
    const [first, second]: [Set<string>, Set<string>] = [new Set(), new Set()];
    for (const rids of readersByConnection(seen).values()) {
      const isOld = [...rids].some((rid) => queuesBefore.has(rid));
      for (const rid of rids) (isOld ? first : second).add(rid);
    }
    const ofAna = await ana.panel.eval(() => indexedDB.databases().then((all) => all.length));
    expect(ofAna).toBe(3);
    expect([...second].filter((rid) => first.has(rid))).toEqual([]);
    expect(second.size).toBeGreaterThan(0);

    await ana.panel.click(button('back'));
    await openSettings(ana.panel, 'profiles');
    await ana.panel.click(button('profile_open', word('profile_numbered', '1')));
    await openChat(ana.panel, 'Jun');
    expect(await shows(ana.panel, 'for the second of you')).toBe(false);
    expect((await shownMessages(ana.panel)).map(({ text }) => text)).toEqual(['for the first of you']);

    await ana.panel.click(button('back'));
    await openSettings(ana.panel, 'lock_settings');
    await ana.panel.click(button('wipe_start'));
    await ana.panel.click(button('wipe_confirm'));
    await ana.panel.waitFor({ role: 'textbox', name: word('start_name') }, 30_000);
    const left = await databases(ana.panel);
    expect(left.filter((name) => name !== 'tincan-profiles')).toHaveLength(1);
    expect(left).not.toContain('tincan');
  }, 180_000);
}
