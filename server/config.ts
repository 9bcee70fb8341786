/** The relay's settings from the environment, or for each NAME from the file NAME_FILE names. Every fault is found and named at once. */
import { readFileSync } from 'node:fs';
import { MAX_STUN_URL_BYTES, MAX_WORK_BITS } from '../lib/protocol/relay';
import { relayOrigin } from '../lib/protocol/relay-proof';
import { DEFAULT_LIMITS, type Limits } from './limits';
import { failureCode, LOG_LEVELS, type LogLevel } from './log';

export interface Config {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly dataDirectory: string;
  /** The relay's address as clients use it; null: each client's Host header tells. */
  readonly publicOrigin: string | null;
  /** How many reverse proxies stand in front, each adding to X-Forwarded-For. */
  readonly proxies: number;
  readonly retentionSeconds: number;
  /** Whoever makes queues here must know it, or have a token; null: everybody may. */
  readonly password: string | null;
  /** On the loopback interface; 0: none. */
  readonly metricsPort: number;
  readonly logLevel: LogLevel;
  readonly limits: Limits;
  /** UDP port of the STUN responder, which takes the next one too; null: off. */
  readonly stunPort: number | null;
  /** STUN addresses to name to clients; empty: the host under which each reached the relay, with the ports that listen. */
  readonly stunUrls: readonly string[];
}

/** The public address's path, which a reverse proxy may or may not strip; '' without one. */
export function basePathOf(config: Pick<Config, 'publicOrigin'>): string {
  return config.publicOrigin?.replace(/^wss?:\/\/[^/]+/, '') ?? '';
}

export type Environment = Readonly<Record<string, string | undefined>>;

const MAX_RETENTION_SECONDS = 10 * 86_400;
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
// The process ends 25 s after SIGTERM whatever happens; closing the store takes a part of them.
const MAX_DRAIN_MS = 20_000;

/** A setting that can't be used, told to whoever runs the relay. Quotes no value: it may be a secret. */
class Fault extends Error {}

function contentOf(name: string, path: string): string {
  try {
    const text = readFileSync(path, 'utf8').trim();
    if (text !== '') return text;
  } catch (error) {
    throw new Fault(`names a file that can't be read (${failureCode(error)}). Check its path and who may read it: ${path}`);
  }
  throw new Fault(`names an empty file. Write the value of ${name} into it: ${path}`);
}

/** Undefined when it is set nowhere; an empty variable counts as not set. */
function settingText(env: Environment, name: string): string | undefined {
  const text = env[name]?.trim();
  const path = env[`${name}_FILE`]?.trim();
  if (text && path) throw new Fault('is set beside the variable itself. Keep one of the two');
  return path ? contentOf(name, path) : text || undefined;
}

function whole(text: string, range: { readonly min: number; readonly max: number }): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < range.min || value > range.max)
    throw new Fault(`must be a whole number from ${range.min} to ${range.max}`);
  return value;
}

function retention(text: string): number {
  const [, digits, unit] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (UNIT_SECONDS[unit ?? ''] ?? Number.NaN);
  if (!(seconds >= 1 && seconds <= MAX_RETENTION_SECONDS)) throw new Fault('must be a time up to 10 days, such as 7d, 36h, 90m or 30s');
  return seconds;
}

function origin(text: string): string {
  try {
    return relayOrigin(text);
  } catch {
    throw new Fault('must be an address such as wss://relay.example or wss://relay.example/path');
  }
}

/** Long, since whoever is shown a proof of it may try passwords against that for as long as they like. */
function password(text: string): string {
  if (text.length < 12) throw new Fault('must have at least 12 characters');
  return text;
}

function logLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((name) => name === text);
  if (!level) throw new Fault(`must be one of ${LOG_LEVELS.join(', ')}`);
  return level;
}

function stunPort(text: string): number | null {
  if (text === 'off' || text === '0') return null;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_534) throw new Fault('must be a whole number from 1 to 65534, or off');
  return Number(text);
}

const STUN_URL = /^stun:(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i;
/** A client asks no more. */
const MAX_STUN_URLS = 4;

function stunUrls(text: string): readonly string[] {
  const urls = text.split(',').map((url) => url.trim());
  if (urls.length <= MAX_STUN_URLS && urls.every((url) => STUN_URL.test(url) && url.length <= MAX_STUN_URL_BYTES)) return urls;
  throw new Fault(`must be up to ${MAX_STUN_URLS} addresses such as stun:relay.example:3478, separated by commas`);
}

/** Runs `read`; what it says of the setting goes to the others. */
function gather<Value>(faults: string[], name: string, read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    faults.push(`${name} ${error.message}`);
    return undefined;
  }
}

/** Bits of work that a frame can carry. */
const MOST: Readonly<Record<string, number>> = { newWorkBits: 24, newWorkExtraBits: 8, missingDoorBits: MAX_WORK_BITS };

function limits(text: string): Limits {
  const chosen: Record<keyof Limits, number> = { ...DEFAULT_LIMITS };
  const faults: string[] = [];
  for (const entry of text.split(',').filter((part) => part.trim() !== '')) {
    const [given = '', value = ''] = entry.split('=').map((part) => part.trim());
    const name = limitNamed(given);
    if (name === null) faults.push(`knows no limit "${given}"`);
    else chosen[name] = gather(faults, name, () => whole(value, { min: 1, max: MOST[name] ?? 0x7fff_ffff })) ?? chosen[name];
  }
  if (faults.some((fault) => fault.startsWith('knows no'))) faults.push(`there are ${Object.keys(DEFAULT_LIMITS).join(', ')}`);
  if (chosen.drainMs > MAX_DRAIN_MS) faults.push(`drainMs must be at most ${MAX_DRAIN_MS}: the relay ends 25 s after SIGTERM`);
  if (chosen.bufferCloseBytes < chosen.bufferPauseBytes) faults.push('bufferCloseBytes must not be below bufferPauseBytes');
  if (faults.length > 0) throw new Fault(faults.join('; '));
  return chosen;
}

function limitNamed(given: string): keyof Limits | null {
  return Object.hasOwn(DEFAULT_LIMITS, given) ? (given as keyof Limits) : null;
}

/** Set by whoever expects another store: silently storing here instead would lose their data with this disk. */
function refuseOtherStores(env: Environment, faults: string[]): void {
  for (const name of ['DATABASE_URL', 'REDIS_URL'])
    if (env[name]?.trim()) faults.push(`${name} can't be used by this version, which stores in DATA_DIR. Remove it.`);
}

export type ConfigResult = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly faults: readonly string[] };

/** Reads the files that `*_FILE` variables name. */
export function readConfig(env: Environment): ConfigResult {
  const faults: string[] = [];
  const setting = <Value>(name: string, fallback: Value, read: (text: string) => Value): Value => {
    const found: string[] = [];
    const text = gather(found, `${name}_FILE`, () => settingText(env, name));
    const value = text === undefined ? fallback : gather(found, name, () => read(text));
    faults.push(...found.map((fault) => `${fault}.`));
    return value === undefined ? fallback : value;
  };
  const config: Config = {
    host: setting('HOST', '127.0.0.1', (text) => text),
    port: setting('PORT', 8787, (text) => whole(text, { min: 0, max: 65_535 })),
    dataDirectory: setting('DATA_DIR', 'data', (text) => text),
    publicOrigin: setting<string | null>('PUBLIC_URL', null, origin),
    proxies: setting('TRUST_PROXY', 0, (text) => whole(text, { min: 0, max: 8 })),
    password: setting<string | null>('CREATE_PASSWORD', null, password),
    retentionSeconds: setting('RETENTION', 7 * 86_400, retention),
    metricsPort: setting('METRICS_PORT', 0, (text) => whole(text, { min: 0, max: 65_535 })),
    logLevel: setting<LogLevel>('LOG_LEVEL', 'info', logLevel),
    limits: setting<Limits>('LIMITS', DEFAULT_LIMITS, limits),
    stunPort: setting<number | null>('STUN_PORT', 3478, stunPort),
    stunUrls: setting<readonly string[]>('STUN_URL', [], stunUrls),
  };
  if (config.metricsPort !== 0 && config.metricsPort === config.port) faults.push('METRICS_PORT must be another port than PORT.');
  refuseOtherStores(env, faults);
  return faults.length === 0 ? { ok: true, config } : { ok: false, faults };
}
