import { connect as connectTcp, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { RELAY_PATH, RELAY_SUBPROTOCOL } from '../../../lib/protocol/relay';
import { RelayClient, type RelayProcess, startRelay } from '../../support/relay';

// Short, so that the tests are; long enough for a busy machine to answer a ping in time.
const HEARTBEAT_MS = 400;

let relay: RelayProcess;

beforeAll(async () => {
  relay = await startRelay({ env: { LIMITS: `handshakeMs=800,heartbeatMs=${HEARTBEAT_MS}` } });
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

describe('a peer that is gone', () => {
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
