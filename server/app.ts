/** Puts one relay together: store, router, clock, HTTP pages and WebSockets; starts it, keeps it swept, drains it. */
import { randomInt } from 'node:crypto';
import type { Server } from 'node:http';
import { CLOSE_DRAIN } from '../lib/protocol/relay';
import { startClock, type TimeSources } from './clock';
import { basePathOf, type Config } from './config';
import { Disk, type Room, roomOf } from './disk';
import { Gate, type Guest } from './gate';
import { Handovers } from './handovers';
import { type Listener, listenOn, openHttp, shut } from './http';
import { failureCode, type Log } from './log';
import { Metrics } from './metrics';
import { openPages } from './pages';
import { forgetFull, openBudgets, type Parts } from './parts';
import { Connection } from './relay';
import { LocalRouter } from './router/local';
import { openSqliteStore } from './store/sqlite';
import { StunResponder } from './stun';
import { Sweeper } from './sweeper';
import { openVitals } from './vitals';

export interface App {
  /** @throws the system's error when a port can't be had. */
  listen(): Promise<{ readonly port: number }>;
  /** Tells clients, lets requests under way finish, closes. Resolves when everything is durable and shut. */
  close(): Promise<void>;
}

export interface AppOptions {
  readonly log: Log;
  readonly time?: TimeSources;
  /** How much room the data directory's disk has. */
  readonly room?: () => Promise<Room>;
}

interface AppParts extends Parts {
  readonly disk: Disk;
  readonly stun: StunResponder;
}

// Clients of a drained relay come back spread over this time.
const RECONNECT_SPREAD_MS = 5000;
const POLL_MS = 20;
const METRICS_HOST = '127.0.0.1';

async function until(isDone: () => boolean, deadlineMs: number): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!isDone() && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

class RelayApp implements App {
  readonly #config: Config;
  readonly #parts: AppParts;
  readonly #gate: Gate;
  readonly #sweeper: Sweeper;
  readonly #servers: readonly Listener[];
  readonly #connections = new Set<Connection>();
  readonly #timers: NodeJS.Timeout[] = [];
  #isDraining = false;
  #closed: Promise<void> | null = null;

  constructor(config: Config, parts: AppParts) {
    this.#config = config;
    this.#parts = parts;
    this.#gate = new Gate(config, parts.metrics);
    this.#sweeper = new Sweeper(parts);
    this.#servers = [{ server: this.#openFront(), port: config.port, host: config.host }, ...this.#openMetrics()];
  }

  #openFront(): Server {
    const notReady = () => this.#notReady();
    const http = openHttp(this.#config.limits, openPages({ basePath: basePathOf(this.#config), notReady, log: this.#parts.log }));
    http.on('upgrade', (request, stream, head) => this.#gate.upgrade(request, stream, head, (guest) => this.#welcome(guest)));
    return http;
  }

  #openMetrics(): readonly Listener[] {
    const { metricsPort: port } = this.#config;
    if (port === 0) return [];
    const server = openVitals({ ...this.#parts, gate: this.#gate, isReady: () => this.#notReady() === null });
    return [{ server, port, host: METRICS_HOST }];
  }

  async listen(): Promise<{ readonly port: number }> {
    const { limits } = this.#config;
    await this.#parts.disk.look();
    const [port = 0] = await Promise.all(this.#servers.map(listenOn));
    // Before anybody can have come in: HELLO names the ports that listen.
    await this.#parts.stun.listen();
    for (const { server } of this.#servers)
      server.on('error', (error) => this.#parts.log.error('http-failed', { code: failureCode(error) }));
    this.#timers.push(
      setInterval(() => this.#beat(), limits.heartbeatMs),
      setInterval(() => void this.#look(), limits.diskLookMs),
      setInterval(() => void this.#sweeper.sweep(), limits.sweepMs),
    );
    return { port };
  }

  close(): Promise<void> {
    this.#closed ??= this.#drain();
    return this.#closed;
  }

  #notReady(): string | null {
    if (this.#isDraining) return 'draining';
    if (!this.#parts.metrics.isLastCommitOk) return 'the store takes no writes';
    return this.#parts.disk.isLow ? 'the disk is nearly full' : null;
  }

  #welcome(guest: Guest): void {
    const connection = new Connection(this.#parts, guest);
    this.#connections.add(connection);
    guest.socket.on('close', () => this.#connections.delete(connection));
  }

  #beat(): void {
    this.#parts.stun.beat();
    for (const connection of this.#connections) connection.beat();
    forgetFull(this.#parts.budgets);
  }

  /** A store that has failed is tried again, so that readiness comes back without waiting for a client's write. */
  async #look(): Promise<void> {
    const { disk, metrics, store, clock } = this.#parts;
    await disk.look();
    if (!metrics.isLastCommitOk) await store.noteTime(clock.now()).catch(() => {});
  }

  async #drain(): Promise<void> {
    const startedAtMs = performance.now();
    const { drainMs } = this.#config.limits;
    this.#isDraining = true;
    this.#gate.shut();
    for (const timer of this.#timers) clearInterval(timer);
    for (const connection of this.#connections) connection.drain(randomInt(RECONNECT_SPREAD_MS));
    await until(() => [...this.#connections].every((connection) => connection.pending === 0), drainMs / 2);
    for (const connection of this.#connections) connection.close(CLOSE_DRAIN);
    await until(() => this.#connections.size === 0, drainMs / 2);
    await Promise.all([this.#parts.stun.close(), ...this.#servers.map(({ server }) => shut(server))]);
    await this.#sweeper.stop();
    await this.#parts.store.close();
    this.#parts.log.info('closed', { durationMs: Math.round(performance.now() - startedAtMs) });
  }
}

/** @throws {StoreError} in-use, newer-schema; the file system's own error when the data directory can't be used. */
export async function createApp(config: Config, options: AppOptions): Promise<App> {
  const { limits, retentionSeconds, password, dataDirectory } = config;
  const { log, time, room = () => roomOf(dataDirectory) } = options;
  const metrics = new Metrics();
  const store = openSqliteStore(dataDirectory, { onCommit: (commit) => metrics.committed(commit) });
  const clock = startClock(await store.latestTime(), time);
  // Running time begins here, not at the first sweep.
  await store.noteTime(clock.now());
  const disk = new Disk({ room, reusableBytes: () => store.reusableBytes(), limits, log });
  const stun = new StunResponder(config, log);
  return new RelayApp(config, {
    store,
    router: new LocalRouter(),
    handovers: new Handovers(),
    clock,
    limits,
    budgets: openBudgets(limits),
    retentionSeconds,
    password,
    log,
    metrics,
    disk,
    stun,
    stunUrls: (origin) => stun.urls(origin),
  });
}
