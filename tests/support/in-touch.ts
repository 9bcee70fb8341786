/** Two people at two real browsers, in touch over a real relay; and what a test may look at behind the screen. */
import type { ContactView, View } from '../../lib/app/view';
import type { SelectedPath } from '../../lib/net/ice';
import type { BrowserKind, ExtensionBrowser, PanelDriver, Relaunch } from './browsers';
import { until } from './browsers';
import { launchBrowser } from './browsers-launch';
import { ChromiumBrowser } from './chromium';
import { type RelayOptions, type RelayProcess, startRelay } from './relay';
import {
  acceptRequest,
  chooseRelay,
  makeIdentity,
  openChat,
  relayIsOpen,
  showInvite,
  shownMessages,
  stringWords,
  takeInvite,
} from './walk';

export interface Person {
  readonly name: string;
  readonly browser: ExtensionBrowser;
  /** Replaced when the browser was closed and opened again. */
  panel: PanelDriver;
}

export interface InTouch {
  readonly relay: RelayProcess;
  readonly ana: Person;
  readonly jun: Person;
  end(): Promise<void>;
}

export const PAIRS: readonly (readonly [BrowserKind, BrowserKind])[] = [
  ['chromium', 'chromium'],
  ['firefox', 'chromium'],
];

export interface InTouchOptions {
  readonly relay?: RelayOptions;
  /** Where the browsers find the relay, if not at its own address. */
  readonly address?: (relay: RelayProcess) => Promise<string>;
  readonly names?: readonly [string, string];
  readonly launch?: (kind: BrowserKind, name: string) => Promise<ExtensionBrowser>;
}

/** First run on both sides; not yet in touch. */
export async function arrive([first, second]: readonly [BrowserKind, BrowserKind], options: InTouchOptions = {}): Promise<InTouch> {
  const launch = options.launch ?? ((kind: BrowserKind) => launchBrowser(kind));
  const relay = await startRelay(options.relay);
  const url = (await options.address?.(relay)) ?? relay.url;
  const [name, otherName] = options.names ?? ['Ana', 'Jun'];
  const person = async (kind: BrowserKind, called: string): Promise<Person> => {
    const browser = await launch(kind, called);
    const panel = await browser.openPanel();
    await makeIdentity(panel, called);
    await chooseRelay(panel, url);
    await relayIsOpen(panel, url);
    return { name: called, browser, panel };
  };
  const [ana, jun] = await Promise.all([person(first, name), person(second, otherName)]);
  return {
    relay,
    ana,
    jun,
    async end() {
      await Promise.all([ana.browser.close(), jun.browser.close()]);
      await relay.stop();
    },
  };
}

/** Both chats open on both screens, the string whole. */
export async function getInTouch(kinds: readonly [BrowserKind, BrowserKind], options: InTouchOptions = {}): Promise<InTouch> {
  const pair = await arrive(kinds, options);
  const { ana, jun } = pair;
  await takeInvite(jun.panel, await showInvite(ana.panel), 'allowed');
  await acceptRequest(ana.panel, jun.name, 'allowed');
  await stringIsWhole(pair);
  return pair;
}

export async function stringIsWhole({ ana, jun }: Pick<InTouch, 'ana' | 'jun'>, timeoutMs = 30_000): Promise<void> {
  for (const { panel, name } of [ana, jun])
    await until(async () => (await stringWords(panel)).startsWith('direct'), `${name}'s string is whole`, timeoutMs);
}

/** What the background would tell a page that opens now. Wakes the worker. */
export function viewOf(panel: PanelDriver): Promise<View> {
  return panel.eval(
    () =>
      new Promise<View>((resolve) => {
        const port = chrome.runtime.connect({ name: 'view' });
        port.onMessage.addListener((frame: { kind: string; view: View }) => {
          if (frame.kind !== 'snapshot') return;
          port.disconnect();
          resolve(frame.view);
        });
        port.postMessage({ kind: 'hello', epoch: null, revision: 0, conversation: null, isVisible: false });
      }),
  );
}

export async function contactOf(panel: PanelDriver): Promise<ContactView> {
  const [contact] = (await viewOf(panel)).contacts;
  if (contact === undefined) throw new Error('no contact');
  return contact;
}

/** A script in whatever page holds the network host. */
export function inHost<Args extends readonly unknown[], Result>(
  { browser }: Person,
  script: (...args: Args) => Result | Promise<Result>,
  ...args: Args
): Promise<Result> {
  if (browser instanceof ChromiumBrowser) return browser.offscreen(script, ...args);
  return browser.background(`(_scope, ...args) => (${String(script)})(...args)`, ...args);
}

/** The candidate pair that carries the string. */
export async function pathOf(person: Person): Promise<SelectedPath | null> {
  const { id } = await contactOf(person.panel);
  return inHost(
    person,
    (peer: string) =>
      (globalThis as unknown as { tincanHost: { inspect(peer: string): Promise<SelectedPath | null> } }).tincanHost.inspect(peer),
    id,
  );
}

/** The browser is closed and opened again on its profile; the panel comes back with the chat open. */
export async function reopen(person: Person, other: string, how?: Relaunch): Promise<void> {
  await person.browser.relaunch(how);
  person.panel = await person.browser.openPanel();
  await openChat(person.panel, other);
}

/** The texts of one side's messages, as shown. */
export async function textsFrom(panel: PanelDriver, isMine: boolean): Promise<string[]> {
  return (await shownMessages(panel)).filter((message) => message.isMine === isMine).map(({ text }) => text);
}

/** At the end of a conversation a page keeps so many of its messages: who looks for earlier ones goes up to them. */
const KEPT_AT_END = 100;

async function goUp(panel: PanelDriver): Promise<void> {
  await panel.eval((kept: number) => {
    const log = document.querySelector('[role=log]');
    if (log && log.querySelectorAll('article').length >= kept) log.scrollTop = 0;
  }, KEPT_AT_END);
}

/** Every message on both screens once, in each sender's order, and every own one delivered or read. */
export async function allArrived(
  { ana, jun }: InTouch,
  byAna: readonly string[],
  byJun: readonly string[],
  timeoutMs: number,
): Promise<void> {
  for (const [person, mine, theirs] of [
    [ana, byAna, byJun],
    [jun, byJun, byAna],
  ] as const) {
    for (const [isMine, wanted] of [
      [true, mine],
      [false, theirs],
    ] as const) {
      const hasAll = async () => {
        const shown = await textsFrom(person.panel, isMine);
        if (shown.length < wanted.length) await goUp(person.panel);
        return shown.join() === wanted.join();
      };
      await until(hasAll, `${person.name} has every message`, timeoutMs).catch(async () => {
        const shown = await textsFrom(person.panel, isMine);
        const firstOff = wanted.findIndex((text, i) => shown[i] !== text);
        throw new Error(
          `${person.name} shows ${shown.length} of ${wanted.length}, off from ${wanted[firstOff]}: ${shown.slice(firstOff, firstOff + 5)}`,
        );
      });
    }
    const isConfirmed = ({ isMine, state }: { isMine: boolean; state: string }) => !isMine || /^(Delivered|Read)/.test(state);
    await until(async () => (await shownMessages(person.panel)).every(isConfirmed), `${person.name}'s messages are confirmed`, timeoutMs);
  }
}
