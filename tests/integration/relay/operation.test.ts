import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../../lib/protocol/bytes';
import { openDatabase } from '../../../server/store/engine';
import { newKeyPair, RelayClient, randomBytes, runRelay, sendFrame, startRelay, type TestQueue } from '../../support/relay';
import { Ledger, openWriter, PATIENT, readAll, sendUntilCut } from '../../support/relay-load';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tincan-operation-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe('starting', () => {
  test('begins with one line of the address it listens on, also when the log is silent', async () => {
    const relay = await startRelay({ dataDir, env: { LOG_LEVEL: 'silent' } });
    const lines = relay.logs().trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', event: 'listening', url: relay.url, port: relay.port });
    await relay.kill('SIGTERM');
    expect(relay.logs().trim().split('\n')).toHaveLength(1);
  });

  test('on a taken port ends with one line that names it and what to do', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as AddressInfo;
    const { code, output } = await runRelay({ dataDir, port });
    squatter.close();
    expect(code).toBe(1);
    expect(output).toBe(
      `Port ${port} is already in use on 127.0.0.1. Stop what uses it, or choose another: PORT=${port + 1} npm run server\n`,
    );
  });

  test('names every fault of its settings at once', async () => {
    const { code, output } = await runRelay({ dataDir, env: { RETENTION: '30d', LOG_LEVEL: 'loud', PUBLIC_URL: 'relay' } });
    expect(code).toBe(1);
    expect(output.trim().split('\n')).toHaveLength(4);
    for (const name of ['RETENTION', 'LOG_LEVEL', 'PUBLIC_URL']) expect(output).toContain(name);
    expect(output).not.toContain('at ');
  });

  test('beside another relay on the same data is refused in one line', async () => {
    const relay = await startRelay({ dataDir });
    const { code, output } = await runRelay({ dataDir });
    expect(code).toBe(1);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(output).toContain('Another relay already runs');
    await relay.stop();
  });
});

describe('pages', () => {
  test('say whether it lives and is ready, and nothing of what serves them', async () => {
    const relay = await startRelay({ dataDir });
    const base = relay.url.replace('ws:', 'http:');
    const [health, readiness, missing] = await Promise.all(['/healthz', '/readyz', '/nothing'].map((path) => fetch(base + path)));
    expect([health?.status, readiness?.status, missing?.status]).toEqual([200, 200, 404]);
    for (const response of [health, readiness, missing]) {
      expect(response?.headers.get('x-powered-by')).toBeNull();
      expect(response?.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response?.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
    expect(await missing?.text()).not.toContain('nothing');
    await relay.stop();
  });

  test('say that the store takes no writes while it does not, and take that back without waiting for a client', async () => {
    const relay = await startRelay({ dataDir });
    const client = await RelayClient.connect(relay.url);
    const queue = await client.createQueue();
    await client.openWriting(queue);
    const readiness = async () => (await fetch(`${relay.url.replace('ws:', 'http:')}/readyz`)).text();
    // Somebody else holds the database, as a stuck disk would.
    const other = openDatabase(join(dataDir, 'relay.db'));
    other.exec('BEGIN IMMEDIATE');
    expect(await client.request(sendFrame(queue))).toMatchObject({ kind: 'err', code: 'RETRY' });
    expect(await readiness()).toBe('not ready: the store takes no writes\n');
    other.exec('ROLLBACK');
    other.close();
    await expect.poll(readiness, { timeout: 10_000 }).toBe('ready\n');
    await relay.stop();
  });

  test('behind an invite link are static, without script, under a policy that would allow none', async () => {
    const relay = await startRelay({ dataDir, env: { PUBLIC_URL: 'wss://relay.example/tin' } });
    const base = relay.url.replace('ws:', 'http:');
    const [page, prefixed] = await Promise.all([fetch(`${base}/i`), fetch(`${base}/tin/i`)]);
    const html = await page.text();
    const policy = page.headers.get('content-security-policy') ?? '';
    expect([page.status, prefixed.status]).toEqual([200, 200]);
    expect(html).not.toMatch(/<script|javascript:|\son\w+=|https?:\/\//i);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toContain('script-src');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    await relay.stop();
  });
});

describe('SIGTERM', () => {
  test('under load: clients are told, connections close with 1001, nothing is answered wrongly and nothing OK is lost', async () => {
    const relay = await startRelay({ dataDir });
    const [watcher, writer] = [await RelayClient.connect(relay.url), await RelayClient.connect(relay.url)];
    const queue = await watcher.createQueue();
    await writer.openWriting(queue);
    const frames = Array.from({ length: 150 }, () => sendFrame(queue));
    const answers = frames.map((frame) => writer.request(frame).catch(() => null));
    await answers[0];
    const exit = relay.kill('SIGTERM');
    // Ctrl-C often arrives twice.
    process.kill(relay.pid, 'SIGTERM');
    expect(await watcher.next('drain')).toMatchObject({ kind: 'drain' });
    expect(await Promise.all([watcher.closed, writer.closed])).toEqual([1001, 1001]);
    expect(await exit).toBe(0);
    const replies = await Promise.all(answers);
    const stored = replies.flatMap((reply, at) => (reply?.kind === 'ok-stored' ? [at] : []));
    expect(stored).toContain(0);
    expect(replies.filter((reply) => reply?.kind === 'err')).toEqual([]);

    const next = await startRelay({ dataDir });
    const reader = await RelayClient.connect(next.url);
    await reader.subscribe(queue);
    for (const at of stored) {
      // Stored but not told so is allowed too: the order stands all the same.
      const expected = toHex(frames[at]?.messageId ?? new Uint8Array());
      const { messageId } = await reader.next('msg', (message) => toHex(message.messageId) === expected);
      await reader.request({ kind: 'ack', rid: queue.rid, messageId });
    }
    await next.stop();
  });

  test('makes readiness say no, and new connections are refused, while a client still lingers', async () => {
    const relay = await startRelay({ dataDir, env: { LIMITS: 'drainMs=4000' } });
    const client = await RelayClient.connect(relay.url);
    // Never answers the closing handshake, so that the relay has to wait for it.
    client.socket.pause();
    const exit = relay.kill('SIGTERM');
    const readyz = relay.url.replace('ws:', 'http:');
    await expect.poll(async () => (await fetch(`${readyz}/readyz`)).status, { interval: 20 }).toBe(503);
    await expect(RelayClient.connect(relay.url)).rejects.toThrow();
    client.socket.resume();
    expect(await exit).toBe(0);
  });

  test('spreads the return of its clients over five seconds', async () => {
    const relay = await startRelay({ dataDir });
    const clients = await Promise.all(Array.from({ length: 12 }, () => RelayClient.connect(relay.url)));
    const exit = relay.kill('SIGTERM');
    const waits = await Promise.all(clients.map(async (client) => (await client.next('drain')).reconnectAfterMs));
    expect(Math.max(...waits)).toBeLessThan(5000);
    // Twelve drawn from 5,000 that fall together into one second would be a chance in ten million.
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(1000);
    expect(await exit).toBe(0);
  });

  test('ends within 25 s though one client never stops sending and another never leaves; what it answered OK stays', async () => {
    const { relay, ledger, queues, sending } = await underEndlessLoad();
    const lingerer = await RelayClient.connect(relay.url);
    lingerer.socket.pause();
    const startMs = performance.now();
    expect(await relay.kill('SIGTERM')).toBe(0);
    const tookMs = performance.now() - startMs;
    expect(tookMs).toBeLessThan(25_000);
    await sending;
    expect(await lostOf(ledger, queues)).toEqual([]);
    console.log(`drained in ${(tookMs / 1000).toFixed(1)} s under load, ${ledger.stored.size} stored, 0 lost`);
  });

  test('a second one, after a second, ends it at once and still loses nothing', async () => {
    const limits = `drainMs=20000,proofsPerConnection=${1e9},proofsPerConnectionBurst=${1e9},subscriptions=${1e9}`;
    const { relay, ledger, queues, sending } = await underEndlessLoad({ LIMITS: `${PATIENT.LIMITS},${limits}` });
    await Promise.all(Array.from({ length: 8 }, () => keepVerifying(relay.url)));
    const startMs = performance.now();
    const exit = relay.kill('SIGTERM');
    await expect.poll(() => relay.logs(), { timeout: 10_000 }).toContain('"event":"draining"');
    // The first second counts as the same wish.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    process.kill(relay.pid, 'SIGTERM');
    expect(await exit).toBe(1);
    console.log(`ended by the second signal ${Math.round(performance.now() - startMs)} ms after the first`);
    await sending;
    expect(await lostOf(ledger, queues)).toEqual([]);
  });
});

/** A client that goes on sending whatever it is told. */
async function underEndlessLoad(env: Readonly<Record<string, string>> = PATIENT) {
  const relay = await startRelay({ dataDir, env });
  const maker = await RelayClient.connect(relay.url);
  const queues = await Promise.all([1, 2].map(() => maker.createQueue()));
  const writer = await openWriter(relay.url, queues);
  const ledger = new Ledger();
  const sending = sendUntilCut(writer, queues, ledger);
  await expect.poll(() => ledger.stored.size, { timeout: 10_000 }).toBeGreaterThan(100);
  return { relay, ledger, queues, sending };
}

/** Asks for 16,000 signatures to be verified, half a second of work at least: a drain waits for the answers. */
async function keepVerifying(url: string): Promise<void> {
  const client = await RelayClient.connect(url);
  const proof = client.openProof(randomBytes(24), newKeyPair());
  const frame = { kind: 'open', proofs: Array.from({ length: 64 }, () => proof) } as const;
  for (let count = 0; count < 250; count++) client.request(frame).catch(() => null);
}

/** What was answered OK and is not there after a new start. */
async function lostOf(ledger: Ledger, queues: readonly TestQueue[]): Promise<readonly string[]> {
  const next = await startRelay({ dataDir });
  const found = new Set((await Promise.all(queues.map((queue) => readAll(next.url, queue)))).flat());
  await next.stop();
  return [...ledger.stored].filter((id) => !found.has(id));
}
