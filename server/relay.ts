/**
 * One client's connection: says hello, reads frames, answers each. Rights are proved once per connection; what a frame may
 * then do is queues.ts' and invites.ts' matter.
 */
import type { RawData, WebSocket } from 'ws';
import { ProtocolError } from '../lib/protocol/errors';
import { CLOSE_HEARTBEAT, CLOSE_POLICY, type ClientFrame, NONCE_BYTES } from '../lib/protocol/relay';
import { decodeClientFrame, requestIdOf } from '../lib/protocol/relay-codec';
import { Admission, createQueue, statePassword } from './admission';
import { type Answer, type Caller, refusal } from './answer';
import { deleteBox, putBox, takeBundle } from './boxes';
import { knock } from './doors';
import type { Guest } from './gate';
import { randomId } from './id';
import { deleteInvite, putInvite, takeInvite } from './invites';
import { Bucket } from './limits';
import { failureCode } from './log';
import { Outlet } from './outlet';
import type { Parts } from './parts';
import { Payments } from './payments';
import { ConnectionQueues } from './queues';
import { StoreError } from './store/store';

/** These change what later frames may do: the later ones wait for them. */
const ORDERING: ReadonlySet<ClientFrame['kind']> = new Set(['key', 'sub', 'open', 'unsub', 'close', 'pass']);
/** These need room that nothing gives back soon: refused while the disk is nearly full. */
const GROWING: ReadonlySet<ClientFrame['kind']> = new Set(['new', 'key', 'send', 'knock', 'inv-put', 'pre-put']);
const MISSED_PINGS = 2;
const RETRY_MS = 1000;

function failure(error: unknown): Answer {
  return error instanceof StoreError && error.code === 'full' ? refusal('FULL') : refusal('RETRY', RETRY_MS);
}

export class Connection {
  readonly #parts: Parts;
  readonly #caller: Caller;
  readonly #socket: WebSocket;
  readonly #outlet: Outlet;
  /** Null until a frame is about queues: who only connects costs none of their maps. */
  #usedQueues: ConnectionQueues | null = null;
  readonly #frames: Bucket;
  #lane: Promise<void> | null = null;
  #pending = 0;
  #malformed = 0;
  #unanswered = 0;

  constructor(parts: Parts, guest: Guest) {
    const { limits } = parts;
    const { socket, origin, addressKey } = guest;
    this.#parts = parts;
    const nonce = randomId(NONCE_BYTES);
    const payments = new Payments({ origin, nonce }, limits);
    this.#caller = { origin, addressKey, nonce, payments, admission: new Admission(parts.password) };
    this.#socket = socket;
    this.#outlet = new Outlet(guest, parts);
    this.#frames = new Bucket({ perSecond: limits.framesPerConnection, burst: limits.framesPerConnectionBurst });
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => this.#isAlive());
    socket.on('close', () => this.#usedQueues?.leave());
    // ws closes by itself after a protocol error; there is nothing to add.
    socket.on('error', (error) => parts.log.debug('socket-error', { code: failureCode(error) }));
    this.#hello();
  }

  get #queues(): ConnectionQueues {
    this.#usedQueues ??= new ConnectionQueues(this.#parts, this.#caller, this.#outlet);
    return this.#usedQueues;
  }

  /** Requests that have not been answered yet. */
  get pending(): number {
    return this.#pending;
  }

  #hello(): void {
    const { clock, retentionSeconds, stunUrls } = this.#parts;
    this.#outlet.send({
      kind: 'hello',
      nonce: this.#caller.nonce,
      timeMs: clock.now(),
      retentionSeconds,
      maxRetentionSeconds: retentionSeconds,
      stunUrls: stunUrls(this.#caller.origin),
    });
  }

  drain(reconnectAfterMs: number): void {
    this.#outlet.send({ kind: 'drain', reconnectAfterMs });
  }

  close(code: number): void {
    this.#outlet.close(code);
  }

  /** One heartbeat: a peer that has let two go unanswered is gone. */
  beat(): void {
    if (!this.#outlet.isOpen) return;
    if (this.#unanswered >= MISSED_PINGS) {
      this.#outlet.close(CLOSE_HEARTBEAT);
      return;
    }
    this.#unanswered += 1;
    this.#socket.ping();
  }

  #isAlive(): void {
    this.#unanswered = 0;
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (!this.#outlet.isOpen) return;
    this.#isAlive();
    if (!isBinary) {
      this.#outlet.close(CLOSE_POLICY);
      return;
    }
    // Binary frames arrive as one Buffer: the socket's binaryType is 'nodebuffer'.
    const bytes = data as Buffer;
    const retryMs = this.#frames.take();
    if (retryMs > 0) {
      this.#outlet.send(refusal('RATE', retryMs).frame, requestIdOf(bytes));
      return;
    }
    const request = this.#decode(bytes);
    if (request) this.#take(request.frame, request.requestId);
  }

  #decode(bytes: Buffer): { readonly frame: ClientFrame; readonly requestId: number } | null {
    try {
      return decodeClientFrame(bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#outlet.send(refusal(error.code === 'too-large' ? 'TOO_LARGE' : 'SYNTAX').frame, requestIdOf(bytes));
      this.#malformed += 1;
      if (this.#malformed >= this.#parts.limits.malformedFrames) this.#outlet.close(CLOSE_POLICY);
      return null;
    }
  }

  #take(frame: ClientFrame, requestId: number): void {
    this.#parts.metrics.received.add(frame.kind);
    this.#pending += 1;
    if (this.#pending >= this.#parts.limits.pendingRequests) this.#socket.pause();
    const earlier = this.#lane;
    const work = earlier === null ? this.#serve(frame, requestId) : earlier.then(() => this.#serve(frame, requestId));
    if (ORDERING.has(frame.kind)) this.#makeOthersWait(work);
  }

  #makeOthersWait(work: Promise<void>): void {
    const lane = work.then(() => {
      if (this.#lane === lane) this.#lane = null;
    });
    this.#lane = lane;
  }

  /** Never rejects. */
  async #serve(frame: ClientFrame, requestId: number): Promise<void> {
    try {
      const answer = await this.#answer(frame);
      this.#outlet.send(answer.frame, requestId);
      answer.after?.();
    } catch (error) {
      this.#parts.log.error('request-failed', { code: failureCode(error) });
      this.#outlet.send(failure(error).frame, requestId);
    }
    this.#pending -= 1;
    if (this.#socket.isPaused) this.#socket.resume();
  }

  #answer(frame: ClientFrame): Answer | Promise<Answer> {
    if (this.#parts.disk.isLow && GROWING.has(frame.kind)) return refusal('FULL');
    switch (frame.kind) {
      case 'new':
        return createQueue(this.#parts, this.#caller, frame);
      case 'key':
        return this.#queues.registerWriter(frame);
      case 'sub':
        return this.#queues.subscribe(frame);
      case 'open':
        return this.#queues.openWriting(frame);
      case 'unsub':
        return this.#queues.unsubscribe(frame);
      case 'send':
        return this.#queues.send(frame);
      case 'ack':
        return this.#queues.acknowledge(frame);
      case 'del':
        return this.#queues.delete(frame);
      case 'look':
        return this.#queues.look(frame);
      case 'sig':
        return this.#queues.signal(frame);
      case 'inv-put':
        return putInvite(this.#parts, this.#caller, frame);
      case 'inv-take':
        return takeInvite(this.#parts, frame);
      case 'inv-del':
        return deleteInvite(this.#parts, this.#caller, frame);
      case 'pre-put':
        return putBox(this.#parts, this.#caller, frame);
      case 'pre-take':
        return takeBundle(this.#parts, this.#caller, frame);
      case 'pre-del':
        return deleteBox(this.#parts, this.#caller, frame);
      case 'knock':
        return knock(this.#parts, this.#caller, frame);
      case 'close':
        return this.#queues.close(frame);
      case 'pass':
        return statePassword(this.#parts, this.#caller, frame);
      case 'ping':
        return { frame: { kind: 'pong' } };
      default:
        return frame satisfies never;
    }
  }
}
