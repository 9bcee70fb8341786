/** Search as somebody types: beginnings of words, rare and common, over everything that is stored. */
import { until } from '../support/browsers';
import { searchFrom } from '../support/search';
import { type Figure, p95Of, spreadOf } from './figures';
import type { Person } from './pipe-pair';

const WARM_UP = 3;
/** From a letter to a rare word; two words; one that nobody has said. */
const QUERIES = ['b', 'ba', 'bad', 'zo', 'zoxi', 'wevu', 'fi gu', 'ne pa ri', 'xixixi', 'qqq'];

export async function* measureSearch({ browser }: Person, count: number): AsyncGenerator<Figure> {
  const panel = await browser.openPanel();
  const startMs = performance.now();
  await until(async () => !(await searchFrom(panel, 'ba')).found.isPartial, 'everything is indexed', 300_000);
  const indexedMs = performance.now() - startMs;
  const query = (i: number) => QUERIES[i % QUERIES.length] ?? '';
  const [warm, cold, wakeAndFind]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i < count + WARM_UP; i++) {
    const { tookMs, found } = await searchFrom(panel, query(i));
    if (query(i) !== 'qqq' && found.hits.length === 0) throw new Error(`nothing found for ${query(i)}`);
    if (i >= WARM_UP) warm.push(tookMs);
  }
  for (let i = 0; i < count; i++) {
    await browser.killWorker();
    const { tookMs, sinceOpeningMs } = await searchFrom(panel, query(i));
    cold.push(tookMs);
    wakeAndFind.push(sinceOpeningMs);
  }
  await panel.close();
  yield p95Of('storage/search-warm/p95', warm, { indexedMs });
  yield p95Of('storage/search-cold/p95', wakeAndFind, { fromQuestion: spreadOf(cold) });
}
