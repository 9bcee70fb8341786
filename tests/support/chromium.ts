/** A Chromium with the extension, driven by Playwright and, where Playwright has no eyes, by DevTools sockets. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core';
import {
  EVAL_TIMEOUT_MS,
  type ExtensionBrowser,
  expressionOf,
  PANEL_SIZE,
  PanelDriver,
  type Relaunch,
  type RemotePage,
  type Script,
  type Size,
  until,
} from './browsers';
import { Profile } from './browsers-profile';
import {
  type CdpSession,
  type CdpTarget,
  closeTargets,
  evaluateInTarget,
  evaluateOver,
  isPageOf,
  isWorkerOf,
  killWorker,
  listTargets,
  openBrowserSession,
} from './chromium-cdp';

export interface ChromiumOptions {
  readonly executable: string;
  readonly extension: string;
  /** Kept after `close` when given. */
  readonly profile?: string;
  readonly isHeadless?: boolean;
  /** Sound the fake microphone plays, a WAV file; a beep each second without it. */
  readonly microphone?: string;
  readonly args?: readonly string[];
  /** The port here that leads to its debugging port, when it runs in another network namespace. */
  readonly reach?: (port: number) => Promise<number>;
}

export const CHROMIUM_ARGS = [
  '--remote-debugging-port=0',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--allow-loopback-in-peer-connection',
];
/** Where nobody speaks: a tone instead of a microphone. */
export const FAKE_MICROPHONE = '--use-fake-device-for-media-stream';

/** Both flags are needed: one names the extension, the other lets it stay. */
export function extensionArgs(folder: string): string[] {
  return [`--load-extension=${folder}`, `--disable-extensions-except=${folder}`];
}

/** The port Chromium chose, once it has written it into its profile. */
export async function debuggingPort(profile: string): Promise<number> {
  const read = async () => Number(readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')[0]);
  return until(read, 'Chromium names its debugging port', 15_000);
}

/** Linux as root has no sandbox to offer; tests load nothing but this extension. */
export function hasSandbox(): boolean {
  return process.getuid?.() !== 0;
}

/** Making the file is part of it. */
const DOWNLOAD_TIMEOUT_MS = 60_000;

function remotePage(context: BrowserContext, page: Page, session: CDPSession): RemotePage {
  const send = (method: string, params: object = {}) => session.send(method as 'Runtime.evaluate', params as never) as Promise<unknown>;
  return {
    evaluate: (expression, timeoutMs) => evaluateOver(send, expression, timeoutMs),
    clickAt: (x, y) => page.mouse.click(x, y),
    typeText: (text) => page.keyboard.type(text),
    pressKey: (chord) => page.keyboard.press(chord),
    screenshot: () => page.screenshot({ timeout: EVAL_TIMEOUT_MS }),
    chooseFile: (selector, path) => page.setInputFiles(selector, path),
    async download(act) {
      const [download] = await Promise.all([page.waitForEvent('download', { timeout: DOWNLOAD_TIMEOUT_MS }), act()]);
      return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
    },
    setViewport: (width, height) => page.setViewportSize({ width, height }),
    close: async () => {
      if (context.pages().includes(page)) await page.close();
    },
  };
}

const OFFSCREEN = 'offscreen.html';
const MODIFIERS: Record<string, number> = { Alt: 1, Control: 2, Meta: 4, Shift: 8 };

export class ChromiumBrowser implements ExtensionBrowser {
  readonly kind = 'chromium';
  readonly #profile: Profile;
  readonly #options: ChromiumOptions;
  #context: BrowserContext;
  #port: number;
  #id: string;
  /** A permission lives as long as the session that granted it. */
  #permissions: CdpSession | null = null;

  private constructor(options: ChromiumOptions, profile: Profile, started: Started) {
    this.#options = options;
    this.#profile = profile;
    this.#context = started.context;
    this.#port = started.port;
    this.#id = started.id;
  }

  static async launch(options: ChromiumOptions): Promise<ChromiumBrowser> {
    const profile = new Profile(options.profile, 'chromium');
    return new ChromiumBrowser(options, profile, await start(options, profile.path));
  }

  get extensionId(): string {
    return this.#id;
  }

  get context(): BrowserContext {
    return this.#context;
  }

  openPanel(size = PANEL_SIZE): Promise<PanelDriver> {
    return this.openPage('sidepanel.html', size);
  }

  async openPage(path: string, size: Size | null = PANEL_SIZE): Promise<PanelDriver> {
    const page = await this.#context.newPage();
    if (size !== null) await page.setViewportSize(size);
    await page.goto(`chrome-extension://${this.#id}/${path}`, { timeout: EVAL_TIMEOUT_MS });
    return new PanelDriver(remotePage(this.#context, page, await this.#context.newCDPSession(page)));
  }

  background<Args extends readonly unknown[], Result>(
    script: Script<[scope: typeof globalThis, ...Args], Result>,
    ...args: Args
  ): Promise<Result> {
    return evaluateInTarget(
      this.#port,
      isWorkerOf(this.#id),
      expressionOf(script as Script<readonly unknown[], Result>, args, 'globalThis'),
    );
  }

  /** The offscreen document, once the extension has made it. */
  offscreen<Args extends readonly unknown[], Result>(script: Script<Args, Result>, ...args: Args): Promise<Result> {
    return evaluateInTarget(this.#port, isPageOf(this.#id, OFFSCREEN), expressionOf(script, args));
  }

  async targets(): Promise<readonly CdpTarget[]> {
    return (await listTargets(this.#port)).filter(({ url }) => url.startsWith(`chrome-extension://${this.#id}/`));
  }

  /** `before` is done to the very worker that dies. */
  killWorker(before?: () => Promise<void>): Promise<void> {
    return killWorker(this.#port, this.#id, before);
  }

  closeOffscreen(): Promise<void> {
    return closeTargets(this.#port, isPageOf(this.#id, OFFSCREEN));
  }

  async grantMicrophone(): Promise<void> {
    this.#permissions ??= await openBrowserSession(this.#port);
    const origin = `chrome-extension://${this.#id}`;
    await this.#permissions.send('Browser.setPermission', { permission: { name: 'microphone' }, setting: 'granted', origin });
  }

  async pressCommand(chord: string): Promise<void> {
    const parts = chord.split('+');
    const key = parts.pop() ?? '';
    const modifiers = parts.reduce((sum, name) => sum | (MODIFIERS[name] ?? 0), 0);
    const keyCode = key.charCodeAt(0);
    const event = { key, code: `Key${key}`, windowsVirtualKeyCode: keyCode, nativeVirtualKeyCode: keyCode, modifiers };
    const page = this.#context.pages().at(-1) ?? (await this.#context.newPage());
    const session = await this.#context.newCDPSession(page);
    await session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...event });
    await session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
    await session.detach();
  }

  async relaunch({ isHard = false, whileClosed }: Relaunch = {}): Promise<void> {
    await this.#end(isHard);
    await whileClosed?.();
    const started = await start(this.#options, this.#profile.path);
    this.#context = started.context;
    this.#port = started.port;
    this.#id = started.id;
  }

  async close(): Promise<void> {
    await this.#end(false);
    await this.#profile.discard();
  }

  async #end(isHard: boolean): Promise<void> {
    if (isHard) await this.#kill();
    this.#permissions?.close();
    this.#permissions = null;
    await this.#context.close();
  }

  async #kill(): Promise<void> {
    const session = await openBrowserSession(this.#port);
    const { processInfo } = (await session.send('SystemInfo.getProcessInfo')) as { processInfo: readonly { type: string; id: number }[] };
    const browser = processInfo.find(({ type }) => type === 'browser');
    if (browser === undefined) throw new Error('Chromium does not name its own process');
    const closed = new Promise((resolve) => this.#context.once('close', resolve));
    process.kill(browser.id, 'SIGKILL');
    await closed;
    session.close();
  }
}

interface Started {
  readonly context: BrowserContext;
  readonly port: number;
  readonly id: string;
}

/** A second `--disable-features` would replace Playwright's own list: never add one. */
async function start(options: ChromiumOptions, profile: string): Promise<Started> {
  rmSync(join(profile, 'DevToolsActivePort'), { force: true });
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: options.executable,
    headless: options.isHeadless ?? true,
    chromiumSandbox: hasSandbox(),
    viewport: null,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    env: { ...process.env, LANGUAGE: 'en' },
    args: [
      ...extensionArgs(options.extension),
      ...CHROMIUM_ARGS,
      FAKE_MICROPHONE,
      ...(options.microphone === undefined ? [] : [`--use-file-for-fake-audio-capture=${options.microphone}`]),
      ...(options.args ?? []),
    ],
  });
  const ownPort = await debuggingPort(profile);
  const port = (await options.reach?.(ownPort)) ?? ownPort;
  const isOurs = ({ type, url }: CdpTarget) => type === 'service_worker' && url.startsWith('chrome-extension://');
  const worker = await until(async () => (await listTargets(port)).find(isOurs), 'the extension starts its worker', 15_000);
  return { context, port, id: new URL(worker.url).host };
}
