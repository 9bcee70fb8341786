/**
 * Frames on a string's data channel. Knows numbers, acknowledgements and round trips; an envelope is bytes to it.
 *
 *   DATA 1  kind(1) ‖ frame number(4) ‖ envelope    numbers rise from 1; the whole frame is at most 64 KiB
 *   ACK  2  kind(1) ‖ frame number(4)               the other background has committed that frame
 *   PING 3  kind(1) ‖ id(4)
 *   PONG 4  kind(1) ‖ id(4)                         the id of the ping it answers
 *
 * Big-endian. At most WINDOW_FRAMES frames and WINDOW_BYTES bytes may wait for their ACK, so that a background that falls
 * behind slows the sender down, and what one contact can make this host hold is bounded. Anything else is counted and
 * ignored; the channel goes on.
 */
import type { Clock } from '../app/ports';
import { type Bytes, Reader, Writer } from '../protocol/bytes';
import { ProtocolError } from '../protocol/errors';
import type { Faults } from './faults';

const DATA = 1;
const ACK = 2;
const PING = 3;
const PONG = 4;
const HEADER_BYTES = 5;
const MAX_DATA_BYTES = 65_536;
const WINDOW_FRAMES = 256;
const WINDOW_BYTES = 2 * 1024 * 1024;
const HIGH_WATER_BYTES = 1024 * 1024;
const LOW_WATER_BYTES = 256 * 1024;
const HEARTBEAT_MS = 5000;
const MAX_MISSED_HEARTBEATS = 3;
/** A token the background repeats long after its ACK is answered again; older ones are forgotten. */
const REMEMBERED_TOKENS = 4096;

export interface TextReport {
  /** The first round trip is done. */
  ready(): void;
  /** Closed by the other side, or silent for too long. */
  gone(): void;
  frame(frame: number, bytes: Bytes): void;
  acked(token: string): void;
}

export interface TextChannelOptions {
  readonly channel: RTCDataChannel;
  readonly clock: Clock;
  /** Milliseconds that never jump, for round trips. */
  readonly now: () => number;
  readonly faults: Faults;
  readonly report: TextReport;
}

export class TextChannel {
  readonly #options: TextChannelOptions;
  readonly #waiting = new Map<string, Bytes>();
  readonly #sent = new Map<number, { readonly token: string; readonly size: number }>();
  readonly #sentTokens = new Set<string>();
  readonly #acked = new Set<string>();
  readonly #owedAcks = new Map<number, number>();
  readonly #pings = new Map<number, number>();
  #sentBytes = 0;
  #owedBytes = 0;
  #lastSent = 0;
  #lastReceived = 0;
  #lastPing = 0;
  #missed = 0;
  #rttMs: number | null = null;
  #cancelHeartbeat: () => void = () => undefined;

  constructor(options: TextChannelOptions) {
    this.#options = options;
    const { channel } = options;
    channel.binaryType = 'arraybuffer';
    channel.bufferedAmountLowThreshold = LOW_WATER_BYTES;
    channel.onopen = () => this.#beat();
    channel.onbufferedamountlow = () => this.#pump();
    channel.onmessage = (event) => this.#take(event.data);
    channel.onclose = () => options.report.gone();
  }

  /** Null until the first ping came back. */
  get rttMs(): number | null {
    return this.#rttMs;
  }

  /** The same token is sent once; one that was acknowledged before is reported again. */
  send(token: string, bytes: Bytes): void {
    if (this.#acked.has(token)) {
      this.#options.report.acked(token);
      return;
    }
    if (this.#waiting.has(token) || this.#sentTokens.has(token)) return;
    if (bytes.length + HEADER_BYTES > MAX_DATA_BYTES) {
      this.#options.faults.count('port', 'too-large');
      return;
    }
    this.#waiting.set(token, bytes);
    this.#pump();
  }

  /** The background has committed this frame. */
  acknowledge(frame: number): void {
    const size = this.#owedAcks.get(frame);
    if (size === undefined) return;
    this.#owedAcks.delete(frame);
    this.#owedBytes -= size;
    this.#write(new Writer().u8(ACK).u32(frame).done());
  }

  close(): void {
    this.#cancelHeartbeat();
    const { channel } = this.#options;
    channel.onopen = null;
    channel.onmessage = null;
    channel.onclose = null;
    channel.onbufferedamountlow = null;
    channel.close();
  }

  #pump(): void {
    const { channel } = this.#options;
    for (const [token, bytes] of this.#waiting) {
      if (channel.readyState !== 'open' || channel.bufferedAmount >= HIGH_WATER_BYTES) return;
      if (this.#sent.size >= WINDOW_FRAMES || this.#sentBytes + bytes.length > WINDOW_BYTES) return;
      this.#waiting.delete(token);
      this.#lastSent += 1;
      this.#sent.set(this.#lastSent, { token, size: bytes.length });
      this.#sentTokens.add(token);
      this.#sentBytes += bytes.length;
      this.#write(new Writer().u8(DATA).u32(this.#lastSent).bytes(bytes).done());
    }
  }

  #take(payload: unknown): void {
    this.#missed = 0;
    try {
      if (!(payload instanceof ArrayBuffer)) throw new ProtocolError('bad-kind');
      this.#route(new Uint8Array(payload));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.faults.count('peer', error.code);
    }
  }

  /** @throws {ProtocolError} for whatever this header doesn't define. */
  #route(bytes: Bytes): void {
    if (bytes.length > MAX_DATA_BYTES) throw new ProtocolError('too-large', { size: bytes.length, maxBytes: MAX_DATA_BYTES });
    const reader = new Reader(bytes);
    const kind = reader.u8();
    const number = reader.u32();
    if (kind === DATA) {
      this.#takeFrame(number, reader.rest());
      return;
    }
    reader.end();
    if (kind === ACK) this.#takeAck(number);
    else if (kind === PING) this.#takePing(number);
    else if (kind === PONG) this.#takePong(number);
    else throw new ProtocolError('bad-kind', { kind });
  }

  #takeFrame(frame: number, bytes: Bytes): void {
    if (frame <= this.#lastReceived || bytes.length === 0) throw new ProtocolError('bad-value', { frame });
    const isOver = this.#owedAcks.size >= WINDOW_FRAMES || this.#owedBytes + bytes.length > WINDOW_BYTES;
    if (isOver) throw new ProtocolError('too-large', { frames: this.#owedAcks.size, size: this.#owedBytes });
    this.#lastReceived = frame;
    this.#owedAcks.set(frame, bytes.length);
    this.#owedBytes += bytes.length;
    this.#options.report.frame(frame, bytes);
  }

  #takeAck(frame: number): void {
    const sent = this.#sent.get(frame);
    if (!sent) throw new ProtocolError('bad-value', { frame });
    this.#sent.delete(frame);
    this.#sentTokens.delete(sent.token);
    this.#sentBytes -= sent.size;
    this.#acked.add(sent.token);
    for (const oldest of this.#acked) {
      if (this.#acked.size <= REMEMBERED_TOKENS) break;
      this.#acked.delete(oldest);
    }
    this.#options.report.acked(sent.token);
    this.#pump();
  }

  /** Nobody is owed a pong who doesn't read what was sent before. */
  #takePing(id: number): void {
    if (this.#options.channel.bufferedAmount < HIGH_WATER_BYTES) this.#write(new Writer().u8(PONG).u32(id).done());
  }

  #takePong(id: number): void {
    const askedAtMs = this.#pings.get(id);
    if (askedAtMs === undefined) throw new ProtocolError('bad-value', { id });
    this.#pings.delete(id);
    const isFirst = this.#rttMs === null;
    this.#rttMs = this.#options.now() - askedAtMs;
    if (!isFirst) return;
    this.#options.report.ready();
    this.#pump();
  }

  /** Whatever arrives proves the other side alive: a miss is a whole interval of silence after a ping. */
  #beat(): void {
    if (this.#missed >= MAX_MISSED_HEARTBEATS) {
      this.#options.report.gone();
      return;
    }
    this.#missed += 1;
    this.#lastPing += 1;
    this.#pings.delete(this.#lastPing - MAX_MISSED_HEARTBEATS - 1);
    this.#pings.set(this.#lastPing, this.#options.now());
    this.#write(new Writer().u8(PING).u32(this.#lastPing).done());
    this.#cancelHeartbeat = this.#options.clock.after(HEARTBEAT_MS, () => this.#beat());
  }

  #write(bytes: Bytes): void {
    const { channel } = this.#options;
    if (channel.readyState === 'open') channel.send(bytes);
  }
}
