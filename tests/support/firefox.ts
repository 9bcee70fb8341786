/** A Firefox with the extension installed for the session, driven by WebDriver BiDi. */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Download,
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
import { BidiSession } from './firefox-bidi';
import { downloadsOf, type FirefoxOptions, FirefoxProcess } from './firefox-process';

const EXTENSION_ID = 'tincan@tincan.example';

/** WebDriver's code points for keys that are no letters. */
const KEYS: Record<string, string> = {
  Backspace: '\uE003',
  Tab: '\uE004',
  Enter: '\uE007',
  Shift: '\uE008',
  Control: '\uE009',
  Alt: '\uE00A',
  Escape: '\uE00C',
  PageUp: '\uE00E',
  PageDown: '\uE00F',
  End: '\uE010',
  Home: '\uE011',
  ArrowLeft: '\uE012',
  ArrowUp: '\uE013',
  ArrowRight: '\uE014',
  ArrowDown: '\uE015',
  Delete: '\uE017',
};
const keyOf = (name: string) => KEYS[name] ?? name;

interface KeyAction {
  readonly type: 'keyDown' | 'keyUp';
  readonly value: string;
}

function chordActions(chord: string): KeyAction[] {
  const keys = chord.split('+').map(keyOf);
  return [
    ...keys.map((value) => ({ type: 'keyDown', value }) as const),
    ...keys.toReversed().map((value) => ({ type: 'keyUp', value }) as const),
  ];
}

/** Making the file is part of it. */
const DOWNLOAD_TIMEOUT_MS = 60_000;

/** A file stands under its own name, empty, while it comes under another. */
async function savedFile(folder: string): Promise<Download> {
  const file = async () => {
    const names = readdirSync(folder);
    const [name] = names;
    return names.length === 1 && name !== undefined && statSync(join(folder, name)).size > 0 ? name : null;
  };
  const name = await until(file, 'Firefox saves the file', DOWNLOAD_TIMEOUT_MS);
  const bytes = readFileSync(join(folder, name));
  rmSync(join(folder, name));
  return { name, bytes };
}

function remotePage(session: BidiSession, context: string, downloads: string): RemotePage {
  const perform = (source: object) => session.send('input.performActions', { context, actions: [source] });
  const pressKeys = (actions: readonly KeyAction[]) => perform({ type: 'key', id: 'keyboard', actions });
  const clickAt = async (x: number, y: number) => {
    await perform({
      type: 'pointer',
      id: 'mouse',
      actions: [
        { type: 'pointerMove', x: Math.round(x), y: Math.round(y) },
        { type: 'pointerDown', button: 0 },
        { type: 'pointerUp', button: 0 },
      ],
    });
  };
  return {
    evaluate: (expression, timeoutMs) => session.evaluate(context, expression, timeoutMs),
    clickAt,
    typeText: async (text) => {
      await pressKeys([...text].flatMap((value) => [{ type: 'keyDown', value } as const, { type: 'keyUp', value } as const]));
    },
    pressKey: async (chord) => {
      await pressKeys(chordActions(chord));
    },
    screenshot: async () => {
      const { data } = await session.send<{ data: string }>('browsingContext.captureScreenshot', { context });
      return Buffer.from(data, 'base64');
    },
    async chooseFile(selector, path) {
      const locator = { type: 'css', value: selector };
      const { nodes } = await session.send<{ nodes: readonly { sharedId: string }[] }>('browsingContext.locateNodes', { context, locator });
      await session.send('input.setFiles', { context, element: { sharedId: nodes[0]?.sharedId }, files: [path] });
    },
    async download(act) {
      await act();
      return savedFile(downloads);
    },
    setViewport: async (width, height) => {
      await session.send('browsingContext.setViewport', { context, viewport: { width, height } });
    },
    close: async () => {
      await session.send('browsingContext.close', { context });
    },
  };
}

export class FirefoxBrowser implements ExtensionBrowser {
  readonly kind = 'firefox';
  readonly #profile: Profile;
  readonly #options: FirefoxOptions;
  #process: FirefoxProcess;
  #session: BidiSession;

  private constructor(options: FirefoxOptions, profile: Profile, started: Started) {
    this.#options = options;
    this.#profile = profile;
    this.#process = started.process;
    this.#session = started.session;
  }

  static async launch(options: FirefoxOptions): Promise<FirefoxBrowser> {
    const profile = new Profile(options.profile, 'firefox');
    return new FirefoxBrowser(options, profile, await start(options, profile.path));
  }

  openPanel(size = PANEL_SIZE): Promise<PanelDriver> {
    return this.openPage('sidepanel.html', size);
  }

  /** Does not wait for BiDi's `load`, which never comes: the page changes process under way. */
  async openPage(path: string, size: Size | null = PANEL_SIZE): Promise<PanelDriver> {
    const host = await this.#inChrome<[string], string>('(id) => WebExtensionPolicy.getByID(id).mozExtensionHostname', EXTENSION_ID);
    const { context } = await this.#session.send<{ context: string }>('browsingContext.create', { type: 'tab' });
    await this.#session.send('browsingContext.navigate', { context, url: `moz-extension://${host}/${path}`, wait: 'none' });
    const page = remotePage(this.#session, context, downloadsOf(this.#profile.path));
    const isLoaded = `location.protocol === 'moz-extension:' && document.readyState === 'complete'`;
    await until(() => page.evaluate<boolean>(`(async () => ${isLoaded})()`, 2000), `${path} loads`);
    if (size !== null) await page.setViewport(size.width, size.height);
    return new PanelDriver(page);
  }

  /** Runs in the content process of the background page, on its own globals. */
  async background<Args extends readonly unknown[], Result>(
    script: Script<[scope: typeof globalThis, ...Args], Result>,
    ...args: Args
  ): Promise<Result> {
    const expression = expressionOf(script as Script<readonly unknown[], Result>, args, 'window');
    const answer = await this.#inChrome<[string, string, string], { ok: boolean; value: string }>(
      EVALUATE_IN_BACKGROUND,
      EXTENSION_ID,
      expression,
      FRAME_SCRIPT,
    );
    if (!answer.ok) throw new Error(answer.value);
    return JSON.parse(answer.value) as Result;
  }

  async grantMicrophone(): Promise<void> {
    await this.#inChrome(
      `(id) => Services.perms.addFromPrincipal(WebExtensionPolicy.getByID(id).extension.principal, 'microphone', Services.perms.ALLOW_ACTION)`,
      EXTENSION_ID,
    );
  }

  async pressCommand(chord: string): Promise<void> {
    const parts = chord.split('+');
    await this.#inChrome(PRESS_IN_WINDOW, parts.slice(0, -1), parts.at(-1) ?? '');
  }

  async relaunch({ isHard = false, whileClosed }: Relaunch = {}): Promise<void> {
    await this.#end(isHard);
    await whileClosed?.();
    const started = await start(this.#options, this.#profile.path);
    this.#process = started.process;
    this.#session = started.session;
  }

  async close(): Promise<void> {
    await this.#end(false);
    await this.#profile.discard();
  }

  async #end(isHard: boolean): Promise<void> {
    if (isHard) await this.#process.kill();
    else this.#session.send('browser.close').catch(() => undefined);
    await this.#process.ended();
    this.#session.close();
  }

  #inChrome<Args extends readonly unknown[], Result>(script: Script<Args, Result>, ...args: Args): Promise<Result> {
    return this.#session.evaluateInChrome<Result>(expressionOf(script, args));
  }
}

interface Started {
  readonly process: FirefoxProcess;
  readonly session: BidiSession;
}

async function start(options: FirefoxOptions, profile: string): Promise<Started> {
  const process = new FirefoxProcess(options, profile);
  try {
    const { hostname, port, host } = new URL(await process.endpoint());
    const reached = (await options.reach?.(Number(port))) ?? port;
    const session = await BidiSession.open(`ws://${hostname}:${reached}`, host);
    await session.send('webExtension.install', { extensionData: { type: 'path', path: options.extension } });
    return { process, session };
  } catch (error) {
    await process.kill();
    throw error;
  }
}

/** In the window's process: gives the background page's process a script and waits for its answer. */
const EVALUATE_IN_BACKGROUND = `(id, expression, frameScript) => new Promise((resolve) => {
  const view = [...WebExtensionPolicy.getByID(id).extension.views].find(({ viewType }) => viewType === 'background');
  const manager = view.xulBrowser.messageManager;
  const answer = 'tincan:' + Services.uuid.generateUUID();
  manager.addMessageListener(answer, function listener({ data }) {
    manager.removeMessageListener(answer, listener);
    resolve(data);
  });
  const source = '(' + frameScript + ')(' + JSON.stringify(expression) + ', ' + JSON.stringify(answer) + ')';
  manager.loadFrameScript('data:application/javascript;charset=utf-8,' + encodeURIComponent(source), false);
})`;

/** In the background page's process: evaluates on the page's own globals, past its content security policy. */
const FRAME_SCRIPT = `async (expression, answer) => {
  try {
    const sandbox = Cu.Sandbox(content, { sandboxPrototype: content, wantXrays: false, sameZoneAs: content });
    const value = await Cu.evalInSandbox('(' + expression + ').then((value) => JSON.stringify(value ?? null))', sandbox);
    sendAsyncMessage(answer, { ok: true, value });
  } catch (error) {
    sendAsyncMessage(answer, { ok: false, value: String(error) });
  }
}`;

/** Shortcuts are looked for in the window, not in the page. */
const PRESS_IN_WINDOW = `(modifiers, letter) => {
  const window = Services.wm.getMostRecentWindow('navigator:browser');
  const processor = Cc['@mozilla.org/text-input-processor;1'].createInstance(Ci.nsITextInputProcessor);
  processor.beginInputTransactionForTests(window);
  const CODES = { Alt: 18, Shift: 16, Control: 17 };
  const event = (key, code, keyCode) => new window.KeyboardEvent('', { key, code, keyCode });
  const held = modifiers.map((name) => event(name, name + 'Left', CODES[name]));
  const key = event(letter, 'Key' + letter, letter.charCodeAt(0));
  for (const modifier of held) processor.keydown(modifier);
  processor.keydown(key);
  processor.keyup(key);
  for (const modifier of held.reverse()) processor.keyup(modifier);
}`;
