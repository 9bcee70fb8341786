import { randomBytes } from 'node:crypto';
import type { Bytes } from '../lib/protocol/bytes';

const SCRATCH = Buffer.alloc(64);

/** An id, of at most 64 bytes, as a key of a Map or a Set: one character a byte. */
export function idKey(id: Bytes): string {
  // Not a Buffer over the id's own memory: V8 would first have to move a small array out of its heap, four times as slow.
  SCRATCH.set(id);
  return SCRATCH.toString('latin1', 0, id.length);
}

/** From the system's generator. */
export function randomId(sizeBytes: number): Bytes {
  return new Uint8Array(randomBytes(sizeBytes));
}
