/** Chrome DevTools Protocol to one target over its own socket. Playwright can't see the offscreen document; this can. */
import WebSocket from 'ws';
import { EVAL_TIMEOUT_MS, until, within } from './browsers';

interface Evaluated {
  readonly result: { readonly value: unknown };
  readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } };
}

export interface CdpTarget {
  readonly id: string;
  readonly type: string;
  readonly url: string;
  readonly webSocketDebuggerUrl: string;
}

type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void };
interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export type CdpSend = (method: string, params?: object) => Promise<unknown>;

export class CdpSession {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (raw) => this.#take(JSON.parse(String(raw)) as Answer));
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the target closed'));
      this.#waiting.clear();
    });
  }

  static async open(url: string): Promise<CdpSession> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const opened = new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
    await within(opened, 5000, 'DevTools socket opens');
    return new CdpSession(socket);
  }

  send: CdpSend = (method, params = {}) => {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  };

  close(): void {
    this.#socket.close();
  }

  #take(answer: Answer): void {
    const waiting = answer.id === undefined ? undefined : this.#waiting.get(answer.id);
    if (answer.id === undefined || waiting === undefined) return;
    this.#waiting.delete(answer.id);
    if (answer.error) waiting.reject(new Error(answer.error.message));
    else waiting.resolve(answer.result);
  }
}

/** Evaluates with a user gesture, past the page's content security policy, awaiting a promise; JSON out. */
export async function evaluateOver<Result>(send: CdpSend, expression: string, timeoutMs: number): Promise<Result> {
  const asked = send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true, userGesture: true });
  const { result, exceptionDetails } = (await within(asked, timeoutMs, expression.slice(0, 160))) as Evaluated;
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value as Result;
}

/** What runs in a Chromium, asked from outside: nothing is attached, nothing is kept awake. */
export async function listTargets(port: number): Promise<readonly CdpTarget[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/json/list`, { signal: AbortSignal.timeout(5000) });
  return (await answer.json()) as readonly CdpTarget[];
}

export async function openBrowserSession(port: number): Promise<CdpSession> {
  const answer = await fetch(`http://127.0.0.1:${port}/json/version`, { signal: AbortSignal.timeout(5000) });
  return CdpSession.open(((await answer.json()) as { webSocketDebuggerUrl: string }).webSocketDebuggerUrl);
}

const HAS_INTERFACES = 'globalThis.chrome?.runtime?.id !== undefined';

type IsMeant = (target: CdpTarget) => boolean;

/** Closes them without a word to them, and waits until they have gone. Others of their kind may have been started by then. */
export async function closeTargets(port: number, isMeant: IsMeant): Promise<void> {
  const session = await openBrowserSession(port);
  const doomed = new Set((await listTargets(port)).filter(isMeant).map(({ id }) => id));
  for (const id of doomed) await session.send('Target.closeTarget', { targetId: id });
  session.close();
  await until(async () => !(await listTargets(port)).some(({ id }) => doomed.has(id)), 'the closed targets are gone');
}

/**
 * Ends the extension's worker as the browser's idle timer does. A busy host wakes a new one at once, so the old one is marked:
 * it has gone when there is none, or one without the mark. `before` runs between the two: a worker that computes can't be marked.
 */
export async function killWorker(port: number, extensionId: string, before = async (): Promise<void> => undefined): Promise<void> {
  const isWorker = isWorkerOf(extensionId);
  const find = async () => (await listTargets(port)).find(isWorker);
  const ask = async (target: CdpTarget, expression: string) => {
    const session = await CdpSession.open(target.webSocketDebuggerUrl);
    return evaluateOver<boolean>(session.send, expression, 2000).finally(() => session.close());
  };
  const doomed = await find();
  if (doomed === undefined) return;
  await ask(doomed, 'globalThis.isDoomed = true');
  await before();
  const session = await openBrowserSession(port);
  await session.send('Target.closeTarget', { targetId: doomed.id });
  session.close();
  const hasGone = async () => {
    const present = await find();
    return present === undefined || !(await ask(present, 'globalThis.isDoomed === true'));
  };
  await until(hasGone, 'the killed worker has gone', 30_000);
}

/** Waits for the target and for the extension's interfaces in it, which come after it is listed. Attached for as long as the answer takes. */
export async function evaluateInTarget<Result>(port: number, isMeant: IsMeant, expression: string): Promise<Result> {
  const target = await until(async () => (await listTargets(port)).find(isMeant), 'the target to evaluate in exists');
  const session = await CdpSession.open(target.webSocketDebuggerUrl);
  try {
    await until(() => evaluateOver<boolean>(session.send, HAS_INTERFACES, EVAL_TIMEOUT_MS), 'the target has its interfaces');
    return await evaluateOver<Result>(session.send, expression, EVAL_TIMEOUT_MS);
  } finally {
    session.close();
  }
}

export function isWorkerOf(extensionId: string): IsMeant {
  return ({ type, url }) => type === 'service_worker' && url.startsWith(`chrome-extension://${extensionId}/`);
}

export function isPageOf(extensionId: string, path: string): IsMeant {
  return ({ url }) => url === `chrome-extension://${extensionId}/${path}`;
}
