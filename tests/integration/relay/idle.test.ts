/** Queues whose readers stay away, on a relay whose clock the test holds. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type App, createApp } from '../../../server/app';
import { readConfig } from '../../../server/config';
import { openLog } from '../../../server/log';
import { RelayClient, sendFrame, type TestQueue } from '../../support/relay';

const DAY_MS = 86_400_000;
const time = { wall: Date.UTC(2026, 10, 21), monotonic: 0 };

let dataDir: string;
let app: App | null = null;
let url: string;
let swept = 0;

async function start(): Promise<void> {
  const read = readConfig({ PORT: '0', STUN_PORT: 'off', DATA_DIR: dataDir, LIMITS: 'sweepMs=20,newQueuesBurst=1000' });
  if (!read.ok) throw new Error(read.faults.join());
  const log = openLog('debug', (line) => {
    if (/"(swept|idle-queues-removed)"/.test(line)) swept += 1;
  });
  app = await createApp(read.config, { log, time: { wallMs: () => time.wall, monotonicMs: () => time.monotonic } });
  url = `ws://127.0.0.1:${(await app.listen()).port}`;
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tincan-idle-'));
});
afterEach(async () => {
  await app?.close();
  app = null;
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** The relay has run so much longer, and has noticed: what waited for an hour has been swept. */
async function pass(days: number, writer: RelayClient, queue: TestQueue): Promise<void> {
  await writer.expect(sendFrame(queue, { ttlSeconds: 3600 }), 'ok-stored');
  const before = swept;
  time.monotonic += days * DAY_MS;
  time.wall += days * DAY_MS;
  await expect.poll(() => swept, { timeout: 10_000, interval: 5 }).toBeGreaterThan(before);
}

async function warnings(client: RelayClient, queue: TestQueue, role: 'reader' | 'doorbell'): Promise<readonly number[]> {
  const keys = role === 'reader' ? queue.reader : queue.doorbell;
  await client.expect({ kind: 'sub', proofs: [client.subProof(queue.rid, keys, { role })] }, 'ok-proofs');
  // What a SUB leads to comes before the answer to what is asked next; and is on the disk before what is made next.
  await client.createQueue();
  return client.pending('idle').map(({ daysLeft }) => daysLeft);
}

test('a doorbell is warned from day 300 on, its reader is safe again for 400 days, and what nobody reads is gone then', async () => {
  await start();
  const writer = await RelayClient.connect(url);
  const queue = await writer.createQueue();
  await writer.openWriting(queue);
  await pass(299, writer, queue);
  expect(await warnings(await RelayClient.connect(url), queue, 'doorbell')).toEqual([]);
  await pass(11, writer, queue);
  expect(await warnings(await RelayClient.connect(url), queue, 'doorbell')).toEqual([90]);
  const reader = await RelayClient.connect(url);
  expect(await warnings(reader, queue, 'reader')).toEqual([90]);
  expect(await warnings(await RelayClient.connect(url), queue, 'doorbell')).toEqual([]);
  await reader.close();
  await pass(399, writer, queue);
  expect(await warnings(await RelayClient.connect(url), queue, 'doorbell')).toEqual([1]);
  await pass(1, writer, queue);
  await expect.poll(async () => (await writer.request(sendFrame(queue))).kind, { timeout: 5000 }).toBe('err');
  const late = await RelayClient.connect(url);
  const sub = { kind: 'sub', proofs: [late.subProof(queue.rid, queue.reader)] } as const;
  expect(await late.request(sub)).toEqual({ kind: 'ok-proofs', accepted: [false] });
  expect(await writer.request(sendFrame(queue))).toEqual({ kind: 'err', code: 'AUTH', retryMs: 0 });
});

test('days while the relay is off, and a clock that is years ahead at a start, count for nothing', async () => {
  await start();
  const client = await RelayClient.connect(url);
  const queue = await client.createQueue();
  await client.openWriting(queue);
  await pass(200, client, queue);
  await app?.close();
  time.wall += 2000 * DAY_MS;
  await start();
  // Before the first sweep: these days count already.
  time.monotonic += 10 * DAY_MS;
  const later = await RelayClient.connect(url);
  await later.openWriting(queue);
  await pass(40, later, queue);
  expect(await warnings(await RelayClient.connect(url), queue, 'doorbell')).toEqual([]);
  await pass(60, later, queue);
  expect(await warnings(await RelayClient.connect(url), queue, 'doorbell')).toEqual([90]);
});
