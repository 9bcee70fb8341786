import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RelayClient, type RelayProcess, sendFrame, startRelay, type TestQueue } from '../../support/relay';

let dataDir: string;
let relay: RelayProcess;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tincan-take-back-'));
  relay = await startRelay({ dataDir });
});

afterAll(async () => {
  await relay.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const connect = () => RelayClient.connect(relay.url);

async function mine(): Promise<{ readonly writer: RelayClient; readonly queue: TestQueue }> {
  const writer = await connect();
  const queue = await writer.createQueue();
  await writer.openWriting(queue);
  return { writer, queue };
}

async function stored(writer: RelayClient, queue: TestQueue): Promise<Uint8Array<ArrayBuffer>> {
  const frame = sendFrame(queue);
  await writer.expect(frame, 'ok-stored');
  return frame.messageId;
}

const takeBack = (writer: RelayClient, queue: TestQueue, messageId: Uint8Array<ArrayBuffer>) =>
  writer.request({ kind: 'del', queueId: queue.sid, messageId });

const CERTAIN = { kind: 'ok-deleted', wasHanded: 'no' };
const UNSURE = { kind: 'ok-deleted', wasHanded: 'maybe' };

describe('the answer to a message taken back', () => {
  test('is certain when no reader came, whatever doorbell rang', async () => {
    const { writer, queue } = await mine();
    const bell = await connect();
    await bell.expect({ kind: 'sub', proofs: [bell.subProof(queue.rid, queue.doorbell, { role: 'doorbell' })] }, 'ok-proofs');
    const messageId = await stored(writer, queue);
    await bell.next('bell');
    expect(await takeBack(writer, queue, messageId)).toEqual(CERTAIN);
    expect(await takeBack(writer, queue, messageId)).toMatchObject({ code: 'NO_MSG' });
  });

  test('is not certain once a reader was handed it, acknowledged or gone without a word', async () => {
    const { writer, queue } = await mine();
    const reader = await connect();
    await reader.subscribe(queue);
    await reader.next('end');
    const first = await stored(writer, queue);
    await reader.next('msg');
    await reader.close();
    const later = await stored(writer, queue);
    expect(await takeBack(writer, queue, first)).toEqual(UNSURE);
    expect(await takeBack(writer, queue, later)).toEqual(CERTAIN);
  });

  test('is that it is not there once its reader acknowledged it', async () => {
    const { writer, queue } = await mine();
    const messageId = await stored(writer, queue);
    const reader = await connect();
    await reader.subscribe(queue);
    await reader.next('msg');
    await reader.expect({ kind: 'ack', rid: queue.rid, messageId }, 'ok');
    expect(await takeBack(writer, queue, messageId)).toMatchObject({ code: 'NO_MSG' });
  });

  test('is the same for the message beyond what a reader may hold unacknowledged: nobody was handed that one', async () => {
    const { writer, queue } = await mine();
    const ids = [];
    for (let count = 0; count < 65; count++) ids.push(await stored(writer, queue));
    const reader = await connect();
    await reader.subscribe(queue);
    for (let count = 0; count < 64; count++) await reader.next('msg');
    expect(await takeBack(writer, queue, ids[64] ?? new Uint8Array(16))).toEqual(CERTAIN);
    expect(await takeBack(writer, queue, ids[63] ?? new Uint8Array(16))).toEqual(UNSURE);
  });

  test('is never certain for a reader who asks at the same time: 100 races', async () => {
    const { writer, queue } = await mine();
    for (let round = 0; round < 100; round++) {
      const messageId = await stored(writer, queue);
      const reader = await connect();
      const [, answer] = await Promise.all([reader.subscribe(queue), takeBack(writer, queue, messageId)]);
      await reader.next('end');
      if (reader.pending('msg').length > 0) expect(answer).toEqual(UNSURE);
      await reader.close();
    }
  });

  test('is not certain after a kill, which forgets who was handed what', async () => {
    const { writer, queue } = await mine();
    const unread = await stored(writer, queue);
    const reader = await connect();
    const other = await reader.createQueue();
    await reader.openWriting(other);
    const handed = await stored(reader, other);
    await reader.subscribe(other);
    await reader.next('msg');
    await relay.kill('SIGKILL');
    relay = await startRelay({ dataDir });
    const again = await connect();
    await again.openWriting(queue);
    await again.openWriting(other);
    const after = await stored(again, queue);
    expect(await takeBack(again, queue, unread)).toEqual(UNSURE);
    expect(await takeBack(again, other, handed)).toEqual(UNSURE);
    expect(await takeBack(again, queue, after)).toEqual(CERTAIN);
  });
});

describe('a writer who looks what still waits', () => {
  const look = (writer: RelayClient, queue: TestQueue, messageIds: readonly Uint8Array<ArrayBuffer>[]) =>
    writer.request({ kind: 'look', sid: queue.sid, messageIds });

  test('is told of each in the order asked: taken back, fetched, waiting, never sent', async () => {
    const { writer, queue } = await mine();
    const [fetched, takenBack, waiting] = [await stored(writer, queue), await stored(writer, queue), await stored(writer, queue)];
    await takeBack(writer, queue, takenBack);
    const reader = await connect();
    await reader.subscribe(queue);
    await reader.next('msg');
    await reader.expect({ kind: 'ack', rid: queue.rid, messageId: fetched }, 'ok');
    const never = sendFrame(queue).messageId;
    expect(await look(writer, queue, [never, waiting, takenBack, fetched])).toEqual({
      kind: 'ok-waiting',
      isWaiting: [false, true, false, false],
    });
  });

  test('is told nothing of a queue whose right was not proved here, its own reader included', async () => {
    const { writer, queue } = await mine();
    const messageId = await stored(writer, queue);
    const reader = await connect();
    await reader.subscribe(queue);
    expect(await look(reader, queue, [messageId])).toMatchObject({ code: 'AUTH' });
    expect(await look(await connect(), queue, [messageId])).toMatchObject({ code: 'AUTH' });
  });

  test('is told that it is gone once its time is over, before any sweep', async () => {
    const { writer, queue } = await mine();
    const frame = sendFrame(queue, { ttlSeconds: 1 });
    await writer.expect(frame, 'ok-stored');
    expect(await look(writer, queue, [frame.messageId])).toMatchObject({ isWaiting: [true] });
    await expect.poll(() => look(writer, queue, [frame.messageId]), { timeout: 3000 }).toMatchObject({ isWaiting: [false] });
  });
});
