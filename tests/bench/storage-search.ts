/** First results of a search over everything, as a page asks for them: from the question to the answer. */
import type { PanelDriver } from '../support/browsers';
import type { ChromiumBrowser } from '../support/chromium';
import { type Figure, p95Of } from './figures';
import type { StorageLab } from './storage-seed';

const WARM_UP = 5;
const LIMIT = 30;

interface Answered {
  readonly tookMs: number;
  readonly hits: number;
}

/** On a port of its own. Asks and times; with `isCold` the port's own opening counts too, for it wakes the worker. */
function find(texts: readonly string[], limit: number, isCold: boolean): Promise<Answered[]> {
  return new Promise((resolve) => {
    let startMs = performance.now();
    const port = chrome.runtime.connect({ name: 'view' });
    const answered: Answered[] = [];
    const ask = () => {
      const id = answered.length.toString(16).padStart(32, '0');
      if (!isCold) startMs = performance.now();
      port.postMessage({ kind: 'search.find', id, text: texts[answered.length], contactId: null, limit });
    };
    port.onMessage.addListener((frame: { kind: string; result?: { found?: { hits: readonly unknown[] } } }) => {
      if (frame.kind === 'snapshot') ask();
      if (frame.kind !== 'result') return;
      answered.push({ tookMs: performance.now() - startMs, hits: frame.result?.found?.hits.length ?? -1 });
      if (answered.length < texts.length) return ask();
      port.disconnect();
      resolve(answered);
    });
    port.postMessage({ kind: 'hello', epoch: null, revision: 0, conversation: null, isVisible: true });
  });
}

function isFound(answers: readonly Answered[]): void {
  if (!answers.some(({ hits }) => hits > 0) || answers.some(({ hits }) => hits < 0)) throw new Error('nothing was found, or not answered');
}

async function findAll(panel: PanelDriver, texts: readonly string[], isCold: boolean): Promise<Answered[]> {
  const answers = await panel.eval(find, texts, LIMIT, isCold);
  isFound(answers);
  return answers;
}

export async function* measureSearch(browser: ChromiumBrowser, lab: StorageLab, count: number, coldCount: number): AsyncGenerator<Figure> {
  const page = await browser.openPage('permissions.html');
  const texts = await lab.call('queries', count + WARM_UP);
  const warm = (await findAll(page, texts, false)).slice(WARM_UP);
  const hits = warm.map((each) => each.hits);
  const found = { none: hits.filter((each) => each === 0).length, full: hits.filter((each) => each === LIMIT).length };
  yield p95Of(
    'storage/search-warm/p95',
    warm.map(({ tookMs }) => tookMs),
    found,
  );
  const cold: number[] = [];
  for (let i = 0; i <= coldCount; i++) {
    await browser.killWorker();
    const [first] = await findAll(page, ['ba'], true);
    if (i > 0) cold.push(first?.tookMs ?? Number.NaN);
  }
  await page.close();
  yield p95Of('storage/search-cold/p95', cold);
}
