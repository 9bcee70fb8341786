/**
 * Bytes that nobody meant, and what a decoder may do with them: give a value, which then encodes to the same bytes, or throw a
 * ProtocolError. Anything else is a fault, and so is memory that stays.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Bytes, equalBytes, toHex } from '../../lib/protocol/bytes';
import { ProtocolError } from '../../lib/protocol/errors';

export interface Decoder {
  readonly name: string;
  /** True for a value, false for a coded refusal; throws for a fault. */
  readonly takes: (bytes: Bytes) => boolean | Promise<boolean>;
  readonly valid: readonly Bytes[];
}

export interface Codec<Value> {
  readonly name: string;
  readonly decode: (bytes: Bytes) => Value | Promise<Value>;
  readonly encode?: (value: Value) => Bytes;
  readonly valid: readonly Bytes[];
}

export function decoder<Value>({ name, decode, encode, valid }: Codec<Value>): Decoder {
  const takes = async (bytes: Bytes): Promise<boolean> => {
    let value: Value;
    try {
      value = await decode(bytes);
    } catch (error) {
      if (error instanceof ProtocolError) return false;
      throw error;
    }
    if (encode && !equalBytes(encode(value), bytes)) throw new Error('one value, two encodings');
    return true;
  };
  return { name, takes, valid };
}

type Random = () => number;

const POOL_BYTES = 2 ** 17;
const MAX_JUNK_BYTES = 70_000;
const INTERESTING = [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
const CHANGES = ['flip', 'flip', 'set', 'number', 'number', 'nudge', 'cut', 'drop', 'grow', 'splice', 'repeat', 'swap'] as const;

/** Makes inputs for one decoder: junk, junk behind a valid beginning, and valid encodings with one to four changes. */
export class Mutator {
  readonly #random: Random;
  readonly #valid: readonly Bytes[];
  readonly #pool: Bytes;

  constructor(random: Random, valid: readonly Bytes[]) {
    this.#random = random;
    this.#valid = valid;
    this.#pool = Uint8Array.from({ length: POOL_BYTES }, () => this.#below(256));
  }

  next(): Bytes {
    if (this.#below(4) === 0) return this.#junk();
    let bytes = new Uint8Array(this.#sample());
    for (let left = 1 + this.#below(4); left > 0; left--) bytes = this.#changed(bytes);
    return bytes;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#below(items.length)] as Item;
  }

  #sample(): Bytes {
    return this.#pick(this.#valid);
  }

  #noise(size: number): Bytes {
    const start = this.#below(POOL_BYTES - size);
    return this.#pool.slice(start, start + size);
  }

  #junkBytes(): number {
    const kind = this.#below(100);
    if (kind < 50) return this.#below(64);
    if (kind < 80) return this.#below(1200);
    return kind < 99 ? this.#sample().length : this.#below(MAX_JUNK_BYTES);
  }

  #junk(): Bytes {
    const junk = this.#noise(Math.min(this.#junkBytes(), MAX_JUNK_BYTES));
    if (this.#below(2) === 0) junk.set(this.#sample().subarray(0, Math.min(junk.length, this.#below(48))));
    return junk;
  }

  /** A stretch of `bytes`, short more often than long. */
  #range(bytes: Bytes): readonly [start: number, end: number] {
    const start = this.#below(bytes.length + 1);
    const longest = this.#below(2) === 0 ? 8 : bytes.length;
    return [start, Math.min(bytes.length, start + 1 + this.#below(longest))];
  }

  #changed(bytes: Bytes): Bytes {
    if (bytes.length === 0) return this.#noise(this.#below(16));
    const at = this.#below(bytes.length);
    const change = this.#pick(CHANGES);
    switch (change) {
      case 'flip':
        bytes[at] = (bytes[at] as number) ^ (1 << this.#below(8));
        return bytes;
      case 'set':
        bytes[at] = this.#pick(INTERESTING) & 0xff;
        return bytes;
      case 'number':
        return this.#withNumber(bytes, at, () => (this.#below(2) === 0 ? this.#pick(INTERESTING) : bytes.length - at - this.#below(9)));
      case 'nudge':
        return this.#withNumber(bytes, at, (number) => number + this.#below(33) - 16);
      case 'cut':
        return bytes.slice(0, at);
      case 'drop':
        return this.#replaced(bytes, this.#range(bytes), new Uint8Array(0));
      case 'grow':
        return this.#replaced(bytes, this.#below(2) === 0 ? [bytes.length, bytes.length] : [at, at], this.#noise(1 + this.#below(64)));
      case 'splice': {
        const other = this.#sample();
        return this.#replaced(bytes, this.#range(bytes), other.subarray(...this.#range(other)));
      }
      case 'repeat': {
        const [start, end] = this.#range(bytes);
        return this.#replaced(bytes, [end, end], bytes.subarray(start, end));
      }
      case 'swap': {
        const [start, end] = this.#range(bytes);
        const half = (start + end) >> 1;
        bytes.set([...bytes.subarray(half, end), ...bytes.subarray(start, half)], start);
        return bytes;
      }
      default:
        return change satisfies never;
    }
  }

  /** Rewrites what may be a length or a count: one, two, four or eight bytes, big-endian. */
  #withNumber(bytes: Bytes, at: number, from: (old: number) => number): Bytes {
    const size = Math.min(this.#pick([1, 2, 2, 4, 4, 8]), bytes.length - at);
    let old = 0;
    for (let i = 0; i < size; i++) old = old * 256 + (bytes[at + i] as number);
    let rest = BigInt.asUintN(8 * size, BigInt(Math.trunc(from(old))));
    for (let i = size - 1; i >= 0; i--) {
      bytes[at + i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    return bytes;
  }

  #replaced(bytes: Bytes, [start, end]: readonly [number, number], by: Uint8Array): Bytes {
    const whole = new Uint8Array(bytes.length - (end - start) + by.length);
    whole.set(bytes.subarray(0, start));
    whole.set(by, start);
    whole.set(bytes.subarray(end), start + by.length);
    return whole.length > MAX_JUNK_BYTES ? whole.slice(0, MAX_JUNK_BYTES) : whole;
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What stays after the garbage is gone; the memory of byte arrays goes only with the collection after theirs. */
export function heldBytes(): number {
  for (let i = 0; i < 2; i++) collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

export interface FuzzResult {
  readonly taken: number;
  readonly refused: number;
  readonly grownBytes: number;
}

/** The memory held is measured once the machine is warm, and at the end. */
export async function fuzz({ name, takes, valid }: Decoder, random: Random, count: number): Promise<FuzzResult> {
  const mutator = new Mutator(random, valid);
  const warmAt = Math.floor(count / 10);
  let taken = 0;
  let warmBytes = 0;
  for (let i = 0; i < count; i++) {
    if (i === warmAt) warmBytes = heldBytes();
    const bytes = mutator.next();
    const given = new Uint8Array(bytes);
    try {
      if (await takes(bytes)) taken++;
      if (!equalBytes(bytes, given)) throw new Error('it wrote into what it read');
    } catch (cause) {
      throw new Error(`${name}, input ${i}: ${String(cause)}: ${toHex(given)}`, { cause });
    }
  }
  return { taken, refused: count - taken, grownBytes: heldBytes() - warmBytes };
}
