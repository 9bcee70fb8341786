/** What live frames carry: of now only, lost without harm. PROTOCOL.md has every payload byte by byte. */
import { type Bytes, Reader, Writer } from './bytes';
import { ProtocolError } from './errors';
import { readSignal, type Signal, writeSignal } from './signal';

const STRING_ID_BYTES = 16;

export type LivePayload =
  /** `wantsAnswer` is set by the one who came online first, so that two never answer each other for ever. */
  | { readonly kind: 'presence'; readonly isHere: boolean; readonly wantsAnswer: boolean }
  | { readonly kind: 'string'; readonly stringId: Bytes; readonly signal: Signal }
  /** Said again while it goes on; it ends by itself. */
  | { readonly kind: 'typing'; readonly isTyping: boolean };

const PAYLOAD = { presence: 1, string: 2, typing: 3 } as const;

/** @throws {ProtocolError} too-large, bad-value */
export function encodeLivePayload(payload: LivePayload): Bytes {
  const writer = new Writer().u8(PAYLOAD[payload.kind]);
  switch (payload.kind) {
    case 'presence':
      return writer.flag(payload.isHere).flag(payload.wantsAnswer).done();
    case 'string':
      writeSignal(writer.fixed(payload.stringId, STRING_ID_BYTES), payload.signal);
      return writer.done();
    case 'typing':
      return writer.flag(payload.isTyping).done();
    default:
      return payload satisfies never;
  }
}

function readPayload(reader: Reader): LivePayload {
  const kind = reader.u8();
  switch (kind) {
    case PAYLOAD.presence:
      return { kind: 'presence', isHere: reader.flag(), wantsAnswer: reader.flag() };
    case PAYLOAD.string:
      return { kind: 'string', stringId: reader.bytes(STRING_ID_BYTES), signal: readSignal(reader) };
    case PAYLOAD.typing:
      return { kind: 'typing', isTyping: reader.flag() };
    default:
      throw new ProtocolError('bad-kind', { kind });
  }
}

/** @throws {ProtocolError} bad-kind, bad-value, bad-text, too-large, truncated, trailing */
export function decodeLivePayload(bytes: Uint8Array): LivePayload {
  const reader = new Reader(bytes);
  const payload = readPayload(reader);
  reader.end();
  return payload;
}
