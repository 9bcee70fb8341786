/** A thousand messages written as fast as the panel takes them: its longest task until all are on the other's screen and confirmed. */

import { type PanelDriver, until } from '../support/browsers';
import { contactOf } from '../support/in-touch';
import { type Figure, spreadOf } from './figures';
import type { Person } from './pipe-pair';

const ALL_SHOWN_MS = 300_000;
/** The browser names no task shorter than this. */
const SHORTEST_NAMED_MS = 50;

interface Watched {
  longTasksMs: number[];
  isWritten: boolean;
}

function watchTasks(): void {
  const here = globalThis as unknown as Watched;
  here.longTasksMs = [];
  new PerformanceObserver((list) => here.longTasksMs.push(...list.getEntries().map(({ duration }) => duration))).observe({
    entryTypes: ['longtask'],
  });
}

/** Through the composer, each in a task of its own, as a key press is. */
function write(count: number): void {
  const here = globalThis as unknown as Watched;
  here.isWritten = false;
  const box = document.querySelector<HTMLTextAreaElement>('main form textarea');
  if (!box) throw new Error('no composer');
  let next = 0;
  const writeNext = () => {
    box.value = `burst ${next}`;
    box.dispatchEvent(new InputEvent('input', { bubbles: true }));
    box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
    next += 1;
    if (next === count) here.isWritten = true;
    else setTimeout(writeNext);
  };
  setTimeout(writeNext);
}

const tasksOf = (panel: PanelDriver) => panel.eval(() => (globalThis as unknown as Watched).longTasksMs);
const newestIn = (panel: PanelDriver) =>
  panel.eval(() => [...document.querySelectorAll('[role=log] article')].at(-1)?.querySelector('p')?.textContent ?? '');

function figureOf(figure: string, tasksMs: readonly number[], count: number, tookMs: number): Figure {
  const value = Number(Math.max(SHORTEST_NAMED_MS, ...tasksMs).toPrecision(4));
  return { figure, value, unit: 'ms', n: count, raw: { tasksOver50Ms: spreadOf(tasksMs), tookMs: Math.round(tookMs) } };
}

export async function* measureBurst(ana: Person, jun: Person, count: number, say: (what: string) => void): AsyncGenerator<Figure> {
  say(`${count} messages at once`);
  for (const { panel } of [ana, jun]) await panel.eval(watchTasks);
  const startMs = performance.now();
  await ana.panel.eval(write, count);
  await until(async () => (await newestIn(jun.panel)) === `burst ${count - 1}`, 'all are shown', ALL_SHOWN_MS);
  const shownMs = performance.now() - startMs;
  const isConfirmed = async () => {
    const { waiting, last } = await contactOf(ana.panel);
    return (
      waiting === 0 && last?.text === `burst ${count - 1}` && (last.delivery?.stage === 'delivered' || last.delivery?.stage === 'read')
    );
  };
  await until(isConfirmed, 'all are confirmed', ALL_SHOWN_MS);
  yield figureOf('messages/burst-longest-task', await tasksOf(ana.panel), count, performance.now() - startMs);
  yield figureOf('messages/burst-longest-task/receiver', await tasksOf(jun.panel), count, shownMs);
}
