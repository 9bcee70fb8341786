/**
 * A bare TCP connection cut into frames, and WebSocket framing on it (RFC 6455): load that costs its own process little, so that
 * the server is what gets measured. Knows no server's frames.
 */
import { connect, type Socket } from 'node:net';
import type { Bytes } from '../../lib/protocol/bytes';

export interface Framing {
  /** The size of the whole frame that begins at `start`; 0 while it has not come whole. */
  readonly sizeAt: (bytes: Buffer, start: number) => number;
  /** What a frame carries; null when it is none of the listener's business, and perhaps an answer to it. */
  readonly payloadOf: (frame: Buffer, answer: (bytes: Uint8Array) => void) => Buffer | null;
}

type Listener = (payload: Buffer) => void;

export class Wire {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #framing: Framing;
  /** Came before anybody listened. */
  readonly #early: Buffer[] = [];
  #listener: Listener = (payload) => this.#early.push(Buffer.from(payload));
  #rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket, framing: Framing) {
    this.#socket = socket;
    this.#framing = framing;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => this.#take(chunk));
  }

  static connect(at: { readonly port: number; readonly localAddress?: string }, framing: Framing): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', noDelay: true, ...at });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Wire(socket, framing));
      });
    });
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Payloads are only lent. */
  listen(listener: Listener): void {
    for (const payload of this.#early.splice(0)) listener(payload);
    this.#listener = listener;
  }

  /** The next payload, before anybody listens. */
  async next(): Promise<Buffer> {
    while (this.#early.length === 0) {
      const arrived = new Promise<void>((resolve) => this.#socket.once('data', () => resolve()));
      await Promise.race([arrived, this.closed.then(() => Promise.reject(new Error('the server closed the connection')))]);
    }
    return this.#early.shift() as Buffer;
  }

  /** Reads nothing any more: the kernel's buffers fill up, then the server's. */
  stall(): void {
    this.#socket.pause();
  }

  end(): Promise<void> {
    this.#socket.destroy();
    return this.closed;
  }

  /** What one chunk leads to goes out as one, too. */
  #take(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const { sizeAt, payloadOf } = this.#framing;
    let start = 0;
    this.#socket.cork();
    for (let size = sizeAt(bytes, 0); size > 0; size = sizeAt(bytes, start)) {
      const payload = payloadOf(bytes.subarray(start, start + size), (answer) => this.send(answer));
      if (payload !== null) this.#listener(payload);
      start += size;
    }
    this.#socket.uncork();
    this.#rest = bytes.subarray(start);
  }
}

const HTTP = 'H'.charCodeAt(0);
const END_OF_HEAD = '\r\n\r\n';
const BINARY = 0x82;
const PING = 0x89;
const MASK = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);
const PONG = Uint8Array.of(0x8a, 0x80, ...MASK);

/** A server's frames are not masked. Before them comes the head of its HTTP answer, as a frame of its own. */
const WEB_SOCKET: Framing = {
  sizeAt: (bytes, start) => {
    const left = bytes.length - start;
    if (left < 4) return left >= 2 && bytes[start + 1] === 0 ? 2 : 0;
    if (bytes[start] === HTTP) {
      const end = bytes.indexOf(END_OF_HEAD, start);
      return end < 0 ? 0 : end + END_OF_HEAD.length - start;
    }
    const short = bytes[start + 1] as number;
    const size = short === 126 ? 4 + bytes.readUInt16BE(start + 2) : 2 + short;
    return left < size ? 0 : size;
  },
  payloadOf: (frame, answer) => {
    if (frame[0] === HTTP) return frame;
    if (frame[0] === PING) answer(PONG);
    return frame[0] === BINARY ? frame.subarray(frame[1] === 126 ? 4 : 2) : null;
  },
};

/** A client's frame: masked, as every real client's is, so that the server has to unmask it. */
export function masked(payload: Bytes): Buffer {
  const isShort = payload.length < 126;
  const frame = Buffer.alloc((isShort ? 6 : 8) + payload.length);
  frame[0] = BINARY;
  frame[1] = 0x80 | (isShort ? payload.length : 126);
  if (!isShort) frame.writeUInt16BE(payload.length, 2);
  const start = frame.length - payload.length;
  frame.set(MASK, start - 4);
  for (let i = 0; i < payload.length; i++) frame[start + i] = (payload[i] as number) ^ (MASK[i & 3] as number);
  return frame;
}

/** A copy of a masked frame with a 32-bit number at `offset` of its payload. */
export function patched(template: Buffer, offset: number, value: number): Buffer {
  const frame = Buffer.from(template);
  const start = (frame[1] === 0xfe ? 8 : 6) + offset;
  for (let i = 0; i < 4; i++) frame[start + i] = ((value >>> (24 - 8 * i)) & 0xff) ^ (MASK[(offset + i) & 3] as number);
  return frame;
}

/** Binary payloads only; pings are answered. */
export async function connectWebSocket(at: {
  readonly port: number;
  readonly path: string;
  readonly protocol: string;
  readonly localAddress?: string;
}): Promise<Wire> {
  const { path, protocol, ...end } = at;
  const wire = await Wire.connect(end, WEB_SOCKET);
  const head = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${at.port}`, 'Connection: Upgrade', 'Upgrade: websocket'];
  head.push('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', `Sec-WebSocket-Protocol: ${protocol}`);
  wire.send(Buffer.from(head.join('\r\n') + END_OF_HEAD));
  const [, status] = (await wire.next()).toString('latin1').split(' ');
  if (status !== '101') throw new Error(`the server answered the handshake with ${status}`);
  return wire;
}
