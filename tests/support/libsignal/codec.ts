/** Signal's two messages and what its post-quantum ratchet puts into them, as bytes and back. Knows no keys. */
import type { BraidPart } from '../../../lib/protocol/braid';
import { type Bytes, concat, Reader, Writer } from '../../../lib/protocol/bytes';
import { CHUNK_BYTES } from '../../../lib/protocol/erasure';
import { CURVE_TYPE, KYBER_TYPE, MESSAGE_FIELD, MESSAGE_MAC_BYTES, MESSAGE_VERSION, OPENING_FIELD, PQ_KINDS, PQ_VERSION } from './facts';

/** A public key or a ciphertext behind the byte that says what it is. */
export function typed(type: typeof CURVE_TYPE | typeof KYBER_TYPE, bytes: Bytes): Bytes {
  return concat(new Uint8Array([type]), bytes);
}

export function untyped(type: typeof CURVE_TYPE | typeof KYBER_TYPE, bytes: Uint8Array): Bytes {
  if (bytes[0] !== type) throw new Error(`type ${bytes[0]} where ${type} belongs`);
  return concat(bytes.subarray(1));
}

function writeVarint(writer: Writer, value: number): Writer {
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) writer.u8((rest % 0x80) + 0x80);
  return writer.u8(rest);
}

function readVarint(reader: Reader): number {
  let value = 0;
  for (let unit = 1; ; unit *= 0x80) {
    const byte = reader.u8();
    value += (byte % 0x80) * unit;
    if (byte < 0x80) return value;
  }
}

const VARINT = 0;
const DELIMITED = 2;

/** Protobuf: fields in the order given, those that are null left out. */
function encodeFields(fields: readonly (readonly [number, number | Bytes | null])[]): Bytes {
  const writer = new Writer();
  for (const [number, value] of fields) {
    if (typeof value === 'number') writeVarint(writeVarint(writer, number * 8 + VARINT), value);
    else if (value) writeVarint(writeVarint(writer, number * 8 + DELIMITED), value.length).bytes(value);
  }
  return writer.done();
}

interface Fields {
  number(field: number): number | null;
  bytes(field: number): Bytes | null;
}

function decodeFields(bytes: Bytes): Fields {
  const reader = new Reader(bytes);
  const values = new Map<number, number | Bytes>();
  while (reader.left > 0) {
    const key = readVarint(reader);
    const value = key % 8 === VARINT ? readVarint(reader) : reader.bytes(readVarint(reader));
    values.set(Math.floor(key / 8), value);
  }
  return {
    number(field) {
      const value = values.get(field);
      return typeof value === 'number' ? value : null;
    },
    bytes(field) {
      const value = values.get(field);
      return typeof value === 'object' ? value : null;
    },
  };
}

function required<Value>(value: Value | null): Value {
  if (value === null) throw new Error('a field is missing');
  return value;
}

function checkVersion(bytes: Bytes): void {
  if (bytes[0] !== MESSAGE_VERSION) throw new Error(`version ${bytes[0]}`);
}

export interface SignalMessage {
  readonly ratchetKey: Bytes;
  readonly counter: number;
  readonly previousCounter: number;
  readonly ciphertext: Bytes;
  readonly pqRatchet: Bytes | null;
  readonly addresses: Bytes | null;
}

/** All that the MAC at its end covers. */
export function encodeMessage(message: SignalMessage): Bytes {
  const fields = encodeFields([
    [MESSAGE_FIELD.ratchetKey, typed(CURVE_TYPE, message.ratchetKey)],
    [MESSAGE_FIELD.counter, message.counter],
    [MESSAGE_FIELD.previousCounter, message.previousCounter],
    [MESSAGE_FIELD.ciphertext, message.ciphertext],
    [MESSAGE_FIELD.pqRatchet, message.pqRatchet],
    [MESSAGE_FIELD.addresses, message.addresses],
  ]);
  return concat(new Uint8Array([MESSAGE_VERSION]), fields);
}

export function decodeMessage(bytes: Bytes): { readonly message: SignalMessage; readonly covered: Bytes; readonly mac: Bytes } {
  checkVersion(bytes);
  const covered = bytes.slice(0, -MESSAGE_MAC_BYTES);
  const fields = decodeFields(covered.slice(1));
  const message = {
    ratchetKey: untyped(CURVE_TYPE, required(fields.bytes(MESSAGE_FIELD.ratchetKey))),
    counter: required(fields.number(MESSAGE_FIELD.counter)),
    previousCounter: required(fields.number(MESSAGE_FIELD.previousCounter)),
    ciphertext: required(fields.bytes(MESSAGE_FIELD.ciphertext)),
    pqRatchet: fields.bytes(MESSAGE_FIELD.pqRatchet),
    addresses: fields.bytes(MESSAGE_FIELD.addresses),
  };
  return { message, covered, mac: bytes.slice(-MESSAGE_MAC_BYTES) };
}

/** What an initiator puts around its messages until an answer comes. */
export interface SignalOpening {
  readonly registrationId: number;
  readonly oneTimeId: number | null;
  readonly signedId: number;
  readonly kyberId: number;
  readonly kyberCiphertext: Bytes;
  readonly baseKey: Bytes;
  readonly identityKey: Bytes;
}

export function encodeOpening(opening: SignalOpening, message: Bytes): Bytes {
  const fields = encodeFields([
    [OPENING_FIELD.oneTimeId, opening.oneTimeId],
    [OPENING_FIELD.baseKey, typed(CURVE_TYPE, opening.baseKey)],
    [OPENING_FIELD.identityKey, typed(CURVE_TYPE, opening.identityKey)],
    [OPENING_FIELD.message, message],
    [OPENING_FIELD.registrationId, opening.registrationId],
    [OPENING_FIELD.signedId, opening.signedId],
    [OPENING_FIELD.kyberId, opening.kyberId],
    [OPENING_FIELD.kyberCiphertext, typed(KYBER_TYPE, opening.kyberCiphertext)],
  ]);
  return concat(new Uint8Array([MESSAGE_VERSION]), fields);
}

export function decodeOpening(bytes: Bytes): { readonly opening: SignalOpening; readonly message: Bytes } {
  checkVersion(bytes);
  const fields = decodeFields(bytes.slice(1));
  const opening = {
    registrationId: required(fields.number(OPENING_FIELD.registrationId)),
    oneTimeId: fields.number(OPENING_FIELD.oneTimeId),
    signedId: required(fields.number(OPENING_FIELD.signedId)),
    kyberId: required(fields.number(OPENING_FIELD.kyberId)),
    kyberCiphertext: untyped(KYBER_TYPE, required(fields.bytes(OPENING_FIELD.kyberCiphertext))),
    baseKey: untyped(CURVE_TYPE, required(fields.bytes(OPENING_FIELD.baseKey))),
    identityKey: untyped(CURVE_TYPE, required(fields.bytes(OPENING_FIELD.identityKey))),
  };
  return { opening, message: required(fields.bytes(OPENING_FIELD.message)) };
}

/** The post-quantum ratchet's header as Signal sends it: without the length of the key epoch before. `counter` is from 0. */
export interface SignalPqHeader {
  readonly epoch: number;
  readonly counter: number;
  readonly part: BraidPart;
}

export function encodePqHeader({ epoch, counter, part }: SignalPqHeader): Bytes {
  const writer = new Writer().u8(PQ_VERSION);
  writeVarint(writeVarint(writer, epoch), counter + 1).u8(PQ_KINDS.indexOf(part.kind));
  if (part.kind !== 'none') writeVarint(writer, part.chunk.index).bytes(part.chunk.bytes);
  return writer.done();
}

function readPart(reader: Reader): BraidPart {
  const kind = PQ_KINDS[reader.u8()];
  if (kind === undefined) throw new Error('no such kind of chunk');
  if (kind === 'none' || kind === 'ack') return { kind: 'none' };
  return { kind, chunk: { index: readVarint(reader), bytes: reader.bytes(CHUNK_BYTES) } };
}

export function decodePqHeader(bytes: Bytes): SignalPqHeader {
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== PQ_VERSION) throw new Error(`post-quantum ratchet of version ${version}`);
  const header = { epoch: readVarint(reader), counter: readVarint(reader) - 1, part: readPart(reader) };
  reader.end();
  return header;
}
