/** The relay's settings from the environment. Every fault is found and named at once. */
import { MAX_WORK_BITS } from '../lib/protocol/relay';
import { relayOrigin } from '../lib/protocol/relay-proof';
import { DEFAULT_LIMITS, type Limits } from './limits';
import { LOG_LEVELS, type LogLevel } from './log';

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
  readonly logLevel: LogLevel;
  readonly limits: Limits;
}

/** The public address's path, which a reverse proxy may or may not strip; '' without one. */
export function basePathOf(config: Pick<Config, 'publicOrigin'>): string {
  return config.publicOrigin?.replace(/^wss?:\/\/[^/]+/, '') ?? '';
}

export type Environment = Readonly<Record<string, string | undefined>>;

const MAX_RETENTION_SECONDS = 10 * 86_400;
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A setting that can't be used, told to whoever runs the relay. */
class Fault extends Error {}

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

/** Bits of work that a frame can carry. */
const MOST: Readonly<Record<string, number>> = { newWorkBits: 24, newWorkExtraBits: 8, missingDoorBits: MAX_WORK_BITS };

function limits(text: string): Limits {
  const chosen: Record<string, number> = { ...DEFAULT_LIMITS };
  for (const entry of text.split(',').filter((part) => part.trim() !== '')) {
    const [name = '', value = ''] = entry.split('=').map((part) => part.trim());
    if (!Object.hasOwn(DEFAULT_LIMITS, name))
      throw new Fault(`knows no limit "${name}"; there are ${Object.keys(DEFAULT_LIMITS).join(', ')}`);
    chosen[name] = whole(value, { min: 1, max: MOST[name] ?? 0x7fff_ffff });
  }
  return chosen as Limits;
}

export type ConfigResult = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly faults: readonly string[] };

export function readConfig(env: Environment): ConfigResult {
  const faults: string[] = [];
  const setting = <Value>(name: string, fallback: Value, read: (text: string) => Value): Value => {
    const text = env[name]?.trim();
    if (!text) return fallback;
    try {
      return read(text);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      faults.push(`${name} ${error.message}.`);
      return fallback;
    }
  };
  const config: Config = {
    host: setting('HOST', '127.0.0.1', (text) => text),
    port: setting('PORT', 8787, (text) => whole(text, { min: 0, max: 65_535 })),
    dataDirectory: setting('DATA_DIR', 'data', (text) => text),
    publicOrigin: setting<string | null>('PUBLIC_URL', null, origin),
    proxies: setting('TRUST_PROXY', 0, (text) => whole(text, { min: 0, max: 8 })),
    password: setting<string | null>('CREATE_PASSWORD', null, password),
    retentionSeconds: setting('RETENTION', 7 * 86_400, retention),
    logLevel: setting<LogLevel>('LOG_LEVEL', 'info', logLevel),
    limits: setting<Limits>('LIMITS', DEFAULT_LIMITS, limits),
  };
  return faults.length === 0 ? { ok: true, config } : { ok: false, faults };
}
