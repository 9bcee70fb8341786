/**
 * A Chromium with nothing attached to it, for what a debugger would disturb: a worker's idle death. It is only asked from
 * outside what runs in it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expressionOf, type Script, until } from './browsers';
import { Profile } from './browsers-profile';
import { CHROMIUM_ARGS, debuggingPort, extensionArgs, FAKE_MICROPHONE, hasSandbox } from './chromium';
import { type CdpTarget, evaluateInTarget, isPageOf, isWorkerOf, killWorker, listTargets } from './chromium-cdp';

export interface RawChromiumOptions {
  readonly executable: string;
  readonly extension: string;
  /** Kept after `close` when given. */
  readonly profile?: string;
  readonly isHeadless?: boolean;
  readonly args?: readonly string[];
}

/** An unpacked extension's id is the first half of the hash of its path, in letters a to p. */
function unpackedId(folder: string): string {
  const hash = createHash('sha256').update(realpathSync(folder)).digest('hex');
  return [...hash.slice(0, 32)].map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 16))).join('');
}

export class RawChromium {
  readonly extensionId: string;
  readonly #child: ChildProcess;
  readonly #profile: Profile;
  readonly #killWithUs = () => this.#child.kill('SIGKILL');
  #port = 0;

  private constructor(options: RawChromiumOptions) {
    this.#profile = new Profile(options.profile, 'raw-chromium');
    this.extensionId = unpackedId(options.extension);
    rmSync(join(this.#profile.path, 'DevToolsActivePort'), { force: true });
    const args = [
      `--user-data-dir=${this.#profile.path}`,
      ...((options.isHeadless ?? true) ? ['--headless=new', FAKE_MICROPHONE] : []),
      ...(hasSandbox() ? [] : ['--no-sandbox']),
      ...extensionArgs(options.extension),
      ...CHROMIUM_ARGS,
      '--no-default-browser-check',
      '--password-store=basic',
      ...(options.args ?? []),
    ];
    this.#child = spawn(options.executable, args, { stdio: 'ignore', env: { ...process.env, LANGUAGE: 'en' } });
    process.once('exit', this.#killWithUs);
  }

  static async launch(options: RawChromiumOptions): Promise<RawChromium> {
    const browser = new RawChromium(options);
    try {
      browser.#port = await debuggingPort(browser.#profile.path);
      return browser;
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** The extension's own: worker, offscreen document, pages. */
  async targets(): Promise<readonly CdpTarget[]> {
    return (await listTargets(this.#port)).filter(({ url }) => url.startsWith(`chrome-extension://${this.extensionId}/`));
  }

  /** Opens a tab once the extension is there: named on the command line it would come too early and be blocked. */
  async openPage(path: string): Promise<void> {
    await until(() => this.hasWorker(), 'the extension starts its worker', 15_000);
    await this.#ask('PUT', `new?chrome-extension://${this.extensionId}/${path}`);
    await until(async () => (await this.targets()).some(({ url }) => url.endsWith(`/${path}`)), `${path} opens`);
  }

  /** Closes every tab that is none of the extension's. */
  async closeOtherPages(): Promise<void> {
    const others = (await listTargets(this.#port)).filter(({ type, url }) => type === 'page' && !url.includes(this.extensionId));
    for (const { id } of others) await this.#ask('GET', `close/${id}`);
  }

  async hasWorker(): Promise<boolean> {
    return (await this.targets()).some(isWorkerOf(this.extensionId));
  }

  /** Attaches to the worker for a moment before its death, and to nothing after it. */
  killWorker(): Promise<void> {
    return killWorker(this.#port, this.extensionId);
  }

  /** Attaches to the offscreen document, never to the worker, while the answer takes. */
  offscreen<Args extends readonly unknown[], Result>(script: Script<Args, Result>, ...args: Args): Promise<Result> {
    return this.inPage('offscreen.html', script, ...args);
  }

  /** Attaches to an open page of the extension, never to the worker, while the answer takes. */
  inPage<Args extends readonly unknown[], Result>(path: string, script: Script<Args, Result>, ...args: Args): Promise<Result> {
    return evaluateInTarget(this.#port, isPageOf(this.extensionId, path), expressionOf(script, args));
  }

  /** Attaches to the worker while the answer takes, and so holds it awake. */
  background<Result>(script: Script<[scope: typeof globalThis], Result>): Promise<Result> {
    return evaluateInTarget(
      this.#port,
      isWorkerOf(this.extensionId),
      expressionOf(script as Script<readonly unknown[], Result>, [], 'globalThis'),
    );
  }

  onceEnded(listener: () => void): void {
    this.#child.once('exit', listener);
  }

  async #ask(method: 'GET' | 'PUT', path: string): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}/json/${path}`, { method, signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(`Chromium refused ${path}: ${answer.status}`);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill('SIGTERM');
      const timer = setTimeout(this.#killWithUs, 5000);
      await ended;
      clearTimeout(timer);
    }
    process.off('exit', this.#killWithUs);
    await this.#profile.discard();
  }
}
