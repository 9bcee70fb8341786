/** Two people in touch, for a bench: their chats open, the string whole. */
import type { PanelDriver } from '../support/browsers';
import { launchChromium } from '../support/browsers-launch';
import type { ChromiumBrowser } from '../support/chromium';
import * as walk from '../support/walk';

export interface Person {
  readonly name: string;
  readonly browser: ChromiumBrowser;
  readonly panel: PanelDriver;
}

async function arrive(name: string, relay: string, profile?: string): Promise<Person> {
  const browser = await launchChromium(profile === undefined ? {} : { profile });
  const panel = await browser.openPanel();
  await walk.makeIdentity(panel, name);
  await walk.chooseRelay(panel, relay);
  await walk.relayIsOpen(panel, relay);
  return { name, browser, panel };
}

/** `junsProfile` outlives Jun's browser. */
export async function openPair(relay: string, junsProfile?: string): Promise<{ readonly ana: Person; readonly jun: Person }> {
  const [ana, jun] = await Promise.all([arrive('Ana', relay), arrive('Jun', relay, junsProfile)]);
  await walk.takeInvite(jun.panel, await walk.showInvite(ana.panel), 'allowed');
  await walk.acceptRequest(ana.panel, jun.name, 'allowed');
  for (const { panel } of [ana, jun]) await panel.waitForText(walk.word('string_open'), 30_000);
  return { ana, jun };
}
