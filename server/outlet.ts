/**
 * One connection's way out, with a bound on what waits in memory for a slow reader:
 * below `bufferPauseBytes` messages flow, above it only answers; above `bufferCloseBytes`, or stalled for `stallMs`, it closes.
 */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { CLOSE_OVERLOAD, type ServerFrame } from '../lib/protocol/relay';
import { encodeServerFrame } from '../lib/protocol/relay-codec';
import type { Limits } from './limits';
import type { Log } from './log';
import type { Metrics } from './metrics';

// How long a peer may take over the closing handshake.
const CLOSING_MS = 2000;

/** A WebSocket, and the stream it writes to. */
export interface Way {
  readonly socket: WebSocket;
  readonly stream: Pick<Duplex, 'cork' | 'uncork'>;
}

export class Outlet {
  readonly #socket: WebSocket;
  readonly #stream: Way['stream'];
  readonly #limits: Limits;
  readonly #log: Log;
  readonly #metrics: Metrics;
  #whenRoom: (() => void) | null = null;
  #stall: NodeJS.Timeout | null = null;
  #isCorked = false;

  constructor({ socket, stream }: Way, parts: { readonly limits: Limits; readonly log: Log; readonly metrics: Metrics }) {
    this.#socket = socket;
    this.#stream = stream;
    this.#limits = parts.limits;
    this.#log = parts.log;
    this.#metrics = parts.metrics;
    socket.on('close', () => this.#calm());
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  get hasRoom(): boolean {
    return this.#socket.bufferedAmount < this.#limits.bufferPauseBytes;
  }

  send(frame: ServerFrame, requestId = 0): void {
    if (!this.isOpen) return;
    this.#metrics.sent(frame);
    this.#cork();
    this.#socket.send(encodeServerFrame(frame, requestId), () => this.#written());
    if (this.#socket.bufferedAmount > this.#limits.bufferCloseBytes) this.close(CLOSE_OVERLOAD);
    else if (!this.hasRoom) this.#watch();
  }

  /** What one turn of the event loop leads to leaves in one write: answers after a group commit come by the dozen. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#stream.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      this.#stream.uncork();
    });
  }

  /** Runs once, when there is room again. A later call replaces an earlier one. */
  whenRoom(run: () => void): void {
    this.#whenRoom = run;
  }

  close(code: number): void {
    if (!this.isOpen) return;
    this.#log.debug('closing', { code: String(code) });
    this.#socket.close(code);
    const socket = this.#socket;
    setTimeout(() => socket.terminate(), CLOSING_MS).unref();
  }

  #watch(): void {
    this.#stall ??= setTimeout(() => this.close(CLOSE_OVERLOAD), this.#limits.stallMs).unref();
  }

  #calm(): void {
    if (this.#stall) clearTimeout(this.#stall);
    this.#stall = null;
  }

  #written(): void {
    if (!this.hasRoom) return;
    this.#calm();
    const run = this.#whenRoom;
    this.#whenRoom = null;
    run?.();
  }
}
