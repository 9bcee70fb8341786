/**
 * Peer ⇄ peer. Contents travel inside ratchet envelopes; live payloads (live-payload.ts) inside live frames, which never advance the
 * ratchet.
 * PROTOCOL.md has every body byte by byte.
 *
 *   kind(1) ‖ may wait(1) ‖ content id(16) ‖ body
 */
import { type Bytes, Reader, Writer } from './bytes';
import { CONTENT_ID_BYTES, checkIdCount, type LifeBody, readIds, readLife, writeIds, writeLife } from './content-life';
import { ProtocolError } from './errors';
import { LIVE_KEY_BYTES } from './live';
import { readMaybe, writeMaybe } from './maybe';
import { type BoxAddress, readBoxAddress, writeBoxAddress } from './prekey-box';
import { type Introduction, type QueueAddress, readIntroduction, readQueueAddress, writeIntroduction, writeQueueAddress } from './profile';

/** Kinds above those of a contact's version are not sent to them. */
export const CONTENT_VERSION = 1;
/** In one receipt, all lists together, and in one query. */
export const MAX_RECEIPT_IDS = 500;

interface Envelope {
  readonly contentId: Bytes;
  /** The sender let this content wait, sealed, on a relay; a receipt for it may then use the relay too. */
  readonly mayWait: boolean;
}

export type ContentBody =
  /** First content of an initiator: who asks, and where to answer. */
  | (Introduction & {
      readonly kind: 'request';
      readonly address: QueueAddress;
      readonly liveKey: Bytes;
      readonly sentAtMs: number;
    })
  | (Introduction & { readonly kind: 'accept'; readonly liveKey: Bytes; readonly sentAtMs: number })
  /** Something in the sender's introduction changed. */
  | (Introduction & { readonly kind: 'profile' })
  | LifeBody
  /** Ids the receiver has stored, has shown, and (answering a query) has never seen. Never answered by a receipt. */
  | { readonly kind: 'receipt'; readonly delivered: readonly Bytes[]; readonly read: readonly Bytes[]; readonly missing: readonly Bytes[] }
  /** Ids the sender has no receipt for. Answered by one receipt that names each of them once. */
  | { readonly kind: 'query'; readonly ids: readonly Bytes[] }
  | { readonly kind: 'live-key'; readonly liveKey: Bytes }
  /** Where the sender's prekey bundles for this contact lie: for starting a new session when this one fails. */
  | { readonly kind: 'prekey-box'; readonly box: BoxAddress }
  /**
   * With an address: where to write to the sender from now on. Without one: the sender writes to the address that came with this
   * order. An order not above the last one taken is out of date.
   */
  | { readonly kind: 'address'; readonly order: number; readonly address: QueueAddress | null }
  /** Said by both sides in a session that replaces another: what the old one may have taken with it. */
  | (Introduction & { readonly kind: 'heal'; readonly liveKey: Bytes });

export type Content = Envelope & ContentBody;

const KIND = {
  ...{ request: 1, accept: 2, profile: 3, text: 4, receipt: 5, query: 6, 'live-key': 7, 'prekey-box': 8, heal: 9 },
  ...{ part: 10, edit: 11, reaction: 12, delete: 13, address: 14 },
} as const;

function writeBody(writer: Writer, body: ContentBody): void {
  switch (body.kind) {
    case 'request':
      writeIntroduction(writer, body);
      writeQueueAddress(writer, body.address);
      writer.fixed(body.liveKey, LIVE_KEY_BYTES).u64(body.sentAtMs);
      return;
    case 'accept':
      writeIntroduction(writer, body);
      writer.fixed(body.liveKey, LIVE_KEY_BYTES).u64(body.sentAtMs);
      return;
    case 'profile':
      writeIntroduction(writer, body);
      return;
    case 'text':
    case 'part':
    case 'edit':
    case 'reaction':
    case 'delete':
      writeLife(writer, body);
      return;
    case 'receipt':
      checkIdCount(body.delivered.length + body.read.length + body.missing.length, MAX_RECEIPT_IDS);
      for (const ids of [body.delivered, body.read, body.missing]) writeIds(writer, ids);
      return;
    case 'query':
      checkIdCount(body.ids.length, MAX_RECEIPT_IDS);
      writeIds(writer, body.ids);
      return;
    case 'live-key':
      writer.fixed(body.liveKey, LIVE_KEY_BYTES);
      return;
    case 'prekey-box':
      writeBoxAddress(writer, body.box);
      return;
    case 'address':
      writeMaybe(writer.u32(body.order), body.address, (address) => writeQueueAddress(writer, address));
      return;
    case 'heal':
      writeIntroduction(writer, body);
      writer.fixed(body.liveKey, LIVE_KEY_BYTES);
      return;
    default:
      body satisfies never;
  }
}

function readReceipt(reader: Reader): ContentBody {
  const [delivered, read, missing] = [readIds(reader, MAX_RECEIPT_IDS), readIds(reader, MAX_RECEIPT_IDS), readIds(reader, MAX_RECEIPT_IDS)];
  checkIdCount(delivered.length + read.length + missing.length, MAX_RECEIPT_IDS);
  return { kind: 'receipt', delivered, read, missing };
}

function readBody(kind: number, reader: Reader): ContentBody {
  switch (kind) {
    case KIND.request:
      return {
        kind: 'request',
        ...readIntroduction(reader),
        address: readQueueAddress(reader),
        liveKey: reader.bytes(LIVE_KEY_BYTES),
        sentAtMs: reader.u64(),
      };
    case KIND.accept:
      return { kind: 'accept', ...readIntroduction(reader), liveKey: reader.bytes(LIVE_KEY_BYTES), sentAtMs: reader.u64() };
    case KIND.profile:
      return { kind: 'profile', ...readIntroduction(reader) };
    case KIND.text:
      return readLife('text', reader);
    case KIND.part:
      return readLife('part', reader);
    case KIND.edit:
      return readLife('edit', reader);
    case KIND.reaction:
      return readLife('reaction', reader);
    case KIND.delete:
      return readLife('delete', reader);
    case KIND.receipt:
      return readReceipt(reader);
    case KIND.query:
      return { kind: 'query', ids: readIds(reader, MAX_RECEIPT_IDS) };
    case KIND['live-key']:
      return { kind: 'live-key', liveKey: reader.bytes(LIVE_KEY_BYTES) };
    case KIND['prekey-box']:
      return { kind: 'prekey-box', box: readBoxAddress(reader) };
    case KIND.address:
      return { kind: 'address', order: reader.u32(), address: readMaybe(reader, () => readQueueAddress(reader)) };
    case KIND.heal:
      return { kind: 'heal', ...readIntroduction(reader), liveKey: reader.bytes(LIVE_KEY_BYTES) };
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
