/**
 * A message cut into chunks of 32 bytes such that any k different ones give it back, k its own length in chunks: Reed–Solomon
 * over GF(2^16). Chunk i holds, for each of 16 polynomials of degree below k, its value at x = i as two bytes; the message is
 * the values at 0 … k − 1. Everything here is public: table look-ups tell nobody anything.
 */
import { type Bytes, concat } from './bytes';
import { ProtocolError } from './errors';

export const CHUNK_BYTES = 32;
const MAX_CHUNK_INDEX = 0xffff;

export interface Chunk {
  readonly index: number;
  readonly bytes: Bytes;
}

/** x^16 + x^12 + x^3 + x + 1: primitive, so that the powers of x are all elements but zero. */
const MODULUS = 0x1100b;
const ORDER = 0xffff;

interface Tables {
  /** Powers of x, twice around, so that a sum of two logarithms needs no reduction. */
  readonly power: Uint16Array;
  readonly logarithm: Uint16Array;
}

let built: Tables | null = null;

function tables(): Tables {
  if (built) return built;
  const power = new Uint16Array(2 * ORDER);
  const logarithm = new Uint16Array(ORDER + 1);
  for (let i = 0, value = 1; i < ORDER; i++) {
    power[i] = value;
    power[i + ORDER] = value;
    logarithm[value] = i;
    value <<= 1;
    if (value > ORDER) value ^= MODULUS;
  }
  built = { power, logarithm };
  return built;
}

/** The logarithm of Π (at − place) over all places but `at` itself; subtraction is exclusive or. */
function distances({ logarithm }: Tables, at: number, places: readonly number[]): number {
  let sum = 0;
  for (const place of places) if (place !== at) sum += logarithm[at ^ place] as number;
  return sum % ORDER;
}

/** The chunk at `index` of the polynomials that run through `points`, which don't hold it. */
function interpolate(points: readonly Chunk[], index: number): Bytes {
  const field = tables();
  const { power, logarithm } = field;
  const places = points.map((point) => point.index);
  const whole = distances(field, index, places);
  const words = new Uint16Array(CHUNK_BYTES / 2);
  for (const point of points) {
    const divisor = distances(field, point.index, places) + (logarithm[index ^ point.index] as number);
    const weight = (whole + 2 * ORDER - divisor) % ORDER;
    for (let word = 0; word < words.length; word++) {
      const value = ((point.bytes[2 * word] as number) << 8) | (point.bytes[2 * word + 1] as number);
      if (value !== 0) words[word] = (words[word] as number) ^ (power[weight + (logarithm[value] as number)] as number);
    }
  }
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (const [word, value] of words.entries()) chunk.set([value >> 8, value & 0xff], 2 * word);
  return chunk;
}

/** A whole number of chunks on its way out. */
export interface Outbound {
  readonly message: Bytes;
  /** Index of the next chunk. */
  readonly next: number;
}

function chunkAt(message: Bytes, index: number): Bytes {
  const start = index * CHUNK_BYTES;
  if (start < message.length) return message.slice(start, start + CHUNK_BYTES);
  const points = Array.from({ length: message.length / CHUNK_BYTES }, (_, i) => ({ index: i, bytes: chunkAt(message, i) }));
  return interpolate(points, index);
}

export function startSending(message: Bytes): Outbound {
  if (message.length === 0 || message.length % CHUNK_BYTES !== 0) throw new ProtocolError('bad-value', { size: message.length });
  return { message, next: 0 };
}

/** After the last index comes the first again: by then nothing is lost by repeating. */
export function takeChunk({ message, next }: Outbound): { readonly chunk: Chunk; readonly rest: Outbound } {
  const after = next === MAX_CHUNK_INDEX ? 0 : next + 1;
  return { chunk: { index: next, bytes: chunkAt(message, next) }, rest: { message, next: after } };
}

/** Different chunks of one message, fewer than it has. */
export type Inbound = readonly Chunk[];

export type Assembly = { readonly kind: 'partial'; readonly inbound: Inbound } | { readonly kind: 'whole'; readonly message: Bytes };

function chunkOrParity(chunks: readonly Chunk[], index: number): Bytes {
  return chunks.find((chunk) => chunk.index === index)?.bytes ?? interpolate(chunks, index);
}

/** A chunk of an index already held changes nothing. `size` is the whole message's, in bytes. */
export function addChunk(inbound: Inbound, chunk: Chunk, size: number): Assembly {
  if (inbound.some(({ index }) => index === chunk.index)) return { kind: 'partial', inbound };
  const chunks = [...inbound, chunk];
  const wanted = size / CHUNK_BYTES;
  if (chunks.length < wanted) return { kind: 'partial', inbound: chunks };
  return { kind: 'whole', message: concat(...Array.from({ length: wanted }, (_, index) => chunkOrParity(chunks, index))) };
}
