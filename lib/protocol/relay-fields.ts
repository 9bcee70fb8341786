/** What all relay frames share: the head, fields of exact size, short lists. Knows sizes, no kinds. */
import { type Bytes, Reader, type Writer } from './bytes';
import { ProtocolError } from './errors';
import { CELL_SIZES, KNOCK_CELL_BYTES, MAX_FRAME_BYTES, MAX_PROOFS, MAX_WORK_BITS } from './relay';

export function nameOf<Name extends string>(table: Readonly<Record<Name, number>>, value: number): Name | null {
  for (const name in table) if (table[name] === value) return name;
  return null;
}

export function exact(value: Bytes, size: number): Bytes {
  if (value.length !== size) throw new ProtocolError('bad-value', { size: value.length, wanted: size });
  return value;
}

export function uint32(value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw new ProtocolError('bad-value', { bits: 32 });
  return value;
}

/** @throws {ProtocolError} bad-value unless it has one of the two sizes. */
export function cell(value: Bytes): Bytes {
  if (!CELL_SIZES.some((size) => size === value.length)) throw new ProtocolError('bad-value', { size: value.length });
  return value;
}

/** What a stranger leaves at a door has one size. @throws {ProtocolError} bad-value */
export function knockCell(value: Bytes): Bytes {
  return exact(value, KNOCK_CELL_BYTES);
}

/** 0 for a queue that is no door. @throws {ProtocolError} bad-value */
export function doorBits(value: number): number {
  return value === 0 ? 0 : workBits(value);
}

/** @throws {ProtocolError} bad-value */
export function workBits(value: number): number {
  if (!Number.isInteger(value) || value < 1 || value > MAX_WORK_BITS) throw new ProtocolError('bad-value', { bits: value });
  return value;
}

export function filled(value: Bytes, maxBytes: number): Bytes {
  if (value.length === 0) throw new ProtocolError('truncated', { wanted: 1, left: 0 });
  if (value.length > maxBytes) throw new ProtocolError('too-large', { size: value.length, maxBytes });
  return value;
}

export function writeList<Item>(writer: Writer, items: readonly Item[], write: (writer: Writer, item: Item) => void): Writer {
  if (items.length === 0 || items.length > MAX_PROOFS) throw new ProtocolError('bad-value', { count: items.length });
  writer.u8(items.length);
  for (const item of items) write(writer, item);
  return writer;
}

export function readList<Item>(reader: Reader, read: (reader: Reader) => Item): readonly Item[] {
  const count = reader.u8();
  if (count === 0 || count > MAX_PROOFS) throw new ProtocolError('bad-value', { count });
  return Array.from({ length: count }, () => read(reader));
}

interface Opened<Name extends string> {
  readonly kind: Name;
  readonly requestId: number;
  readonly reader: Reader;
}

export function openFrame<Name extends string>(bytes: Uint8Array, kinds: Readonly<Record<Name, number>>): Opened<Name> {
  if (bytes.length > MAX_FRAME_BYTES) throw new ProtocolError('too-large', { size: bytes.length, maxBytes: MAX_FRAME_BYTES });
  const reader = new Reader(bytes);
  const number = reader.u8();
  const requestId = reader.u32();
  const kind = nameOf(kinds, number);
  if (kind === null) throw new ProtocolError('bad-kind', { kind: number });
  return { kind, requestId, reader };
}
