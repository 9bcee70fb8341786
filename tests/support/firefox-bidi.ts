/** WebDriver BiDi over one socket to one Firefox, page scripts and parent-process scripts alike. */
import WebSocket from 'ws';
import { EVAL_TIMEOUT_MS, within } from './browsers';

interface Reply {
  readonly id?: number;
  readonly type: string;
  readonly result?: unknown;
  readonly error?: string;
  readonly message?: string;
}
type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void };

type ScriptResult =
  | { readonly type: 'success'; readonly result: { readonly type: string; readonly value?: string } }
  | { readonly type: 'exception'; readonly exceptionDetails: { readonly text: string } };

const MAX_REPLY_BYTES = 64 * 1024 * 1024;
/** The first question is answered once the browser's window is there, which takes a busy machine a while. */
const START_TIMEOUT_MS = 60_000;

export class BidiSession {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #chromeContext: string | null = null;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (raw) => this.#take(JSON.parse(String(raw)) as Reply));
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('Firefox closed the session'));
      this.#waiting.clear();
    });
  }

  /** Firefox answers only to its own address, `host`, whatever way leads there. */
  static async open(url: string, host = new URL(url).host): Promise<BidiSession> {
    const socket = new WebSocket(`${url}/session`, { perMessageDeflate: false, maxPayload: MAX_REPLY_BYTES, headers: { Host: host } });
    await within(new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject)), 10_000, 'BiDi opens');
    const session = new BidiSession(socket);
    await session.send('session.new', { capabilities: {} }, START_TIMEOUT_MS);
    return session;
  }

  send<Result = unknown>(method: string, params: object = {}, timeoutMs = 30_000): Promise<Result> {
    const id = ++this.#lastId;
    const answered = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
    return within(answered as Promise<Result>, timeoutMs, method);
  }

  /** Evaluates with a user activation, awaiting a promise; JSON out. */
  async evaluate<Result>(context: string, expression: string, timeoutMs = EVAL_TIMEOUT_MS): Promise<Result> {
    const params = {
      functionDeclaration: `async () => JSON.stringify(await ${expression})`,
      target: { context },
      awaitPromise: true,
      userActivation: true,
    };
    const answer = await this.send<ScriptResult>('script.callFunction', params, timeoutMs);
    if (answer.type === 'exception') throw new Error(answer.exceptionDetails.text);
    return answer.result.value === undefined ? (undefined as Result) : (JSON.parse(answer.result.value) as Result);
  }

  /** The same in the parent process, with the browser's own rights. */
  async evaluateInChrome<Result>(expression: string): Promise<Result> {
    this.#chromeContext ??= await this.#firstChromeContext();
    return this.evaluate<Result>(this.#chromeContext, expression);
  }

  close(): void {
    this.#socket.terminate();
  }

  async #firstChromeContext(): Promise<string> {
    const tree = await this.send<{ contexts: readonly { context: string }[] }>('browsingContext.getTree', { 'moz:scope': 'chrome' });
    const [first] = tree.contexts;
    if (first === undefined) throw new Error('Firefox has no window');
    return first.context;
  }

  #take(reply: Reply): void {
    const waiting = reply.id === undefined ? undefined : this.#waiting.get(reply.id);
    if (reply.id === undefined || waiting === undefined) return;
    this.#waiting.delete(reply.id);
    if (reply.type === 'error') waiting.reject(new Error(`${reply.error}: ${reply.message}`));
    else waiting.resolve(reply.result);
  }
}
