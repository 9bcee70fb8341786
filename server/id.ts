import { randomBytes } from 'node:crypto';
import type { Bytes } from '../lib/protocol/bytes';

/** An id as a key of a Map or a Set: one character a byte. */
export function idKey(id: Bytes): string {
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1');
}

/** From the system's generator. */
export function randomId(sizeBytes: number): Bytes {
  return new Uint8Array(randomBytes(sizeBytes));
}
