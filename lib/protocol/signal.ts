/** The steps of opening a string, as live payloads carry them. WebRTC's text is passed on unread. */
import type { Reader, Writer } from './bytes';
import { ProtocolError } from './errors';
import { writeText } from './profile';

/** Leaves room for everything else in the largest live frame. */
export const MAX_SDP_BYTES = 16_000;
export const MAX_CANDIDATES = 64;
export const MAX_CANDIDATE_BYTES = 1024;

/** One step of opening a string. `sdp` and candidates are WebRTC's own text. */
export type Signal =
  | { readonly kind: 'offer'; readonly sdp: string }
  | { readonly kind: 'answer'; readonly sdp: string }
  | { readonly kind: 'candidates'; readonly candidates: readonly string[] }
  | { readonly kind: 'bye' };

const SIGNAL = { offer: 1, answer: 2, candidates: 3, bye: 4 } as const;

function checkCandidateCount(count: number): void {
  if (count > MAX_CANDIDATES) throw new ProtocolError('too-large', { size: count, max: MAX_CANDIDATES });
}

/** @throws {ProtocolError} too-large */
export function writeSignal(writer: Writer, signal: Signal): void {
  writer.u8(SIGNAL[signal.kind]);
  switch (signal.kind) {
    case 'offer':
    case 'answer':
      writeText(writer, signal.sdp, MAX_SDP_BYTES);
      return;
    case 'candidates':
      checkCandidateCount(signal.candidates.length);
      writer.u8(signal.candidates.length);
      for (const candidate of signal.candidates) writeText(writer, candidate, MAX_CANDIDATE_BYTES);
      return;
    case 'bye':
      return;
    default:
      signal satisfies never;
  }
}

function readCandidates(reader: Reader): string[] {
  const count = reader.u8();
  checkCandidateCount(count);
  return Array.from({ length: count }, () => reader.text(MAX_CANDIDATE_BYTES));
}

/** @throws {ProtocolError} bad-kind, bad-text, too-large, truncated */
export function readSignal(reader: Reader): Signal {
  const kind = reader.u8();
  switch (kind) {
    case SIGNAL.offer:
      return { kind: 'offer', sdp: reader.text(MAX_SDP_BYTES) };
    case SIGNAL.answer:
      return { kind: 'answer', sdp: reader.text(MAX_SDP_BYTES) };
    case SIGNAL.candidates:
      return { kind: 'candidates', candidates: readCandidates(reader) };
    case SIGNAL.bye:
      return { kind: 'bye' };
    default:
      throw new ProtocolError('bad-kind', { kind });
  }
}
