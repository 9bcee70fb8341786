/** `doctor`: looks at everything around a relay that can be wrong, and says of each what to do. Reaches nothing but this machine. */
import { createSocket } from 'node:dgram';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { isIntact } from './backup';
import type { Config } from './config';
import { type DiskLimits, floorBytes, isUnderFloor, roomOf } from './disk';
import { listenOn, shut } from './http';
import { failureCode } from './log';
import { type Database, lockDirectory, openDatabase } from './store/engine';
import { DATABASE_FILE, LOCK_FILE } from './store/sqlite';

/** `what` is a cause when it is not fine; then `remedy` says what to do. */
export interface Finding {
  readonly level: 'fine' | 'warning' | 'fault';
  readonly what: string;
  readonly remedy?: string;
}

const fine = (what: string): Finding => ({ level: 'fine', what });
const warning = (what: string, remedy: string): Finding => ({ level: 'warning', what, remedy });
const fault = (what: string, remedy: string): Finding => ({ level: 'fault', what, remedy });

const NEEDED_NODE = [20, 19] as const;
const SET_CLOCK = 'timedatectl set-ntp true';
const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
// No relay of this version ran before.
const EARLIEST_MS = Date.UTC(2026, 0, 1);
const LONGEST_RETENTION_MS = 10 * DAY_MS;
const ENOUGH_CONNECTIONS = 10;

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < NEEDED_NODE[0] || (major === NEEDED_NODE[0] && minor < NEEDED_NODE[1]);
  return isOld ? fault(`Node ${version} is too old.`, `Install Node ${NEEDED_NODE.join('.')} or newer.`) : fine(`Node ${version}`);
}

/** The directory, or the nearest one above it that exists. */
function nearest(directory: string): string {
  return existsSync(directory) || dirname(directory) === directory ? directory : nearest(dirname(directory));
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export function checkDirectory(dataDirectory: string): Finding {
  const directory = resolve(dataDirectory);
  const remedy = 'Run the relay as the user who owns it, or choose another with DATA_DIR.';
  const database = join(directory, DATABASE_FILE);
  for (const path of [nearest(directory), ...(existsSync(database) ? [database] : [])])
    if (!isWritable(path)) return fault(`${path} can't be written by this user.`, remedy);
  if (!existsSync(directory)) return fine(`${directory} will be made`);
  if ((statSync(directory).mode & 0o077) !== 0)
    return warning(`Other users of this machine can look into ${directory}.`, `Run: chmod 700 ${directory}`);
  return fine(`${directory} is this user's alone`);
}

export async function checkDisk(dataDirectory: string, limits: DiskLimits, reusableBytes: number): Promise<Finding> {
  const room = await roomOf(nearest(resolve(dataDirectory)));
  const told = `${Math.floor(room.freeBytes / MIB)} MiB are free for ${resolve(dataDirectory)}; new messages are refused under ${Math.ceil(floorBytes(room, limits) / MIB)} MiB`;
  if (!isUnderFloor(room, reusableBytes, limits)) return fine(told);
  return fault(`Only ${told}.`, 'Free some room on this disk, or move DATA_DIR to a larger one.');
}

/** `latestMs`: the latest time a relay has noted in the database; 0 for none. */
export function checkClock(latestMs: number, wallMs = Date.now()): Finding {
  const remedy = `Set the clock, for example with: ${SET_CLOCK}`;
  const days = (ms: number) => `${(ms / DAY_MS).toFixed(1)} days`;
  if (wallMs < EARLIEST_MS) return fault(`This machine's clock says ${new Date(wallMs).toISOString()}.`, remedy);
  if (wallMs < latestMs - MINUTE_MS)
    return fault(
      `The clock is ${days(latestMs - wallMs)} behind what a relay here has already seen: messages would live that much longer.`,
      remedy,
    );
  if (latestMs > 0 && wallMs > latestMs + LONGEST_RETENTION_MS)
    return warning(
      `No relay has run here for ${days(wallMs - latestMs)}, or the clock is ahead: everything stored expires at the start.`,
      `If no relay should have stood still for so long: ${remedy}`,
    );
  return fine('the clock is plausible');
}

async function codeOf(action: Promise<unknown>): Promise<string | null> {
  return action.then(() => null, failureCode);
}

async function checkPort({ port, host }: Config, isRunning: boolean): Promise<Finding> {
  if (isRunning) return fine(`a relay runs on this data directory; port ${port} is taken to be its own`);
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

async function checkStun({ stunPort }: Config, isRunning: boolean): Promise<Finding> {
  if (stunPort === null) return fine('STUN is switched off');
  if (isRunning) return fine(`UDP ports ${stunPort} and ${stunPort + 1} are taken to be the running relay's`);
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
    const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`, { signal: AbortSignal.timeout(5000) });
    const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]));
  } catch {
    return null;
  }
}

export function judgeDrift(counts: ReadonlyMap<string, number>): Finding {
  const driftSeconds = counts.get('tincan_wall_clock_drift_seconds') ?? 0;
  if (Math.abs(driftSeconds) < MINUTE_MS / 1000) return fine('the clock and the running relay agree');
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

async function checkRunning({ metricsPort, proxies }: Config, isRunning: boolean): Promise<readonly Finding[]> {
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

function isLocked(dataDirectory: string): boolean {
  const lock = join(dataDirectory, LOCK_FILE);
  if (!existsSync(lock)) return false;
  try {
    lockDirectory(lock).close();
    return false;
  } catch (error) {
    return failureCode(error) === 'in-use';
  }
}

interface Stored {
  readonly latestMs: number;
  readonly reusableBytes: number;
  readonly finding: Finding;
}

function readStored(database: Database, path: string): Stored {
  const { latest_ms: latestMs } = database.prepare('SELECT latest_ms FROM clock').get() as { latest_ms: number };
  const { bytes: reusableBytes } = database
    .prepare('SELECT freelist_count * page_size AS bytes FROM pragma_freelist_count, pragma_page_size')
    .get() as { bytes: number };
  const isWhole = isIntact(database);
  const finding = isWhole ? fine(`${path} is whole`) : damaged(path);
  return { latestMs, reusableBytes, finding };
}

function damaged(path: string): Finding {
  return fault(`${path} is damaged.`, 'Stop the relay, and restore the latest backup with: restore FILE --replace');
}

function lookInto(dataDirectory: string): Stored {
  const path = join(resolve(dataDirectory), DATABASE_FILE);
  if (!existsSync(path)) return { latestMs: 0, reusableBytes: 0, finding: fine('there is no database yet') };
  try {
    const database = openDatabase(path, { readOnly: true });
    try {
      return readStored(database, path);
    } finally {
      database.close();
    }
  } catch {
    return { latestMs: 0, reusableBytes: 0, finding: damaged(path) };
  }
}

/** Changes nothing. */
export async function examine(config: Config): Promise<readonly Finding[]> {
  const { dataDirectory, limits } = config;
  const isRunning = isLocked(dataDirectory);
  const stored = lookInto(dataDirectory);
  return [
    checkNode(),
    checkDirectory(dataDirectory),
    await checkDisk(dataDirectory, limits, stored.reusableBytes),
    stored.finding,
    checkClock(stored.latestMs),
    await checkPort(config, isRunning),
    await checkStun(config, isRunning),
    checkAddress(config),
    ...(await checkRunning(config, isRunning)),
  ];
}
