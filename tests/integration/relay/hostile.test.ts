import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { concat } from '../../../lib/protocol/bytes';
import { CLOSE_POLICY, CLOSE_TOO_LARGE, RELAY_PATH, RELAY_SUBPROTOCOL } from '../../../lib/protocol/relay';
import { RelayClient, type RelayProcess, randomBytes, sendFrame, startRelay } from '../../support/relay';

let relay: RelayProcess;
const LIMITS = [
  'stallMs=250',
  'connectionsPerAddress=60',
  'newQueuesBurst=300',
  'sendsPerQueueBurst=70',
  'sendsPerQueue=1',
  'sendsPerConnectionBurst=100000',
  'sendsPerConnection=100000',
  'subscriptions=70',
].join(',');

beforeAll(async () => {
  relay = await startRelay({ env: { LIMITS } });
});
afterAll(() => relay.stop());

/** The relay still serves everybody else. */
async function expectUnharmed(): Promise<void> {
  const client = await RelayClient.connect(relay.url);
  expect(await client.request({ kind: 'ping' })).toEqual({ kind: 'pong' });
  await client.close();
}

/** The status an upgrade is refused with; 101 when it is not. */
function upgradeStatus(path: string, protocol: string | undefined, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(relay.url + path, protocol === undefined ? [] : [protocol], { headers });
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.once('open', () => {
      socket.close();
      resolve(101);
    });
    socket.once('error', reject);
  });
}

describe('a malformed frame', () => {
  test('is answered SYNTAX under its request id, and the connection and its rights stay', async () => {
    const client = await RelayClient.connect(relay.url);
    const queue = await client.createQueue();
    await client.openWriting(queue);
    expect(await client.requestRaw(Uint8Array.of(0x7f, 0, 0, 16, 1), 4097)).toEqual({ kind: 'err', code: 'SYNTAX', retryMs: 0 });
    expect(await client.requestRaw(Uint8Array.of(0x0d, 0, 0, 16, 2, 9), 4098)).toMatchObject({ code: 'SYNTAX' });
    client.socket.send(Uint8Array.of(0x0d));
    expect(await client.next('err')).toMatchObject({ code: 'SYNTAX' });
    const tooLarge = concat(Uint8Array.of(0x09, 0, 0, 16, 3), queue.sid, new Uint8Array(16_385));
    expect(await client.requestRaw(tooLarge, 4099)).toMatchObject({ code: 'TOO_LARGE' });
    await client.expect(sendFrame(queue), 'ok-stored');
    await client.close();
  });

  test('is forgiven nineteen times, not twenty', async () => {
    const client = await RelayClient.connect(relay.url);
    for (let count = 1; count < 20; count++) await client.requestRaw(Uint8Array.of(0, 0, 0, 16, count), 4096 + count);
    expect(await client.request({ kind: 'ping' })).toEqual({ kind: 'pong' });
    client.socket.send(Uint8Array.of(0));
    expect(await client.closed).toBe(CLOSE_POLICY);
  });

  test('of random bytes, by the hundred, disturbs nobody else', async () => {
    const witness = await RelayClient.connect(relay.url);
    for (let round = 0; round < 10; round++) {
      const client = await RelayClient.connect(relay.url);
      for (let count = 0; count < 30; count++) client.socket.send(randomBytes(1 + ((round * 37 + count * 11) % 500)));
      expect(await client.closed).toBe(CLOSE_POLICY);
    }
    expect(await witness.request({ kind: 'ping' })).toEqual({ kind: 'pong' });
    await witness.close();
  });
});

describe('a frame that is', () => {
  test('text closes the connection', async () => {
    const client = await RelayClient.connect(relay.url);
    client.socket.send('{"kind":"ping"}');
    expect(await client.closed).toBe(CLOSE_POLICY);
  });

  test('larger than 64 KiB closes it as too large, in one piece or in fragments', async () => {
    const [whole, pieces] = [await RelayClient.connect(relay.url), await RelayClient.connect(relay.url)];
    whole.socket.send(new Uint8Array(65_537));
    expect(await whole.closed).toBe(CLOSE_TOO_LARGE);
    for (let piece = 0; piece < 5; piece++) pieces.socket.send(new Uint8Array(16_384), { fin: false });
    expect(await pieces.closed).toBe(CLOSE_TOO_LARGE);
  });

  test('dribbled in one-byte fragments closes it long before they fill its memory', async () => {
    const client = await RelayClient.connect(relay.url);
    for (let piece = 0; piece < 65; piece++) client.socket.send(Uint8Array.of(1), { fin: false });
    expect(await client.closed).toBe(CLOSE_POLICY);
  });

  test('sent in fragments is read as one', async () => {
    const client = await RelayClient.connect(relay.url);
    client.socket.send(Uint8Array.of(0x0d, 0, 0), { fin: false });
    expect(await client.requestRaw(Uint8Array.of(16, 1), 4097)).toEqual({ kind: 'pong' });
    await client.close();
  });
});

describe('a handshake', () => {
  test('on another path, without our subprotocol or without a host is refused', async () => {
    expect(await upgradeStatus('/', RELAY_SUBPROTOCOL)).toBe(404);
    expect(await upgradeStatus('/v1/', RELAY_SUBPROTOCOL)).toBe(404);
    expect(await upgradeStatus(RELAY_PATH, undefined)).toBe(400);
    expect(await upgradeStatus(RELAY_PATH, 'relay.v2')).toBe(400);
    expect(await upgradeStatus(RELAY_PATH, RELAY_SUBPROTOCOL, { host: 'not a host' })).toBe(400);
    expect(await upgradeStatus(RELAY_PATH, RELAY_SUBPROTOCOL)).toBe(101);
  });

  test('is refused to one address beyond its connections', async () => {
    const opened: RelayClient[] = [];
    for (let isRefused = false; !isRefused && opened.length < 70; ) {
      const client = await RelayClient.connect(relay.url).catch(() => null);
      if (client) opened.push(client);
      isRefused = client === null;
    }
    expect(await upgradeStatus(RELAY_PATH, RELAY_SUBPROTOCOL)).toBe(429);
    expect(opened).toHaveLength(60);
    await Promise.all(opened.map((client) => client.close()));
    await expect.poll(() => upgradeStatus(RELAY_PATH, RELAY_SUBPROTOCOL)).toBe(101);
  });
});

async function residentMiB(): Promise<number> {
  const status = await readFile(`/proc/${relay.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

describe('limits', () => {
  test('a slow reader with 60 MiB waiting costs little memory, is closed, and takes nobody along', async () => {
    const owner = await RelayClient.connect(relay.url);
    const queues = await Promise.all(Array.from({ length: 60 }, () => owner.createQueue()));
    const writer = await RelayClient.connect(relay.url);
    for (const queue of queues) {
      await writer.openWriting(queue);
      await Promise.all(Array.from({ length: 64 }, () => writer.expect(sendFrame(queue, { cell: new Uint8Array(16_384) }), 'ok-stored')));
    }
    const before = await residentMiB();
    const slow = await RelayClient.connect(relay.url);
    const proofs = queues.map((queue) => slow.subProof(queue.rid, queue.reader));
    await slow.expect({ kind: 'sub', proofs }, 'ok-proofs');
    slow.socket.pause();
    let highest = before;
    await expect
      .poll(
        async () => {
          highest = Math.max(highest, await residentMiB());
          return relay.logs().includes('"event":"closing","code":"1013"');
        },
        { timeout: 10_000, interval: 20 },
      )
      .toBe(true);
    expect(highest - before).toBeLessThan(40);
    console.log(`60 MiB waiting for a slow reader cost ${Math.round(highest - before)} MiB of memory`);
    slow.socket.resume();
    await slow.closed;
    // What the kernel had taken, far from all.
    expect(slow.received.length).toBeLessThan(60 * 64);
    await expectUnharmed();
    await Promise.all([owner.close(), writer.close()]);
  });

  test('sending too fast into one queue is answered RATE with the time to wait', async () => {
    const client = await RelayClient.connect(relay.url);
    const queue = await client.createQueue();
    await client.openWriting(queue);
    const answers = await Promise.all(Array.from({ length: 75 }, () => client.request(sendFrame(queue))));
    const refused = answers.filter((answer) => answer.kind === 'err');
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) expect(answer).toMatchObject({ code: 'RATE' });
    for (const answer of refused) expect(answer).toMatchObject({ retryMs: expect.toSatisfy((ms: number) => ms > 0) });
    await client.close();
  });

  test('more rights than allowed on one connection are refused whole, and those held stay', async () => {
    const client = await RelayClient.connect(relay.url);
    const queues = await Promise.all(Array.from({ length: 36 }, () => client.createQueue()));
    const sub = (count: number) => ({
      kind: 'sub' as const,
      proofs: queues.slice(0, count).map(({ rid, reader }) => client.subProof(rid, reader)),
    });
    const open = (count: number) => ({
      kind: 'open' as const,
      proofs: queues.slice(0, count).map(({ sid, writer }) => client.openProof(sid, writer)),
    });
    await client.expect(sub(36), 'ok-proofs');
    expect(await client.request(open(35))).toMatchObject({ kind: 'err', code: 'QUOTA' });
    await client.expect(open(34), 'ok-proofs');
    await client.expect(sendFrame(queues[0] ?? (await client.createQueue())), 'ok-stored');
    await client.next('msg');
    await client.close();
  });
});
