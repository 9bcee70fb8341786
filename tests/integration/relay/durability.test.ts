import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ClientFrame } from '../../../lib/protocol/relay';
import { RelayClient, startRelay } from '../../support/relay';
import { killUnderLoad } from '../../support/relay-load';
import { seeded } from '../../support/seed';

// A slice of `npm run soak -- relay`.
const KILLS = 4;

test(`${KILLS} kills under load lose nothing that was answered OK, repeat nothing acknowledged, store nothing twice`, async () => {
  const figures = await killUnderLoad(KILLS, seeded('kills'));
  console.log(`${KILLS} kills: ${JSON.stringify(figures)}`);
  expect(figures).toMatchObject({ lost: 0, revived: 0, twice: 0 });
  expect(figures.stored).toBeGreaterThan(KILLS * 10);
  expect(figures.acknowledged).toBeGreaterThan(0);
});

test('a queue, its keys and an invite survive a kill right after their answers', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tincan-kill-'));
  let relay = await startRelay({ dataDir });
  const client = await RelayClient.connect(relay.url);
  const queue = await client.createQueue();
  const invite: ClientFrame = {
    kind: 'inv-put',
    inviteId: queue.rid.slice(0, 16),
    ownerKey: queue.reader.publicKey,
    ttlSeconds: 0,
    sealed: queue.sid,
  };
  const taken: ClientFrame = { kind: 'inv-take', inviteId: queue.rid.slice(0, 16), takerKey: queue.writer.publicKey };
  await client.expect(invite, 'ok');
  await client.expect(taken, 'ok-invite');
  await relay.kill('SIGKILL');
  relay = await startRelay({ dataDir });
  const later = await RelayClient.connect(relay.url);
  await later.subscribe(queue);
  await later.openWriting(queue);
  expect(await later.request({ ...taken, takerKey: queue.reader.publicKey })).toMatchObject({ code: 'GONE' });
  expect(await later.request(taken)).toEqual({ kind: 'ok-invite', sealed: queue.sid });
  await relay.stop();
  await rm(dataDir, { recursive: true, force: true });
});
