/** A relay in the test's hands: accepts sockets, says HELLO, answers only what it is told to. */
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ClientFrame, ServerFrame } from '../../../lib/protocol/relay';
import { decodeClientFrame, encodeServerFrame } from '../../../lib/protocol/relay-codec';

export interface Asked {
  readonly requestId: number;
  readonly frame: ClientFrame;
}

export class ScriptedRelay {
  readonly sockets: WebSocket[] = [];
  readonly asked: Asked[] = [];
  readonly paths: string[] = [];
  answersPings = true;
  #server: WebSocketServer | null = null;
  #port = 0;

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  get last(): WebSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('nobody has connected');
    return socket;
  }

  async listen(): Promise<void> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: this.#port });
    this.#server = server;
    server.on('connection', (socket, request) => {
      this.paths.push(`${request.url} ${socket.protocol}`);
      this.sockets.push(socket);
      socket.on('message', (data) => this.#take(socket, data as Buffer));
      this.say(HELLO);
    });
    await new Promise<void>((resolve) => server.once('listening', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  say(frame: ServerFrame, requestId = 0): void {
    this.last.send(encodeServerFrame(frame, requestId));
  }

  /** Ends the process, as far as anybody outside can see. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const socket of this.sockets) socket.terminate();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #take(socket: WebSocket, data: Buffer): void {
    const { requestId, frame } = decodeClientFrame(new Uint8Array(data));
    this.asked.push({ requestId, frame });
    if (frame.kind === 'ping' && this.answersPings) socket.send(encodeServerFrame({ kind: 'pong' }, requestId));
  }
}

const HELLO: ServerFrame = {
  kind: 'hello',
  nonce: new Uint8Array(32).fill(7),
  timeMs: 1_700_000_000_000,
  retentionSeconds: 604_800,
  maxRetentionSeconds: 864_000,
  stunUrls: [],
};
