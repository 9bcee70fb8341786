/** Puts one relay together: store, router, clock, HTTP pages and WebSockets; starts it, keeps it swept, drains it. */
import { randomInt } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CLOSE_DRAIN } from '../lib/protocol/relay';
import { startClock, type TimeSources } from './clock';
import { basePathOf, type Config } from './config';
import { Gate, type Guest } from './gate';
import { failureCode, type Log } from './log';
import { openPages } from './pages';
import { openBudgets, type Parts } from './parts';
import { Connection } from './relay';
import { LocalRouter } from './router/local';
import { openSqliteStore } from './store/sqlite';
import { StunResponder } from './stun';
import { sweepOnce } from './sweeper';

export interface App {
  /** @throws the system's error when the port can't be had. */
  listen(): Promise<{ readonly port: number }>;
  /** Tells clients, lets requests under way finish, closes. Resolves when everything is durable and shut. */
  close(): Promise<void>;
}

export interface AppOptions {
  readonly log: Log;
  readonly time?: TimeSources;
}

// Clients of a drained relay come back spread over this time.
const RECONNECT_SPREAD_MS = 5000;
const POLL_MS = 20;

function openHttp(config: Config, pages: RequestListener): Server {
  const { handshakeMs, connections } = config.limits;
  const http = createServer(
    {
      headersTimeout: handshakeMs,
      requestTimeout: handshakeMs,
      connectionsCheckingInterval: Math.max(100, Math.floor(handshakeMs / 4)),
      keepAliveTimeout: 5000,
      maxHeaderSize: 8192,
    },
    pages,
  );
  // Pages need a few connections beside the WebSockets.
  http.maxConnections = connections + 100;
  return http;
}

async function until(isDone: () => boolean, deadlineMs: number): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!isDone() && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

class RelayApp implements App {
  readonly #config: Config;
  readonly #parts: Parts;
  readonly #gate: Gate;
  readonly #http: Server;
  readonly #stun: StunResponder;
  readonly #connections = new Set<Connection>();
  readonly #timers: NodeJS.Timeout[] = [];
  #isDraining = false;
  #closed: Promise<void> | null = null;

  constructor(config: Config, parts: Parts, stun: StunResponder) {
    this.#config = config;
    this.#parts = parts;
    this.#stun = stun;
    this.#gate = new Gate(config);
    this.#http = openHttp(config, openPages({ basePath: basePathOf(config), isReady: () => this.#isReady(), log: parts.log }));
    this.#http.on('upgrade', (request, stream, head) => this.#gate.upgrade(request, stream, head, (guest) => this.#welcome(guest)));
  }

  async listen(): Promise<{ readonly port: number }> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(this.#config.port, this.#config.host, resolve);
    });
    // Before anybody can have come in: HELLO names the ports that listen.
    await this.#stun.listen();
    this.#http.on('error', (error) => this.#parts.log.error('http-failed', { code: failureCode(error) }));
    const { heartbeatMs, sweepMs } = this.#config.limits;
    this.#timers.push(
      setInterval(() => this.#beat(), heartbeatMs),
      setInterval(() => void this.#sweep(), sweepMs),
    );
    return { port: (this.#http.address() as AddressInfo).port };
  }

  close(): Promise<void> {
    this.#closed ??= this.#drain();
    return this.#closed;
  }

  async #isReady(): Promise<boolean> {
    if (this.#isDraining) return false;
    return this.#parts.store.latestTime().then(
      () => true,
      () => false,
    );
  }

  #welcome({ socket, origin, addressKey }: Guest): void {
    const connection = new Connection(this.#parts, { origin, addressKey }, socket);
    this.#connections.add(connection);
    socket.on('close', () => this.#connections.delete(connection));
  }

  #beat(): void {
    this.#stun.beat();
    for (const connection of this.#connections) connection.beat();
    for (const budget of Object.values(this.#parts.budgets)) budget.forgetFull();
  }

  async #sweep(): Promise<void> {
    try {
      await sweepOnce(this.#parts);
    } catch (error) {
      this.#parts.log.error('sweep-failed', { code: failureCode(error) });
    }
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
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
    await this.#stun.close();
    await this.#parts.store.close();
    this.#parts.log.info('closed', { durationMs: Math.round(performance.now() - startedAtMs) });
  }
}

/** @throws {StoreError} in-use, newer-schema; the file system's own error when the data directory can't be used. */
export async function createApp(config: Config, options: AppOptions): Promise<App> {
  const { limits, retentionSeconds } = config;
  const store = openSqliteStore(config.dataDirectory);
  const clock = startClock(await store.latestTime(), options.time);
  const budgets = openBudgets(limits);
  const stun = new StunResponder(config, options.log);
  const stunUrls = (origin: string) => stun.urls(origin);
  const parts = { store, router: new LocalRouter(), clock, limits, budgets, retentionSeconds, stunUrls, log: options.log };
  return new RelayApp(config, parts, stun);
}
