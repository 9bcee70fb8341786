/** What a person waits for: the panel opened anew, a conversation opened from the list, and the lock opened with a PIN. */
import type { PanelDriver } from '../support/browsers';
import * as walk from '../support/walk';
import { type Figure, p95Of, spreadOf } from './figures';
import type { Person } from './pipe-pair';
import { openOnce } from './pipe-panel';

const WARM_UP = 3;
const PIN = '271828';
const SECRET = 'input[type=password]';
const button = (key: string) => ({ role: 'button', name: walk.word(key) });

export async function* measurePanel({ browser }: Person, count: number): AsyncGenerator<Figure> {
  const usable = { awake: [] as number[], asleep: [] as number[] };
  const list = { awake: [] as number[], asleep: [] as number[] };
  for (let i = 0; i < 2 * (count + WARM_UP); i++) {
    const worker = i % 2 === 0 ? 'awake' : 'asleep';
    if (worker === 'asleep') await browser.killWorker();
    const { usableMs, listMs } = await openOnce(browser);
    if (i < 2 * WARM_UP) continue;
    usable[worker].push(usableMs);
    list[worker].push(listMs);
  }
  const rest = { list: spreadOf(list.awake), asleep: spreadOf(usable.asleep), asleepList: spreadOf(list.asleep) };
  yield p95Of('storage/panel-usable-100k/p95', usable.awake, rest);
}

/** In the panel's list: from the click on the row to the first frame with that conversation's newest message in it. */
function openRow(index: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const row = document.querySelectorAll<HTMLButtonElement>('main li button')[index];
    if (row === undefined) return reject(new Error('no such row'));
    const look = () => {
      if (document.querySelector('[role=log] article') === null) return;
      observer.disconnect();
      requestAnimationFrame(() => resolve(performance.now() - startMs));
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { childList: true, subtree: true });
    const startMs = performance.now();
    row.click();
  });
}

export async function* measureConversations({ browser, panel: talk }: Person, random: () => number, count: number): AsyncGenerator<Figure> {
  await talk.press('Escape');
  const panel = await browser.openPanel();
  await panel.waitFor('main li button');
  const rows = await panel.eval(() => document.querySelectorAll('main li button').length);
  const [long, others]: [number[], number[]] = [[], []];
  for (let i = 0; i < count + WARM_UP; i++) {
    // The long one is the newest, so it stands first.
    const index = i % 5 === 0 ? 0 : 1 + Math.floor(random() * (rows - 1));
    const tookMs = await panel.eval(openRow, index);
    if (i >= WARM_UP) (index === 0 ? long : others).push(tookMs);
    await panel.press('Escape');
    await panel.waitFor('main li button');
  }
  await panel.close();
  yield p95Of('storage/open-conversation/p95', [...long, ...others], { long: spreadOf(long), others: spreadOf(others) });
}

/** In the panel: from Enter to the first frame with the list in it. */
function watchUnlock(): void {
  const here = globalThis as unknown as { unlocked: Promise<number> };
  here.unlocked = new Promise((resolve) => {
    let pressedAt = 0;
    addEventListener('keydown', ({ key, timeStamp }: KeyboardEvent) => {
      if (key === 'Enter') pressedAt ||= timeStamp;
    });
    const observer = new MutationObserver(() => {
      if (pressedAt === 0 || document.querySelector('main li button') === null) return;
      observer.disconnect();
      requestAnimationFrame(() => resolve(performance.now() - pressedAt));
    });
    observer.observe(document, { childList: true, subtree: true });
  });
}

/** By another port than the page's own, as the key for it does. */
function lockNow(): void {
  const port = chrome.runtime.connect({ name: 'view' });
  port.onMessage.addListener(({ kind }: { kind: string }) => kind === 'result' && port.disconnect());
  port.postMessage({ kind: 'lock.now', id: '0'.repeat(32) });
}

async function unlockOnce(panel: PanelDriver): Promise<number> {
  await panel.eval(lockNow);
  await panel.waitFor(SECRET);
  await panel.eval(watchUnlock);
  await panel.fill(SECRET, PIN);
  await panel.press('Enter');
  return panel.eval(() => (globalThis as unknown as { unlocked: Promise<number> }).unlocked);
}

/** Leaves the PIN set and the lock open. */
export async function* measureUnlock({ browser }: Person, count: number): AsyncGenerator<Figure> {
  const panel = await browser.openPanel();
  await walk.openSettings(panel, 'lock_settings');
  await panel.fill(SECRET, PIN);
  await panel.click(button('lock_set'));
  await panel.waitForText(walk.word('lock_saved'), 30_000);
  for (let level = 0; level < 2; level++) await panel.click(button('back'));
  const tookMs: number[] = [];
  for (let i = 0; i < count + 1; i++) {
    const each = await unlockOnce(panel);
    if (i > 0) tookMs.push(each);
  }
  await panel.close();
  yield p95Of('storage/unlock/p95', tookMs);
}
