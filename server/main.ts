/** The relay's command line: settings in, one line of the listening address out, a clean end on a signal. */
import { type App, createApp } from './app';
import { type Config, readConfig } from './config';
import { failureCode, type Log, openLog } from './log';
import { StoreError } from './store/store';
import { makeToken } from './token';

const DRAIN_LIMIT_MS = 25_000;
const SAME_SIGNAL_MS = 1000;

function explain(error: unknown, config: Config): string {
  const { port, host, dataDirectory } = config;
  if (error instanceof StoreError && error.code === 'in-use')
    return `Another relay already runs on the data directory ${dataDirectory}. Stop it, or give this one its own: DATA_DIR=./other PORT=${port + 1} npm run server`;
  if (error instanceof StoreError && error.code === 'newer-schema')
    return `The database in ${dataDirectory} was written by a newer Tincan. Update this one, or choose another directory with DATA_DIR.`;
  switch (failureCode(error)) {
    case 'EADDRINUSE':
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

function stop(lines: readonly string[]): never {
  for (const line of lines) process.stderr.write(`${line}\n`);
  process.exit(1);
}

async function printToken(config: Config): Promise<never> {
  try {
    process.stdout.write(`${await makeToken(config)}\n`);
  } catch (error) {
    stop([explain(error, config)]);
  }
  if (config.password === null)
    process.stderr.write('Nobody needs this token yet: without CREATE_PASSWORD this relay makes queues for everybody.\n');
  process.exit(0);
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

const settings = readConfig(process.env);
if (!settings.ok) stop(['The relay was not started:', ...settings.faults.map((fault) => `  ${fault}`)]);
if (process.argv[2] === 'token') await printToken(settings.config);
const log = openLog(settings.config.logLevel, (line) => process.stdout.write(line));
process.on('uncaughtException', (error) => {
  log.error('crashed', { code: failureCode(error) });
  process.exit(1);
});
closeOnSignals(await start(settings.config, log), log);
