/**
 * HMAC-SHA-256 (RFC 2104) for many short messages. The compression function is noble's; here is only what lies in its blocks. A
 * message of a conversation needs some thirty of them, mostly one block long, under keys that are used twice: noble's own HMAC
 * makes two hash objects and six views each time. Synchronous, so one set of buffers serves all; they are wiped after use.
 */
import { SHA256_IV } from '@noble/hashes/_md.js';
import { _SHA256, sha256 } from '@noble/hashes/sha2.js';

export const HASH_BYTES = 32;

const BLOCK_BYTES = 64;
const LENGTH_AT = 56;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

const [A0 = 0, B0 = 0, C0 = 0, D0 = 0, E0 = 0, F0 = 0, G0 = 0, H0 = 0] = SHA256_IV;

/** Big-endian. */
function writeWord(word: number, out: Uint8Array, at: number): void {
  out[at] = word >>> 24;
  out[at + 1] = (word >>> 16) & 0xff;
  out[at + 2] = (word >>> 8) & 0xff;
  out[at + 3] = word & 0xff;
}

/** SHA-256 between two blocks. */
class State extends _SHA256 {
  restart(): this {
    this.set(A0, B0, C0, D0, E0, F0, G0, H0);
    return this;
  }

  copy(from: State): this {
    this.set(from.A, from.B, from.C, from.D, from.E, from.F, from.G, from.H);
    return this;
  }

  take(block: DataView): this {
    this.process(block, 0);
    return this;
  }

  write(out: Uint8Array): void {
    writeWord(this.A, out, 0);
    writeWord(this.B, out, 4);
    writeWord(this.C, out, 8);
    writeWord(this.D, out, 12);
    writeWord(this.E, out, 16);
    writeWord(this.F, out, 20);
    writeWord(this.G, out, 24);
    writeWord(this.H, out, 28);
  }

  forget(): void {
    this.set(0, 0, 0, 0, 0, 0, 0, 0);
    this.roundClean();
  }
}

const [INNER, OUTER, WORK] = [new State(), new State(), new State()];

const BLOCK = new Uint8Array(BLOCK_BYTES);
const BLOCK_VIEW = new DataView(BLOCK.buffer);
/** The outer hash's second block: the inner digest, then always the same end. */
const OUTER_BLOCK = new Uint8Array(BLOCK_BYTES);
const OUTER_VIEW = new DataView(OUTER_BLOCK.buffer);
OUTER_BLOCK[HASH_BYTES] = 0x80;
OUTER_VIEW.setUint32(BLOCK_BYTES - 4, 8 * (BLOCK_BYTES + HASH_BYTES));

/** All that `codeInto` gives until the next call is under this key. */
export function useKey(key: Uint8Array): void {
  const short = key.length > BLOCK_BYTES ? sha256(key) : key;
  for (let i = 0; i < BLOCK_BYTES; i++) BLOCK[i] = (i < short.length ? (short[i] as number) : 0) ^ INNER_PAD;
  INNER.restart().take(BLOCK_VIEW);
  for (let i = 0; i < BLOCK_BYTES; i++) BLOCK[i] = (BLOCK[i] as number) ^ INNER_PAD ^ OUTER_PAD;
  OUTER.restart().take(BLOCK_VIEW);
}

/** The code of `parts`, one after another, in the first 32 bytes of `out`, which may be one of them. */
export function codeInto(out: Uint8Array, ...parts: readonly Uint8Array[]): void {
  WORK.copy(INNER);
  let at = 0;
  let size = BLOCK_BYTES;
  for (const part of parts) {
    size += part.length;
    for (let i = 0; i < part.length; i++) {
      BLOCK[at++] = part[i] as number;
      if (at < BLOCK_BYTES) continue;
      WORK.take(BLOCK_VIEW);
      at = 0;
    }
  }
  BLOCK[at++] = 0x80;
  if (at > LENGTH_AT) {
    WORK.take(padded(at));
    at = 0;
  }
  padded(at).setUint32(BLOCK_BYTES - 4, 8 * size);
  WORK.take(BLOCK_VIEW).write(OUTER_BLOCK);
  WORK.copy(OUTER).take(OUTER_VIEW).write(out);
}

function padded(from: number): DataView {
  BLOCK.fill(0, from);
  return BLOCK_VIEW;
}

/** What is left in the buffers is as good as the key. */
export function forgetKey(): void {
  for (const state of [INNER, OUTER, WORK]) state.forget();
  BLOCK.fill(0);
  OUTER_BLOCK.fill(0, 0, HASH_BYTES);
}
