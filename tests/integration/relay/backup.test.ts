import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newKeyPair, RelayClient, randomBytes, runRelay, startRelay } from '../../support/relay';
import { Ledger, openWriter, PATIENT, readAll, sendUntilCut } from '../../support/relay-load';

let folder: string;
let dataDir: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tincan-backup-'));
  dataDir = join(folder, 'data');
  file = join(folder, 'copy.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (directory: string, ...args: readonly string[]) => runRelay({ dataDir: directory, args });

test('a backup made under load holds every message answered OK before it, revives what was acknowledged since, and no prekey', async () => {
  const relay = await startRelay({ dataDir, env: PATIENT });
  const maker = await RelayClient.connect(relay.url);
  const queues = await Promise.all([1, 2, 3, 4].map(() => maker.createQueue()));
  const [owner, boxId, lastResort] = [newKeyPair(), randomBytes(16), randomBytes(2048)];
  const put = { ownerKey: owner.publicKey, revision: 1, signature: maker.signBox(boxId, 1, owner), isReplacement: false, lastResort };
  await maker.expect({ kind: 'pre-put', boxId, ...put, oneTimes: [randomBytes(2048)] }, 'ok-box');
  const writer = await openWriter(relay.url, queues);
  const ledger = new Ledger();
  let isOver = false;
  const sending = sendUntilCut(writer, queues, ledger, () => isOver);
  await expect.poll(() => ledger.stored.size, { timeout: 20_000 }).toBeGreaterThan(500);
  const before = [...ledger.stored];
  const backup = await run(dataDir, 'backup', file);
  const during = ledger.stored.size - before.length;
  isOver = true;
  await sending;
  expect(during).toBeGreaterThan(0);
  expect(backup).toMatchObject({ code: 0, output: expect.stringContaining('hands out again') });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  for (const queue of queues) await readAll(relay.url, queue);
  expect((await maker.expect({ kind: 'pre-take', boxId }, 'ok-bundle')).sealed).not.toEqual(lastResort);
  await relay.stop();

  const overStore = await run(dataDir, 'restore', file);
  expect([overStore.code, overStore.output]).toEqual([1, expect.stringContaining('add --replace')]);
  const restoring = await run(dataDir, 'restore', file, '--replace');
  expect(restoring).toMatchObject({ code: 0, output: expect.stringMatching(/lies in .*before-restore[\s\S]*hands out again/) });
  const restored = await startRelay({ dataDir, env: PATIENT });
  const delivered = new Set<string>();
  for (const queue of queues) for (const id of await readAll(restored.url, queue)) delivered.add(id);
  const later = await RelayClient.connect(restored.url);
  expect((await later.expect({ kind: 'pre-take', boxId }, 'ok-bundle')).sealed).toEqual(lastResort);
  await restored.stop();
  expect(before.filter((id) => !delivered.has(id))).toEqual([]);
  expect([...delivered].filter((id) => !ledger.stored.has(id))).toEqual([]);
  console.log(`${before.length} stored before the backup, all in it; ${during} more stored while it was made`);
});

test('a command line that is none is answered with how to use it', async () => {
  const lines = [['backup'], ['doctor', 'x'], ['backup', file, '--replace'], ['--force']];
  for (const answer of await Promise.all(lines.map((args) => run(dataDir, ...args))))
    expect(answer).toMatchObject({ code: 1, output: expect.stringMatching(/^Usage: npm run server/) });
});
