/**
 * Live frames: presence, offers, candidates. Most may never arrive, so they never touch the ratchet. Each direction has its
 * own live key, sent as ratchet content.
 *
 *   version(1) ‖ nonce(24) ‖ XChaCha20-Poly1305( stamp(8) ‖ length(2) ‖ payload ‖ zeros )
 *
 * The stamp is milliseconds × 1024 + counter. It only rises, and may be two minutes away from the reader's clock.
 */
import { sealChaCha, TAG_BYTES, tryOpenChaCha, XCHACHA_NONCE_BYTES } from './aead';
import { type Bytes, concat, Reader, Writer } from './bytes';
import type { Engine } from './engine';
import { ProtocolError } from './errors';
import { label } from './kdf';
import { PADDING_OVERHEAD_BYTES, pad, smallestSize, unpad } from './padding';

const LIVE_VERSION = 2;
export const LIVE_KEY_BYTES = 32;
const STAMP_BYTES = 8;
const STAMPS_PER_MS = 1024;
export const LIVE_WINDOW_MS = 2 * 60 * 1000;
/** Of whole frames. */
const LIVE_SIZES = [256, 1024, 2048, 4096, 8192, 16_384] as const;
const OVERHEAD_BYTES = 1 + XCHACHA_NONCE_BYTES + STAMP_BYTES + TAG_BYTES;
export const MAX_LIVE_PAYLOAD_BYTES = 16_384 - OVERHEAD_BYTES - PADDING_OVERHEAD_BYTES;

/** Who says it to whom: a frame reflected to its sender or passed on to another reader does not open. */
export interface LiveDirection {
  readonly senderHash: Bytes;
  readonly readerHash: Bytes;
}

function liveAad({ senderHash, readerHash }: LiveDirection): Bytes {
  return concat(label('live'), new Uint8Array([LIVE_VERSION]), senderHash, readerHash);
}

/** Rises strictly, by the clock while the clock does. Store it before sending. */
export function nextStamp(lastStamp: number, nowMs: number): number {
  return Math.max(lastStamp + 1, Math.floor(nowMs) * STAMPS_PER_MS);
}

export interface LiveSeal extends LiveDirection {
  readonly key: Bytes;
  readonly stamp: number;
}

/** @throws {ProtocolError} too-large above MAX_LIVE_PAYLOAD_BYTES */
export function sealLive(engine: Pick<Engine, 'randomBytes'>, { key, stamp, ...direction }: LiveSeal, payload: Uint8Array): Bytes {
  const frameBytes = smallestSize(LIVE_SIZES, payload.length + PADDING_OVERHEAD_BYTES + OVERHEAD_BYTES);
  const plaintext = new Writer()
    .u64(stamp)
    .bytes(pad(payload, frameBytes - OVERHEAD_BYTES))
    .done();
  const nonce = engine.randomBytes(XCHACHA_NONCE_BYTES);
  const sealed = sealChaCha({ key, nonce, aad: liveAad(direction) }, plaintext);
  return new Writer().u8(LIVE_VERSION).bytes(nonce).bytes(sealed).done();
}

export interface LiveOpening extends LiveDirection {
  /** The sender's last two live keys. */
  readonly keys: readonly Bytes[];
  /** Of the last frame accepted from this sender; 0 before the first. */
  readonly lastStamp: number;
  readonly nowMs: number;
}

/** @throws {ProtocolError} bad-value, bad-version, live-unknown-key, live-replayed, live-stale, bad-padding */
export function openLive({ keys, lastStamp, nowMs, ...direction }: LiveOpening, frame: Uint8Array): { payload: Bytes; stamp: number } {
  if (!LIVE_SIZES.some((size) => size === frame.length)) throw new ProtocolError('bad-value', { size: frame.length });
  const reader = new Reader(frame);
  const version = reader.u8();
  if (version !== LIVE_VERSION) throw new ProtocolError('bad-version', { version });
  const nonce = reader.bytes(XCHACHA_NONCE_BYTES);
  const sealed = reader.rest();
  const aad = liveAad(direction);
  const plaintext = keys.reduce<Bytes | null>((opened, key) => opened ?? tryOpenChaCha({ key, nonce, aad }, sealed), null);
  if (plaintext === null) throw new ProtocolError('live-unknown-key', { keys: keys.length });
  const body = new Reader(plaintext);
  const stamp = body.u64();
  if (stamp <= lastStamp) throw new ProtocolError('live-replayed');
  const driftMs = Math.abs(stamp / STAMPS_PER_MS - nowMs);
  if (driftMs > LIVE_WINDOW_MS) throw new ProtocolError('live-stale', { driftMs: Math.round(driftMs) });
  return { payload: unpad(body.rest()), stamp };
}
