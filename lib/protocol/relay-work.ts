/**
 * Work that pays for a frame: what strangers ask of a relay costs them time. A solution is good for one frame, on one relay, on
 * one connection, since all three are in the puzzle; nothing can be found before the relay has named its nonce.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { type Bytes, Writer } from './bytes';
import { label } from './kdf';
import { NO_WORK, NONCE_BYTES, type PaidFrame, WORK_BYTES } from './relay';
import { encodeClientFrame } from './relay-codec';
import { exact } from './relay-fields';

const WORK_LABEL = label('relay work');
/** Some ten milliseconds, so that a worker or page stays awake to everything else. */
const CHUNK = 8192;

/** 32 bytes: SHA-256 over the frame, without request id and work, bound like a proof. @throws {ProtocolError} bad-value */
export function workPuzzle({ origin, nonce, frame }: { readonly origin: string; readonly nonce: Bytes; readonly frame: PaidFrame }): Bytes {
  const asked = encodeClientFrame({ ...frame, work: NO_WORK }, 0);
  const writer = new Writer().bytes(WORK_LABEL).text(origin).bytes(exact(nonce, NONCE_BYTES));
  return new Uint8Array(sha256(writer.bytes(asked).done()));
}

function leadingZeroBits(hash: Uint8Array): number {
  let bits = 0;
  for (const byte of hash) {
    if (byte !== 0) return bits + Math.clz32(byte) - 24;
    bits += 8;
  }
  return bits;
}

/** How many zero bits SHA-256(puzzle ‖ work) begins with. */
export function workDone(puzzle: Bytes, work: Bytes): number {
  return leadingZeroBits(sha256(new Writer().bytes(puzzle).bytes(exact(work, WORK_BYTES)).done()));
}

/**
 * Searches for work of at least `bits`, some 2^bits hashes. `start` is 8 random bytes: a solution that was used once is not found
 * again. `pause` is awaited every few milliseconds; rejecting there ends the search with its error.
 */
export async function solveWork(search: {
  readonly puzzle: Bytes;
  readonly bits: number;
  readonly start: Bytes;
  readonly pause: () => Promise<void>;
}): Promise<Bytes> {
  const { puzzle, bits, start, pause } = search;
  const tried = new Writer().bytes(puzzle).bytes(exact(start, WORK_BYTES)).done();
  const work = new DataView(tried.buffer, puzzle.length);
  for (;;) {
    for (let i = 0; i < CHUNK; i++) {
      if (leadingZeroBits(sha256(tried)) >= bits) return tried.slice(puzzle.length);
      work.setBigUint64(0, work.getBigUint64(0) + 1n);
    }
    await pause();
  }
}
