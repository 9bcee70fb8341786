/**
 * One JSON object a line on stdout. A line may carry counts, sizes, durations, codes and this relay's own address; never a
 * client's address, a queue's or invite's id, a key or a payload: only the fields named here are written, whatever else an
 * object brings along (an Error of the system carries the peer's address).
 */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const FIELDS = ['url', 'port', 'signal', 'code', 'count', 'durationMs', 'driftMs', 'freeBytes', 'hint'] as const;

export interface LogFields {
  readonly url?: string;
  readonly port?: number;
  readonly signal?: string;
  readonly code?: string;
  readonly count?: number;
  readonly durationMs?: number;
  readonly driftMs?: number;
  readonly freeBytes?: number;
  /** What the operator can do about it. */
  readonly hint?: string;
}

export interface Log {
  error(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  debug(event: string, fields?: LogFields): void;
}

export function openLog(level: LogLevel, write: (line: string) => void): Log {
  const threshold = LOG_LEVELS.indexOf(level);
  const at = (name: Exclude<LogLevel, 'silent'>) => {
    const isOn = LOG_LEVELS.indexOf(name) <= threshold;
    return (event: string, fields: LogFields = {}) => {
      if (!isOn) return;
      const allowed = Object.fromEntries(FIELDS.map((field) => [field, fields[field]]));
      write(`${JSON.stringify({ time: new Date().toISOString(), level: name, event, ...allowed })}\n`);
    };
  };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/** What may be said of a failure: its class or code. Messages can quote what a client sent. */
export function failureCode(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : error.name;
}
