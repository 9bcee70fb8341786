import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AXE_RUN, AXE_SOURCE } from '../support/axe';
import type { ExtensionBrowser, PanelDriver } from '../support/browsers';
import { launchBrowser } from '../support/browsers-launch';
import { type RelayProcess, startRelay } from '../support/relay';
import { acceptRequest, chooseRelay, makeIdentity, relayIsOpen, say, showInvite, takeInvite, word } from '../support/walk';

let relay: RelayProcess;
const browsers: ExtensionBrowser[] = [];

beforeAll(async () => {
  relay = await startRelay();
});

afterEach(async () => {
  for (const browser of browsers.splice(0)) await browser.close();
});

afterAll(async () => {
  await relay?.stop();
});

async function launch(kind: 'chromium' | 'firefox'): Promise<{ browser: ExtensionBrowser; panel: PanelDriver }> {
  const browser = await launchBrowser(kind);
  browsers.push(browser);
  return { browser, panel: await browser.openPanel({ width: 320, height: 640 }) };
}

/** What axe finds, and how far the page reaches beyond its own edge. */
async function faults(panel: PanelDriver): Promise<string[]> {
  await panel.eval(`() => { ${AXE_SOURCE}; globalThis.axe = axe; }`);
  const found = await panel.eval<[], string[]>(AXE_RUN);
  const beyondPx = await panel.eval(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  return beyondPx > 0 ? [...found, `scrolls sideways by ${beyondPx} px`] : found;
}

/** Both sides of one meeting; every screen on the way is looked at, in the browser that shows it. */
describe.each([
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
] as const)('%s invites %s', (inviter, invited) => {
  it('no screen on the way has an accessibility violation', async () => {
    const one = await launch(inviter);
    const two = await launch(invited);
    const seen: Record<string, string[]> = {};
    const look = async (name: string, panel: PanelDriver) => {
      seen[name] = await faults(panel);
    };
    await one.panel.waitFor({ role: 'button', name: word('start_make') });
    await look('first run', one.panel);
    await makeIdentity(one.panel, 'Mara Okafor');
    await look('empty list', one.panel);
    await makeIdentity(two.panel, 'Jun Li');
    for (const { panel } of [one, two]) {
      await chooseRelay(panel, relay.url);
      await relayIsOpen(panel, relay.url);
    }
    const link = await showInvite(one.panel);
    await look('own code', one.panel);
    await takeInvite(two.panel, link, 'allowed');
    await look('requested', two.panel);
    await acceptRequest(one.panel, 'Jun Li', 'allowed');
    await say(one.panel, 'Jun Li', 'Can you read this?');
    await two.panel.waitForText('Can you read this?', 30_000);
    await look('conversation', two.panel);
    await one.panel.press('Escape');
    await one.panel.click({ role: 'button', name: word('settings') });
    await look('settings', one.panel);
    const popup = await one.browser.openPage('popup.html', { width: 400, height: 560 });
    await popup.waitForText('Jun Li');
    await look('popup', popup);
    const microphone = await one.browser.openPage('permissions.html', { width: 800, height: 600 });
    await microphone.waitForText(word('microphone_title'));
    await look('microphone', microphone);
    expect(Object.keys(seen)).toHaveLength(8);
    expect(Object.entries(seen).filter(([, found]) => found.length > 0)).toEqual([]);
  });
});
