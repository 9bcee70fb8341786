/**
 * Google Chrome with the extension. It ignores `--load-extension`, but takes an unpacked extension over its debugging pipe where
 * its version and policies allow that.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { within } from './browsers';
import { CHROMIUM_ARGS } from './chromium';

interface Answer {
  readonly id?: number;
  readonly result?: { readonly id?: string };
  readonly error?: { readonly message: string };
}

export interface BrandedWindow {
  close(): Promise<void>;
}

const ANSWER_MS = 15_000;

/** Messages end with a zero byte. File descriptor 3 is read by Chrome, 4 is written by it. */
class DebuggingPipe {
  readonly #input: Writable;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  constructor(child: ChildProcess) {
    const [, , , input, output] = child.stdio;
    this.#input = input as Writable;
    this.#input.on('error', () => undefined);
    let rest = '';
    (output as Readable).on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split('\0');
      rest = parts.pop() ?? '';
      for (const part of parts) this.#take(JSON.parse(part) as Answer);
    });
  }

  /** @throws {Error} with Chrome's own words when it refuses. */
  async send(method: string, params: object): Promise<Answer['result']> {
    const id = ++this.#lastId;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#input.write(`${JSON.stringify({ id, method, params })}\0`);
    const { result, error } = await within(answered, ANSWER_MS, method);
    if (error) throw new Error(error.message);
    return result;
  }

  #take(answer: Answer): void {
    if (answer.id === undefined) return;
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }
}

/** @throws {Error} when this Chrome does not take the extension; it has then been ended. */
export async function openBranded(options: {
  readonly executable: string;
  readonly extension: string;
  readonly profile: string;
  readonly page: string;
  readonly args: readonly string[];
}): Promise<BrandedWindow> {
  const own = CHROMIUM_ARGS.filter((arg) => !arg.startsWith('--remote-debugging-port'));
  const flags = ['--remote-debugging-pipe', '--enable-unsafe-extension-debugging', '--no-default-browser-check'];
  const child = spawn(options.executable, [`--user-data-dir=${options.profile}`, ...flags, ...own, ...options.args], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()));
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const close = async () => {
    child.kill('SIGTERM');
    await ended;
    process.off('exit', killWithUs);
  };
  try {
    const pipe = new DebuggingPipe(child);
    const loaded = await pipe.send('Extensions.loadUnpacked', { path: options.extension });
    await pipe.send('Target.createTarget', { url: `chrome-extension://${loaded?.id}/${options.page}` });
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}
