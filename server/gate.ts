/** Lets WebSockets in: the right path and subprotocol, not too many per address or in all, and the address both sides will sign. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { MAX_FRAME_BYTES, RELAY_PATH, RELAY_SUBPROTOCOL } from '../lib/protocol/relay';
import { relayOrigin } from '../lib/protocol/relay-proof';
import { basePathOf, type Config } from './config';
import { addressKeys } from './limits';
import type { Metrics } from './metrics';

export interface Guest {
  readonly socket: WebSocket;
  /** What the socket writes to. */
  readonly stream: Duplex;
  readonly origin: string;
  readonly addressKey: string;
}

type Verdict = { readonly status: null; readonly origin: string; readonly addressKey: string } | { readonly status: number };

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

/** The address as the outermost trusted proxy saw it. */
export function clientAddress(request: IncomingMessage, proxies: number): string {
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  const seen = [request.socket.remoteAddress ?? '', ...forwarded.map((part) => part.trim()).reverse()].filter((part) => part !== '');
  return seen[Math.min(proxies, seen.length - 1)] ?? '';
}

/** Null when the Host header is not an address. */
export function originOf(request: IncomingMessage, config: Pick<Config, 'publicOrigin' | 'proxies'>): string | null {
  if (config.publicOrigin !== null) return config.publicOrigin;
  const isSecure = config.proxies > 0 && request.headers['x-forwarded-proto'] === 'https';
  try {
    return relayOrigin(`${isSecure ? 'wss' : 'ws'}://${request.headers.host ?? ''}`);
  } catch {
    return null;
  }
}

function refuse(stream: Duplex, status: number): void {
  stream.end(`HTTP/1.1 ${status} ${REASONS[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

export class Gate {
  readonly #config: Config;
  readonly #metrics: Metrics;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    // A client sends a frame whole; each fragment would cost memory of its own until the last one.
    maxFragments: 64,
    handleProtocols: () => RELAY_SUBPROTOCOL,
  });
  readonly #addressKey = addressKeys();
  readonly #perAddress = new Map<string, number>();
  #count = 0;
  #isShut = false;

  constructor(config: Config, metrics: Metrics) {
    this.#config = config;
    this.#metrics = metrics;
  }

  get count(): number {
    return this.#count;
  }

  /** How many different networks the clients connected now come from. */
  get networks(): number {
    return this.#perAddress.size;
  }

  shut(): void {
    this.#isShut = true;
  }

  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer, welcome: (guest: Guest) => void): void {
    const verdict = this.#judge(request);
    // Without a listener, a reset during the handshake would end the process.
    stream.on('error', () => stream.destroy());
    if (verdict.status !== null) {
      this.#metrics.refusedHandshakes.add(verdict.status);
      refuse(stream, verdict.status);
      return;
    }
    const { origin, addressKey } = verdict;
    this.#sockets.handleUpgrade(request, stream, head, (socket) => {
      this.#admit(socket, addressKey);
      welcome({ socket, stream, origin, addressKey });
    });
  }

  #judge(request: IncomingMessage): Verdict {
    if (this.#isShut) return { status: 503 };
    if (!this.#isRelayPath(request.url)) return { status: 404 };
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    const origin = originOf(request, this.#config);
    if (!offered.includes(RELAY_SUBPROTOCOL) || origin === null) return { status: 400 };
    const { limits, proxies } = this.#config;
    if (proxies === 0 && request.headers['x-forwarded-for'] !== undefined) this.#metrics.forwardedHandshakes += 1;
    if (this.#count >= limits.connections) return { status: 503 };
    const addressKey = this.#addressKey(clientAddress(request, proxies));
    if ((this.#perAddress.get(addressKey) ?? 0) >= limits.connectionsPerAddress) return { status: 429 };
    return { status: null, origin, addressKey };
  }

  #isRelayPath(url: string | undefined): boolean {
    return url === RELAY_PATH || url === basePathOf(this.#config) + RELAY_PATH;
  }

  #admit(socket: WebSocket, addressKey: string): void {
    this.#count += 1;
    this.#perAddress.set(addressKey, (this.#perAddress.get(addressKey) ?? 0) + 1);
    socket.on('close', () => {
      this.#count -= 1;
      const left = (this.#perAddress.get(addressKey) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(addressKey);
      else this.#perAddress.set(addressKey, left);
    });
  }
}
