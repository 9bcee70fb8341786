/**
 * A message more, and the oldest one fetched and forgotten, in a queue chosen anew each time: in a store that holds a million over
 * 100,000 queues, and in one that holds as many queues and nothing else. On the store itself, with its commits on the disk.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bytes } from '../../lib/protocol/bytes';
import { openSqliteStore } from '../../server/store/sqlite';
import type { QueueNumber, Store } from '../../server/store/store';
import { randomBytes } from '../support/relay';
import { drawnFrom } from '../support/seed';
import { type Measure, ratioOf } from './figures';
import { byTurns } from './protocol-rounds';
import { CELL_BYTES } from './relay-contest';

const QUEUES = 100_000;
const SHORT_QUEUES = 2000;
const PER_QUEUE = 10;
/** In one commit. */
const TOGETHER = 1000;
/** As many as a busy relay commits together. */
const BATCH = 32;
const ROUNDS = { count: 400, warmUp: 50, size: BATCH };
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
  await inCommits(count, () =>
    store.createQueue({
      ...{ newId: randomBytes(16), readerKey: key, doorbellKey: key, doorBits: 0, tokenHash: null },
      ...{ rid: randomBytes(24), sid: randomBytes(24) },
    }),
  );
}

/** Numbers of a new store's queues run from 1. */
async function turn(store: Store, queues: readonly QueueNumber[]): Promise<void> {
  await Promise.all(queues.map((queue) => append(store, queue)));
  const oldest = await Promise.all(queues.map((queue) => store.waiting({ queue, after: 0, limit: 1, nowMs })));
  await Promise.all(oldest.map(([message], index) => message && store.removeMessage(queues[index] as QueueNumber, message.messageId)));
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
    const random = drawnFrom(SEED);
    const draw = () => Array.from({ length: BATCH }, () => 1 + Math.floor(random() * count));
    const { ofFull, ofEmpty } = await byTurns(ROUNDS, { ofFull: () => turn(full, draw()), ofEmpty: () => turn(empty, draw()) });
    yield ratioOf('relay/stored-million/flatness', ofFull, ofEmpty);
  } finally {
    await Promise.all([full.close(), empty.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
};
