/** The relay's command line: `npm run server` starts it; with `doctor`, `backup FILE`, `restore FILE` or `token` behind `--` it looks after it. */
import { parseArgs } from 'node:util';
import { backUp, type Copied, Refusal, restore } from './backup';
import { type Config, readConfig } from './config';
import { examine } from './doctor';
import type { Finding } from './finding';
import { serve, stop } from './serve';
import { makeToken } from './token';

const USAGE = `Usage: npm run server                                  starts the relay
       npm run server -- doctor                        looks for what is wrong
       npm run server -- backup FILE                   copies the store, also while the relay runs
       npm run server -- restore FILE [--replace]      puts a copy in the place of the store
       npm run server -- token                         lets one more person make queues here, also while the relay runs`;

const WARNING = `A restored backup hands out again what was acknowledged, deleted or taken after it was made: messages (clients drop repeats) and
invites. Tokens used since are good again. One-time prekeys in it are dropped. It holds sealed cells with the ids and keys of their queues: keep it as safe as the
relay's own directory, and no longer than messages live.`;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function described({ messages, queues, sizeBytes }: Copied): string {
  return `${messages} waiting messages in ${queues} queues, ${sizeBytes} bytes`;
}

function backUpInto(config: Config, file: string): void {
  const copied = backUp(config.dataDirectory, file);
  say(`Backed up to ${copied.path}: ${described(copied)}.`);
  say(WARNING);
}

function restoreFrom(config: Config, file: string, isReplacing: boolean): void {
  const copied = restore(config.dataDirectory, file, { isReplacing });
  say(`Restored to ${copied.path}: ${described(copied)}.`);
  if (copied.replaced !== null) say(`What was there before lies in ${copied.replaced}: remove it when nobody misses anything.`);
  say(WARNING);
}

async function printToken(config: Config): Promise<void> {
  say(await makeToken(config));
  if (config.password === null)
    process.stderr.write('Nobody needs this token yet: without CREATE_PASSWORD this relay makes queues for everybody.\n');
}

const MARKS = { fine: 'ok  ', warning: 'warn', fault: 'FAIL' } as const satisfies Record<Finding['level'], string>;

/** Ends as failed when there is a fault; a warning alone is none. */
function report(findings: readonly Finding[]): void {
  for (const { level, what, remedy } of findings) say(`${MARKS[level]}  ${what}${remedy === undefined ? '' : ` ${remedy}`}`);
  if (findings.some(({ level }) => level === 'fault')) process.exitCode = 1;
}

/** Null when the command line is none of ours. */
function commandOf(args: readonly string[]): ((config: Config) => void | Promise<void>) | null {
  const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options: { replace: { type: 'boolean' } } });
  const [command, file, ...more] = positionals;
  const isReplacing = values.replace === true;
  if (more.length > 0 || (isReplacing && command !== 'restore')) return null;
  if (file === undefined && command === undefined) return serve;
  if (file === undefined && command === 'doctor') return async (config) => report(await examine(config));
  if (file === undefined && command === 'token') return printToken;
  if (file !== undefined && command === 'backup') return (config) => backUpInto(config, file);
  if (file !== undefined && command === 'restore') return (config) => restoreFrom(config, file, isReplacing);
  return null;
}

function commandOrStop(): (config: Config) => void | Promise<void> {
  try {
    return commandOf(process.argv.slice(2)) ?? stop([USAGE]);
  } catch {
    // An option that parseArgs does not know.
    return stop([USAGE]);
  }
}

const command = commandOrStop();
const settings = readConfig(process.env);
if (!settings.ok) stop(['These settings can not be used:', ...settings.faults.map((fault) => `  ${fault}`)]);
try {
  await command(settings.config);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  stop([error.message]);
}
