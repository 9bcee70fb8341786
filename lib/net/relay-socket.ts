/**
 * One relay's WebSocket, kept up until closed. Knows request ids, heartbeats and back-off; reads of a frame only what it
 * needs for that, and passes it on as it came.
 *
 *   connecting ──open──▶ open ──lost──▶ waiting ──time, online, or wanted──▶ connecting
 *                          ├──4409──▶ replaced      another connection took this identity: no more tries
 *                          └──queue full──▶ held ──room again──▶ connecting
 */
import type { LinkEvent, RelayState } from '../app/link';
import type { Clock, Random } from '../app/ports';
import type { Bytes } from '../protocol/bytes';
import { ProtocolError } from '../protocol/errors';
import { CLOSE_DRAIN, CLOSE_OVERLOAD, CLOSE_POLICY, CLOSE_REPLACED, RELAY_PATH, RELAY_SUBPROTOCOL } from '../protocol/relay';
import { decodeServerFrame, encodeClientFrame, withRequestId } from '../protocol/relay-codec';
import { Backoff } from './backoff';
import type { Faults } from './faults';

const PING_MS = 30_000;
const MAX_MISSED_PINGS = 2;
/** After the browser says it is online again, a socket that answers nothing for so long is dead. */
const PROBE_MS = 5000;
const CONNECT_TIMEOUT_MS = 15_000;
/** A connection that lived so long was a good one: the next back-off starts from the beginning. */
const SETTLED_MS = 10_000;
const MAX_BAD_FRAMES = 3;
/** Between two tries when somebody wants the connection now: a person at the keyboard doesn't wait out a back-off. */
const WANTED_MS = 2000;

export type RelayCause = Extract<LinkEvent, { kind: 'relay.state' }>['cause'];

export interface RelayReport {
  /** `isNews` is false for a repeated try that the background need not be woken for. */
  state(state: RelayState, cause: RelayCause, retryAtMs: number, isNews: boolean): void;
  /** False when there is no room for it: the socket closes until `resume`. */
  push(frame: Bytes): boolean;
  reply(token: string, frame: Bytes): void;
  unanswered(token: string): void;
}

export interface RelaySocketOptions {
  readonly relay: string;
  readonly newSocket: (url: string, protocol: string) => WebSocket;
  readonly clock: Clock;
  readonly random: Random;
  readonly faults: Faults;
  readonly report: RelayReport;
}

interface Connection {
  readonly socket: WebSocket;
  /** Token by request id; null for our own pings. */
  readonly pending: Map<number, string | null>;
  openedAtMs: number | null;
  hello: Bytes | null;
  missedPings: number;
  badFrames: number;
  drainMs: number | null;
  cancelTimer: () => void;
}

type Phase =
  | { readonly kind: 'connecting'; readonly connection: Connection }
  | { readonly kind: 'open'; readonly connection: Connection }
  | { readonly kind: 'waiting'; readonly cause: RelayCause; readonly retryAtMs: number; readonly cancel: () => void }
  | { readonly kind: 'replaced' }
  | { readonly kind: 'held' }
  | { readonly kind: 'closed' };

export class RelaySocket {
  readonly #options: RelaySocketOptions;
  readonly #backoff: Backoff;
  #phase: Phase = { kind: 'closed' };
  #requestId = 0;
  #wasOpen = false;
  #triedAtMs = 0;

  constructor(options: RelaySocketOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.random);
  }

  get state(): RelayState {
    const { kind } = this.#phase;
    return kind === 'connecting' || kind === 'open' ? kind : 'offline';
  }

  /** The HELLO of the connection in use. */
  get hello(): Bytes | null {
    return this.#phase.kind === 'open' ? this.#phase.connection.hello : null;
  }

  /** Opens, at once unless it was tried just now; while it can't be opened, says again why. */
  open(): void {
    if (this.#phase.kind === 'closed') this.#connect();
    else if (this.#phase.kind === 'waiting' && !this.#isPutOff() && this.#options.clock.now() - this.#triedAtMs >= WANTED_MS) this.#retry();
    else if (this.state === 'offline') this.#say(false);
  }

  /** Throws nothing: a request that can't be sent is unanswered at once. */
  request(token: string, frame: Bytes): void {
    if (this.#phase.kind !== 'open') {
      this.#options.report.unanswered(token);
      return;
    }
    const { socket, pending } = this.#phase.connection;
    if ([...pending.values()].includes(token)) return;
    const id = this.#nextRequestId();
    pending.set(id, token);
    socket.send(withRequestId(frame, id));
  }

  /** There is room for events again. */
  resume(): void {
    if (this.#phase.kind === 'held') this.#connect();
  }

  /** The browser has a network again: try now, or find out whether the socket survived. */
  wentOnline(): void {
    if (this.#phase.kind === 'waiting') this.#retry();
    else if (this.#phase.kind === 'open') {
      this.#probe(this.#phase.connection);
    }
  }

  close(): void {
    const phase = this.#phase;
    if (phase.kind === 'closed') return;
    this.#phase = { kind: 'closed' };
    if (phase.kind === 'waiting') phase.cancel();
    if (phase.kind === 'connecting' || phase.kind === 'open') this.#abandon(phase.connection);
    this.#say(true);
  }

  /** By the relay itself, or because its address can't be one. */
  #isPutOff(): boolean {
    return this.#phase.kind === 'waiting' && (this.#phase.cause === 'draining' || this.#phase.cause === 'refused');
  }

  #retry(): void {
    if (this.#phase.kind !== 'waiting') return;
    this.#phase.cancel();
    this.#connect();
  }

  #connect(): void {
    const { relay, newSocket, clock } = this.#options;
    this.#triedAtMs = clock.now();
    let socket: WebSocket;
    try {
      socket = newSocket(relay.replace(/\/+$/, '') + RELAY_PATH, RELAY_SUBPROTOCOL);
    } catch {
      // Not an address a WebSocket can have; trying again would change nothing.
      this.#phase = { kind: 'waiting', cause: 'refused', retryAtMs: 0, cancel: () => undefined };
      this.#say(true);
      return;
    }
    socket.binaryType = 'arraybuffer';
    const connection: Connection = {
      socket,
      pending: new Map(),
      openedAtMs: null,
      hello: null,
      missedPings: 0,
      badFrames: 0,
      drainMs: null,
      cancelTimer: clock.after(CONNECT_TIMEOUT_MS, () => this.#lose(connection, 0)),
    };
    this.#phase = { kind: 'connecting', connection };
    socket.onopen = () => this.#opened(connection);
    socket.onmessage = (event) => this.#take(connection, event.data);
    socket.onclose = (event) => this.#lose(connection, event.code);
    socket.onerror = () => undefined;
    this.#say(false);
  }

  #opened(connection: Connection): void {
    connection.openedAtMs = this.#options.clock.now();
    this.#phase = { kind: 'open', connection };
    this.#pingLater(connection);
    this.#say(true);
  }

  #take(connection: Connection, payload: unknown): void {
    if (this.#phase.kind !== 'open' || this.#phase.connection !== connection) return;
    connection.missedPings = 0;
    try {
      if (!(payload instanceof ArrayBuffer)) throw new ProtocolError('bad-kind');
      this.#route(connection, new Uint8Array(payload));
      connection.badFrames = 0;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.faults.count('relay', error.code);
      connection.badFrames += 1;
      if (connection.badFrames >= MAX_BAD_FRAMES) this.#lose(connection, 0);
    }
  }

  /** @throws {ProtocolError} when the bytes are no frame, or answer nothing that was asked. */
  #route(connection: Connection, bytes: Bytes): void {
    const { requestId, frame } = decodeServerFrame(bytes);
    if (requestId !== 0) {
      this.#answer(connection, requestId, bytes);
      return;
    }
    if (frame.kind === 'hello') greet(connection, bytes);
    if (frame.kind === 'drain') connection.drainMs = frame.reconnectAfterMs;
    if (!this.#options.report.push(bytes)) this.#hold(connection);
  }

  #answer({ pending }: Connection, requestId: number, bytes: Bytes): void {
    const token = pending.get(requestId);
    if (token === undefined) throw new ProtocolError('bad-value', { requestId });
    pending.delete(requestId);
    if (token !== null) this.#options.report.reply(token, bytes);
  }

  #pingLater(connection: Connection): void {
    connection.cancelTimer();
    connection.cancelTimer = this.#options.clock.after(PING_MS, () => this.#beat(connection));
  }

  /** Every frame from the relay clears `missedPings`: an idle connection misses when a whole interval passed without one. */
  #beat(connection: Connection): void {
    if (connection.missedPings >= MAX_MISSED_PINGS) {
      this.#lose(connection, 0);
      return;
    }
    this.#ping(connection);
    this.#pingLater(connection);
  }

  #ping(connection: Connection): void {
    const id = this.#nextRequestId();
    connection.pending.set(id, null);
    connection.missedPings += 1;
    connection.socket.send(encodeClientFrame({ kind: 'ping' }, id));
  }

  #probe(connection: Connection): void {
    this.#ping(connection);
    const asked = connection.missedPings;
    connection.cancelTimer();
    connection.cancelTimer = this.#options.clock.after(PROBE_MS, () => {
      if (connection.missedPings >= asked) this.#lose(connection, 0);
      else this.#pingLater(connection);
    });
  }

  #hold(connection: Connection): void {
    this.#phase = { kind: 'held' };
    this.#abandon(connection);
    this.#say(true);
  }

  /** The connection is gone, or as good as gone: a dead network never finishes a closing handshake. */
  #lose(connection: Connection, code: number): void {
    const phase = this.#phase;
    if ((phase.kind !== 'open' && phase.kind !== 'connecting') || phase.connection !== connection) return;
    this.#phase = code === CLOSE_REPLACED ? { kind: 'replaced' } : this.#wait(connection, code);
    this.#abandon(connection);
    this.#say(this.#wasOpen || code === CLOSE_REPLACED);
  }

  #wait({ openedAtMs, drainMs }: Connection, code: number): Phase {
    const { clock } = this.#options;
    if (openedAtMs !== null && clock.now() - openedAtMs >= SETTLED_MS) this.#backoff.reset();
    const delayMs = this.#backoff.next(drainMs ?? 0);
    const cancel = clock.after(delayMs, () => this.#connect());
    return { kind: 'waiting', cause: causeOf(code, drainMs !== null), retryAtMs: clock.now() + delayMs, cancel };
  }

  #abandon({ socket, pending, cancelTimer }: Connection): void {
    cancelTimer();
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
    for (const token of pending.values()) if (token !== null) this.#options.report.unanswered(token);
    pending.clear();
  }

  #say(isNews: boolean): void {
    const phase = this.#phase;
    const cause = phase.kind === 'waiting' ? phase.cause : phase.kind === 'replaced' ? 'replaced' : null;
    this.#wasOpen = phase.kind === 'open';
    this.#options.report.state(this.state, cause, phase.kind === 'waiting' ? phase.retryAtMs : 0, isNews);
  }

  #nextRequestId(): number {
    this.#requestId = (this.#requestId % 0xffff_ffff) + 1;
    return this.#requestId;
  }
}

/** A second nonce on one connection would make every right proved with the first one look lost. @throws {ProtocolError} bad-value */
function greet(connection: Connection, hello: Bytes): void {
  if (connection.hello !== null) throw new ProtocolError('bad-value', { size: hello.length });
  connection.hello = hello;
}

function causeOf(code: number, isDraining: boolean): RelayCause {
  if (code === CLOSE_DRAIN || isDraining) return 'draining';
  return code === CLOSE_POLICY || code === CLOSE_OVERLOAD ? 'refused' : 'unreachable';
}
