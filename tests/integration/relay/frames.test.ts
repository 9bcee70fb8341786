import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../../lib/protocol/bytes';
import type { ClientFrame } from '../../../lib/protocol/relay';
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

let relay: RelayProcess;

beforeAll(async () => {
  relay = await startRelay({ env: { LIMITS: 'newQueuesBurst=1000,connectionsPerAddress=200' } });
});
afterAll(async () => {
  await relay.stop();
});

function connect(): Promise<RelayClient> {
  return RelayClient.connect(relay.url);
}

/** A queue, its reader subscribed on one connection, its writer open on another. */
async function pair(): Promise<{ queue: TestQueue; reader: RelayClient; writer: RelayClient }> {
  const [reader, writer] = [await connect(), await connect()];
  const queue = await reader.createQueue();
  await reader.subscribe(queue);
  await reader.next('end');
  await writer.openWriting(queue);
  return { queue, reader, writer };
}

describe('a connection', () => {
  test('is greeted with a nonce of its own, the time and the retention', async () => {
    const [one, two] = [await connect(), await connect()];
    expect(one.hello).toMatchObject({ retentionSeconds: 604_800, maxRetentionSeconds: 604_800, stunUrls: [] });
    expect(Math.abs(one.hello.timeMs - Date.now())).toBeLessThan(5000);
    expect(toHex(one.hello.nonce)).not.toBe(toHex(two.hello.nonce));
  });

  test('has its ping answered', async () => {
    expect(await (await connect()).request({ kind: 'ping' })).toEqual({ kind: 'pong' });
  });
});

describe('a queue', () => {
  test('made twice by the same wish is the same queue; another doorbell key is refused', async () => {
    const client = await connect();
    const wish = newFrame();
    const first = await client.expect(wish, 'ok-queue');
    expect(await (await connect()).request(wish)).toEqual(first);
    expect(toHex(first.rid)).not.toBe(toHex(first.sid));
    expect(await client.request({ ...wish, doorbellKey: newKeyPair().publicKey })).toMatchObject({ kind: 'err', code: 'TAKEN' });
    const other = await client.expect({ ...wish, newId: randomBytes(16) }, 'ok-queue');
    expect(toHex(other.rid)).not.toBe(toHex(first.rid));
  });

  test('takes no key that is no point of the curve', async () => {
    const client = await connect();
    const zero = new Uint8Array(32);
    expect(await client.request(newFrame({ readerKey: zero }))).toMatchObject({ code: 'SYNTAX' });
    expect(await client.request(newFrame({ doorbellKey: zero }))).toMatchObject({ code: 'SYNTAX' });
    expect(await client.request({ kind: 'key', sid: randomBytes(24), writerKey: zero })).toMatchObject({ code: 'SYNTAX' });
  });

  test("registers its writer's key once", async () => {
    const client = await connect();
    const queue = await client.createQueue();
    const key = (writerKey = newKeyPair().publicKey): ClientFrame => ({ kind: 'key', sid: queue.sid, writerKey });
    expect(await client.request(key(queue.writer.publicKey))).toEqual({ kind: 'ok' });
    expect(await client.request(key())).toMatchObject({ code: 'AUTH' });
  });
});

describe('a message', () => {
  test('sent to a live reader arrives whole, and is forgotten once acknowledged', async () => {
    const { queue, reader, writer } = await pair();
    const frame = sendFrame(queue, { cell: randomBytes(16_384) });
    expect(await writer.request(frame)).toEqual({ kind: 'ok-stored', expiresInSeconds: 604_800 });
    const message = await reader.next('msg');
    expect(message).toEqual({ kind: 'msg', rid: queue.rid, messageId: frame.messageId, ageSeconds: 0, cell: frame.cell });
    expect(await reader.request({ kind: 'ack', rid: queue.rid, messageId: frame.messageId })).toEqual({ kind: 'ok' });
    const later = await connect();
    await later.subscribe(queue);
    await later.next('end');
    expect(later.pending('msg')).toEqual([]);
  });

  test('not acknowledged is delivered again to the next connection, in order, then END', async () => {
    const { queue, reader, writer } = await pair();
    const frames = [1, 2, 3, 4, 5].map(() => sendFrame(queue));
    await Promise.all(frames.map((frame) => writer.request(frame)));
    await reader.next('msg', ({ messageId }) => toHex(messageId) === toHex(frames[4]?.messageId ?? new Uint8Array()));
    await reader.request({ kind: 'ack', rid: queue.rid, messageId: frames[1]?.messageId ?? randomBytes(16) });
    await reader.close();
    const later = await connect();
    await later.subscribe(queue);
    await later.next('end');
    expect(later.pending('msg').map(({ messageId }) => toHex(messageId))).toEqual(
      [0, 2, 3, 4].map((at) => toHex(frames[at]?.messageId ?? new Uint8Array())),
    );
  });

  test('sent twice waits once', async () => {
    const { queue, reader, writer } = await pair();
    const frame = sendFrame(queue);
    await writer.expect(frame, 'ok-stored');
    await writer.expect(frame, 'ok-stored');
    await writer.expect({ ...frame, cell: randomBytes(4096) }, 'ok-stored');
    await writer.expect(sendFrame(queue), 'ok-stored');
    await reader.next('msg', ({ messageId }) => toHex(messageId) !== toHex(frame.messageId));
    const [first, ...others] = reader.pending('msg');
    expect(first?.cell).toEqual(frame.cell);
    expect(others).toEqual([]);
  });

  test('acknowledged twice, or never sent, is acknowledged all the same', async () => {
    const { queue, reader, writer } = await pair();
    const [frame, other] = [sendFrame(queue), sendFrame(queue)];
    await writer.request(frame);
    await writer.request(other);
    const ack: ClientFrame = { kind: 'ack', rid: queue.rid, messageId: frame.messageId };
    expect([await reader.request(ack), await reader.request(ack)]).toEqual([{ kind: 'ok' }, { kind: 'ok' }]);
    expect(await reader.request({ ...ack, messageId: randomBytes(16) })).toEqual({ kind: 'ok' });
    const later = await connect();
    await later.subscribe(queue);
    await later.next('end');
    expect(later.pending('msg').map(({ messageId }) => toHex(messageId))).toEqual([toHex(other.messageId)]);
  });

  test('can be acknowledged by its reader only', async () => {
    const { queue, reader, writer } = await pair();
    const foreign = await pair();
    const frame = sendFrame(queue);
    await writer.request(frame);
    await reader.next('msg');
    const ack: ClientFrame = { kind: 'ack', rid: queue.rid, messageId: frame.messageId };
    expect(await foreign.reader.request(ack)).toMatchObject({ code: 'AUTH' });
    expect(await writer.request(ack)).toMatchObject({ code: 'AUTH' });
    // The foreign reader's own queue does not hold it either: nothing of ours goes.
    await foreign.reader.request({ ...ack, rid: foreign.queue.rid });
    await writer.expect({ kind: 'del', queueId: queue.sid, messageId: frame.messageId }, 'ok-deleted');
  });

  test('can be taken back by its writer or deleted by its reader, once', async () => {
    const { queue, reader, writer } = await pair();
    const [one, two] = [sendFrame(queue), sendFrame(queue)];
    await writer.request(one);
    await writer.request(two);
    await writer.expect({ kind: 'del', queueId: queue.sid, messageId: one.messageId }, 'ok-deleted');
    expect(await writer.request({ kind: 'del', queueId: queue.sid, messageId: one.messageId })).toMatchObject({ code: 'NO_MSG' });
    await reader.expect({ kind: 'del', queueId: queue.rid, messageId: two.messageId }, 'ok-deleted');
    expect(await reader.request({ kind: 'del', queueId: queue.sid, messageId: two.messageId })).toMatchObject({ code: 'AUTH' });
    const later = await connect();
    await later.subscribe(queue);
    await later.next('end');
    expect(later.pending('msg')).toEqual([]);
  });

  test('lives as long as asked, never longer than the retention', async () => {
    const { queue, writer } = await pair();
    const stored = (ttlSeconds: number) => writer.expect(sendFrame(queue, { ttlSeconds }), 'ok-stored');
    expect((await stored(60)).expiresInSeconds).toBe(60);
    expect((await stored(0)).expiresInSeconds).toBe(604_800);
    expect((await stored(864_000)).expiresInSeconds).toBe(604_800);
  });

  test('is gone when its time is over', async () => {
    const { queue, writer } = await pair();
    await writer.request(sendFrame(queue, { ttlSeconds: 1 }));
    await expect
      .poll(
        async () => {
          const reader = await connect();
          await reader.subscribe(queue);
          await reader.next('end');
          const { length } = reader.pending('msg');
          await reader.close();
          return length;
        },
        { timeout: 5000 },
      )
      .toBe(0);
  });

  test('of a pipelined batch keeps its place, and OPEN before it counts', async () => {
    const [reader, writer] = [await connect(), await connect()];
    const queue = await reader.createQueue();
    const frames = Array.from({ length: 100 }, () => sendFrame(queue));
    const answers = await Promise.all([
      writer.request({ kind: 'open', proofs: [writer.openProof(queue.sid, queue.writer)] }),
      ...frames.map((frame) => writer.request(frame)),
    ]);
    expect(new Set(answers.slice(1).map(({ kind }) => kind))).toEqual(new Set(['ok-stored']));
    await reader.subscribe(queue);
    for (const frame of frames) {
      const { messageId } = await reader.next('msg');
      expect(toHex(messageId)).toBe(toHex(frame.messageId));
      void reader.request({ kind: 'ack', rid: queue.rid, messageId });
    }
    await reader.next('end');
  });
});

describe('a reader', () => {
  test('has at most 64 messages in flight; each acknowledgement brings the next', async () => {
    const { queue, writer } = await pair();
    await Promise.all(Array.from({ length: 70 }, () => writer.request(sendFrame(queue))));
    const reader = await connect();
    await reader.subscribe(queue);
    await reader.request({ kind: 'ping' });
    const inFlight = reader.pending('msg');
    expect(inFlight).toHaveLength(64);
    expect(reader.pending('end')).toEqual([]);
    for (const { messageId } of inFlight.slice(0, 6)) await reader.request({ kind: 'ack', rid: queue.rid, messageId });
    await reader.next('end');
    expect(reader.pending('msg')).toHaveLength(70);
  });

  test('that subscribes elsewhere closes the older connection with 4409, which disturbs no third', async () => {
    const { queue, reader, writer } = await pair();
    const newer = await connect();
    await newer.subscribe(queue);
    expect(await reader.closed).toBe(4409);
    await writer.request(sendFrame(queue));
    await newer.next('msg');
  });

  test('that subscribes again on its own connection keeps it and gets everything again', async () => {
    const { queue, reader, writer } = await pair();
    await writer.request(sendFrame(queue));
    await reader.next('msg');
    await reader.subscribe(queue);
    await reader.next('msg');
    await reader.next('end');
  });

  test('that unsubscribes gets nothing more and may no longer acknowledge', async () => {
    const { queue, reader, writer } = await pair();
    expect(await reader.request({ kind: 'unsub', rids: [queue.rid, randomBytes(24)] })).toEqual({ kind: 'ok' });
    const frame = sendFrame(queue);
    await writer.request(frame);
    expect(await reader.request({ kind: 'ack', rid: queue.rid, messageId: frame.messageId })).toMatchObject({ code: 'AUTH' });
    expect(reader.pending('msg')).toEqual([]);
  });
});

describe('a doorbell', () => {
  test('rings at once when something waits and at each new message, and never hands out content', async () => {
    const { queue, reader, writer } = await pair();
    await reader.close();
    const bell = await connect();
    const proofs = [bell.subProof(queue.rid, queue.doorbell, { role: 'doorbell' })];
    const frame = sendFrame(queue);
    await bell.expect({ kind: 'sub', proofs }, 'ok-proofs');
    expect(bell.pending('bell')).toEqual([]);
    await writer.request(frame);
    expect(await bell.next('bell')).toEqual({ kind: 'bell', rid: queue.rid });
    const second = await connect();
    await second.expect({ kind: 'sub', proofs: [second.subProof(queue.rid, queue.doorbell, { role: 'doorbell' })] }, 'ok-proofs');
    await second.next('bell');
    expect(await bell.request({ kind: 'ack', rid: queue.rid, messageId: frame.messageId })).toMatchObject({ code: 'AUTH' });
    expect(await bell.request({ kind: 'del', queueId: queue.rid, messageId: frame.messageId })).toMatchObject({ code: 'AUTH' });
    expect(await writer.request({ kind: 'sig', sid: queue.sid, payload: randomBytes(9) })).toMatchObject({ code: 'NO_MSG' });
    expect([...bell.pending('msg'), ...bell.pending('end'), ...second.pending('msg')]).toEqual([]);
  });

  test("does not turn a reader's key into its own, or its own into a reader's", async () => {
    const { queue } = await pair();
    const client = await connect();
    const proofs = [
      client.subProof(queue.rid, queue.reader, { role: 'doorbell' }),
      client.subProof(queue.rid, queue.doorbell),
      { ...client.subProof(queue.rid, queue.doorbell, { role: 'doorbell' }), role: 'reader' as const },
    ];
    expect(await client.request({ kind: 'sub', proofs })).toEqual({ kind: 'ok-proofs', accepted: [false, false, false] });
  });
});

describe('a signal', () => {
  test('reaches a live reader, and nobody else', async () => {
    const { queue, reader, writer } = await pair();
    const sig: ClientFrame = { kind: 'sig', sid: queue.sid, payload: randomBytes(700) };
    expect(await writer.request(sig)).toEqual({ kind: 'ok' });
    expect(await reader.next('sig')).toEqual({ kind: 'sig', rid: queue.rid, payload: sig.payload });
    await reader.close();
    expect(await writer.request(sig)).toEqual({ kind: 'err', code: 'NO_MSG', retryMs: 0 });
    const later = await connect();
    await later.subscribe(queue);
    await later.next('end');
    expect([...later.pending('sig'), ...later.pending('msg')]).toEqual([]);
  });

  test('finds a reader that is not live exactly as one that is away', async () => {
    const { queue, reader, writer } = await pair();
    const sig: ClientFrame = { kind: 'sig', sid: queue.sid, payload: randomBytes(700) };
    await reader.subscribe(queue, { isLive: false });
    const hidden = await writer.request(sig);
    await reader.close();
    expect(await writer.request(sig)).toEqual(hidden);
    expect(reader.pending('sig')).toEqual([]);
  });
});
