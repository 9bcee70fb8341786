/**
 * A message more, and the oldest one fetched, in a queue chosen anew each time: in a store that holds a million over 100,000 queues, and
 * in one that holds as many queues and nothing else. On the store itself, with its commits on the disk: with as many messages a commit
 * as 2,000 messages a second make, and again with those of a relay that can do no more, where the fsync weighs little and each page
 * more that a large store has to touch weighs most. The oldest one's acknowledgement, after which neither store has grown, is a figure of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bytes } from '../../lib/protocol/bytes';
import { openSqliteStore } from '../../server/store/sqlite';
import type { QueueNumber, Store } from '../../server/store/store';
import { randomBytes } from '../support/relay';
import { drawnFrom } from '../support/seed';
import { type Figure, type Measure, ratioOf, spreadOf } from './figures';
import { CELL_BYTES } from './relay-contest';

const QUEUES = 100_000;
const SHORT_QUEUES = 2000;
const PER_QUEUE = 10;
/** In one commit. */
const TOGETHER = 1000;
const WARM_UP = 50;

interface Load {
  /** Messages a commit. */
  readonly batch: number;
  readonly rounds: number;
}

const PACED: Load = { batch: 2, rounds: 1500 };
const SATURATED: Load = { batch: 32, rounds: 400 };
const SEED = 1;

const CELL = randomBytes(CELL_BYTES);
const QUOTA = { messages: 1000, bytes: 8 * 1024 * 1024 };
const DAY_MS = 86_400_000;

const nowMs = Date.now();

function append(store: Store, queue: QueueNumber): Promise<unknown> {
  return store.append({ queue, messageId: randomBytes(16), cell: CELL, nowMs, expiresAtMs: nowMs + DAY_MS }, QUOTA);
}

async function inCommits(count: number, change: (index: number) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < count; start += TOGETHER)
    await Promise.all(Array.from({ length: Math.min(TOGETHER, count - start) }, (_, index) => change(start + index)));
}

async function makeQueues(store: Store, count: number): Promise<void> {
  const key: Bytes = randomBytes(32);
  await inCommits(count, () => {
    const ids = { newId: randomBytes(16), rid: randomBytes(24), sid: randomBytes(24) };
    return store.createQueue({ ...ids, readerKey: key, doorbellKey: key, doorBits: 0, tokenHash: null });
  });
}

interface Turn {
  readonly fetchedMs: number;
  readonly removedMs: number;
}

/** Numbers of a new store's queues run from 1. Times are for one message. */
async function turn(store: Store, queues: readonly QueueNumber[]): Promise<Turn> {
  const start = performance.now();
  await Promise.all(queues.map((queue) => append(store, queue)));
  const oldest = await Promise.all(queues.map((queue) => store.waiting({ queue, after: 0, limit: 1, nowMs })));
  const fetchedMs = (performance.now() - start) / queues.length;
  await Promise.all(oldest.map(([message], index) => message && store.removeMessage(queues[index] as QueueNumber, message.messageId)));
  return { fetchedMs, removedMs: (performance.now() - start) / queues.length };
}

interface Turns {
  readonly full: Turn[];
  readonly empty: Turn[];
}

async function byTurns(stores: { readonly full: Store; readonly empty: Store }, queues: number, { batch, rounds }: Load): Promise<Turns> {
  const random = drawnFrom(SEED);
  const draw = () => Array.from({ length: batch }, () => 1 + Math.floor(random() * queues));
  const turns: Turns = { full: [], empty: [] };
  for (let round = 0; round < WARM_UP + rounds; round++) {
    const [full, empty] = [await turn(stores.full, draw()), await turn(stores.empty, draw())];
    if (round < WARM_UP) continue;
    turns.full.push(full);
    turns.empty.push(empty);
  }
  return turns;
}

function ratio(figure: string, { full, empty }: Turns, part: keyof Turn): Figure {
  return ratioOf(figure, spreadOf(full.map((made) => made[part])), spreadOf(empty.map((made) => made[part])));
}

export const measureMillion: Measure = async function* (say, isShort) {
  const count = isShort ? SHORT_QUEUES : QUEUES;
  const folder = mkdtempSync(join(tmpdir(), 'tincan-million-'));
  const [full, empty] = [openSqliteStore(join(folder, 'full')), openSqliteStore(join(folder, 'empty'))];
  try {
    for (const store of [full, empty]) await makeQueues(store, count);
    for (let each = 0; each < PER_QUEUE; each++) {
      say(`${each * count} of ${PER_QUEUE * count} messages stored`);
      await inCommits(count, (index) => append(full, index + 1));
    }
    say('by turns');
    const paced = await byTurns({ full, empty }, count, PACED);
    yield ratio('relay/stored-million/flatness', paced, 'fetchedMs');
    yield ratio('relay/stored-million/acknowledged', paced, 'removedMs');
    const saturated = await byTurns({ full, empty }, count, SATURATED);
    yield ratio('relay/stored-million/flatness-saturated', saturated, 'fetchedMs');
    yield ratio('relay/stored-million/acknowledged-saturated', saturated, 'removedMs');
  } finally {
    await Promise.all([full.close(), empty.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
};
