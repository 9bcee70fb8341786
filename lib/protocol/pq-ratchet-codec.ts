/** The post-quantum ratchet as bytes, for its owner's sealed store. Strict: what decodes encodes to the same bytes. */
import type { Braid } from './braid';
import { type Authenticator, MAC_BYTES } from './braid-authenticator';
import type { Bytes, Reader, Writer } from './bytes';
import { CHUNK_BYTES, type Chunk, type Inbound, type Outbound } from './erasure';
import { ProtocolError } from './errors';
import { KEY_BYTES } from './kdf';
import type { PqChain, PqChains, RetiredEpoch } from './pq-chains';
import type { PqRatchet } from './pq-ratchet';
import { MAX_SKIPPED_KEYS, readSkipped, writeSkipped } from './skipped-keys';
import { CT1_BYTES, CT2_BYTES, SPLIT_HEADER_BYTES, SPLIT_MESSAGE_BYTES, SPLIT_SEED_BYTES, SPLIT_VECTOR_BYTES } from './split-kem';

const SEALED_HEADER_BYTES = SPLIT_HEADER_BYTES + MAC_BYTES;
const SEALED_CT2_BYTES = CT2_BYTES + MAC_BYTES;

const KIND = {
  'keys-unsampled': 1,
  'keys-sampled': 2,
  'header-sent': 3,
  'ct1-received': 4,
  'ct2-receiving': 5,
  'no-header': 6,
  'header-received': 7,
  'ct1-sampled': 8,
  'ct1-acknowledged': 9,
  'vector-received': 10,
  'ct2-sampled': 11,
} as const satisfies Record<Braid['kind'], number>;

function writeOutbound(writer: Writer, { message, next }: Outbound): Writer {
  return writer.bytes(message).u16(next);
}

function readOutbound(reader: Reader, size: number): Outbound {
  return { message: reader.bytes(size), next: reader.u16() };
}

function writeInbound(writer: Writer, inbound: Inbound): Writer {
  writer.u8(inbound.length);
  for (const { index, bytes } of inbound) writer.u16(index).bytes(bytes);
  return writer;
}

/** Fewer chunks than the message has, each of another index. */
function readInbound(reader: Reader, size: number): Inbound {
  const count = reader.u8();
  if (count >= size / CHUNK_BYTES) throw new ProtocolError('too-large', { size: count, max: size / CHUNK_BYTES - 1 });
  const inbound: Chunk[] = [];
  const seen = new Set<number>();
  for (let i = 0; i < count; i++) {
    const chunk = { index: reader.u16(), bytes: reader.bytes(CHUNK_BYTES) };
    seen.add(chunk.index);
    inbound.push(chunk);
  }
  if (seen.size !== count) throw new ProtocolError('bad-value', { reason: 'chunk' });
  return inbound;
}

function writeBraid(writer: Writer, braid: Braid): void {
  writer.u8(KIND[braid.kind]).u32(braid.epoch).bytes(braid.authenticator.rootKey).bytes(braid.authenticator.macKey);
  switch (braid.kind) {
    case 'keys-unsampled':
      return;
    case 'keys-sampled':
      return void writeOutbound(writer.bytes(braid.seed), braid.header);
    case 'header-sent':
      return void writeInbound(writeOutbound(writer.bytes(braid.seed), braid.vector), braid.ct1);
    case 'ct1-received':
      return void writeOutbound(writer.bytes(braid.seed), braid.vector).bytes(braid.ct1);
    case 'ct2-receiving':
      return void writeInbound(writer.bytes(braid.seed).bytes(braid.ct1), braid.ct2);
    case 'no-header':
      return void writeInbound(writer, braid.header);
    case 'header-received':
      return void writer.bytes(braid.header);
    case 'ct1-sampled':
      return void writeInbound(writeOutbound(writer.bytes(braid.header).bytes(braid.message), braid.ct1), braid.vector);
    case 'ct1-acknowledged':
      return void writeInbound(writer.bytes(braid.header).bytes(braid.message), braid.vector);
    case 'vector-received':
      return void writeOutbound(writer, braid.ct1).bytes(braid.ct2);
    case 'ct2-sampled':
      return void writeOutbound(writer, braid.ct2);
    default:
      braid satisfies never;
  }
}

function readKeySide(
  reader: Reader,
  kind: number,
  { epoch, authenticator }: { epoch: number; authenticator: Authenticator },
): Braid | null {
  const seed = () => reader.bytes(SPLIT_SEED_BYTES);
  switch (kind) {
    case KIND['keys-unsampled']:
      return { epoch, authenticator, kind: 'keys-unsampled' };
    case KIND['keys-sampled']:
      return { epoch, authenticator, kind: 'keys-sampled', seed: seed(), header: readOutbound(reader, SEALED_HEADER_BYTES) };
    case KIND['header-sent']:
      return {
        epoch,
        authenticator,
        kind: 'header-sent',
        seed: seed(),
        vector: readOutbound(reader, SPLIT_VECTOR_BYTES),
        ct1: readInbound(reader, CT1_BYTES),
      };
    case KIND['ct1-received']:
      return {
        epoch,
        authenticator,
        kind: 'ct1-received',
        seed: seed(),
        vector: readOutbound(reader, SPLIT_VECTOR_BYTES),
        ct1: reader.bytes(CT1_BYTES),
      };
    case KIND['ct2-receiving']:
      return {
        epoch,
        authenticator,
        kind: 'ct2-receiving',
        seed: seed(),
        ct1: reader.bytes(CT1_BYTES),
        ct2: readInbound(reader, SEALED_CT2_BYTES),
      };
    default:
      return null;
  }
}

function readCiphertextSide(
  reader: Reader,
  kind: number,
  { epoch, authenticator }: { epoch: number; authenticator: Authenticator },
): Braid | null {
  const header = () => reader.bytes(SPLIT_HEADER_BYTES);
  const message = () => reader.bytes(SPLIT_MESSAGE_BYTES);
  const vector = () => readInbound(reader, SPLIT_VECTOR_BYTES);
  switch (kind) {
    case KIND['no-header']:
      return { epoch, authenticator, kind: 'no-header', header: readInbound(reader, SEALED_HEADER_BYTES) };
    case KIND['header-received']:
      return { epoch, authenticator, kind: 'header-received', header: header() };
    case KIND['ct1-sampled']:
      return {
        epoch,
        authenticator,
        kind: 'ct1-sampled',
        header: header(),
        message: message(),
        ct1: readOutbound(reader, CT1_BYTES),
        vector: vector(),
      };
    case KIND['ct1-acknowledged']:
      return { epoch, authenticator, kind: 'ct1-acknowledged', header: header(), message: message(), vector: vector() };
    case KIND['vector-received']:
      return { epoch, authenticator, kind: 'vector-received', ct1: readOutbound(reader, CT1_BYTES), ct2: reader.bytes(SEALED_CT2_BYTES) };
    case KIND['ct2-sampled']:
      return { epoch, authenticator, kind: 'ct2-sampled', ct2: readOutbound(reader, SEALED_CT2_BYTES) };
    default:
      return null;
  }
}

function readBraid(reader: Reader): Braid {
  const kind = reader.u8();
  const epoch = reader.u32();
  const start = { epoch, authenticator: { rootKey: reader.bytes(KEY_BYTES), macKey: reader.bytes(KEY_BYTES) } };
  const braid = readKeySide(reader, kind, start) ?? readCiphertextSide(reader, kind, start);
  if (braid === null) throw new ProtocolError('bad-kind', { kind });
  return braid;
}

function writeChain(writer: Writer, { epoch, chainKey, next }: PqChain): Writer {
  return writer.u32(epoch).bytes(chainKey).u32(next);
}

function readChain(reader: Reader): PqChain {
  return { epoch: reader.u32(), chainKey: reader.bytes(KEY_BYTES), next: reader.u32() };
}

function writeNext(writer: Writer, chainKey: Bytes | null): void {
  writer.flag(chainKey !== null);
  if (chainKey) writer.bytes(chainKey);
}

function readNext(reader: Reader): Bytes | null {
  return reader.flag() ? reader.bytes(KEY_BYTES) : null;
}

function readRetired(reader: Reader): RetiredEpoch[] {
  const count = reader.u16();
  if (count > MAX_SKIPPED_KEYS) throw new ProtocolError('too-large', { size: count, max: MAX_SKIPPED_KEYS });
  const retired: RetiredEpoch[] = [];
  for (let i = 0; i < count; i++) retired.push({ epoch: reader.u32(), skipped: readSkipped(reader) });
  return retired;
}

function writeChains(writer: Writer, chains: PqChains): void {
  writer.flag(chains.side === 'initiator').bytes(chains.rootKey);
  writeChain(writer, chains.sending).u32(chains.previousCount);
  writeSkipped(writeChain(writer, chains.receiving), chains.receiving.skipped);
  writeNext(writer, chains.nextSending);
  writeNext(writer, chains.nextReceiving);
  writer.u16(chains.retired.length);
  for (const { epoch, skipped } of chains.retired) writeSkipped(writer.u32(epoch), skipped);
}

function readChains(reader: Reader): PqChains {
  return {
    side: reader.flag() ? 'initiator' : 'responder',
    rootKey: reader.bytes(KEY_BYTES),
    sending: readChain(reader),
    previousCount: reader.u32(),
    receiving: { epoch: reader.u32(), chainKey: reader.bytes(KEY_BYTES), next: reader.u32(), skipped: readSkipped(reader) },
    nextSending: readNext(reader),
    nextReceiving: readNext(reader),
    retired: readRetired(reader),
  };
}

export function writePqRatchet(writer: Writer, { braid, chains }: PqRatchet): void {
  writeBraid(writer, braid);
  writeChains(writer, chains);
}

/** @throws {ProtocolError} bad-kind, bad-value, too-large, truncated */
export function readPqRatchet(reader: Reader): PqRatchet {
  return { braid: readBraid(reader), chains: readChains(reader) };
}
