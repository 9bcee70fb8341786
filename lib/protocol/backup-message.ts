/** A message as a backup holds it: what was said, how far it came, and what became of it. */

import { fromHex, fromUtf8, type Reader, toHex, utf8, type Writer } from './bytes';
import { CONTENT_ID_BYTES, type Expiry, MAX_EMOJI_BYTES, MAX_PARTS, MAX_TEXT_BYTES, readExpiry, writeExpiry } from './content-life';
import { ProtocolError } from './errors';
import { readMaybe, writeMaybe } from './maybe';
import { writeText } from './profile';

const MAX_MESSAGE_BYTES = MAX_PARTS * MAX_TEXT_BYTES;

export type BackupOutcome =
  | { readonly kind: 'taken-back' | 'expired'; readonly atMs: number }
  | { readonly kind: 'failed'; readonly cause: 'queue-gone' | 'queue-full'; readonly atMs: number };

export interface BackupDelivery {
  readonly stage: 'local' | 'held' | 'delivered' | 'read';
  readonly heldAtMs: number | null;
  readonly heldUntilMs: number | null;
  readonly deliveredAtMs: number | null;
  readonly readAtMs: number | null;
  readonly outcome: BackupOutcome | null;
}

export interface BackupReaction {
  readonly emoji: string;
  readonly order: number;
}

/** Of the contact before it. */
export interface BackupMessage {
  readonly kind: 'message';
  /** Content id, 32 hex digits. */
  readonly id: string;
  /** Its place in the conversation, above 0; not always a whole number. */
  readonly sequence: number;
  /** Its place among what its writer said. */
  readonly order: number;
  readonly text: string;
  readonly sentAtMs: number;
  readonly receivedAtMs: number | null;
  readonly mayWait: boolean;
  readonly expiry: Expiry | null;
  readonly expiresAtMs: number | null;
  /** Content id of the message it answers. */
  readonly replyTo: string | null;
  readonly edited: { readonly order: number; readonly atMs: number } | null;
  readonly reactions: { readonly mine: BackupReaction | null; readonly theirs: BackupReaction | null };
  /** Deleted for everyone: nothing is left of its text. */
  readonly deleted: { readonly atMs: number; readonly confirmedAtMs: number | null } | null;
  /** Null for one of theirs, and for a note to oneself. */
  readonly delivery: BackupDelivery | null;
  readonly isMine: boolean;
  /** One of this user's that no receipt has come for. */
  readonly isUnconfirmed: boolean;
}

const STAGES = ['local', 'held', 'delivered', 'read'] as const;
const OUTCOMES = ['taken-back', 'expired', 'queue-gone', 'queue-full'] as const;

function writeTime(writer: Writer, atMs: number | null): void {
  writeMaybe(writer, atMs, (known) => writer.u64(known));
}

function readTime(reader: Reader): number | null {
  return readMaybe(reader, () => reader.u64());
}

function writeDelivery(writer: Writer, delivery: BackupDelivery): void {
  writer.u8(STAGES.indexOf(delivery.stage));
  for (const atMs of [delivery.heldAtMs, delivery.heldUntilMs, delivery.deliveredAtMs, delivery.readAtMs]) writeTime(writer, atMs);
  writeMaybe(writer, delivery.outcome, (outcome) => {
    writer.u8(OUTCOMES.indexOf(outcome.kind === 'failed' ? outcome.cause : outcome.kind)).u64(outcome.atMs);
  });
}

function readOutcome(reader: Reader): BackupOutcome {
  const name = OUTCOMES[reader.u8()];
  if (name === undefined) throw new ProtocolError('bad-value', { reason: 'outcome' });
  const atMs = reader.u64();
  return name === 'taken-back' || name === 'expired' ? { kind: name, atMs } : { kind: 'failed', cause: name, atMs };
}

function readDelivery(reader: Reader): BackupDelivery {
  const stage = STAGES[reader.u8()];
  if (stage === undefined) throw new ProtocolError('bad-value', { reason: 'stage' });
  return {
    stage,
    heldAtMs: readTime(reader),
    heldUntilMs: readTime(reader),
    deliveredAtMs: readTime(reader),
    readAtMs: readTime(reader),
    outcome: readMaybe(reader, () => readOutcome(reader)),
  };
}

function writeReaction(writer: Writer, reaction: BackupReaction | null): void {
  writeMaybe(writer, reaction, ({ emoji, order }) => {
    writeText(writer, emoji, MAX_EMOJI_BYTES);
    writer.u64(order);
  });
}

function readReaction(reader: Reader): BackupReaction | null {
  return readMaybe(reader, () => ({ emoji: reader.text(MAX_EMOJI_BYTES), order: reader.u64() }));
}

/** @throws {ProtocolError} bad-value, too-large */
export function writeMessage(writer: Writer, message: BackupMessage): void {
  writer.fixed(fromHex(message.id), CONTENT_ID_BYTES).f64(message.sequence).u64(message.order).flag(message.isMine);
  writeMaybe(writer, message.delivery, (delivery) => writeDelivery(writer, delivery));
  writer.flag(message.isUnconfirmed).flag(message.mayWait).u64(message.sentAtMs);
  for (const atMs of [message.receivedAtMs, message.expiresAtMs]) writeTime(writer, atMs);
  writeMaybe(writer, message.expiry, (expiry) => writeExpiry(writer, expiry));
  writeMaybe(writer, message.replyTo, (id) => writer.fixed(fromHex(id), CONTENT_ID_BYTES));
  writeMaybe(writer, message.edited, ({ order, atMs }) => writer.u64(order).u64(atMs));
  writeReaction(writer, message.reactions.mine);
  writeReaction(writer, message.reactions.theirs);
  writeMaybe(writer, message.deleted, ({ atMs, confirmedAtMs }) => writeTime(writer.u64(atMs), confirmedAtMs));
  const text = utf8(message.text);
  if (text.length > MAX_MESSAGE_BYTES) throw new ProtocolError('too-large', { size: text.length, maxBytes: MAX_MESSAGE_BYTES });
  writer.u32(text.length).bytes(text);
}

function readLongText(reader: Reader): string {
  const size = reader.u32();
  if (size > MAX_MESSAGE_BYTES) throw new ProtocolError('too-large', { size, maxBytes: MAX_MESSAGE_BYTES });
  return fromUtf8(reader.bytes(size));
}

/** @throws {ProtocolError} truncated, too-large, bad-value, bad-text */
export function readMessage(reader: Reader): BackupMessage {
  const [id, sequence, order] = [toHex(reader.bytes(CONTENT_ID_BYTES)), reader.f64(), reader.u64()];
  const isMine = reader.flag();
  const delivery = readMaybe(reader, () => readDelivery(reader));
  if (delivery !== null && !isMine) throw new ProtocolError('bad-value', { reason: 'delivery of theirs' });
  const isUnconfirmed = reader.flag();
  if (isUnconfirmed && delivery === null) throw new ProtocolError('bad-value', { reason: 'unconfirmed, never sent' });
  const [mayWait, sentAtMs, receivedAtMs, expiresAtMs] = [reader.flag(), reader.u64(), readTime(reader), readTime(reader)];
  return {
    ...{ kind: 'message', id, sequence, order, isMine, delivery, isUnconfirmed, mayWait, sentAtMs, receivedAtMs, expiresAtMs },
    expiry: readMaybe(reader, () => readExpiry(reader)),
    replyTo: readMaybe(reader, () => toHex(reader.bytes(CONTENT_ID_BYTES))),
    edited: readMaybe(reader, () => ({ order: reader.u64(), atMs: reader.u64() })),
    reactions: { mine: readReaction(reader), theirs: readReaction(reader) },
    deleted: readMaybe(reader, () => ({ atMs: reader.u64(), confirmedAtMs: readTime(reader) })),
    text: readLongText(reader),
  };
}
