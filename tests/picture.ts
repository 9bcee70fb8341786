/** `npm run picture`: the README's picture, taken of two real browsers in the middle of a conversation. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { openPair, type Person } from './bench/pipe-pair';
import { type Size, until } from './support/browsers';
import { buildApart, buildExtension, ROOT } from './support/build';
import { startRelay } from './support/relay';
import { say, shownMessages, word } from './support/walk';

const FILE = join(ROOT, '.readme', 'tincan.png');
const PANEL: Size = { width: 360, height: 580 };
const GAP = 24;
const SCALE = 2;
const READ = word('state_read', '').trimEnd();

async function talk(ana: Person, jun: Person): Promise<void> {
  const lines: readonly (readonly [Person, Person, string])[] = [
    [ana, jun, 'The string holds. Can you hear me?'],
    [jun, ana, 'Loud and clear. Who else can?'],
    [ana, jun, 'Nobody. It goes from your browser to mine, and the relay only let us find each other.'],
    [jun, ana, 'Then here is the address: the old mill, Thursday at nine.'],
    [ana, jun, 'I will be there.'],
  ];
  for (const [from, to, text] of lines) {
    await say(from.panel, to.name, text);
    await to.panel.waitForText(text);
  }
  for (const { name, panel } of [ana, jun]) {
    const isRead = async () => (await shownMessages(panel)).every(({ isMine, state }) => !isMine || state.startsWith(READ));
    await until(isRead, `all that ${name} wrote is read`);
  }
}

async function capture({ browser }: Person, page: Page, size: Size): Promise<string> {
  const session = await browser.context.newCDPSession(page);
  await session.send('Emulation.setDeviceMetricsOverride', { ...size, deviceScaleFactor: SCALE, mobile: false });
  const { data } = (await session.send('Page.captureScreenshot', { format: 'png' })) as { data: string };
  return data;
}

async function shootPanel(person: Person, colorScheme: 'light' | 'dark'): Promise<string> {
  const page = person.browser.context.pages().at(-1);
  if (page === undefined) throw new Error('the panel is closed');
  await page.emulateMedia({ colorScheme });
  return capture(person, page, PANEL);
}

/** Both panels on one sheet. */
async function mount(person: Person, shots: readonly string[]): Promise<Buffer> {
  const page = await person.browser.context.newPage();
  const images = shots.map((shot) => `<img src="data:image/png;base64,${shot}" width="${PANEL.width}" height="${PANEL.height}">`);
  await page.setContent(`<style>
    body { margin: 0; padding: ${GAP}px; display: flex; gap: ${GAP}px; background: #e7e3da }
    img { display: block; border-radius: 12px; box-shadow: 0 6px 24px rgb(0 0 0 / 22%) }
  </style>${images.join('')}`);
  const size = { width: shots.length * (PANEL.width + GAP) + GAP, height: PANEL.height + 2 * GAP };
  return Buffer.from(await capture(person, page, size), 'base64');
}

process.once('exit', buildApart());
const built = await buildExtension('chromium');
if (!built.isOk) throw new Error(built.output);
const relay = await startRelay();
const { ana, jun } = await openPair(relay.url);
try {
  await talk(ana, jun);
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, await mount(ana, [await shootPanel(ana, 'light'), await shootPanel(jun, 'dark')]));
  console.log(FILE);
} finally {
  await Promise.all([ana.browser.close(), jun.browser.close()]);
  await relay.stop();
}
