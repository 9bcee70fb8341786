/**
 * Stands between clients and a real relay, as a curious or a lying relay would: keeps every frame that passes, may change
 * one on its way, and may say something of its own. Holds no key: it knows what the relay knows.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { RELAY_PATH, RELAY_SUBPROTOCOL } from '../../lib/protocol/relay';

/** A string is a text frame, which the relay's language does not have. */
export type Payload = Uint8Array | string;

export interface PassedFrame {
  /** Counts connections from 0, in the order in which they came. */
  readonly connection: number;
  readonly to: 'relay' | 'client';
  readonly payload: Payload;
}

/** What goes on instead of this frame: nothing, another one, several. */
export type Tamper = (frame: PassedFrame) => readonly Payload[];

export interface ProxyConnection {
  readonly index: number;
  readonly isOpen: boolean;
  /** As if the relay had said it. It is not kept with the frames that passed. */
  say(payload: Payload): void;
}

class Line implements ProxyConnection {
  readonly index: number;
  readonly #client: WebSocket;
  readonly #relay: WebSocket;
  readonly #pass: Tamper;

  constructor(index: number, client: WebSocket, relay: WebSocket, pass: Tamper) {
    this.index = index;
    this.#client = client;
    this.#relay = relay;
    this.#pass = pass;
    this.#join(client, relay, 'relay');
    this.#join(relay, client, 'client');
  }

  get isOpen(): boolean {
    return this.#client.readyState === WebSocket.OPEN && this.#relay.readyState === WebSocket.OPEN;
  }

  say(payload: Payload): void {
    this.#client.send(payload);
  }

  cut(): void {
    this.#client.terminate();
    this.#relay.terminate();
  }

  #join(from: WebSocket, onto: WebSocket, to: PassedFrame['to']): void {
    from.on('message', (data: Buffer, isBinary) => {
      const payload = isBinary ? new Uint8Array(data) : data.toString('utf8');
      for (const passed of this.#pass({ connection: this.index, to, payload })) if (onto.readyState === WebSocket.OPEN) onto.send(passed);
    });
    from.on('close', (code, reason) => {
      // 1005 and 1006 say that no code was given: they can't be passed on.
      if (code === 1006) onto.terminate();
      else if (code === 1005) onto.close();
      else onto.close(code, reason);
    });
    from.on('error', () => onto.terminate());
  }
}

export class RecordingProxy implements AsyncDisposable {
  /** As they came, before any tampering. */
  readonly frames: PassedFrame[] = [];
  /** The request line and headers of every handshake. */
  readonly handshakes: string[] = [];
  tamper: Tamper | null = null;
  readonly #lines: Line[] = [];
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => RELAY_SUBPROTOCOL });
  readonly #upstream: string;

  private constructor(server: Server, upstream: string) {
    this.#server = server;
    this.#upstream = upstream;
    server.on('upgrade', (request, stream, head) => {
      this.#sockets.handleUpgrade(request, stream, head, (client) => this.#accept(request, client));
    });
  }

  static async before(relay: { readonly url: string }): Promise<RecordingProxy> {
    const server = createServer((_, response) => response.writeHead(404).end());
    const proxy = new RecordingProxy(server, relay.url);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get open(): readonly ProxyConnection[] {
    return this.#lines.filter(({ isOpen }) => isOpen);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const line of this.#lines) line.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(request: IncomingMessage, client: WebSocket): void {
    this.handshakes.push([`${request.method} ${request.url}`, ...request.rawHeaders].join('\n'));
    // The relay must see the address that its clients see: they sign it.
    const headers = { host: request.headers.host ?? '' };
    const relay = new WebSocket(this.#upstream + RELAY_PATH, RELAY_SUBPROTOCOL, { headers, perMessageDeflate: false });
    const line = new Line(this.#lines.length, client, relay, (frame) => this.#take(frame));
    this.#lines.push(line);
  }

  #take(frame: PassedFrame): readonly Payload[] {
    this.frames.push(frame);
    return this.tamper?.(frame) ?? [frame.payload];
  }
}
