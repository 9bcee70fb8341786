/** The real relay as a process of its own, and a small client that speaks to it over a real WebSocket. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ed25519 } from '@noble/curves/ed25519.js';
import { WebSocket } from 'ws';
import type { Bytes } from '../../lib/protocol/bytes';
import {
  type ClientFrame,
  NEW_ID_BYTES,
  NO_TOKEN,
  NO_WORK,
  type OpenProof,
  type PaidFrame,
  RELAY_PATH,
  RELAY_SUBPROTOCOL,
  type ServerFrame,
  type SubProof,
  WORK_BYTES,
} from '../../lib/protocol/relay';
import { decodeServerFrame, encodeClientFrame } from '../../lib/protocol/relay-codec';
import { boxMessage, inviteDeletionMessage, proofMessage } from '../../lib/protocol/relay-proof';
import { solveWork, workDone, workPuzzle } from '../../lib/protocol/relay-work';
import { requireTool } from './network-tools';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START_MS = 30_000;

export interface RelayProcess {
  /** The WebSocket base address, without the path. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  /** Everything written to stdout and stderr so far. */
  logs(): string;
  /** Resolves when the process has ended; the data directory stays. */
  kill(signal: NodeJS.Signals): Promise<number | null>;
  /** Ends the process and removes a data directory that was made for it. */
  stop(): Promise<void>;
}

export interface RelayOptions {
  /** Kept by `stop`; without it a temporary one is made and removed. */
  readonly dataDir?: string;
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The network namespace it runs in, instead of this one. */
  readonly namespace?: string;
}

export interface EndedProcess {
  readonly code: number | null;
  readonly output: string;
}

function spawnRelay(options: RelayOptions, dataDir: string): ChildProcess {
  const quiet = { HOST: '127.0.0.1', PORT: String(options.port ?? 0), STUN_PORT: 'off', DATA_DIR: dataDir, LOG_LEVEL: 'debug' };
  // A machine with little room left tests as well as another; what a test says of the disk comes later and stands.
  const LIMITS = `diskFloorPercent=1,${options.env?.LIMITS ?? ''}`;
  const env = { ...process.env, ...quiet, ...options.env, LIMITS };
  const command = [process.execPath, '--import', 'tsx', join(ROOT, 'server/main.ts'), ...(options.args ?? [])];
  const inside = options.namespace === undefined ? [] : [requireTool('ip'), 'netns', 'exec', options.namespace];
  const [program = '', ...args] = [...inside, ...command];
  return spawn(program, args, { cwd: ROOT, env });
}

/** Runs the relay until it ends by itself: for settings it must refuse. */
export async function runRelay(options: RelayOptions & { readonly dataDir: string }): Promise<EndedProcess> {
  const child = spawnRelay(options, options.dataDir);
  let output = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (output += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

export async function startRelay(options: RelayOptions = {}): Promise<RelayProcess> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tincan-relay-')));
  const child = spawnRelay(options, dataDir);
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const listening = new Promise<{ url: string; port: number }>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the relay did not start:\n${output}`)), START_MS);
    const settle = () => clearTimeout(timer);
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.stdout?.on('data', (chunk) => {
      output += chunk;
      const line = output.split('\n').find((text) => text.includes('"event":"listening"') && text.endsWith('}'));
      if (!line) return;
      settle();
      resolve(JSON.parse(line) as { url: string; port: number });
    });
    void ended.then((code) => {
      settle();
      reject(new Error(`the relay ended with ${code}:\n${output}`));
    });
  });
  const { port } = await listening;
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return {
    url: `ws://127.0.0.1:${port}`,
    port,
    pid: child.pid as number,
    dataDir,
    logs: () => output,
    kill,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) await kill('SIGKILL');
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export interface KeyPair {
  readonly secretKey: Uint8Array;
  readonly publicKey: Bytes;
}

export function randomBytes(sizeBytes: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(sizeBytes));
}

export function newKeyPair(): KeyPair {
  const secretKey = randomBytes(32);
  return { secretKey, publicKey: new Uint8Array(ed25519.getPublicKey(secretKey)) };
}

/** A queue with all its keys, as both ends together would know it. */
export interface TestQueue {
  readonly rid: Bytes;
  readonly sid: Bytes;
  readonly reader: KeyPair;
  readonly doorbell: KeyPair;
  readonly writer: KeyPair;
}

type Reply<Kind extends ServerFrame['kind']> = Extract<ServerFrame, { kind: Kind }>;

interface Waiter {
  readonly matches: (frame: ServerFrame) => boolean;
  readonly resolve: (frame: ServerFrame) => void;
  readonly reject: (error: Error) => void;
}

export interface ConnectOptions {
  readonly origin?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const REPLY_MS = 10_000;

export class RelayClient {
  readonly socket: WebSocket;
  readonly origin: string;
  hello!: Reply<'hello'>;
  /** Everything received, as bytes. */
  readonly received: Uint8Array[] = [];
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  readonly #replies = new Map<number, Waiter>();
  #pushes: ServerFrame[] = [];
  #waiters: Waiter[] = [];
  #lastRequest = 0;

  private constructor(url: string, origin: string, headers: Readonly<Record<string, string>>) {
    this.origin = origin;
    this.socket = new WebSocket(url + RELAY_PATH, RELAY_SUBPROTOCOL, { headers });
    this.closed = new Promise((resolve) => this.socket.once('close', (code) => resolve(code)));
    this.socket.on('message', (data) => this.#receive(data as Buffer));
    this.socket.on('error', () => {});
    void this.closed.then((code) => this.#failAll(new Error(`the relay closed with ${code}`)));
  }

  /** `origin` is what gets signed: by default the address itself. */
  static async connect(url: string, options: ConnectOptions = {}): Promise<RelayClient> {
    const client = new RelayClient(url, options.origin ?? url, options.headers ?? {});
    client.hello = await client.next('hello');
    return client;
  }

  #receive(bytes: Buffer): void {
    this.received.push(bytes);
    const { requestId, frame } = decodeServerFrame(bytes);
    if (requestId !== 0) {
      const waiter = this.#replies.get(requestId);
      this.#replies.delete(requestId);
      waiter?.resolve(frame);
      return;
    }
    const waiter = this.#waiters.find(({ matches }) => matches(frame));
    if (!waiter) {
      this.#pushes.push(frame);
      return;
    }
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
    waiter.resolve(frame);
  }

  #failAll(error: Error): void {
    for (const waiter of [...this.#replies.values(), ...this.#waiters]) waiter.reject(error);
    this.#replies.clear();
    this.#waiters = [];
  }

  #wait(what: string, timeoutMs: number, register: (waiter: Waiter) => () => void, matches: Waiter['matches']): Promise<ServerFrame> {
    if (this.socket.readyState > this.socket.OPEN) return Promise.reject(new Error('the connection is closed'));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        forget();
        reject(new Error(`no ${what} within ${timeoutMs} ms`));
      }, timeoutMs);
      const done = () => clearTimeout(timer);
      const forget = register({
        matches,
        resolve: (frame) => {
          done();
          resolve(frame);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
    });
  }

  /** Sends and awaits the answer, whatever it is. Rejects when the connection closes first. */
  request(frame: ClientFrame): Promise<ServerFrame> {
    this.#lastRequest += 1;
    const requestId = this.#lastRequest;
    const register = (waiter: Waiter) => {
      this.#replies.set(requestId, waiter);
      return () => this.#replies.delete(requestId);
    };
    const reply = this.#wait(`answer to ${frame.kind}`, REPLY_MS, register, () => true);
    this.socket.send(encodeClientFrame(frame, requestId));
    return reply;
  }

  /** Sends bytes as they are and awaits the answer under `requestId`. */
  requestRaw(bytes: Uint8Array, requestId: number): Promise<ServerFrame> {
    const register = (waiter: Waiter) => {
      this.#replies.set(requestId, waiter);
      return () => this.#replies.delete(requestId);
    };
    const reply = this.#wait('answer', REPLY_MS, register, () => true);
    this.socket.send(bytes);
    return reply;
  }

  /** Like `request`, for an answer that must be of one kind. */
  async expect<Kind extends ServerFrame['kind']>(frame: ClientFrame, kind: Kind): Promise<Reply<Kind>> {
    const reply = await this.request(frame);
    if (reply.kind !== kind) throw new Error(`${frame.kind} was answered ${reply.kind === 'err' ? reply.code : reply.kind}, not ${kind}`);
    return reply as Reply<Kind>;
  }

  /** The next frame of this kind the relay sent unasked, already here or still to come; others are kept for later. */
  next<Kind extends ServerFrame['kind']>(
    kind: Kind,
    matches: (frame: Reply<Kind>) => boolean = () => true,
    timeoutMs = REPLY_MS,
  ): Promise<Reply<Kind>> {
    return this.nextOf([kind], matches, timeoutMs);
  }

  /** The next unasked frame of any of these kinds. */
  async nextOf<Kind extends ServerFrame['kind']>(
    kinds: readonly Kind[],
    matches: (frame: Reply<Kind>) => boolean = () => true,
    timeoutMs = REPLY_MS,
  ): Promise<Reply<Kind>> {
    const fits = (frame: ServerFrame) => kinds.some((kind) => kind === frame.kind) && matches(frame as Reply<Kind>);
    const index = this.#pushes.findIndex(fits);
    if (index >= 0) return this.#pushes.splice(index, 1)[0] as Reply<Kind>;
    const register = (waiter: Waiter) => {
      this.#waiters.push(waiter);
      return () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
      };
    };
    return (await this.#wait(kinds.join(' or '), timeoutMs, register, fits)) as Reply<Kind>;
  }

  /** Frames of this kind that have come unasked and nobody took. */
  pending<Kind extends ServerFrame['kind']>(kind: Kind): readonly Reply<Kind>[] {
    return this.#pushes.filter((frame): frame is Reply<Kind> => frame.kind === kind);
  }

  sign(keys: KeyPair, queueId: Bytes, role: 'reader' | 'doorbell' | 'writer'): Bytes {
    const message = proofMessage({ origin: this.origin, nonce: this.hello.nonce, queueId, role });
    return new Uint8Array(ed25519.sign(message, keys.secretKey));
  }

  subProof(rid: Bytes, keys: KeyPair, options: { readonly role?: SubProof['role']; readonly isLive?: boolean } = {}): SubProof {
    const { role = 'reader', isLive = true } = options;
    return { rid, role, isLive, signature: this.sign(keys, rid, role) };
  }

  openProof(sid: Bytes, keys: KeyPair): OpenProof {
    return { sid, signature: this.sign(keys, sid, 'writer') };
  }

  signDeletion(inviteId: Bytes, owner: KeyPair): Bytes {
    const message = inviteDeletionMessage({ origin: this.origin, nonce: this.hello.nonce, inviteId });
    return new Uint8Array(ed25519.sign(message, owner.secretKey));
  }

  /** For the step of a box that makes this revision; 0 removes it. */
  signBox(boxId: Bytes, revision: number, owner: KeyPair): Bytes {
    const message = boxMessage({ origin: this.origin, nonce: this.hello.nonce, boxId, revision });
    return new Uint8Array(ed25519.sign(message, owner.secretKey));
  }

  /** NEW and KEY: a queue whose writer is registered. */
  async createQueue(): Promise<TestQueue> {
    const [reader, doorbell, writer] = [newKeyPair(), newKeyPair(), newKeyPair()];
    const { rid, sid } = await this.expect(newFrame({ readerKey: reader.publicKey, doorbellKey: doorbell.publicKey }), 'ok-queue');
    await this.expect({ kind: 'key', sid, writerKey: writer.publicKey }, 'ok');
    return { rid, sid, reader, doorbell, writer };
  }

  /** The frame with work of so many bits, from a random place. */
  async pay<Frame extends PaidFrame>(frame: Frame, bits: number): Promise<Frame> {
    const puzzle = workPuzzle({ origin: this.origin, nonce: this.hello.nonce, frame });
    const pause = () => new Promise<void>((resume) => setImmediate(resume));
    return { ...frame, work: await solveWork({ puzzle, bits, start: randomBytes(WORK_BYTES), pause }) };
  }

  /** The frame with work that is none: zeros may happen to be worth some bits. */
  unpaid<Frame extends PaidFrame>(frame: Frame): Frame {
    const puzzle = workPuzzle({ origin: this.origin, nonce: this.hello.nonce, frame });
    let work = randomBytes(WORK_BYTES);
    while (workDone(puzzle, work) > 0) work = randomBytes(WORK_BYTES);
    return { ...frame, work };
  }

  async openWriting(queue: TestQueue): Promise<void> {
    const { accepted } = await this.expect({ kind: 'open', proofs: [this.openProof(queue.sid, queue.writer)] }, 'ok-proofs');
    if (!accepted[0]) throw new Error('the writer was refused');
  }

  async subscribe(queue: TestQueue, options: { readonly isLive?: boolean } = {}): Promise<void> {
    const { accepted } = await this.expect({ kind: 'sub', proofs: [this.subProof(queue.rid, queue.reader, options)] }, 'ok-proofs');
    if (!accepted[0]) throw new Error('the reader was refused');
  }

  close(): Promise<number> {
    this.socket.close();
    return this.closed;
  }
}

/** A wish for a queue whose keys nobody has, changed by `fields`. */
export function newFrame(fields: Partial<Extract<ClientFrame, { kind: 'new' }>> = {}): Extract<ClientFrame, { kind: 'new' }> {
  const keys = { readerKey: newKeyPair().publicKey, doorbellKey: newKeyPair().publicKey };
  return { kind: 'new', newId: randomBytes(NEW_ID_BYTES), ...keys, doorBits: 0, token: NO_TOKEN, work: NO_WORK, ...fields };
}

export function sendFrame(
  queue: Pick<TestQueue, 'sid'>,
  fields: Partial<Extract<ClientFrame, { kind: 'send' }>> = {},
): Extract<ClientFrame, { kind: 'send' }> {
  return { kind: 'send', sid: queue.sid, messageId: randomBytes(16), ttlSeconds: 0, cell: randomBytes(4096), ...fields };
}
