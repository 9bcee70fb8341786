/** A device that has lost its sessions: both sides come together again by themselves, over a real relay, and nothing is lost. */
import { afterEach, expect, test } from 'vitest';
import { ChromiumBrowser } from '../support/chromium';
import { allArrived, getInTouch, type InTouch, PAIRS } from '../support/in-touch';
import { say } from '../support/walk';

let pair: InTouch | null = null;
afterEach(async () => {
  await pair?.end();
  pair = null;
});

/** Deletes what a restored backup lacks. Answers how many sessions there were. */
function deleteSessions(): Promise<number> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('tincan');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction('records', 'readwrite');
      const store = transaction.objectStore('records');
      const keys = store.getAllKeys(IDBKeyRange.bound(['session'], ['session', []]));
      keys.onsuccess = () => {
        for (const key of keys.result) store.delete(key);
      };
      transaction.oncomplete = () => {
        opening.result.close();
        resolve(keys.result.length);
      };
    };
  });
}

for (const kinds of PAIRS) {
  test(`${kinds[1]} loses every session with ${kinds[0]}: the next message makes a new one, and all arrives`, async () => {
    pair = await getInTouch(kinds);
    const { ana, jun } = pair;
    await say(ana.panel, 'Jun', 'before');
    await say(jun.panel, 'Ana', 'also before');
    await allArrived(pair, ['before'], ['also before'], 20_000);
    const { browser } = jun;
    if (!(browser instanceof ChromiumBrowser)) throw new Error('no worker to kill');
    expect(await browser.background(deleteSessions)).toBe(1);
    await browser.killWorker();
    await say(ana.panel, 'Jun', 'after');
    await say(jun.panel, 'Ana', 'also after');
    await allArrived(pair, ['before', 'after'], ['also before', 'also after'], 45_000);
    expect(await browser.background(deleteSessions)).toBe(1);
  }, 120_000);
}
