/**
 * Peer ⇄ peer. Contents travel inside ratchet envelopes; live payloads inside live frames, which never advance the ratchet.
 * PROTOCOL.md has every body byte by byte.
 *
 *   kind(1) ‖ may wait(1) ‖ content id(16) ‖ body
 */
import { type Bytes, Reader, Writer } from './bytes';
import { ProtocolError } from './errors';
import { LIVE_KEY_BYTES } from './live';
import { type BoxAddress, readBoxAddress, writeBoxAddress } from './prekey-box';
import {
  type DirectChoice,
  type QueueAddress,
  readDirect,
  readName,
  readQueueAddress,
  writeDirect,
  writeName,
  writeQueueAddress,
  writeText,
} from './profile';
import { readSignal, type Signal, writeSignal } from './signal';

export type { DirectChoice, QueueAddress } from './profile';
export type { Signal } from './signal';

export const CONTENT_ID_BYTES = 16;
const STRING_ID_BYTES = 16;
/** One part of a text, in UTF-8. */
export const MAX_TEXT_BYTES = 12_000;
/** In one receipt, all lists together, and in one query. */
export const MAX_RECEIPT_IDS = 500;

interface Envelope {
  readonly contentId: Bytes;
  /** The sender let this content wait, sealed, on a relay; a receipt for it may then use the relay too. */
  readonly mayWait: boolean;
}

export type ContentBody =
  /** First content of an initiator: who asks, and where to answer. */
  | {
      readonly kind: 'request';
      readonly name: string;
      readonly address: QueueAddress;
      readonly direct: DirectChoice;
      readonly liveKey: Bytes;
      readonly sentAtMs: number;
    }
  | { readonly kind: 'accept'; readonly name: string; readonly direct: DirectChoice; readonly liveKey: Bytes; readonly sentAtMs: number }
  /** The sender's name or choice changed. */
  | { readonly kind: 'profile'; readonly name: string; readonly direct: DirectChoice }
  | { readonly kind: 'text'; readonly text: string; readonly sentAtMs: number }
  /** Ids the receiver has stored, has shown, and (answering a query) has never seen. Never answered by a receipt. */
  | { readonly kind: 'receipt'; readonly delivered: readonly Bytes[]; readonly read: readonly Bytes[]; readonly missing: readonly Bytes[] }
  /** Ids the sender has no receipt for. Answered by one receipt that names each of them once. */
  | { readonly kind: 'query'; readonly ids: readonly Bytes[] }
  | { readonly kind: 'live-key'; readonly liveKey: Bytes }
  /** Where the sender's prekey bundles for this contact lie: for starting a new session when this one fails. */
  | { readonly kind: 'prekey-box'; readonly box: BoxAddress }
  /** Said by both sides in a session that replaces another: what the old one may have taken with it. */
  | { readonly kind: 'heal'; readonly name: string; readonly direct: DirectChoice; readonly liveKey: Bytes };

export type Content = Envelope & ContentBody;

const KIND = { request: 1, accept: 2, profile: 3, text: 4, receipt: 5, query: 6, 'live-key': 7, 'prekey-box': 8, heal: 9 } as const;

function writeIds(writer: Writer, ids: readonly Bytes[]): void {
  writer.u16(ids.length);
  for (const id of ids) writer.fixed(id, CONTENT_ID_BYTES);
}

function checkIdCount(count: number): void {
  if (count > MAX_RECEIPT_IDS) throw new ProtocolError('too-large', { size: count, max: MAX_RECEIPT_IDS });
}

function readIds(reader: Reader): Bytes[] {
  const count = reader.u16();
  checkIdCount(count);
  return Array.from({ length: count }, () => reader.bytes(CONTENT_ID_BYTES));
}

function writeBody(writer: Writer, body: ContentBody): void {
  switch (body.kind) {
    case 'request':
      writeName(writer, body.name);
      writeQueueAddress(writer, body.address);
      writeDirect(writer, body.direct);
      writer.fixed(body.liveKey, LIVE_KEY_BYTES).u64(body.sentAtMs);
      return;
    case 'accept':
      writeName(writer, body.name);
      writeDirect(writer, body.direct);
      writer.fixed(body.liveKey, LIVE_KEY_BYTES).u64(body.sentAtMs);
      return;
    case 'profile':
      writeName(writer, body.name);
      writeDirect(writer, body.direct);
      return;
    case 'text':
      writeText(writer, body.text, MAX_TEXT_BYTES);
      writer.u64(body.sentAtMs);
      return;
    case 'receipt':
      checkIdCount(body.delivered.length + body.read.length + body.missing.length);
      for (const ids of [body.delivered, body.read, body.missing]) writeIds(writer, ids);
      return;
    case 'query':
      checkIdCount(body.ids.length);
      writeIds(writer, body.ids);
      return;
    case 'live-key':
      writer.fixed(body.liveKey, LIVE_KEY_BYTES);
      return;
    case 'prekey-box':
      writeBoxAddress(writer, body.box);
      return;
    case 'heal':
      writeName(writer, body.name);
      writeDirect(writer, body.direct);
      writer.fixed(body.liveKey, LIVE_KEY_BYTES);
      return;
    default:
      body satisfies never;
  }
}

function readReceipt(reader: Reader): ContentBody {
  const receipt = { kind: 'receipt', delivered: readIds(reader), read: readIds(reader), missing: readIds(reader) } as const;
  checkIdCount(receipt.delivered.length + receipt.read.length + receipt.missing.length);
  return receipt;
}

function readBody(kind: number, reader: Reader): ContentBody {
  switch (kind) {
    case KIND.request:
      return {
        kind: 'request',
        name: readName(reader),
        address: readQueueAddress(reader),
        direct: readDirect(reader),
        liveKey: reader.bytes(LIVE_KEY_BYTES),
        sentAtMs: reader.u64(),
      };
    case KIND.accept:
      return {
        kind: 'accept',
        name: readName(reader),
        direct: readDirect(reader),
        liveKey: reader.bytes(LIVE_KEY_BYTES),
        sentAtMs: reader.u64(),
      };
    case KIND.profile:
      return { kind: 'profile', name: readName(reader), direct: readDirect(reader) };
    case KIND.text:
      return { kind: 'text', text: reader.text(MAX_TEXT_BYTES), sentAtMs: reader.u64() };
    case KIND.receipt:
      return readReceipt(reader);
    case KIND.query:
      return { kind: 'query', ids: readIds(reader) };
    case KIND['live-key']:
      return { kind: 'live-key', liveKey: reader.bytes(LIVE_KEY_BYTES) };
    case KIND['prekey-box']:
      return { kind: 'prekey-box', box: readBoxAddress(reader) };
    case KIND.heal:
      return { kind: 'heal', name: readName(reader), direct: readDirect(reader), liveKey: reader.bytes(LIVE_KEY_BYTES) };
    default:
      throw new ProtocolError('bad-kind', { kind });
  }
}

/** @throws {ProtocolError} too-large, bad-value: what the other side would refuse is not encoded */
export function encodeContent(content: Content): Bytes {
  const writer = new Writer().u8(KIND[content.kind]).flag(content.mayWait).fixed(content.contentId, CONTENT_ID_BYTES);
  writeBody(writer, content);
  return writer.done();
}

/** @throws {ProtocolError} bad-kind, bad-value, bad-text, too-large, truncated, trailing */
export function decodeContent(bytes: Uint8Array): Content {
  const reader = new Reader(bytes);
  const kind = reader.u8();
  const mayWait = reader.flag();
  const contentId = reader.bytes(CONTENT_ID_BYTES);
  const body = readBody(kind, reader);
  reader.end();
  return { ...body, mayWait, contentId };
}

export type LivePayload =
  /** `wantsAnswer` is set by the one who came online first, so that two never answer each other for ever. */
  | { readonly kind: 'presence'; readonly isHere: boolean; readonly wantsAnswer: boolean }
  | { readonly kind: 'string'; readonly stringId: Bytes; readonly signal: Signal };

const PAYLOAD = { presence: 1, string: 2 } as const;

/** @throws {ProtocolError} too-large, bad-value */
export function encodeLivePayload(payload: LivePayload): Bytes {
  const writer = new Writer().u8(PAYLOAD[payload.kind]);
  switch (payload.kind) {
    case 'presence':
      return writer.flag(payload.isHere).flag(payload.wantsAnswer).done();
    case 'string':
      writeSignal(writer.fixed(payload.stringId, STRING_ID_BYTES), payload.signal);
      return writer.done();
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
