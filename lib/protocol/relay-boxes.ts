/** Frames of prekey boxes: a box holds sealed bundles of one size, each given out once, and one more for when they have run out. */
import type { Reader, Writer } from './bytes';
import { ProtocolError } from './errors';
import { BOX_ID_BYTES, type ClientFrame, MAX_BUNDLES, PUBLIC_KEY_BYTES, SEALED_BUNDLE_BYTES, SIGNATURE_BYTES } from './relay';
import { exact } from './relay-fields';

type PutFrame = Extract<ClientFrame, { kind: 'pre-put' }>;

function checkCount(count: number): number {
  if (count > MAX_BUNDLES) throw new ProtocolError('bad-value', { count, max: MAX_BUNDLES });
  return count;
}

/** The first put is number 1: 0 stands for a box's removal. */
function checkRevision(revision: number): number {
  if (revision === 0) throw new ProtocolError('bad-value', { revision });
  return revision;
}

/** @throws {ProtocolError} bad-value */
export function writePrePut(w: Writer, frame: PutFrame): Writer {
  w.bytes(exact(frame.boxId, BOX_ID_BYTES)).bytes(exact(frame.ownerKey, PUBLIC_KEY_BYTES)).u32(checkRevision(frame.revision));
  w.bytes(exact(frame.signature, SIGNATURE_BYTES)).flag(frame.isReplacement);
  w.bytes(exact(frame.lastResort, SEALED_BUNDLE_BYTES)).u8(checkCount(frame.oneTimes.length));
  for (const sealed of frame.oneTimes) w.bytes(exact(sealed, SEALED_BUNDLE_BYTES));
  return w;
}

/** @throws {ProtocolError} bad-value, truncated */
export function readPrePut(r: Reader): PutFrame {
  return {
    kind: 'pre-put',
    boxId: r.bytes(BOX_ID_BYTES),
    ownerKey: r.bytes(PUBLIC_KEY_BYTES),
    revision: checkRevision(r.u32()),
    signature: r.bytes(SIGNATURE_BYTES),
    isReplacement: r.flag(),
    lastResort: r.bytes(SEALED_BUNDLE_BYTES),
    oneTimes: Array.from({ length: checkCount(r.u8()) }, () => r.bytes(SEALED_BUNDLE_BYTES)),
  };
}
