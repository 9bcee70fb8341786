/**
 * The host's end of the link to the background. Connects when there is something to say and no port, which wakes the
 * worker. A worker that fell asleep had long been silent, and may sleep on; one that was still speaking died over its work
 * and may owe what nobody here holds, such as a receipt it had yet to send: it is woken to do it.
 *
 *   closed ──event, or start──▶ open ──port closes after a silence, nothing held──▶ closed
 *     ▲                          │
 *     └──1 s since the last──────┴──port closes in mid-talk, or events held──▶ connects again
 */
import type { HostHello, LinkCommand, LinkEvent, LinkFrame } from '../app/link';
import type { Clock } from '../app/ports';
import type { Channel } from '../bus/channel';
import { EventQueue } from './event-queue';

/** The least time between two connections: a worker that crashes at start is not hammered. */
const RECONNECT_MS = 1000;
/** Browsers stop an idle worker after 30 s at the least, and every frame begins them anew. */
const IN_TALK_MS = 20_000;

export interface UplinkOptions {
  readonly connect: () => Channel<LinkCommand, LinkFrame>;
  readonly clock: Clock;
  readonly hello: () => HostHello;
  /** `hello` and what is held have been said: the place to mention what neither holds. */
  readonly afterHello: () => void;
  /** Whatever the port carried, not yet validated. */
  readonly onCommand: (frame: unknown) => void;
  readonly onRoom: () => void;
}

export class Uplink {
  readonly #options: UplinkOptions;
  readonly #queue = new EventQueue();
  #port: Channel<LinkCommand, LinkFrame> | null = null;
  #connectedAtMs = Number.NEGATIVE_INFINITY;
  #heardAtMs = Number.NEGATIVE_INFINITY;
  #cancelRetry: (() => void) | null = null;
  #isClosed = false;

  constructor(options: UplinkOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#queue.isFull;
  }

  /** Kept and repeated on every port until acknowledged; wakes the worker when no port is open. */
  tell(event: LinkEvent): void {
    if (this.#isClosed) return;
    const { sequence } = this.#queue.hold(event);
    if (this.#port) this.#port.send({ kind: 'event', sequence, event });
    else this.#connectSoon();
  }

  /** For what `hello` says anyway: told to an open port only, never a reason to wake the worker. */
  mention(event: LinkEvent): void {
    this.#port?.send({ kind: 'event', sequence: this.#queue.nextSequence(), event });
  }

  isHeld(matches: (event: LinkEvent) => boolean): boolean {
    return this.#queue.held.some((held) => matches(held.event));
  }

  supersede(isStale: (event: LinkEvent) => boolean): void {
    this.#queue.supersede(isStale);
  }

  acknowledge(upTo: number): void {
    const wasFull = this.#queue.isFull;
    this.#queue.acknowledge(upTo);
    if (wasFull && !this.#queue.isFull) this.#options.onRoom();
  }

  connect(): void {
    if (this.#port || this.#isClosed) return;
    this.#connectedAtMs = this.#options.clock.now();
    const port = this.#openPort();
    if (!port) {
      if (!this.#queue.isEmpty) this.#connectSoon();
      return;
    }
    this.#port = port;
    this.#heardAtMs = Number.NEGATIVE_INFINITY;
    port.onFrame((frame) => {
      if (this.#port !== port) return;
      this.#heardAtMs = this.#options.clock.now();
      this.#options.onCommand(frame);
    });
    port.onClose(() => this.#lose(port));
    this.#greet(port);
  }

  /** For somebody else: nothing that was held is said, and hello comes again. */
  startOver(): void {
    this.#queue.supersede(() => true);
    if (this.#port) this.#greet(this.#port);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelRetry?.();
    const port = this.#port;
    this.#port = null;
    port?.close();
  }

  #greet(port: Channel<LinkCommand, LinkFrame>): void {
    port.send({ kind: 'hello', hello: this.#options.hello() });
    for (const { sequence, event } of this.#queue.held) port.send({ kind: 'event', sequence, event });
    this.#options.afterHello();
  }

  #openPort(): Channel<LinkCommand, LinkFrame> | null {
    try {
      return this.#options.connect();
    } catch {
      // The extension is being reloaded, or the worker could not start.
      return null;
    }
  }

  #lose(port: Channel<LinkCommand, LinkFrame>): void {
    if (this.#port !== port) return;
    this.#port = null;
    const isInTalk = this.#options.clock.now() - this.#heardAtMs < IN_TALK_MS;
    if (isInTalk || !this.#queue.isEmpty) this.#connectSoon();
  }

  #connectSoon(): void {
    if (this.#cancelRetry || this.#isClosed) return;
    const sinceMs = this.#options.clock.now() - this.#connectedAtMs;
    const waitMs = sinceMs >= 0 && sinceMs < RECONNECT_MS ? RECONNECT_MS - sinceMs : 0;
    if (waitMs === 0) {
      this.connect();
      return;
    }
    this.#cancelRetry = this.#options.clock.after(waitMs, () => {
      this.#cancelRetry = null;
      this.connect();
    });
  }
}
