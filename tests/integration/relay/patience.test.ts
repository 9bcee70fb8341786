import { connect as connectTcp, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { RELAY_PATH, RELAY_SUBPROTOCOL } from '../../../lib/protocol/relay';
import { freePort, readMetrics } from '../../support/metrics';
import { RelayClient, type RelayProcess, startRelay } from '../../support/relay';

// Short, so that the tests are; long enough for a busy machine to answer a ping in time.
const HEARTBEAT_MS = 400;
const HANDSHAKE_MS = 800;
// How long the relay waits for the other side's part of a closing handshake.
const CLOSING_MS = 2000;

let relay: RelayProcess;
let metricsPort: number;

beforeAll(async () => {
  metricsPort = await freePort();
  const LIMITS = `handshakeMs=${HANDSHAKE_MS},heartbeatMs=${HEARTBEAT_MS}`;
  relay = await startRelay({ env: { LIMITS, METRICS_PORT: String(metricsPort) } });
});
afterAll(() => relay.stop());

function ended(socket: Socket): Promise<void> {
  socket.on('data', () => {});
  socket.on('error', () => {});
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

describe('a handshake', () => {
  test.each([
    ['says nothing', ''],
    ['dribbles its headers', 'GET /v1 HTTP/1.1\r\nHost: x\r\nUpgrade: webs'],
  ])('that %s is cut off', async (_what, text) => {
    const socket = connectTcp(relay.port, '127.0.0.1');
    if (text) socket.write(text);
    await ended(socket);
  });
});

describe('a hundred clients that dribble', () => {
  test('are cut off each after its time, and a client among them is served throughout', async () => {
    const served = await RelayClient.connect(relay.url);
    const startMs = performance.now();
    const open = new Set<Socket>();
    const endings = Array.from({ length: 100 }, () => {
      const socket = connectTcp(relay.port, '127.0.0.1');
      open.add(socket);
      return ended(socket).then(() => open.delete(socket));
    });
    const text = `GET /v1 HTTP/1.1\r\nHost: x\r\nX-Padding: ${'x'.repeat(500)}`;
    let worstMs = 0;
    for (let at = 0; open.size > 0; at++) {
      for (const socket of open) socket.write(text[at % text.length] ?? '');
      const askedMs = performance.now();
      await served.expect({ kind: 'ping' }, 'pong');
      worstMs = Math.max(worstMs, performance.now() - askedMs);
      expect(performance.now() - startMs).toBeLessThan(3 * HANDSHAKE_MS + 3000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await Promise.all(endings);
    await served.close();
    console.log(
      `all cut off after ${Math.round(performance.now() - startMs)} ms; the served client waited at most ${Math.round(worstMs)} ms`,
    );
  });
});

describe('a peer that is gone', () => {
  test('without a word gives back its place and its reading right, though its connection never closes', async () => {
    const [reader, writer] = [await RelayClient.connect(relay.url), await RelayClient.connect(relay.url)];
    const queue = await reader.createQueue();
    await reader.subscribe(queue);
    await writer.openWriting(queue);
    const signal = () => writer.request({ kind: 'sig', sid: queue.sid, payload: new Uint8Array(8) });
    expect(await signal()).toEqual({ kind: 'ok' });
    // From here its system takes bytes, but nobody reads or answers them: neither a ping nor a closing handshake.
    reader.socket.pause();
    await expect.poll(signal, { timeout: 3 * (3 * HEARTBEAT_MS + CLOSING_MS) }).toMatchObject({ kind: 'err', code: 'NO_MSG' });
    const places = async () => (await readMetrics(metricsPort)).get('tincan_connections');
    await expect.poll(places, { timeout: 3 * (3 * HEARTBEAT_MS + CLOSING_MS) }).toBe(1);
    await writer.close();
  });

  test('is noticed by its missing pongs and closed with 4408', async () => {
    const socket = new WebSocket(relay.url + RELAY_PATH, RELAY_SUBPROTOCOL, { autoPong: false });
    const code = await new Promise((resolve) => socket.once('close', resolve));
    expect(code).toBe(4408);
  });

  test('is not taken for one that answers', async () => {
    const client = await RelayClient.connect(relay.url);
    let pings = 0;
    client.socket.on('ping', () => {
      pings += 1;
    });
    await expect.poll(() => pings, { timeout: 5000 }).toBeGreaterThan(4);
    expect(await client.request({ kind: 'ping' })).toEqual({ kind: 'pong' });
    await client.close();
  });
});
