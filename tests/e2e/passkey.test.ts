/** A passkey beside the PIN, in the real side panel page over Chromium's own virtual authenticator; and none offered in Firefox. */
import { afterEach, expect, test } from 'vitest';
import { type ExtensionBrowser, type PanelDriver, until } from '../support/browsers';
import { launchBrowser, launchChromium } from '../support/browsers-launch';
import type { ChromiumBrowser } from '../support/chromium';
import { makeIdentity, openSettings, word } from '../support/walk';

const PIN = '271828';
const SECRET = 'input[type=password]';
const button = (key: string) => ({ role: 'button', name: word(key) });
/** In the lock's settings. */
const [FIRST_FIELD, SECOND_FIELD, PASSKEY_FIELD] = [`form ${SECRET}`, `form > :nth-child(2) ${SECRET}`, `section section ${SECRET}`];

let browser: ExtensionBrowser | null = null;
afterEach(async () => {
  await browser?.close();
  browser = null;
});

/** A finger that is always there, on a key that has the function or lacks it. */
async function addAuthenticator(chromium: ChromiumBrowser, hasPrf: boolean) {
  const session = await chromium.context.newCDPSession(chromium.context.pages().at(-1) ?? (await chromium.context.newPage()));
  await session.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true } as const;
  const verifying = { hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true, hasPrf };
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', { options: { ...options, ...verifying } });
  return {
    credentials: async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    /** From now on it does not know its user, who may then try so often that it takes no finger at all. */
    refuse: () => session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false }),
  };
}

async function withPin(opened: ExtensionBrowser): Promise<PanelDriver> {
  const panel = await opened.openPanel();
  await makeIdentity(panel, 'Ana');
  await openSettings(panel, 'lock_settings');
  await panel.fill(FIRST_FIELD, PIN);
  await panel.click(button('lock_set'));
  await panel.waitForText(word('lock_saved'), 30_000);
  return panel;
}

async function addPasskey(panel: PanelDriver, pin = PIN): Promise<void> {
  await panel.fill(PASSKEY_FIELD, pin);
  await panel.click(button('passkeys_add'));
}

const isOpen = (panel: PanelDriver) => until(async () => !(await panel.text('main')).includes(word('lock_title')), 'open again', 20_000);

test('Chromium: a passkey is added with the PIN, unlocks by itself, and is gone with the PIN it was added by', async () => {
  const chromium = await launchChromium();
  browser = chromium;
  const panel = await withPin(chromium);
  const authenticator = await addAuthenticator(chromium, true);
  await addPasskey(panel, '000000');
  await panel.waitForText(word('error_lock_wrong'), 30_000);
  await addPasskey(panel);
  await panel.waitForText(word('passkeys_count', '1'), 30_000);
  expect(await authenticator.credentials()).not.toHaveLength(0);

  await panel.click(button('lock_now'));
  await panel.waitForText(word('lock_title'));
  await panel.click(button('passkey_use'));
  await isOpen(panel);

  await panel.click(button('lock_now'));
  await panel.waitForText(word('lock_title'));
  await authenticator.refuse();
  await panel.click(button('passkey_use'));
  await panel.waitForText(word('error_passkey_refused'), 20_000);
  await panel.fill(SECRET, PIN);
  await panel.click(button('lock_open'));
  await isOpen(panel);

  await panel.fill(FIRST_FIELD, PIN);
  await panel.fill(SECOND_FIELD, '314159');
  await panel.click(button('lock_change'));
  await panel.waitForText(word('lock_saved'), 30_000);
  await panel.click(button('lock_now'));
  await panel.waitForText(word('lock_title'));
  expect(await panel.text('main')).not.toContain(word('passkey_use'));
  await panel.fill(SECRET, '314159');
  await panel.click(button('lock_open'));
  await isOpen(panel);
}, 120_000);

test('Chromium: a key without the function is told apart, and the PIN goes on alone', async () => {
  const chromium = await launchChromium();
  browser = chromium;
  const panel = await withPin(chromium);
  await addAuthenticator(chromium, false);
  await addPasskey(panel);
  await panel.waitForText(word('error_passkey_unsupported'), 30_000);
  expect(await panel.text('main')).not.toContain(word('passkeys_count', '1'));
}, 120_000);

test('Chromium: the popup hands the question to the panel, which stays open over it', async () => {
  const chromium = await launchChromium();
  browser = chromium;
  const panel = await withPin(chromium);
  await addAuthenticator(chromium, true);
  await addPasskey(panel);
  await panel.waitForText(word('passkeys_count', '1'), 30_000);
  await panel.click(button('lock_now'));
  await panel.close();
  const popup = await chromium.openPage('popup.html');
  await popup.click(button('passkey_use'));
  const panels = async () => (await chromium.targets()).filter(({ url }) => url.endsWith('/sidepanel.html'));
  await until(async () => (await panels()).length === 1, 'the side panel opens');
}, 120_000);

test('Firefox refuses passkeys to extension pages, so none is offered', async () => {
  browser = await launchBrowser('firefox');
  const panel = await withPin(browser);
  expect(await panel.text('main')).not.toContain(word('passkeys'));
  const refusal = await panel.eval(() => {
    const user = { id: new Uint8Array(16), name: 'x', displayName: 'x' };
    const pubKeyCredParams = [{ type: 'public-key' as const, alg: -7 }];
    const publicKey = { rp: { name: 'x' }, user, challenge: new Uint8Array(32), pubKeyCredParams };
    return navigator.credentials.create({ publicKey }).catch((error: DOMException) => error.name);
  });
  // Once this changes, passkeys can be offered there too.
  expect(refusal).toBe('SecurityError');
}, 120_000);
