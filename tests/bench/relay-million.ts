/**
 * A message more, and the oldest one fetched, in a queue chosen anew each time: in a store that holds a million over 100,000 queues, and
 * in one that holds as many queues and nothing else. Then the same with the oldest one's acknowledgement, so that neither store
 * grows. On the store itself, with its commits on the disk.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bytes } from '../../lib/protocol/bytes';
import { openSqliteStore } from '../../server/store/sqlite';
import type { QueueNumber, Store } from '../../server/store/store';
import { randomBytes } from '../support/relay';
import { drawnFrom } from '../support/seed';
import { type Measure, ratioOf, spreadOf } from './figures';
import { CELL_BYTES } from './relay-contest';

const QUEUES = 100_000;
const SHORT_QUEUES = 2000;
const PER_QUEUE = 10;
/** In one commit. */
const TOGETHER = 1000;
/** As many as a busy relay commits together. */
const BATCH = 32;
const ROUNDS = 400;
const WARM_UP = 50;
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
    const random = drawnFrom(SEED);
    const draw = () => Array.from({ length: BATCH }, () => 1 + Math.floor(random() * count));
    const turns: { full: Turn[]; empty: Turn[] } = { full: [], empty: [] };
    for (let round = 0; round < WARM_UP + ROUNDS; round++) {
      const made = { full: await turn(full, draw()), empty: await turn(empty, draw()) };
      if (round < WARM_UP) continue;
      turns.full.push(made.full);
      turns.empty.push(made.empty);
    }
    const ratio = (figure: string, part: keyof Turn) =>
      ratioOf(figure, spreadOf(turns.full.map((made) => made[part])), spreadOf(turns.empty.map((made) => made[part])));
    yield ratio('relay/stored-million/flatness', 'fetchedMs');
    yield ratio('relay/stored-million/with-acknowledgement', 'removedMs');
  } finally {
    await Promise.all([full.close(), empty.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
};
