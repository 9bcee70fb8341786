/** What each message tells the other side's ratchets, sealed under a header key: fixed length, so that sizes tell nothing. */
import type { BraidPart, ChunkKind } from './braid';
import { type Bytes, Reader, Writer } from './bytes';
import { CHUNK_BYTES } from './erasure';
import { ProtocolError } from './errors';
import { checkX25519Public, PUBLIC_KEY_BYTES } from './keys';
import type { PqHeader } from './pq-ratchet';

const RATCHET_BYTES = PUBLIC_KEY_BYTES + 4 + 4;
const PART_BYTES = 1 + 2 + CHUNK_BYTES;
const PQ_BYTES = 4 + 4 + 4 + PART_BYTES;

/**
 * Sender's ratchet key(32) ‖ length of its previous sending chain(4) ‖ number in this chain(4)
 * ‖ epoch(4) ‖ length of its previous key epoch(4) ‖ number in this key epoch(4) ‖ kind(1) ‖ chunk index(2) ‖ chunk(32)
 */
export const HEADER_BYTES = RATCHET_BYTES + PQ_BYTES;

/** The Double Ratchet's part. */
export interface RatchetHeader {
  readonly ratchetKey: Bytes;
  readonly previousCount: number;
  readonly counter: number;
}

export interface Header extends RatchetHeader {
  readonly pq: PqHeader;
}

const KINDS: readonly (ChunkKind | 'none')[] = ['none', 'header', 'vector', 'vector-and-ack', 'ct1', 'ct2'];

function writePart(writer: Writer, part: BraidPart): void {
  writer.u8(KINDS.indexOf(part.kind));
  if (part.kind === 'none') writer.bytes(new Uint8Array(PART_BYTES - 1));
  else writer.u16(part.chunk.index).fixed(part.chunk.bytes, CHUNK_BYTES);
}

function readPart(reader: Reader): BraidPart {
  const code = reader.u8();
  const kind = KINDS[code];
  const chunk = { index: reader.u16(), bytes: reader.bytes(CHUNK_BYTES) };
  if (kind === undefined) throw new ProtocolError('bad-kind', { kind: code });
  if (kind !== 'none') return { kind, chunk };
  if (chunk.index !== 0 || chunk.bytes.some((byte) => byte !== 0)) throw new ProtocolError('bad-value', { reason: 'chunk' });
  return { kind };
}

function readPqHeader(reader: Reader): PqHeader {
  const epoch = reader.u32();
  if (epoch === 0) throw new ProtocolError('bad-value', { epoch });
  return { epoch, previousCount: reader.u32(), counter: reader.u32(), part: readPart(reader) };
}

export function encodeHeader({ ratchetKey, previousCount, counter, pq }: Header): Bytes {
  const writer = new Writer().bytes(ratchetKey).u32(previousCount).u32(counter);
  writer.u32(pq.epoch).u32(pq.previousCount).u32(pq.counter);
  writePart(writer, pq.part);
  return writer.done();
}

/** @throws {ProtocolError} bad-key, bad-value, bad-kind, truncated, trailing */
export function decodeHeader(bytes: Uint8Array): Header {
  const reader = new Reader(bytes);
  const header = {
    ratchetKey: checkX25519Public(reader.bytes(PUBLIC_KEY_BYTES)),
    previousCount: reader.u32(),
    counter: reader.u32(),
    pq: readPqHeader(reader),
  };
  reader.end();
  return header;
}
