/** A message and what becomes of it: its text in one or more parts, edits, reactions, deletion. PROTOCOL.md has every body byte by byte. */
import { type Bytes, concat, type Reader, utf8, Writer } from './bytes';
import { ProtocolError } from './errors';
import { hash, label } from './kdf';
import { writeText } from './profile';

export const CONTENT_ID_BYTES = 16;
/** One part of a text, in UTF-8. */
export const MAX_TEXT_BYTES = 12_000;
/** A text of 20,000 characters fits, whatever they are. */
export const MAX_PARTS = 8;
/** An emoji is one cluster of code points: families and flags are the longest. */
export const MAX_EMOJI_BYTES = 64;
export const MAX_DELETED_IDS = 500;
/** A year. */
export const MAX_EXPIRY_SECONDS = 365 * 24 * 3600;

/** When a message is over: so long after it was read, or after it was written. */
export interface Expiry {
  readonly seconds: number;
  readonly base: 'read' | 'sent';
}

/** As the content says it: `ageSeconds` since it was written, by the sender's own clock, when it was sealed. */
export interface SentExpiry extends Expiry {
  readonly ageSeconds: number;
}

export type LifeBody =
  /**
   * `order` only rises among the texts, edits and reactions of one sender to one reader, whichever way they went: they are shown in it.
   * `parts` counts this one; the rest follows.
   */
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly parts: number;
      readonly sentAtMs: number;
      readonly order: number;
      readonly expiry: SentExpiry | null;
      readonly replyTo: Bytes | null;
    }
  /** Of the text or edit with the content id `of`. The first part is number 0, and none of these. */
  | { readonly kind: 'part'; readonly of: Bytes; readonly index: number; readonly text: string }
  /** Only of a text of the sender's. */
  | { readonly kind: 'edit'; readonly target: Bytes; readonly order: number; readonly parts: number; readonly text: string }
  /** One of each person's to a text; '' takes it away. */
  | { readonly kind: 'reaction'; readonly target: Bytes; readonly order: number; readonly emoji: string }
  /** Only texts of the sender's. */
  | { readonly kind: 'delete'; readonly targets: readonly Bytes[] };

/** The same part has the same id however often it is sealed. */
export function partId(of: Bytes, index: number): Bytes {
  return hash(concat(label('text part'), new Writer().fixed(of, CONTENT_ID_BYTES).u8(index).done())).slice(0, CONTENT_ID_BYTES);
}

/** Up to MAX_PARTS pieces, each of whole characters and at most MAX_TEXT_BYTES. @throws {ProtocolError} too-large */
export function splitText(text: string): readonly string[] {
  const parts: string[] = [];
  let part = '';
  let size = 0;
  for (const character of text) {
    const bytes = utf8(character).length;
    if (size + bytes > MAX_TEXT_BYTES) {
      parts.push(part);
      part = '';
      size = 0;
    }
    part += character;
    size += bytes;
  }
  parts.push(part);
  if (parts.length > MAX_PARTS) throw new ProtocolError('too-large', { size: parts.length, max: MAX_PARTS });
  return parts;
}

export function writeIds(writer: Writer, ids: readonly Bytes[]): void {
  writer.u16(ids.length);
  for (const id of ids) writer.fixed(id, CONTENT_ID_BYTES);
}

export function checkIdCount(count: number, max: number): void {
  if (count > max) throw new ProtocolError('too-large', { size: count, max });
}

export function readIds(reader: Reader, max: number): Bytes[] {
  const count = reader.u16();
  checkIdCount(count, max);
  return Array.from({ length: count }, () => reader.bytes(CONTENT_ID_BYTES));
}

function checkedParts(parts: number): number {
  if (parts < 1 || parts > MAX_PARTS) throw new ProtocolError('bad-value', { parts });
  return parts;
}

function checkedIndex(index: number): number {
  if (index < 1 || index >= MAX_PARTS) throw new ProtocolError('bad-value', { index });
  return index;
}

const BASES = ['read', 'sent'] as const;

function checkedSeconds(seconds: number): number {
  if (seconds < 1 || seconds > MAX_EXPIRY_SECONDS) throw new ProtocolError('bad-value', { seconds });
  return seconds;
}

/** @throws {ProtocolError} bad-value */
export function writeExpiry(writer: Writer, { seconds, base }: Expiry): void {
  writer.u32(checkedSeconds(seconds)).u8(BASES.indexOf(base));
}

/** @throws {ProtocolError} bad-value */
export function readExpiry(reader: Reader): Expiry {
  const seconds = checkedSeconds(reader.u32());
  const base = BASES[reader.u8()];
  if (base === undefined) throw new ProtocolError('bad-value', { reason: 'expiry base' });
  return { seconds, base };
}

/** @throws {ProtocolError} too-large, bad-value */
export function writeLife(writer: Writer, body: LifeBody): void {
  switch (body.kind) {
    case 'text':
      writer.u8(checkedParts(body.parts));
      writeText(writer, body.text, MAX_TEXT_BYTES);
      writer
        .u64(body.sentAtMs)
        .u64(body.order)
        .flag(body.expiry !== null);
      if (body.expiry) {
        writeExpiry(writer, body.expiry);
        writer.u32(body.expiry.ageSeconds);
      }
      writer.flag(body.replyTo !== null);
      if (body.replyTo) writer.fixed(body.replyTo, CONTENT_ID_BYTES);
      return;
    case 'part':
      writer.fixed(body.of, CONTENT_ID_BYTES).u8(checkedIndex(body.index));
      writeText(writer, body.text, MAX_TEXT_BYTES);
      return;
    case 'edit':
      writer.fixed(body.target, CONTENT_ID_BYTES).u64(body.order).u8(checkedParts(body.parts));
      writeText(writer, body.text, MAX_TEXT_BYTES);
      return;
    case 'reaction':
      writer.fixed(body.target, CONTENT_ID_BYTES).u64(body.order);
      writeText(writer, body.emoji, MAX_EMOJI_BYTES);
      return;
    case 'delete':
      checkIdCount(body.targets.length, MAX_DELETED_IDS);
      writeIds(writer, body.targets);
      return;
    default:
      body satisfies never;
  }
}

/** @throws {ProtocolError} bad-value, bad-text, too-large, truncated */
export function readLife(kind: LifeBody['kind'], reader: Reader): LifeBody {
  switch (kind) {
    case 'text': {
      const parts = checkedParts(reader.u8());
      const [text, sentAtMs, order] = [reader.text(MAX_TEXT_BYTES), reader.u64(), reader.u64()];
      const expiry = reader.flag() ? { ...readExpiry(reader), ageSeconds: reader.u32() } : null;
      return { kind, text, parts, sentAtMs, order, expiry, replyTo: reader.flag() ? reader.bytes(CONTENT_ID_BYTES) : null };
    }
    case 'part':
      return { kind, of: reader.bytes(CONTENT_ID_BYTES), index: checkedIndex(reader.u8()), text: reader.text(MAX_TEXT_BYTES) };
    case 'edit': {
      const [target, order, parts] = [reader.bytes(CONTENT_ID_BYTES), reader.u64(), checkedParts(reader.u8())];
      return { kind, target, order, parts, text: reader.text(MAX_TEXT_BYTES) };
    }
    case 'reaction':
      return { kind, target: reader.bytes(CONTENT_ID_BYTES), order: reader.u64(), emoji: reader.text(MAX_EMOJI_BYTES) };
    case 'delete':
      return { kind, targets: readIds(reader, MAX_DELETED_IDS) };
    default:
      return kind satisfies never;
  }
}
