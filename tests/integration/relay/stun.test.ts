/** The STUN responder of the real relay process, asked over real sockets, and by somebody else's client. */
import { execFile } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { requireTool } from '../../support/network-tools';
import { RelayClient, type RelayProcess, randomBytes, runRelay, startRelay } from '../../support/relay';

const ANSWER_MS = 5000;
let relay: RelayProcess | null = null;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await relay?.stop();
  relay = null;
});

async function bound(port: number, address = '127.0.0.1'): Promise<Socket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => socket.once('error', reject).bind(port, address, resolve));
  sockets.push(socket);
  return socket;
}

/** Two neighbouring UDP ports that nothing uses, below those that systems give away by themselves. */
async function freePorts(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const probes = await Promise.allSettled([port, port + 1].map((candidate) => bound(candidate)));
    for (const socket of sockets.splice(-probes.filter(({ status }) => status === 'fulfilled').length)) socket.close();
    if (probes.every(({ status }) => status === 'fulfilled')) return port;
  }
}

function request(): Buffer {
  return Buffer.concat([Buffer.from('000100002112a442', 'hex'), randomBytes(12)]);
}

function ask(socket: Socket, port: number, datagram: Uint8Array, address = '127.0.0.1'): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer from port ${port}`)), ANSWER_MS);
    socket.once('message', (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    socket.send(datagram, port, address);
  });
}

/** The port under which the responder saw the socket. */
function mappedPort(answer: Buffer): number {
  return answer.readUInt16BE(26) ^ 0x2112;
}

async function stunUrls(url: string): Promise<readonly string[]> {
  const client = await RelayClient.connect(url);
  await client.close();
  return client.hello.stunUrls;
}

describe('a relay', () => {
  test('answers on both ports, each client with its own address, and names them to whoever connects', async () => {
    const port = await freePorts();
    relay = await startRelay({ env: { STUN_PORT: String(port) } });
    const clients = await Promise.all([bound(0), bound(0)]);
    for (const client of clients) {
      for (const asked of [port, port + 1]) {
        const wish = request();
        const answer = await ask(client, asked, wish);
        expect(answer).toHaveLength(32);
        expect(answer.subarray(4, 20)).toEqual(wish.subarray(4));
        expect(mappedPort(answer)).toBe(client.address().port);
      }
    }
    expect(await stunUrls(relay.url)).toEqual([`stun:127.0.0.1:${port}`, `stun:127.0.0.1:${port + 1}`]);
    // Under another name: what the client dialled is what it is told.
    expect(await stunUrls(`ws://localhost:${relay.port}`)).toEqual([`stun:localhost:${port}`, `stun:localhost:${port + 1}`]);
    // One that would not fit HELLO is left out, and HELLO still comes.
    const long = await RelayClient.connect(relay.url, { headers: { host: 'a'.repeat(113) } });
    expect(long.hello.stunUrls).toEqual([]);
    await relay.kill('SIGTERM');
    expect(relay.logs().split('\n').slice(1).join('\n')).not.toMatch(/127\.0\.0\.1|stun/);
  });

  test('answers over IPv6 too', async () => {
    const port = await freePorts();
    relay = await startRelay({ env: { STUN_PORT: String(port), HOST: '::1' } });
    const client = await bound(0, '::1');
    const answer = await ask(client, port, request(), '::1');
    expect(answer).toHaveLength(44);
    expect(mappedPort(answer)).toBe(client.address().port);
    expect(await stunUrls(`ws://[::1]:${relay.port}`)).toEqual([`stun:[::1]:${port}`, `stun:[::1]:${port + 1}`]);
  });

  test('is understood by coturn’s client', async () => {
    const port = await freePorts();
    relay = await startRelay({ env: { STUN_PORT: String(port) } });
    const { stdout } = await promisify(execFile)(requireTool('turnutils_stunclient'), ['-p', String(port), '127.0.0.1'], {
      timeout: 20_000,
    });
    expect(stdout).toMatch(/UDP reflexive addr: 127\.0\.0\.1:\d+/);
  });

  test('behind a reverse proxy listens on every address, since UDP passes no proxy', async () => {
    const port = await freePorts();
    relay = await startRelay({ env: { STUN_PORT: String(port), TRUST_PROXY: '1' } });
    const [four, six] = await Promise.all([bound(0, '127.0.0.2'), bound(0, '::1')]);
    expect(await ask(four, port, request(), '127.0.0.2')).toHaveLength(32);
    expect(await ask(six, port, request(), '::1')).toHaveLength(44);
  });

  test('survives junk on both ports and goes on answering', async () => {
    const port = await freePorts();
    relay = await startRelay({ env: { STUN_PORT: String(port) } });
    const client = await bound(0);
    const answers: Buffer[] = [];
    client.on('message', (answer) => answers.push(answer));
    for (let i = 0; i < 200; i++) client.send(randomBytes(i * 3), port + (i % 2), '127.0.0.1');
    await ask(client, port, request());
    await ask(client, port + 1, request());
    expect(answers).toHaveLength(2);
  });
});

describe('one source', () => {
  test('is answered up to its limit, and again when time has passed', async () => {
    const port = await freePorts();
    relay = await startRelay({ env: { STUN_PORT: String(port), LIMITS: 'stunPerAddress=1,stunPerAddressBurst=5' } });
    const client = await bound(0);
    const answers: Buffer[] = [];
    client.on('message', (answer) => answers.push(answer));
    // Both ports draw on one limit, and what is no request costs nothing.
    for (let i = 0; i < 20; i++) client.send(randomBytes(20), port, '127.0.0.1');
    for (let i = 0; i < 200; i++) client.send(request(), port + (i % 2), '127.0.0.1');
    // Sent to later on the same ports: once it has its answers, everything above has been judged.
    const other = await bound(0, '127.0.0.2');
    await ask(other, port, request());
    await ask(other, port + 1, request());
    await expect.poll(() => answers.length).toBeGreaterThanOrEqual(5);
    expect(answers.length).toBeLessThan(20);
    const before = answers.length;
    const askAgain = () => {
      client.send(request(), port, '127.0.0.1');
      return answers.length;
    };
    await expect.poll(askAgain, { timeout: 5000 }).toBeGreaterThan(before);
  });
});

describe('without its own STUN', () => {
  test.each(['off', '0'])('STUN_PORT=%s: nothing listens and nothing is named', async (STUN_PORT) => {
    relay = await startRelay({ env: { STUN_PORT } });
    expect(await stunUrls(relay.url)).toEqual([]);
    expect(relay.logs()).not.toContain('stun');
  });

  test('STUN_URL names what lies elsewhere', async () => {
    const STUN_URL = 'stun:nat.example:3478, stun:nat.example:3479';
    relay = await startRelay({ env: { STUN_URL } });
    expect(await stunUrls(relay.url)).toEqual(['stun:nat.example:3478', 'stun:nat.example:3479']);
  });

  test('a taken port is a warning with its remedy; the other port and the relay go on', async () => {
    const port = await freePorts();
    await bound(port);
    relay = await startRelay({ env: { STUN_PORT: String(port) } });
    const warnings = relay
      .logs()
      .split('\n')
      .filter((line) => line.includes('"level":"warn"'));
    expect(warnings).toHaveLength(1);
    expect(JSON.parse(warnings[0] ?? '')).toMatchObject({ event: 'stun-unavailable', port, code: 'EADDRINUSE' });
    expect(JSON.parse(warnings[0] ?? '').hint).toContain('STUN_PORT');
    expect(await stunUrls(relay.url)).toEqual([`stun:127.0.0.1:${port + 1}`]);
    expect(await ask(await bound(0), port + 1, request())).toHaveLength(32);
  });

  test('settings that can’t be used are named beside all others', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tincan-stun-'));
    const { code, output } = await runRelay({ dataDir, env: { STUN_PORT: '65535', STUN_URL: 'turn:x', RETENTION: '30d' } });
    await rm(dataDir, { recursive: true });
    expect(code).toBe(1);
    for (const name of ['STUN_PORT', 'STUN_URL', 'RETENTION']) expect(output).toContain(`${name} must be`);
  });
});
