/**
 * One face for both browsers, so that a test is written once for any pair of them. Knows pages and the background by what a
 * user or a debugger can do to them; `chromium.ts` and `firefox.ts` know how.
 */
import { writeFile } from 'node:fs/promises';
import { type Located, locate, type Target } from './browsers-locate';

export type BrowserKind = 'chromium' | 'firefox';

/** A function, sent as its source: it may use its arguments (JSON) and the page's globals, nothing else of this process. */
export type Script<Args extends readonly unknown[], Result> = string | ((...args: Args) => Result | Promise<Result>);

export interface Size {
  readonly width: number;
  readonly height: number;
}
/** A side panel at its narrowest. */
export const PANEL_SIZE: Size = { width: 360, height: 640 };

/** As the browser saved it. */
export interface Download {
  readonly name: string;
  readonly bytes: Buffer;
}

export const EVAL_TIMEOUT_MS = 10_000;

/** What a browser offers for one page: input goes through the browser's own event path, not through script. */
export interface RemotePage {
  evaluate<Result>(expression: string, timeoutMs: number): Promise<Result>;
  clickAt(x: number, y: number): Promise<void>;
  typeText(text: string): Promise<void>;
  /** `Enter`, `Escape`, `a`, `Shift+Tab`, `Control+a`. */
  pressKey(chord: string): Promise<void>;
  screenshot(): Promise<Buffer>;
  /** What a user does in the chooser that the field opens. */
  chooseFile(selector: string, path: string): Promise<void>;
  /** Until the file that `act` leads to is saved whole. */
  download(act: () => Promise<void>): Promise<Download>;
  setViewport(width: number, height: number): Promise<void>;
  close(): Promise<void>;
}

export interface Relaunch {
  readonly isHard?: boolean;
  /** Runs between the end and the new start. */
  readonly whileClosed?: () => Promise<void>;
}

export interface ExtensionBrowser {
  readonly kind: BrowserKind;
  openPanel(size?: Size): Promise<PanelDriver>;
  /** Null leaves the page as large as its window. */
  openPage(path: string, size?: Size | null): Promise<PanelDriver>;
  /** The script's first argument is the background's global object. In Chromium this wakes the worker and holds it awake meanwhile. */
  background<Args extends readonly unknown[], Result>(
    script: Script<[scope: typeof globalThis, ...Args], Result>,
    ...args: Args
  ): Promise<Result>;
  /** Lets extension pages use the microphone, as a user who pressed "allow". */
  grantMicrophone(): Promise<void>;
  /** Presses a shortcut such as `Alt+Shift+M` where the browser looks for commands. */
  pressCommand(chord: string): Promise<void>;
  /** Ends the browser and starts it again on the same profile. With `isHard` it is killed without a chance to write. */
  relaunch(how?: Relaunch): Promise<void>;
  close(): Promise<void>;
}

/** `__name` is what a bundler's keep-names wraps functions in. */
export function expressionOf<Args extends readonly unknown[]>(script: Script<Args, unknown>, args: Args, scope = ''): string {
  const given = [...(scope === '' ? [] : [scope]), ...args.map((arg) => JSON.stringify(arg) ?? 'undefined')];
  return `(async () => { const __name = (f) => f; return await (${String(script)})(${given.join(', ')}); })()`;
}

/** @throws {Error} naming `what` when `work` has not ended in time. */
export async function within<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${timeoutMs} ms: ${what}`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A question costs those work of whom it is asked: the longer the answer takes, the less often. */
const PAUSE_MS = { least: 25, most: 100, share: 0.05 } as const;

/** Asks until the answer is neither null, undefined nor false. A question that throws counts as not yet. */
export async function until<T>(ask: () => Promise<T>, what: string, timeoutMs = 10_000): Promise<NonNullable<T>> {
  const start = performance.now();
  let trouble: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== undefined && answer !== false) return answer;
      trouble = undefined;
    } catch (error) {
      trouble = error;
    }
    const tookMs = performance.now() - start;
    if (tookMs > timeoutMs) throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause: trouble });
    const pauseMs = Math.min(PAUSE_MS.most, Math.max(PAUSE_MS.least, tookMs * PAUSE_MS.share));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Drives one extension page as a user does: finds by role and name, clicks and types through the browser's input. */
export class PanelDriver {
  readonly #page: RemotePage;

  constructor(page: RemotePage) {
    this.#page = page;
  }

  eval<Args extends readonly unknown[], Result>(script: Script<Args, Result>, ...args: Args): Promise<Result> {
    return this.#page.evaluate<Result>(expressionOf(script, args), EVAL_TIMEOUT_MS);
  }

  /** Waits until the target is on screen, enabled, unmoving and uncovered; then clicks its middle. */
  async click(target: Target, timeoutMs = 5000): Promise<void> {
    const { x, y } = await this.#reach(target, timeoutMs);
    await this.#page.clickAt(x, y);
  }

  /** Replaces what the field holds. */
  async fill(target: Target, text: string): Promise<void> {
    await this.click(target);
    await this.#page.pressKey('Control+a');
    await this.#page.pressKey('Delete');
    await this.#page.typeText(text);
  }

  type(text: string): Promise<void> {
    return this.#page.typeText(text);
  }

  press(chord: string): Promise<void> {
    return this.#page.pressKey(chord);
  }

  /** Its text as shown. @throws {Error} when the target is missing. */
  async text(target: Target): Promise<string> {
    const located = await this.eval(locate, target);
    if (located.kind === 'missing') throw new Error(`not on the page: ${JSON.stringify(target)}`);
    return located.text;
  }

  /** A target: until it shows. A script: until it gives something other than null, undefined or false. */
  async waitFor<Result>(wanted: Target | (() => Result | Promise<Result>), timeoutMs = 10_000): Promise<Result | undefined> {
    if (typeof wanted === 'function') return until(() => this.eval<[], Result>(wanted), `${wanted}`, timeoutMs);
    await until(async () => (await this.eval(locate, wanted)).kind !== 'missing', `shown: ${JSON.stringify(wanted)}`, timeoutMs);
    return undefined;
  }

  async waitForText(text: string, timeoutMs = 10_000): Promise<void> {
    const script = `(wanted) => document.body.innerText.includes(wanted)`;
    await until(() => this.eval<[string], boolean>(script, text), `text: ${text}`, timeoutMs);
  }

  async screenshot(path: string): Promise<void> {
    await writeFile(path, await this.#page.screenshot());
  }

  chooseFile(selector: string, path: string): Promise<void> {
    return this.#page.chooseFile(selector, path);
  }

  download(act: () => Promise<void>): Promise<Download> {
    return this.#page.download(act);
  }

  setViewport(width: number, height: number): Promise<void> {
    return this.#page.setViewport(width, height);
  }

  close(): Promise<void> {
    return this.#page.close();
  }

  async #reach(target: Target, timeoutMs: number): Promise<{ x: number; y: number }> {
    let last: Located = { kind: 'missing' };
    try {
      return await until(
        async () => {
          last = await this.eval(locate, target);
          return last.kind === 'ready' ? last : null;
        },
        '',
        timeoutMs,
      );
    } catch (cause) {
      throw new Error(`can't click in ${timeoutMs} ms, ${last.kind}: ${JSON.stringify(target)}`, { cause });
    }
  }
}
