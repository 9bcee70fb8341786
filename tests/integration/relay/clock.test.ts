/** The relay's time when the machine's is wrong: the real app and store in this process, with clocks that the test turns. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type App, createApp } from '../../../server/app';
import { type Environment, readConfig } from '../../../server/config';
import { openLog } from '../../../server/log';
import { RelayClient, sendFrame, type TestQueue } from '../../support/relay';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 10, 1);

let dataDir: string;
let app: App;
let url: string;
let lines: string[];
const time = { wall: START_MS, monotonic: 0 };

async function start(env: Environment = {}): Promise<void> {
  const settings = readConfig({ ...env, DATA_DIR: dataDir, PORT: '0', STUN_PORT: 'off', LIMITS: 'sweepMs=20,drainMs=200' });
  if (!settings.ok) throw new Error(settings.faults.join());
  const sources = { wallMs: () => time.wall, monotonicMs: () => time.monotonic };
  app = await createApp(settings.config, { log: openLog('debug', (line) => lines.push(line)), time: sources });
  url = `ws://127.0.0.1:${(await app.listen()).port}`;
}

/** The wall alone turns while the relay is off; the monotonic clock starts anew. */
async function restart(wallStepMs: number): Promise<void> {
  await app.close();
  time.wall += wallStepMs;
  time.monotonic = 12_345;
  await start();
}

function pass(ms: number): void {
  time.wall += ms;
  time.monotonic += ms;
}

interface Told {
  readonly event: string;
  readonly driftMs?: number;
}

function told(event: string): readonly Told[] {
  return lines.map((line) => JSON.parse(line) as Told).filter((line) => line.event === event);
}

async function makeQueue(): Promise<TestQueue> {
  const client = await RelayClient.connect(url);
  const queue = await client.createQueue();
  await client.close();
  return queue;
}

async function send(queue: TestQueue, ttlMs: number): Promise<void> {
  const client = await RelayClient.connect(url);
  await client.openWriting(queue);
  await client.expect(sendFrame(queue, { ttlSeconds: ttlMs / 1000 }), 'ok-stored');
  await client.close();
}

/** The ages, in hours, of what waits; nothing is acknowledged. */
async function waitingHours(queue: TestQueue): Promise<readonly number[]> {
  const client = await RelayClient.connect(url);
  await client.subscribe(queue);
  await client.next('end');
  const ages = client.pending('msg').map(({ ageSeconds }) => ageSeconds / 3600);
  await client.close();
  return ages;
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tincan-clock-'));
  lines = [];
  time.wall = START_MS;
  time.monotonic = 1000;
  await start();
});
afterEach(async () => {
  await app.close();
  await rm(dataDir, { recursive: true, force: true });
});

describe('within a process', () => {
  test.each([1, -1, 30, -30])('a jump of the wall clock by %i days deletes nothing, prolongs nothing, and is told once', async (days) => {
    const queue = await makeQueue();
    await send(queue, 2 * HOUR_MS);
    time.wall += days * DAY_MS;
    await expect.poll(() => told('wall-clock-jumped')).toHaveLength(1);
    expect(told('wall-clock-jumped')[0]?.driftMs).toBe(days * DAY_MS);
    pass(HOUR_MS);
    expect(await waitingHours(queue)).toEqual([1]);
    pass(HOUR_MS);
    await expect.poll(() => told('swept')).toHaveLength(1);
    expect(await waitingHours(queue)).toEqual([]);
    expect(told('wall-clock-jumped')).toHaveLength(1);
    time.wall -= days * DAY_MS;
    await expect.poll(() => told('wall-clock-jumped')).toHaveLength(2);
  });

  test('a step of the wall by less than an hour is nobody’s business', async () => {
    const queue = await makeQueue();
    await send(queue, 2 * HOUR_MS);
    time.wall += HOUR_MS / 2;
    pass(2 * HOUR_MS);
    await expect.poll(() => told('swept')).toHaveLength(1);
    expect(told('wall-clock-jumped')).toEqual([]);
  });
});

describe('across a restart', () => {
  test.each([-1, -30])(
    'a wall clock that went back %i days is not followed: time goes on from the latest noted, and that is told',
    async (days) => {
      const queue = await makeQueue();
      await send(queue, 2 * HOUR_MS);
      pass(HOUR_MS);
      await restart(days * DAY_MS);
      expect(await waitingHours(queue)).toEqual([1]);
      pass(HOUR_MS);
      await expect.poll(() => told('swept')).toHaveLength(1);
      expect(await waitingHours(queue)).toEqual([]);
      expect(told('wall-clock-jumped').map(({ driftMs }) => driftMs)).toEqual([days * DAY_MS]);
    },
  );

  test('a wall clock that is a day ahead ages what waits by that day and no more', async () => {
    const queue = await makeQueue();
    await send(queue, 2 * DAY_MS);
    await restart(DAY_MS);
    expect(await waitingHours(queue)).toEqual([24]);
  });

  test('after thirty days, off or only by the clock, nothing is left; what comes then lives its own time', async () => {
    const queue = await makeQueue();
    await send(queue, 7 * DAY_MS);
    await restart(30 * DAY_MS);
    await expect.poll(() => told('swept')).toHaveLength(1);
    expect(await waitingHours(queue)).toEqual([]);
    await restart(-30 * DAY_MS);
    await send(queue, 2 * HOUR_MS);
    pass(HOUR_MS);
    expect(await waitingHours(queue)).toEqual([1]);
    pass(HOUR_MS);
    expect(await waitingHours(queue)).toEqual([]);
  });
});

test('nothing lives longer than ten days of running time, whatever its sender wished', async () => {
  await app.close();
  await start({ RETENTION: '10d' });
  const queue = await makeQueue();
  await send(queue, 40 * DAY_MS);
  pass(10 * DAY_MS - 1000);
  expect(await waitingHours(queue)).toHaveLength(1);
  pass(1000);
  expect(await waitingHours(queue)).toEqual([]);
  await expect.poll(() => told('swept')).toHaveLength(1);
});
