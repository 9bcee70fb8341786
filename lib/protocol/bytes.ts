/** Byte strings: a bounds-checked reader, a growing writer, hex and base64url. Everything decoded is a copy, never a view. */
import { ProtocolError } from './errors';

const TEXT_ENCODER = new TextEncoder();
const TEXT_DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export type Bytes = Uint8Array<ArrayBuffer>;

export function utf8(text: string): Bytes {
  return TEXT_ENCODER.encode(text) as Bytes;
}

/** @throws {ProtocolError} bad-text when the bytes are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return TEXT_DECODER.decode(bytes);
  } catch {
    throw new ProtocolError('bad-text', { length: bytes.length });
  }
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  let size = 0;
  for (const part of parts) size += part.length;
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Constant time in the contents; the lengths are public. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}

/** Lexicographic order, for public values only. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const step = (a[i] as number) - (b[i] as number);
    if (step !== 0) return step;
  }
  return a.length - b.length;
}

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** @throws {ProtocolError} bad-value unless `text` is an even number of hex digits. */
export function fromHex(text: string): Bytes {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) throw new ProtocolError('bad-value', { length: text.length });
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** RFC 4648 section 5, without padding. */
export function toBase64url(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const word = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += BASE64URL[word >> 18];
    text += BASE64URL[(word >> 12) & 63];
    if (i + 1 < bytes.length) text += BASE64URL[(word >> 6) & 63];
    if (i + 2 < bytes.length) text += BASE64URL[word & 63];
  }
  return text;
}

/** The six bits of a letter's code, negative for any other, without a branch or a table: keys come in this form too. */
function sextet(code: number): number {
  // Above ASCII the sums below say nothing.
  if (code > 0x7f) return -1;
  const between = (from: number, to: number) => ((from - 1 - code) & (code - to - 1)) >> 8;
  let value = -1;
  value += between(65, 90) & (code - 64);
  value += between(97, 122) & (code - 70);
  value += between(48, 57) & (code + 5);
  value += between(45, 45) & 63;
  value += between(95, 95) & 64;
  return value;
}

/** Strict: no padding, no white space, spare bits zero. @throws {ProtocolError} bad-value */
export function fromBase64url(text: string): Bytes {
  if (text.length % 4 === 1) throw new ProtocolError('bad-value', { length: text.length });
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let word = 0;
  let bits = 0;
  let offset = 0;
  for (let i = 0; i < text.length; i++) {
    const value = sextet(text.charCodeAt(i));
    if (value < 0) throw new ProtocolError('bad-value', { length: text.length });
    word = ((word << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[offset++] = (word >> bits) & 0xff;
    }
  }
  if ((word & ((1 << bits) - 1)) !== 0) throw new ProtocolError('bad-value', { length: text.length });
  return bytes;
}

/** Reads big-endian fields from a byte string. Every method throws `truncated` past the end. */
export class Reader {
  readonly #bytes: Bytes;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    // Never a subclass: `slice` of Node's Buffer gives a view.
    this.#bytes = new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
  }

  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  #take(size: number): number {
    if (size > this.left) throw new ProtocolError('truncated', { wanted: size, left: this.left });
    const start = this.#offset;
    this.#offset += size;
    return start;
  }

  #number(size: number): number {
    const end = this.#take(size) + size;
    let value = 0;
    for (let i = end - size; i < end; i++) value = value * 256 + (this.#bytes[i] as number);
    return value;
  }

  u8(): number {
    return this.#number(1);
  }

  u16(): number {
    return this.#number(2);
  }

  u32(): number {
    return this.#number(4);
  }

  /** @throws {ProtocolError} bad-value above 2^53 − 1. */
  u64(): number {
    const value = this.#number(8);
    // Rounding in the sum can only reach a limit, never cross it.
    if (value > Number.MAX_SAFE_INTEGER) throw new ProtocolError('bad-value', { bits: 64 });
    return value;
  }

  /** IEEE 754. @throws {ProtocolError} bad-value unless finite and not below 0; −0 is 0 spelled otherwise */
  f64(): number {
    const start = this.#take(8);
    const value = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start).getFloat64(0);
    if (!Number.isFinite(value) || value < 0 || Object.is(value, -0)) throw new ProtocolError('bad-value', { bits: 64 });
    return value;
  }

  /** Exactly `size` bytes, copied. */
  bytes(size: number): Bytes {
    const start = this.#take(size);
    return this.#bytes.slice(start, start + size);
  }

  /** A 16-bit length, then as many bytes. @throws {ProtocolError} too-large above `maxBytes`. */
  sized(maxBytes: number): Bytes {
    const size = this.u16();
    if (size > maxBytes) throw new ProtocolError('too-large', { size, maxBytes });
    return this.bytes(size);
  }

  text(maxBytes: number): string {
    return fromUtf8(this.sized(maxBytes));
  }

  /** 0 or 1; anything else is refused, so that one meaning has one encoding. */
  flag(): boolean {
    const value = this.u8();
    if (value > 1) throw new ProtocolError('bad-value', { flag: value });
    return value === 1;
  }

  rest(): Bytes {
    return this.bytes(this.left);
  }

  /** @throws {ProtocolError} trailing when bytes are left over. */
  end(): void {
    if (this.left > 0) throw new ProtocolError('trailing', { left: this.left });
  }
}

/** Buffers of writers that are done, wiped. Allocating more than 64 bytes is slow in V8, and there are a dozen writers to a message. */
const SPARE: Bytes[] = [];
const SPARE_BYTES = 8192;
const MAX_SPARE = 4;

/**
 * Writes big-endian fields. Methods chain; `done` is the last of them. A number that does not fit its field throws `bad-value`,
 * so that nothing wraps.
 */
export class Writer {
  #bytes = SPARE.pop() ?? new Uint8Array(SPARE_BYTES);
  #size = 0;

  /** Where the next `size` bytes go. */
  #grow(size: number): number {
    const start = this.#size;
    this.#size += size;
    if (this.#size > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#size);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return start;
  }

  #number(size: number, value: number): this {
    if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** (8 * size)) throw new ProtocolError('bad-value', { bits: 8 * size });
    const start = this.#grow(size);
    for (let i = start + size - 1, rest = value; i >= start; i--, rest = Math.floor(rest / 256)) this.#bytes[i] = rest % 256;
    return this;
  }

  u8(value: number): this {
    return this.#number(1, value);
  }

  u16(value: number): this {
    return this.#number(2, value);
  }

  u32(value: number): this {
    return this.#number(4, value);
  }

  u64(value: number): this {
    return this.#number(8, value);
  }

  /** IEEE 754, big-endian. @throws {ProtocolError} bad-value unless finite and not below 0 */
  f64(value: number): this {
    if (!Number.isFinite(value) || value < 0 || Object.is(value, -0)) throw new ProtocolError('bad-value', { bits: 64 });
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value);
    return this.bytes(bytes);
  }

  bytes(value: Uint8Array): this {
    const start = this.#grow(value.length);
    this.#bytes.set(value, start);
    return this;
  }

  /** A field whose size the reader knows. @throws {ProtocolError} bad-value for any other size. */
  fixed(value: Uint8Array, size: number): this {
    if (value.length !== size) throw new ProtocolError('bad-value', { size: value.length, wanted: size });
    return this.bytes(value);
  }

  /** @throws {ProtocolError} too-large above 65535 bytes. */
  sized(value: Uint8Array): this {
    if (value.length > 0xffff) throw new ProtocolError('too-large', { size: value.length, maxBytes: 0xffff });
    return this.u16(value.length).bytes(value);
  }

  text(value: string): this {
    return this.sized(utf8(value));
  }

  flag(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  done(): Bytes {
    const written = this.#bytes.slice(0, this.#size);
    this.#bytes.fill(0, 0, this.#size);
    if (this.#bytes.length === SPARE_BYTES && SPARE.length < MAX_SPARE) SPARE.push(this.#bytes);
    this.#bytes = new Uint8Array(0);
    this.#size = 0;
    return written;
  }
}
