/**
 * The panel opened anew: from the start of its navigation to the list being drawn, and on, through a click on the contact as soon
 * as it stands there, to the composer having the focus and being drawn.
 */
import type { ChromiumBrowser } from '../support/chromium';
import * as walk from '../support/walk';
import { type Figure, p95Of, spreadOf } from './figures';
import { openPair } from './pipe-pair';

const COUNT = 60;
const WARM_UP = 5;
const MESSAGES = 60;

interface Opened {
  readonly listMs: number;
  readonly usableMs: number;
}

/** In the page, before any of its own scripts. */
function watchOpening(): void {
  const here = globalThis as unknown as { opened: Promise<Opened> };
  const drawn = () => new Promise<number>((resolve) => requestAnimationFrame(() => resolve(performance.now())));
  const appears = <Found extends Element>(selector: string) =>
    new Promise<Found>((resolve) => {
      const look = () => {
        const found = document.querySelector<Found>(selector);
        if (found === null) return false;
        observer.disconnect();
        resolve(found);
        return true;
      };
      const observer = new MutationObserver(look);
      if (!look()) observer.observe(document, { childList: true, subtree: true });
    });
  const open = async (): Promise<Opened> => {
    const row = await appears<HTMLButtonElement>('main li button');
    const listMs = await drawn();
    row.click();
    const composer = await appears<HTMLTextAreaElement>('main form textarea');
    composer.focus();
    if (document.activeElement !== composer) throw new Error('the composer takes no focus');
    return { listMs, usableMs: await drawn() };
  };
  here.opened = open();
}

export async function openOnce(browser: ChromiumBrowser): Promise<Opened> {
  const page = await browser.context.newPage();
  try {
    await page.addInitScript(`const __name = (f) => f; (${String(watchOpening)})()`);
    await page.setViewportSize({ width: 360, height: 640 });
    await page.goto(`chrome-extension://${browser.extensionId}/sidepanel.html`);
    return await page.evaluate(() => (globalThis as unknown as { opened: Promise<Opened> }).opened);
  } finally {
    await page.close();
  }
}

export async function* measurePanel(relay: string, say: (what: string) => void): AsyncGenerator<Figure> {
  say(`the panel is opened, ${MESSAGES} messages stored`);
  const { ana, jun } = await openPair(relay);
  const opened: Opened[] = [];
  try {
    for (let i = 0; i < MESSAGES; i++) await walk.say(ana.panel, jun.name, `stored ${i}`);
    await jun.panel.waitForText(`stored ${MESSAGES - 1}`, 30_000);
    await ana.panel.close();
    for (let i = 0; i < COUNT + WARM_UP; i++) {
      const times = await openOnce(ana.browser);
      if (i >= WARM_UP) opened.push(times);
    }
  } finally {
    await Promise.all([ana.browser.close(), jun.browser.close()]);
  }
  const list = spreadOf(opened.map(({ listMs }) => listMs));
  yield p95Of(
    'pipe/panel-usable/p95',
    opened.map(({ usableMs }) => usableMs),
    { list },
  );
}
