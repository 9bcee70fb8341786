/** A background in the test's hands, with a host of its own: no strings, sockets from `ws`, time that stands still. */
import { WebSocket as NodeSocket } from 'ws';
import type { LinkCommand, LinkEvent, LinkFrame } from '../../../lib/app/link';
import type { Channel } from '../../../lib/bus/channel';
import { loopback } from '../../../lib/bus/loopback';
import { createHost, type Host } from '../../../lib/net/host';
import { FakeClock } from '../../support/fake-clock';

export class Background {
  readonly host: Host;
  readonly clock = new FakeClock();
  readonly events: LinkEvent[] = [];
  readonly hellos: Extract<LinkFrame, { kind: 'hello' }>['hello'][] = [];
  isAcknowledging = true;
  goOnline: () => void = () => undefined;
  #last = 0;
  #port: Channel<LinkFrame, LinkCommand> | null = null;
  readonly #waiting = new Set<() => void>();

  constructor() {
    this.host = createHost({
      connect: () => this.#accept(),
      newSocket: (url, protocol) => new NodeSocket(url, protocol) as unknown as WebSocket,
      newPeer: () => {
        throw new Error('no strings here');
      },
      clock: this.clock,
      random: { bytes: (size) => new Uint8Array(size).fill(255) },
      now: () => this.clock.now(),
      onOnline: (listener) => {
        this.goOnline = listener;
      },
      capture: () => Promise.reject(new Error('no microphone here')),
      play: () => undefined,
      chime: () => undefined,
    });
  }

  send(command: LinkCommand): void {
    this.#port?.send(command);
  }

  /** What no contract allows, as a broken background might send it. */
  sendRaw(frame: unknown): void {
    this.#port?.send(frame as LinkCommand);
  }

  acknowledge(): void {
    this.send({ kind: 'event.ack', upTo: this.#last });
  }

  /** The worker dies. */
  dropPort(): void {
    this.#port?.close();
    this.#port = null;
  }

  of<Kind extends LinkEvent['kind']>(kind: Kind): Extract<LinkEvent, { kind: Kind }>[] {
    return this.events.filter((event): event is Extract<LinkEvent, { kind: Kind }> => event.kind === kind);
  }

  /** `open`, `offline unreachable 500`: state, cause, and the wait until the next try. */
  states(): string[] {
    return this.of('relay.state').map(({ state, cause, retryAtMs }) => {
      return [state, cause, retryAtMs > 0 ? retryAtMs - this.clock.now() : null].filter((part) => part !== null).join(' ');
    });
  }

  async until(what: string, isTrue: () => boolean, timeoutMs = 5000): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!isTrue()) {
      if (performance.now() > end) throw new Error(`not in ${timeoutMs} ms: ${what}; ${this.states().join(', ')}`);
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#waiting.delete(done);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(done, 20);
        this.#waiting.add(done);
      });
    }
  }

  untilState(state: string): Promise<void> {
    return this.until(state, () => this.of('relay.state').at(-1)?.state === state);
  }

  #accept(): Channel<LinkCommand, LinkFrame> {
    const [ours, theirs] = loopback<LinkFrame, LinkCommand>();
    this.#port = ours;
    ours.onFrame((frame) => {
      if (frame.kind === 'hello') this.hellos.push(frame.hello);
      else {
        this.#last = frame.sequence;
        this.events.push(frame.event);
        if (this.isAcknowledging) this.acknowledge();
      }
      for (const wake of [...this.#waiting]) wake();
    });
    return theirs;
  }
}
