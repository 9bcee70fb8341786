/** Contacts on relays of their own: they talk, one changes theirs, the old one goes for good, and at last every relay has lost everything. */
import { rm } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import type { ViewCommand } from '../../lib/app/view';
import { type BrowserKind, type PanelDriver, until } from '../support/browsers';
import { launchBrowser } from '../support/browsers-launch';
import { allArrived, contactOf, type InTouch, PAIRS, type Person } from '../support/in-touch';
import { type RelayProcess, startRelay } from '../support/relay';
import { acceptRequest, chooseRelay, makeIdentity, openChat, relayIsOpen, say, showInvite, takeInvite, word } from '../support/walk';

const ended: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function relay(options: Parameters<typeof startRelay>[0] = {}): Promise<RelayProcess> {
  const started = await startRelay(options);
  ended.push(() => started.stop());
  return started;
}

async function personAt(kind: BrowserKind, name: string, { url }: RelayProcess): Promise<Person> {
  const browser = await launchBrowser(kind);
  ended.push(() => browser.close());
  const panel = await browser.openPanel();
  await makeIdentity(panel, name);
  await chooseRelay(panel, url);
  await relayIsOpen(panel, url);
  await command(panel, { kind: 'settings.choose', id: '1'.repeat(32), settings: { routing: 'relay' } });
  return { name, browser, panel };
}

/** What a choice in the settings would say. */
function command(panel: PanelDriver, asked: ViewCommand): Promise<void> {
  return panel.eval(
    (wish: ViewCommand) =>
      new Promise<void>((resolve) => {
        const port = chrome.runtime.connect({ name: 'view' });
        port.onMessage.addListener((frame: { kind: string; result?: { ok: boolean } }) => {
          if (frame.kind !== 'result') return;
          port.disconnect();
          resolve();
        });
        port.postMessage({ kind: 'hello', epoch: null, revision: 0, conversation: null, isVisible: false });
        port.postMessage(wish);
      }),
    asked,
  );
}

/** Empty, at the same address: as when its disk is lost. */
async function loseDisk(lost: RelayProcess): Promise<void> {
  await lost.kill('SIGKILL');
  await rm(lost.dataDir, { recursive: true, force: true });
  await relay({ port: lost.port });
}

const back = (panel: PanelDriver) => panel.click({ role: 'button', name: word('back') });

for (const [first, second] of PAIRS) {
  test(`${first} and ${second} on two relays: they talk, one moves, her old relay is gone for good, and a fresh invite mends what all relays lost`, async () => {
    const [old, fresh, theirs] = [await relay(), await relay(), await relay()];
    const ana = await personAt(first, 'Ana', old);
    const jun = await personAt(second, 'Jun', theirs);
    const pair: InTouch = { relay: old, ana, jun, end: async () => undefined };
    await takeInvite(jun.panel, await showInvite(ana.panel), 'denied');
    await acceptRequest(ana.panel, 'Jun', 'denied');
    await until(async () => (await contactOf(jun.panel)).state === 'accepted', 'accepted', 20_000);
    const byAna = ['over two relays'];
    const byJun = ['the other way'];
    await say(ana.panel, 'Jun', 'over two relays');
    await say(jun.panel, 'Ana', 'the other way');
    await allArrived(pair, byAna, byJun, 30_000);

    await back(ana.panel);
    await chooseRelay(ana.panel, fresh.url);
    await until(async () => (await contactOf(ana.panel)).movesTo === null, 'Jun has confirmed', 30_000);
    await old.kill('SIGKILL');
    await openChat(ana.panel, 'Jun');
    byAna.push('from the new one');
    byJun.push('to the new one');
    await say(ana.panel, 'Jun', 'from the new one');
    await say(jun.panel, 'Ana', 'to the new one');
    await allArrived(pair, byAna, byJun, 30_000);

    for (const lost of [fresh, theirs]) await loseDisk(lost);
    for (const { panel } of [ana, jun]) await back(panel);
    await relayIsOpen(ana.panel, fresh.url);
    await relayIsOpen(jun.panel, theirs.url);
    const link = await showInvite(ana.panel);
    await jun.panel.click({ role: 'button', name: word('add_contact') });
    await jun.panel.click({ role: 'tab', name: word('add_enter') });
    await jun.panel.fill({ role: 'textbox', name: word('enter_label') }, link);
    await jun.panel.click({ role: 'button', name: word('enter_take') });
    await jun.panel.waitFor('[role=log]');
    await back(ana.panel);
    await openChat(ana.panel, 'Jun');
    byAna.push('as before');
    byJun.push('as ever');
    await say(jun.panel, 'Ana', 'as ever');
    await say(ana.panel, 'Jun', 'as before');
    await allArrived(pair, byAna, byJun, 45_000);
    for (const { panel } of [ana, jun]) expect((await contactOf(panel)).state).toBe('accepted');
  }, 240_000);
}
