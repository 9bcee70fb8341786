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

/** Adds `weight` (a logarithm) times the 16 words at `start` of `bytes`. */
function addWeighted({ power, logarithm }: Tables, words: Uint16Array, weight: number, bytes: Bytes, start: number): void {
  for (let word = 0; word < words.length; word++) {
    const at = start + 2 * word;
    const value = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    if (value !== 0) words[word] = (words[word] as number) ^ (power[weight + (logarithm[value] as number)] as number);
  }
}

function chunkOf(words: Uint16Array): Bytes {
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let word = 0; word < words.length; word++) {
    chunk[2 * word] = (words[word] as number) >> 8;
    chunk[2 * word + 1] = (words[word] as number) & 0xff;
  }
  return chunk;
}

/** The chunk at `index` of the polynomials that run through `points`, which don't hold it. */
function interpolate(points: readonly Chunk[], index: number): Bytes {
  const field = tables();
  const places = points.map((point) => point.index);
  const whole = distances(field, index, places);
  const words = new Uint16Array(CHUNK_BYTES / 2);
  for (const point of points) {
    const divisor = distances(field, point.index, places) + (field.logarithm[index ^ point.index] as number);
    addWeighted(field, words, (whole + 2 * ORDER - divisor) % ORDER, point.bytes, 0);
  }
  return chunkOf(words);
}

/** `distances` of each of 0 … k − 1 to the others, by k: a message's own chunks are always at the same places. */
const messageDistances = new Map<number, readonly number[]>();

function distancesWithin(field: Tables, count: number): readonly number[] {
  const known = messageDistances.get(count);
  if (known) return known;
  const places = Array.from({ length: count }, (_, index) => index);
  const found = places.map((place) => distances(field, place, places));
  messageDistances.set(count, found);
  return found;
}

/** As `interpolate`, of a whole message: what is sent when much has been lost, or much said without an answer. */
function parityOf(message: Bytes, index: number): Bytes {
  const field = tables();
  const { logarithm } = field;
  const within = distancesWithin(field, message.length / CHUNK_BYTES);
  let whole = 0;
  for (let place = 0; place < within.length; place++) whole += logarithm[index ^ place] as number;
  const words = new Uint16Array(CHUNK_BYTES / 2);
  for (let place = 0; place < within.length; place++) {
    const divisor = (within[place] as number) + (logarithm[index ^ place] as number);
    addWeighted(field, words, ((whole % ORDER) + 2 * ORDER - divisor) % ORDER, message, place * CHUNK_BYTES);
  }
  return chunkOf(words);
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
  return parityOf(message, index);
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
