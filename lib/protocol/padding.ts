/** Hides a length inside a fixed size: length(2) ‖ bytes ‖ zeros. Always inside an AEAD, never around one. */
import { type Bytes, concat, Reader, Writer } from './bytes';
import { ProtocolError } from './errors';

export const PADDING_OVERHEAD_BYTES = 2;

/** @throws {ProtocolError} too-large when `plaintext` does not fit into `sizeBytes`. */
export function pad(plaintext: Uint8Array, sizeBytes: number): Bytes {
  const roomBytes = sizeBytes - PADDING_OVERHEAD_BYTES - plaintext.length;
  if (roomBytes < 0) throw new ProtocolError('too-large', { size: plaintext.length, maxBytes: sizeBytes - PADDING_OVERHEAD_BYTES });
  return concat(new Writer().sized(plaintext).done(), new Uint8Array(roomBytes));
}

/** @throws {ProtocolError} bad-padding when the length overruns or a padding byte is not zero. */
export function unpad(padded: Uint8Array): Bytes {
  const reader = new Reader(padded);
  if (reader.left < PADDING_OVERHEAD_BYTES) throw new ProtocolError('bad-padding', { size: padded.length });
  const size = reader.u16();
  if (size > reader.left) throw new ProtocolError('bad-padding', { size: padded.length });
  const plaintext = reader.bytes(size);
  let padding = 0;
  for (let i = PADDING_OVERHEAD_BYTES + size; i < padded.length; i++) padding |= padded[i] as number;
  if (padding !== 0) throw new ProtocolError('bad-padding', { size: padded.length });
  return plaintext;
}

/** The smallest of ascending `sizes` that holds `neededBytes`. @throws {ProtocolError} too-large */
export function smallestSize(sizes: readonly number[], neededBytes: number): number {
  const size = sizes.find((candidate) => candidate >= neededBytes);
  if (size === undefined) throw new ProtocolError('too-large', { size: neededBytes, maxBytes: sizes.at(-1) ?? 0 });
  return size;
}
