/** What a received message costs to store, whether that grows with what is stored, and what the worker holds in memory. */
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../support/browsers';
import type { ChromiumBrowser } from '../support/chromium';
import { CdpSession, isWorkerOf } from '../support/chromium-cdp';
import * as walk from '../support/walk';
import { type Figure, p95Of, spreadOf } from './figures';
import type { Person } from './pipe-pair';
import { watchChannels } from './pipe-wake';
import type { StorageLab } from './storage-seed';

const WARM_UP = 20;
const BETWEEN_MS = 40;
const BLOCK = 25;

type Watching = { readonly committedAfterMs: readonly number[] };

/** In the worker: how long each strict transaction that writes takes, of which every received message is one. */
function watchCommits(scope: typeof globalThis): void {
  const here = scope as unknown as { commitMs: number[] };
  here.commitMs = [];
  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (...args) {
    const transaction = begin.apply(this, args);
    const startMs = performance.now();
    if (args[2]?.durability === 'strict') transaction.addEventListener('complete', () => here.commitMs.push(performance.now() - startMs));
    return transaction;
  };
}

/** From a frame's arrival at the host to its ACK, which goes out only after the commit. Jun writes; Ana's worker is awake. */
export async function* measureReceiving(ana: Person, jun: Person, count: number): AsyncGenerator<Figure> {
  await ana.browser.closeOffscreen();
  await until(() => ana.browser.offscreen(() => true), 'a new host', 30_000);
  await ana.browser.offscreen(watchChannels);
  await jun.panel.waitForText(walk.word('string_open'), 60_000);
  await ana.browser.background(watchCommits);
  const heard = () => ana.browser.offscreen(() => (globalThis as unknown as Watching).committedAfterMs.length);
  const before = await heard();
  for (let i = 0; i < count + WARM_UP; i++) {
    await walk.say(jun.panel, ana.name, `received ${i}`);
    await pause(BETWEEN_MS);
  }
  await until(async () => (await heard()) >= before + count + WARM_UP, 'all are stored', 60_000);
  const all = await ana.browser.offscreen(() => (globalThis as unknown as Watching).committedAfterMs);
  const transactions = await ana.browser.background((scope) => (scope as unknown as { commitMs: number[] }).commitMs);
  yield p95Of('storage/commit-received/p95', all.slice(before + WARM_UP), { transactions: spreadOf(transactions) });
}

/** The same commits by turns in a browser with much stored and in one with little. */
export async function flatness(much: StorageLab, little: StorageLab, stored: readonly [number, number], blocks: number): Promise<Figure> {
  const [atMuch, atLittle]: [number[], number[]] = [[], []];
  for (let block = 0; block <= blocks; block++) {
    const took = { much: await much.call('receive', BLOCK), little: await little.call('receive', BLOCK) };
    if (block === 0) continue;
    atMuch.push(...took.much);
    atLittle.push(...took.little);
  }
  const [ours, theirs] = [spreadOf(atMuch), spreadOf(atLittle)];
  const value = Number((ours.p50 / theirs.p50).toPrecision(4));
  return { figure: 'storage/commit-flatness', value, unit: 'ratio', n: ours.n, raw: { stored, much: ours, little: theirs } };
}

interface HeapUsage {
  readonly usedSize: number;
  readonly embedderHeapUsedSize?: number;
  readonly backingStorageSize?: number;
}

const MB = 1e6;

/** Of a worker that has shown the list, opened a conversation and received. */
export async function workerMemory(browser: ChromiumBrowser): Promise<Figure> {
  const worker = (await browser.targets()).find(isWorkerOf(browser.extensionId));
  if (worker === undefined) throw new Error('no worker');
  const session = await CdpSession.open(worker.webSocketDebuggerUrl);
  try {
    await session.send('HeapProfiler.enable');
    for (let i = 0; i < 2; i++) await session.send('HeapProfiler.collectGarbage');
    const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = (await session.send('Runtime.getHeapUsage')) as HeapUsage;
    const value = Number(((usedSize + backingStorageSize) / MB).toPrecision(4));
    const raw = { heap: usedSize / MB, backingStores: backingStorageSize / MB, embedder: embedderHeapUsedSize / MB };
    return { figure: 'storage/worker-memory', value, unit: 'MB', n: 1, raw };
  } finally {
    session.close();
  }
}
