import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../../lib/protocol/bytes';
import { type ClientFrame, NO_WORK } from '../../../lib/protocol/relay';
import {
  newFrame,
  newKeyPair,
  RelayClient,
  type RelayProcess,
  randomBytes,
  sendFrame,
  startRelay,
  type TestQueue,
} from '../../support/relay';
import { mountSmallDisk, type SmallDisk } from '../../support/small-disk';

const MIB = 1024 * 1024;
const PLENTY =
  'sendsPerQueueBurst=1000000,sendsPerConnectionBurst=1000000,framesPerConnectionBurst=1000000,queueMessages=1000000,queueBytes=1000000000';

let disk: SmallDisk;
let relay: RelayProcess;

beforeEach(() => {
  disk = mountSmallDisk(64);
});
afterEach(async () => {
  await relay.stop();
  disk.unmount();
});

function start(limits: string): Promise<RelayProcess> {
  return startRelay({ dataDir: join(disk.path, 'data'), env: { LIMITS: `${PLENTY},${limits}` } });
}

async function readiness(): Promise<string> {
  const response = await fetch(`${relay.url.replace('ws:', 'http:')}/readyz`);
  return `${response.status} ${(await response.text()).trim()}`;
}

/** Everything that waits, acknowledged. */
async function readAll(queue: TestQueue): Promise<ReadonlySet<string>> {
  const reader = await RelayClient.connect(relay.url);
  await reader.subscribe(queue);
  const ids = new Set<string>();
  for (;;) {
    const frame = await reader.nextOf(['msg', 'end']);
    if (frame.kind === 'end') break;
    ids.add(toHex(frame.messageId));
    await reader.expect({ kind: 'ack', rid: queue.rid, messageId: frame.messageId }, 'ok');
  }
  await reader.close();
  return ids;
}

describe('under the floor of its disk', () => {
  test('the relay takes nothing new and says so; reading, ACK and DEL go on, and it takes again by itself', async () => {
    relay = await start(`diskFloorBytes=${24 * MIB},diskFloorPercent=1,diskLookMs=50`);
    const client = await RelayClient.connect(relay.url);
    const queue = await client.createQueue();
    await client.openWriting(queue);
    const frames = [sendFrame(queue), sendFrame(queue), sendFrame(queue)] as const;
    for (const frame of frames) await client.expect(frame, 'ok-stored');
    expect(await readiness()).toBe('200 ready');

    disk.fillUpTo(16 * MIB);
    await expect.poll(readiness).toBe('503 not ready: the disk is nearly full');
    const { publicKey } = newKeyPair();
    const boxId = randomBytes(16);
    const growing: readonly ClientFrame[] = [
      newFrame(),
      { kind: 'knock', sid: queue.sid, messageId: randomBytes(16), ttlSeconds: 0, cell: randomBytes(4096), work: NO_WORK },
      { kind: 'key', sid: queue.sid, writerKey: publicKey },
      sendFrame(queue),
      { kind: 'inv-put', inviteId: randomBytes(16), ownerKey: publicKey, ttlSeconds: 0, sealed: randomBytes(99) },
      {
        ...{ kind: 'pre-put', boxId, ownerKey: publicKey, revision: 1, isReplacement: false },
        ...{ lastResort: randomBytes(2048), oneTimes: [], signature: randomBytes(64) },
      },
    ];
    for (const frame of growing) expect(await client.request(frame), frame.kind).toEqual({ kind: 'err', code: 'FULL', retryMs: 0 });
    await client.expect({ kind: 'del', queueId: queue.sid, messageId: frames[0].messageId }, 'ok-deleted');
    expect(await readAll(queue)).toEqual(new Set(frames.slice(1).map(({ messageId }) => toHex(messageId))));
    expect(relay.logs()).toContain('"event":"disk-low"');

    disk.empty();
    await expect.poll(readiness).toBe('200 ready');
    await client.expect(sendFrame(queue), 'ok-stored');
    expect(relay.logs()).toContain('"event":"disk-has-room"');
  });

  test('pages freed inside the database count as room: once its readers have acknowledged, a relay that filled its disk takes again', async () => {
    relay = await start(`diskFloorBytes=${24 * MIB},diskFloorPercent=1,diskLookMs=50`);
    const client = await RelayClient.connect(relay.url);
    const queue = await client.createQueue();
    await client.openWriting(queue);
    let stored = 0;
    for (let code = 'OK'; code === 'OK'; ) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => client.request(sendFrame(queue, { cell: randomBytes(16_384) }))));
      stored += answers.filter(({ kind }) => kind === 'ok-stored').length;
      if (answers.some((answer) => answer.kind === 'err')) code = 'FULL';
    }
    const freeBefore = disk.freeBytes();
    expect((await readAll(queue)).size).toBe(stored);
    await expect.poll(readiness).toBe('200 ready');
    await client.expect(sendFrame(queue), 'ok-stored');
    // The file has not shrunk: it is the freed pages that are used again.
    expect(disk.freeBytes()).toBeLessThan(freeBefore + 4 * MIB);
    console.log(`${stored} cells of 16 KiB filled the disk to its floor; all were read, and it took again`);
  });
});

test('on a disk that is really full nothing that was answered OK is lost, also by a kill, and it stores again once there is room', async () => {
  // The watch looks too late: SQLite itself meets the end of the disk.
  const blind = 'diskFloorBytes=1,diskFloorPercent=1,diskLookMs=1000000000';
  relay = await start(blind);
  const client = await RelayClient.connect(relay.url);
  const queue = await client.createQueue();
  await client.openWriting(queue);
  const stored = new Set<string>();
  let refused = 0;
  const sendSome = async (count: number) => {
    const frames = Array.from({ length: count }, () => sendFrame(queue));
    const answers = await Promise.all(frames.map((frame) => client.request(frame)));
    for (const [at, answer] of answers.entries()) {
      if (answer.kind === 'ok-stored') stored.add(toHex(frames[at]?.messageId ?? new Uint8Array()));
      else expect(answer).toEqual({ kind: 'err', code: 'FULL', retryMs: 0 });
      if (answer.kind === 'err') refused += 1;
    }
  };
  await sendSome(200);
  disk.fillUpTo(3 * MIB);
  while (refused < 200) await sendSome(100);
  expect(disk.freeBytes()).toBeLessThan(64 * 1024);
  expect(await readiness()).toBe('503 not ready: the store takes no writes');
  expect(await client.request({ kind: 'ping' })).toEqual({ kind: 'pong' });

  disk.empty();
  const before = stored.size;
  await sendSome(100);
  expect(stored.size).toBe(before + 100);
  expect(await readiness()).toBe('200 ready');

  disk.fillUpTo(MIB);
  const refusedBefore = refused;
  while (refused < refusedBefore + 100) await sendSome(100);
  await relay.kill('SIGKILL');
  disk.empty();
  relay = await start(blind);
  const delivered = await readAll(queue);
  // A refusal is as true as a promise: what was answered FULL is not there.
  expect(delivered).toEqual(stored);
  console.log(`${stored.size} stored, ${refused} answered FULL, 0 lost`);
});
