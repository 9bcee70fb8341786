/** Two browsers with nobody before them: first run, invite, accept, a message each way, all by the screens a user has. */
import type { BrowserKind, ExtensionBrowser, PanelDriver } from '../support/browsers';
import { until } from '../support/browsers';
import { launchBrowser } from '../support/browsers-launch';
import * as walk from '../support/walk';
import type { Ending } from './ending';

interface Person {
  readonly name: string;
  readonly panel: PanelDriver;
}

type Tell = (who: string, what: string) => void;

function transcript(): Tell {
  const start = performance.now();
  return (who, what) => console.log(`${((performance.now() - start) / 1000).toFixed(2).padStart(7)} s  ${who.padEnd(4)} ${what}`);
}

async function arrive(name: string, kind: BrowserKind, relay: string, ending: Ending, tell: Tell): Promise<Person> {
  const browser: ExtensionBrowser = await launchBrowser(kind);
  ending.add(() => browser.close());
  tell(name, `opens the panel in ${kind}`);
  const panel = await browser.openPanel();
  await walk.makeIdentity(panel, name);
  await walk.chooseRelay(panel, relay);
  await walk.relayIsOpen(panel, relay);
  tell(name, `made a key, connected to ${relay}`);
  return { name, panel };
}

async function meet(ana: Person, jun: Person, tell: Tell): Promise<void> {
  const link = await walk.showInvite(ana.panel);
  tell(ana.name, `shows an invite of ${link.length} characters`);
  await walk.takeInvite(jun.panel, link, 'allowed');
  tell(jun.name, 'entered it and confirmed, directly');
  await walk.acceptRequest(ana.panel, jun.name, 'allowed');
  tell(ana.name, 'accepted, directly');
}

async function send(from: Person, to: Person, text: string, tell: Tell): Promise<void> {
  const start = performance.now();
  await walk.say(from.panel, to.name, text);
  await to.panel.waitForText(text);
  const tookMs = performance.now() - start;
  const isThere = async () =>
    (await walk.shownMessages(from.panel)).find((message) => message.text === text && /^(Delivered|Read)/.test(message.state));
  const { state } = await until(isThere, `“${text}” is delivered`);
  const path = await walk.stringWords(from.panel);
  tell(from.name, `→ ${to.name}: “${text}” after ${tookMs.toFixed(0)} ms · ${state} · path: ${path}`);
}

/** @throws {Error} naming the step that did not come about. */
export async function letThemTalk(kinds: readonly [BrowserKind, BrowserKind], relay: string, ending: Ending): Promise<void> {
  const tell = transcript();
  const [ana, jun] = await Promise.all([arrive('Ana', kinds[0], relay, ending, tell), arrive('Jun', kinds[1], relay, ending, tell)]);
  await meet(ana, jun, tell);
  await ana.panel.waitForText(walk.word('string_open'), 25_000);
  await send(ana, jun, 'Can you hear me?', tell);
  await send(jun, ana, 'Loud and clear.', tell);
}
