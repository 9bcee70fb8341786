/**
 * Tells a client under which address the world sees it: STUN Binding (RFC 8489) over UDP, on two neighbouring ports, because
 * a client that is shown two addresses for one socket knows that its NAT maps by destination. Keeps nothing of a request
 * but a count per keyed hash of its source. An answer has 32 bytes (IPv6: 44) for a request of at least 20.
 */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { MAX_STUN_URL_BYTES } from '../lib/protocol/relay';
import type { Config } from './config';
import { addressKeys, Buckets, type Rate } from './limits';
import { failureCode, type Log } from './log';

const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const BINDING_ERROR = 0x0111;
const MAGIC_COOKIE = 0x2112a442;
const HEADER_BYTES = 20;
/** What passes any IPv4 path whole, RFC 8489 section 6.1. */
const MAX_REQUEST_BYTES = 548;

const ERROR_CODE = 0x0009;
const UNKNOWN_ATTRIBUTES = 0x000a;
const XOR_MAPPED_ADDRESS = 0x0020;
/** From here on a type may be ignored by whoever does not know it. */
const COMPREHENSION_OPTIONAL = 0x8000;
/** The rest of RFC 8489's own: credentials are understood to be of no use here. */
const KNOWN: ReadonlySet<number> = new Set([
  ...[0x0001, 0x0006, 0x0008, ERROR_CODE, UNKNOWN_ATTRIBUTES],
  ...[0x0014, 0x0015, 0x001c, 0x001d, 0x001e, XOR_MAPPED_ADDRESS],
]);

export interface Source {
  /** As the socket names it: IPv4, IPv6, or IPv4 in IPv6. */
  readonly address: string;
  readonly port: number;
}

function padded(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 4) * 4;
}

function isBindingRequest(request: Buffer): boolean {
  if (request.length < HEADER_BYTES || request.length > MAX_REQUEST_BYTES || request.length % 4 !== 0) return false;
  if (request.readUInt16BE(0) !== BINDING_REQUEST || request.readUInt32BE(4) !== MAGIC_COOKIE) return false;
  return request.readUInt16BE(2) === request.length - HEADER_BYTES;
}

/** The types that had to be understood and are not; null when the attributes don't fill the request exactly. */
function unknownTypes(request: Buffer): number[] | null {
  const unknown: number[] = [];
  let at = HEADER_BYTES;
  while (at < request.length) {
    const type = request.readUInt16BE(at);
    if (type < COMPREHENSION_OPTIONAL && !KNOWN.has(type)) unknown.push(type);
    at += 4 + padded(request.readUInt16BE(at + 2));
  }
  return at === request.length ? unknown : null;
}

function addressBytes(address: string): Buffer {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return Buffer.from(plain.split('.').map(Number));
  const [left = [], right = []] = plain.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return Buffer.from([...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

/** `mask` is the cookie and the transaction id, with which address and port are mixed so that no NAT on the way rewrites them. */
function xorMappedAddress({ address, port }: Source, mask: Buffer): Buffer {
  const bytes = addressBytes(address);
  const family = bytes.length === 4 ? 1 : 2;
  const masked = bytes.map((byte, i) => byte ^ (mask[i] as number));
  return attribute(XOR_MAPPED_ADDRESS, Buffer.concat([Buffer.from([0, family, (port >> 8) ^ 0x21, (port & 0xff) ^ 0x12]), masked]));
}

function refusal(types: readonly number[]): Buffer {
  const listed = Buffer.from(types.flatMap((type) => [type >> 8, type & 0xff]));
  // Class 4, number 20, and no words: they would only make the answer longer.
  return Buffer.concat([attribute(ERROR_CODE, Buffer.from([0, 0, 4, 20])), attribute(UNKNOWN_ATTRIBUTES, listed)]);
}

/**
 * Null for what gets no answer (RFC 8489 section 6.3): no STUN, another method, an indication, an answer, attributes that don't fit
 * their message, a request without the cookie (RFC 3489); and a source that can't be answered.
 */
export function answerBinding(request: Buffer, source: Source): Buffer | null {
  const unknown = source.port !== 0 && isBindingRequest(request) ? unknownTypes(request) : null;
  if (unknown === null) return null;
  const mask = request.subarray(4, HEADER_BYTES);
  const body = unknown.length === 0 ? xorMappedAddress(source, mask) : refusal(unknown);
  const head = Buffer.alloc(4);
  head.writeUInt16BE(unknown.length === 0 ? BINDING_SUCCESS : BINDING_ERROR, 0);
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, mask, body]);
}

/** Sources counted at a time. A flood under false addresses makes the count begin anew, not grow. */
const MAX_SOURCES = 20_000;

/** Lets each source, known only as a keyed hash, have so many answers. */
export class SourceLimit {
  readonly #rate: Rate;
  readonly #key = addressKeys();
  #buckets: Buckets<string>;

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#buckets = new Buckets(rate);
  }

  admits(address: string): boolean {
    if (this.#buckets.size >= MAX_SOURCES) this.#buckets = new Buckets(this.#rate);
    return this.#buckets.take(this.#key(address)) === 0;
  }

  forgetFull(): void {
    this.#buckets.forgetFull();
  }

  get size(): number {
    return this.#buckets.size;
  }
}

type StunConfig = Pick<Config, 'host' | 'proxies' | 'stunPort' | 'stunUrls' | 'limits'>;

export class StunResponder {
  readonly #config: StunConfig;
  readonly #log: Log;
  readonly #sockets = new Map<number, Socket>();
  readonly #limit: SourceLimit;

  constructor(config: StunConfig, log: Log) {
    const { stunPerAddress, stunPerAddressBurst } = config.limits;
    this.#config = config;
    this.#log = log;
    this.#limit = new SourceLimit({ perSecond: stunPerAddress, burst: stunPerAddressBurst });
  }

  /** A port that can't be had is left out and said in the log: the relay works without. */
  async listen(): Promise<void> {
    const { stunPort } = this.#config;
    if (stunPort === null) return;
    for (const port of [stunPort, stunPort + 1]) {
      try {
        this.#sockets.set(port, await this.#open(port));
      } catch (error) {
        const hint = 'Stop what uses the port, choose others with STUN_PORT, or STUN_PORT=off.';
        this.#log.warn('stun-unavailable', { port, code: failureCode(error), hint });
      }
    }
  }

  /** What HELLO names to a client that reached the relay under this origin: the operator's addresses, or the ports that listen. */
  urls(origin: string): readonly string[] {
    if (this.#config.stunUrls.length > 0) return this.#config.stunUrls;
    const host = /^wss?:\/\/(\[[^\]]*\]|[^:/]*)/.exec(origin)?.[1] ?? '';
    return [...this.#sockets.keys()].map((port) => `stun:${host}:${port}`).filter((url) => url.length <= MAX_STUN_URL_BYTES);
  }

  beat(): void {
    this.#limit.forgetFull();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sockets.values()].map((socket) => new Promise<void>((resolve) => socket.close(resolve))));
    this.#sockets.clear();
  }

  async #open(port: number): Promise<Socket> {
    const { host, proxies } = this.#config;
    // A reverse proxy beside the relay takes TCP only: UDP comes by itself, to whatever address the machine has.
    if (proxies === 0) return this.#bind(port, host);
    return this.#bind(port, '::').catch(() => this.#bind(port, '0.0.0.0'));
  }

  async #bind(port: number, address: string): Promise<Socket> {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    socket.on('message', (request, source) => this.#answer(socket, request, source));
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error) => {
        socket.close();
        reject(error);
      };
      socket.once('error', fail);
      socket.bind(port, address, () => {
        socket.off('error', fail);
        resolve();
      });
    });
    socket.on('error', (error) => this.#log.warn('stun-failed', { port, code: failureCode(error) }));
    return socket;
  }

  #answer(socket: Socket, request: Buffer, source: Source): void {
    const answer = answerBinding(request, source);
    if (answer === null || !this.#limit.admits(source.address)) return;
    // Best effort, as all of UDP: whoever gets no answer asks again.
    socket.send(answer, source.port, source.address, () => undefined);
  }
}
