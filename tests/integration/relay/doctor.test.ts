import { createSocket } from 'node:dgram';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../support/metrics';
import { RelayClient, runRelay, startRelay } from '../../support/relay';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tincan-doctor-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const doctor = (env: Readonly<Record<string, string>> = {}, port = 0) => runRelay({ dataDir, port, args: ['doctor'], env });

/** The first of two free neighbours. */
async function freeUdpPorts(): Promise<number> {
  const [one, two] = [createSocket('udp4'), createSocket('udp4')];
  await new Promise<void>((done) => one.bind(0, done));
  const { port } = one.address();
  const isFree = await new Promise<boolean>((done) => {
    two.once('error', () => done(false));
    two.bind(port + 1, () => done(true));
  });
  one.close();
  two.close();
  return isFree ? port : freeUdpPorts();
}

test('finds nothing wrong where nothing is, and leaves nothing behind', async () => {
  const { code, output } = await doctor({ LIMITS: 'diskFloorBytes=1,diskFloorPercent=1' });
  expect(code, output).toBe(0);
  expect(output).not.toMatch(/^(FAIL|warn)/m);
  expect(output.trim().split('\n').length).toBeGreaterThan(6);
});

test('names a taken port, a taken STUN port, a damaged database and a full disk, each with what to do, and ends as failed', async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  const udp = createSocket('udp4');
  await new Promise<void>((resolve) => udp.bind(0, resolve));
  await writeFile(join(dataDir, 'relay.db'), 'no database at all'.repeat(500));
  const { port } = squatter.address() as AddressInfo;
  const { code, output } = await doctor(
    { STUN_PORT: String(udp.address().port), LIMITS: 'diskFloorBytes=2147483647,diskFloorPercent=100' },
    port,
  );
  squatter.close();
  udp.close();
  expect(code).toBe(1);
  expect(output).toMatch(/^FAIL {2}Port \d+ on 127\.0\.0\.1 can't be had \(EADDRINUSE\)\. Stop what uses it/m);
  expect(output).toMatch(/^warn {2}UDP port \d+ can't be had \(EADDRINUSE\)/m);
  expect(output).toMatch(/^FAIL {2}\S+relay\.db is damaged\. Stop the relay, and restore/m);
  expect(output).toMatch(/^FAIL {2}Only \d+ MiB are free/m);
  expect(await readFile(join(dataDir, 'relay.db'), 'utf8')).toContain('no database');
});

test('of a running relay whose clients all come from one address, names TRUST_PROXY', async () => {
  const env = { METRICS_PORT: String(await freePort()), STUN_PORT: String(await freeUdpPorts()) };
  const relay = await startRelay({ dataDir, env });
  const clients = await Promise.all(Array.from({ length: 10 }, () => RelayClient.connect(relay.url)));
  const { code, output } = await doctor(env, relay.port);
  expect(output).toMatch(/^warn {2}Every client has one IP address \(10 connections from 1\).*set TRUST_PROXY/m);
  expect(output).toMatch(/^ok {4}a relay runs on this data directory and answers on port \d+$/m);
  expect(output).toMatch(/^ok {4}STUN answers on UDP port \d+$/m);
  expect(output).toMatch(/^ok {4}\S+relay\.db is whole/m);
  expect(code, output).toBe(0);
  expect(await clients[0]?.request({ kind: 'ping' })).toEqual({ kind: 'pong' });
  const elsewhere = await doctor({ ...env, STUN_PORT: String(await freeUdpPorts()) }, await freePort());
  expect(elsewhere.output).toMatch(/^warn {2}A relay runs on this data directory, but nothing answers .* same PORT/m);
  expect(elsewhere.output).toMatch(/^warn {2}STUN does not answer on UDP port/m);
  await relay.stop();
});
