/** What can be wrong with a relay's ports and addresses, and with the clock of one that runs. Asks this machine only. */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { Config } from './config';
import { type Finding, fault, fine, SET_CLOCK, warning } from './finding';
import { listenOn, shut } from './http';
import { failureCode } from './log';

const ANSWER_MS = 2000;
const ENOUGH_CONNECTIONS = 10;
// A clock that is set over the network wanders less.
const DRIFT_SECONDS = 60;

async function codeOf(action: Promise<unknown>): Promise<string | null> {
  return action.then(() => null, failureCode);
}

/** Unspecified addresses are this machine's too. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host.includes(':') ? `[${host === '::' ? '::1' : host}]` : host;
}

async function checkRunningPort({ port, host }: Pick<Config, 'port' | 'host'>): Promise<Finding> {
  const code = await codeOf(fetch(`http://${reachable(host)}:${port}/healthz`, { signal: AbortSignal.timeout(ANSWER_MS) }));
  if (code === null) return fine(`a relay runs on this data directory and answers on port ${port}`);
  return warning(
    `A relay runs on this data directory, but nothing answers on ${host}, port ${port}.`,
    'Run doctor with the same PORT and HOST as the relay.',
  );
}

export async function checkPort({ port, host }: Config, isRunning: boolean): Promise<Finding> {
  if (isRunning) return checkRunningPort({ port, host });
  const server = createServer();
  const code = await codeOf(listenOn({ server, port, host }));
  if (code === null) {
    await shut(server);
    return fine(`port ${port} on ${host} is free`);
  }
  const remedy = code === 'EADDRINUSE' ? 'Stop what uses it, or choose another with PORT.' : 'Choose others with PORT and HOST.';
  return fault(`Port ${port} on ${host} can't be had (${code}).`, remedy);
}

function bindUdp(port: number): Promise<void> {
  const socket = createSocket('udp4');
  return new Promise((done, failed) => {
    socket.once('error', failed);
    socket.bind(port, () => socket.close(() => done()));
  });
}

/** Whether a Binding request (RFC 8489) is answered there. */
function answersStun(port: number): Promise<boolean> {
  const request = Buffer.concat([Buffer.from('000100002112a442', 'hex'), randomBytes(12)]);
  const socket = createSocket('udp4');
  return new Promise<boolean>((done) => {
    const timer = setTimeout(() => done(false), ANSWER_MS);
    socket.once('error', () => done(false));
    socket.once('message', (answer) => {
      clearTimeout(timer);
      done(answer.subarray(8, 20).equals(request.subarray(8)));
    });
    socket.send(request, port, '127.0.0.1');
  }).finally(() => socket.close());
}

async function checkRunningStun(port: number): Promise<Finding> {
  if (await answersStun(port)) return fine(`STUN answers on UDP port ${port}`);
  return warning(
    `STUN does not answer on UDP port ${port}.`,
    "See the relay's first log lines: another program may have the port. STUN_PORT moves it.",
  );
}

export async function checkStun({ stunPort }: Config, isRunning: boolean): Promise<Finding> {
  if (stunPort === null) return fine('STUN is switched off');
  if (isRunning) return checkRunningStun(stunPort);
  for (const port of [stunPort, stunPort + 1]) {
    const code = await codeOf(bindUdp(port));
    if (code !== null)
      return warning(`UDP port ${port} can't be had (${code}), so no STUN there.`, 'Stop what uses it, or choose another with STUN_PORT.');
  }
  return fine(`UDP ports ${stunPort} and ${stunPort + 1} are free; let them through the firewall`);
}

const LOOPBACK = /^(127\.|\[?::1\]?$|localhost$)/;

export function checkAddress({ publicOrigin, host, proxies }: Pick<Config, 'publicOrigin' | 'host' | 'proxies'>): Finding {
  const isOpen = !LOOPBACK.test(host);
  if (publicOrigin === null)
    return isOpen || proxies > 0
      ? warning(
          'PUBLIC_URL is not set: each client signs whatever address it used.',
          'Set PUBLIC_URL to the address clients use, such as wss://relay.example',
        )
      : fine('on the loopback interface only');
  if (publicOrigin.startsWith('ws://') && !LOOPBACK.test(new URL(publicOrigin).hostname))
    return warning(
      `${publicOrigin} is without TLS: clients refuse it, or warn before they use it.`,
      'Put a reverse proxy with TLS in front and set PUBLIC_URL to its wss:// address.',
    );
  if (publicOrigin.startsWith('wss://') && proxies === 0)
    return warning(
      'PUBLIC_URL is wss://, so a proxy with TLS stands in front, but TRUST_PROXY is 0: every client has one IP address.',
      'Set TRUST_PROXY to the number of proxies that add to X-Forwarded-For, usually 1.',
    );
  return fine(`clients use ${publicOrigin}`);
}

/** From the running relay's metrics: null when it has none or is not there. */
async function readCounts(metricsPort: number): Promise<ReadonlyMap<string, number> | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]));
  } catch {
    return null;
  }
}

export function judgeDrift(counts: ReadonlyMap<string, number>): Finding {
  const driftSeconds = counts.get('tincan_wall_clock_drift_seconds') ?? 0;
  if (Math.abs(driftSeconds) < DRIFT_SECONDS) return fine('the clock and the running relay agree');
  return warning(
    `The clock is ${Math.round(driftSeconds)} s ahead of the running relay, which goes on by its own.`,
    `See that it is set right before the next start: ${SET_CLOCK}`,
  );
}

export function judgeClients(counts: ReadonlyMap<string, number>, proxies: number): Finding {
  const [connections = 0, networks = 0, forwarded = 0] = [
    'tincan_connections',
    'tincan_client_networks',
    'tincan_handshakes_forwarded_total',
  ].map((name) => counts.get(name));
  const isOneNetwork = connections >= ENOUGH_CONNECTIONS && networks === 1;
  if (forwarded > 0 || isOneNetwork)
    return warning(
      `Every client has one IP address (${connections} connections from ${networks}), so they share its limits.`,
      `If reverse proxies stand in front, set TRUST_PROXY to their number; it is ${proxies}.`,
    );
  return fine(`${connections} connections from ${networks} networks`);
}

export async function checkRunning({ metricsPort, proxies }: Config, isRunning: boolean): Promise<readonly Finding[]> {
  if (!isRunning) return [];
  const counts = metricsPort === 0 ? null : await readCounts(metricsPort);
  if (counts !== null) return [judgeClients(counts, proxies), judgeDrift(counts)];
  return [
    warning(
      'Whether all clients come from one IP address can not be seen: the running relay shows no metrics.',
      'Start it with METRICS_PORT=9464, and run doctor with the same.',
    ),
  ];
}
