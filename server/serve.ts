/** The relay as a process: one line of the listening address out, a clean end on a signal. */
import { type App, createApp } from './app';
import type { Config } from './config';
import { failureCode, type Log, openLog } from './log';
import { StoreError } from './store/store';

const DRAIN_LIMIT_MS = 25_000;
const SAME_SIGNAL_MS = 1000;

/** Tells whoever runs the relay, and ends the process as failed. */
export function stop(lines: readonly string[]): never {
  for (const line of lines) process.stderr.write(`${line}\n`);
  process.exit(1);
}

function explain(error: unknown, config: Config): string {
  const { port, host, dataDirectory, metricsPort } = config;
  if (error instanceof StoreError && error.code === 'in-use')
    return `Another relay already runs on the data directory ${dataDirectory}. Stop it, or give this one its own: DATA_DIR=./other PORT=${port + 1} npm run server`;
  if (error instanceof StoreError && error.code === 'newer-schema')
    return `The database in ${dataDirectory} was written by a newer Tincan. Update this one, or choose another directory with DATA_DIR.`;
  if (error instanceof StoreError && error.code === 'full')
    return `The disk of the data directory ${dataDirectory} is full. Free some room on it, or choose another with DATA_DIR.`;
  if (error instanceof StoreError && error.code === 'damaged')
    return `The database in ${dataDirectory} is damaged. Put the latest backup in its place: npm run server -- restore FILE --replace`;
  const isMetricsPort = metricsPort !== 0 && (error as { port?: unknown }).port === metricsPort;
  switch (failureCode(error)) {
    case 'EADDRINUSE':
      if (isMetricsPort) return `Port ${metricsPort} for metrics is already in use. Choose another with METRICS_PORT.`;
      return `Port ${port} is already in use on ${host}. Stop what uses it, or choose another: PORT=${port + 1} npm run server`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `This machine has no address ${host}. Choose another with HOST, for example HOST=127.0.0.1.`;
    case 'EACCES':
      return `No permission for port ${port} on ${host} or for ${dataDirectory}. Choose others with PORT and DATA_DIR.`;
    default:
      return `The relay could not start with the data directory ${dataDirectory} (${failureCode(error)}). Choose another with DATA_DIR.`;
  }
}

function localUrl(host: string, port: number): string {
  const isAnywhere = host === '0.0.0.0' || host === '::';
  const name = isAnywhere ? '127.0.0.1' : host;
  return `ws://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

async function start(config: Config, log: Log): Promise<App> {
  try {
    const app = await createApp(config, { log });
    const { port } = await app.listen();
    const url = config.publicOrigin ?? localUrl(config.host, port);
    // Whatever the level: who starts a relay waits for this line.
    openLog('info', (line) => process.stdout.write(line)).info('listening', { url, port });
    return app;
  } catch (error) {
    return stop([explain(error, config)]);
  }
}

function closeOnSignals(app: App, log: Log): void {
  let closingSinceMs: number | null = null;
  const onSignal = (signal: NodeJS.Signals) => {
    // Ctrl-C reaches the whole process group, and a wrapper may pass its own on: the same wish, twice.
    if (closingSinceMs !== null && performance.now() - closingSinceMs < SAME_SIGNAL_MS) return;
    if (closingSinceMs !== null) process.exit(1);
    closingSinceMs = performance.now();
    log.info('draining', { signal });
    setTimeout(() => process.exit(1), DRAIN_LIMIT_MS).unref();
    app.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** @returns only when the relay listens; it ends the process by itself. */
export async function serve(config: Config): Promise<void> {
  const log = openLog(config.logLevel, (line) => process.stdout.write(line));
  process.on('uncaughtException', (error) => {
    log.error('crashed', { code: failureCode(error) });
    process.exit(1);
  });
  closeOnSignals(await start(config, log), log);
}
