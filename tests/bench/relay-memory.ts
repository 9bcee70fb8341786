/** What connections cost the relay's process in resident memory: ten thousand that do nothing, and one that asks and does not read. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bytes } from '../../lib/protocol/bytes';
import { MAX_PROOFS } from '../../lib/protocol/relay';
import { openSqliteStore } from '../../server/store/sqlite';
import { newKeyPair, type RelayProcess, randomBytes, type TestQueue } from '../support/relay';
import { type Figure, type Measure, spreadOf } from './figures';
import { residentBytes } from './relay-contest';
import { connectRelay, makeQueues, signedSub, startUnlimited } from './relay-tincan';
import { masked, type Wire } from './relay-wire';

const CONNECTIONS = 10_000;
const SHORT_CONNECTIONS = 1000;
const RUNS = 3;
/** Of the loopback network, so that no client address stands behind all of them. */
const ADDRESSES = 20;
const AT_ONCE = 50;
const SETTLE_MS = 3000;

async function connectMany(relay: RelayProcess, count: number): Promise<readonly Wire[]> {
  const wires: Wire[] = [];
  while (wires.length < count) {
    const starting = Array.from({ length: AT_ONCE }, (_, index) => connectRelay(relay.port, `127.0.0.${2 + (index % ADDRESSES)}`));
    for (const { wire } of await Promise.all(starting)) wires.push(wire);
  }
  return wires;
}

/** Bytes a connection, over those of a relay that has already served as many as are opened at once. */
async function idleCost(count: number): Promise<number> {
  const relay = await startUnlimited();
  try {
    const first = await connectMany(relay, AT_ONCE);
    await pause(SETTLE_MS);
    const before = residentBytes(relay.pid);
    const more = await connectMany(relay, count);
    await pause(SETTLE_MS);
    const cost = (residentBytes(relay.pid) - before) / count;
    await Promise.all([...first, ...more].map((wire) => wire.end()));
    return cost;
  } finally {
    await relay.stop();
  }
}

function medianOf(figure: string, samples: readonly number[], unit: string): Figure {
  const spread = spreadOf(samples);
  return { figure, value: spread.p50, unit, n: spread.n, raw: { ...spread } };
}

export const measureIdle: Measure = async function* (say, isShort) {
  const costs: number[] = [];
  for (let run = 0; run < (isShort ? 1 : RUNS); run++) {
    say('idle connections');
    costs.push((await idleCost(isShort ? SHORT_CONNECTIONS : CONNECTIONS)) / 1000);
  }
  yield medianOf('relay/idle-connection', costs, 'kB');
};

const SUBSCRIBERS = 50;
const SUBSCRIPTIONS_EACH = 1000;
const SHORT_SUBSCRIBERS = 5;

type ReadQueue = Pick<TestQueue, 'rid' | 'reader'>;

/** Empty ones, put into the store behind the relay's back, all with one key. */
async function storeQueues(directory: string, count: number): Promise<readonly ReadQueue[]> {
  const [store, reader] = [openSqliteStore(directory), newKeyPair()];
  const ids = Array.from({ length: count }, () => randomBytes(24));
  const keys = { readerKey: reader.publicKey, doorbellKey: reader.publicKey };
  const make = (rid: Bytes) =>
    store.createQueue({ ...keys, newId: randomBytes(16), rid, sid: randomBytes(24), doorBits: 0, tokenHash: null });
  await Promise.all(ids.map(make));
  await store.close();
  return ids.map((rid) => ({ rid, reader }));
}

async function subscribeAll(relay: RelayProcess, queues: readonly ReadQueue[]): Promise<Wire> {
  const { wire, nonce } = await connectRelay(relay.port);
  for (let at = 0; at < queues.length; at += MAX_PROOFS) {
    const some = queues.slice(at, at + MAX_PROOFS);
    wire.send(masked(signedSub(relay, nonce, some)));
    // The answer, then the end of each.
    for (let frames = 0; frames < 1 + some.length; frames++) await wire.next();
  }
  return wire;
}

/** Bytes for each queue read, on connections that read many; over those of the first such connection. */
async function subscriptionCost(subscribers: number): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tincan-subscribed-'));
  try {
    const queues = await storeQueues(dataDir, subscribers * SUBSCRIPTIONS_EACH);
    const relay = await startUnlimited({ dataDir });
    try {
      const of = (index: number) => queues.slice(index * SUBSCRIPTIONS_EACH, (index + 1) * SUBSCRIPTIONS_EACH);
      await subscribeAll(relay, of(0));
      await pause(SETTLE_MS);
      const before = residentBytes(relay.pid);
      for (let index = 1; index < subscribers; index++) await subscribeAll(relay, of(index));
      await pause(SETTLE_MS);
      return (residentBytes(relay.pid) - before) / ((subscribers - 1) * SUBSCRIPTIONS_EACH);
    } finally {
      await relay.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

export const measureSubscriptions: Measure = async function* (say, isShort) {
  say('queues read by connections that do nothing');
  const cost = await subscriptionCost(isShort ? SHORT_SUBSCRIBERS : SUBSCRIBERS);
  yield medianOf('relay/idle-subscription', [cost / 1000], 'kB');
};

const QUEUES = 64;
/** As many as are handed over before the first acknowledgement. */
const PER_QUEUE = 64;
const CELL_BYTES = 16_384;
const WATCH_MS = 8000;
const LOOK_MS = 50;

/** 64 MiB, put into the store behind the relay's back. */
async function fill(directory: string, queues: readonly TestQueue[]): Promise<void> {
  const store = openSqliteStore(directory);
  const [cell, nowMs] = [randomBytes(CELL_BYTES), Date.now()];
  for (const { rid } of queues) {
    const queue = (await store.queueByRid(rid))?.number ?? 0;
    const message = () => ({ queue, messageId: randomBytes(16), cell, nowMs, expiresAtMs: nowMs + 86_400_000 });
    const quota = { messages: PER_QUEUE, bytes: PER_QUEUE * CELL_BYTES };
    await Promise.all(Array.from({ length: PER_QUEUE }, () => store.append(message(), quota)));
  }
  await store.close();
}

/** A reader like any other, of an eighth of it: what a relay in service has grown to already is not the slow one's doing. */
async function warmUp(relay: RelayProcess, queues: readonly TestQueue[]): Promise<void> {
  const { wire, nonce } = await connectRelay(relay.port);
  const all = new Promise<void>((resolve) => {
    let messages = 0;
    wire.listen((payload) => {
      if (payload.length > CELL_BYTES) messages++;
      if (messages === queues.length * PER_QUEUE) resolve();
    });
  });
  wire.send(masked(signedSub(relay, nonce, queues)));
  await all;
  await wire.end();
}

async function slowReaderGrowth(): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tincan-slow-'));
  try {
    const maker = await startUnlimited({ dataDir });
    const queues = await makeQueues(maker.url, QUEUES);
    await maker.stop();
    await fill(dataDir, queues);
    const relay = await startUnlimited({ dataDir });
    try {
      await warmUp(relay, queues.slice(0, QUEUES / 8));
      const { wire, nonce } = await connectRelay(relay.port);
      await pause(SETTLE_MS);
      const before = residentBytes(relay.pid);
      wire.stall();
      wire.send(masked(signedSub(relay, nonce, queues)));
      let most = before;
      for (let waitedMs = 0; waitedMs < WATCH_MS; waitedMs += LOOK_MS) {
        await pause(LOOK_MS);
        most = Math.max(most, residentBytes(relay.pid));
      }
      return (most - before) / 1e6;
    } finally {
      await relay.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

export const measureSlowReader: Measure = async function* (say, isShort) {
  const growths: number[] = [];
  for (let run = 0; run < (isShort ? 1 : RUNS); run++) {
    say('a reader that does not read');
    growths.push(await slowReaderGrowth());
  }
  yield medianOf('relay/slow-reader-growth', growths, 'MB');
};
