/** A contact as a backup holds them: who they are, the queues and prekey boxes of the two, the choices made. */
import { type Choices, readChoices, writeChoices } from './backup-choices';
import { type Bytes, fromHex, fromUtf8, type Reader, toHex, utf8, type Writer } from './bytes';
import { ProtocolError } from './errors';
import { STATEMENT_BYTES } from './identity';
import { readMaybe, writeMaybe } from './maybe';
import { type BoxAddress, readBoxAddress, writeBoxAddress } from './prekey-box';
import {
  type DirectChoice,
  type QueueAddress,
  readDirect,
  readName,
  readQueueAddress,
  readRelay,
  writeDirect,
  writeName,
  writeQueueAddress,
  writeRelay,
} from './profile';
import { QUEUE_SECRET_BYTES } from './queue-keys';
import { INVITE_ID_BYTES, NEW_ID_BYTES, QUEUE_ID_BYTES } from './relay';

const MAX_DRAFT_BYTES = 300_000;
const CONTACT_ID_BYTES = 16;

export interface BackupMyQueue {
  readonly relay: string;
  readonly newId: Bytes;
  readonly readerSecret: Bytes;
  readonly doorbellSecret: Bytes;
  readonly rid: Bytes | null;
  readonly sid: Bytes | null;
}

export interface BackupTheirQueue extends QueueAddress {
  readonly writerSecret: Bytes;
  readonly isRegistered: boolean;
}

export interface BackupMyBox extends BoxAddress {
  readonly ownerSecret: Bytes;
  readonly revision: number;
}

export interface BackupContact {
  readonly kind: 'contact';
  /** 32 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly statement: Bytes;
  /** Of another identity that answered in their place, and was not accepted yet. */
  readonly changedStatement: Bytes | null;
  readonly addedAtMs: number;
  readonly lastSeenMs: number | null;
  /** 32 hex digits. */
  readonly inviteId: string;
  readonly mine: BackupMyQueue;
  readonly theirs: BackupTheirQueue;
  readonly direct: { readonly mine: DirectChoice | null; readonly theirs: DirectChoice | null };
  readonly choices: Choices;
  /** What they let this user know, and the version of the contents they understand. */
  readonly told: { readonly reading: boolean; readonly typing: boolean; readonly version: number };
  readonly box: { readonly mine: BackupMyBox | null; readonly theirs: BoxAddress | null };
  readonly generation: number;
  /** Of the last thing said to them, and of the last they said. */
  readonly order: { readonly mine: number; readonly theirs: number };
  readonly nextSequence: number;
  readonly readUpTo: number;
  readonly draft: string;
}

function writeMyQueue(writer: Writer, queue: BackupMyQueue): void {
  writeRelay(writer, queue.relay);
  writer.fixed(queue.newId, NEW_ID_BYTES).fixed(queue.readerSecret, QUEUE_SECRET_BYTES).fixed(queue.doorbellSecret, QUEUE_SECRET_BYTES);
  writeMaybe(writer, queue.rid, (rid) => writer.fixed(rid, QUEUE_ID_BYTES));
  writeMaybe(writer, queue.sid, (sid) => writer.fixed(sid, QUEUE_ID_BYTES));
}

function readMyQueue(reader: Reader): BackupMyQueue {
  return {
    relay: readRelay(reader),
    newId: reader.bytes(NEW_ID_BYTES),
    readerSecret: reader.bytes(QUEUE_SECRET_BYTES),
    doorbellSecret: reader.bytes(QUEUE_SECRET_BYTES),
    rid: readMaybe(reader, () => reader.bytes(QUEUE_ID_BYTES)),
    sid: readMaybe(reader, () => reader.bytes(QUEUE_ID_BYTES)),
  };
}

/** @throws {ProtocolError} bad-value, too-large */
export function writeContact(writer: Writer, contact: BackupContact): void {
  const { mine, theirs } = contact.box;
  writer.fixed(fromHex(contact.id), CONTACT_ID_BYTES);
  writeName(writer, contact.name);
  writer.fixed(contact.statement, STATEMENT_BYTES);
  writeMaybe(writer, contact.changedStatement, (statement) => writer.fixed(statement, STATEMENT_BYTES));
  writer.u64(contact.addedAtMs);
  writeMaybe(writer, contact.lastSeenMs, (atMs) => writer.u64(atMs));
  writer.fixed(fromHex(contact.inviteId), INVITE_ID_BYTES);
  writeMyQueue(writer, contact.mine);
  writeQueueAddress(writer, contact.theirs);
  writer.fixed(contact.theirs.writerSecret, QUEUE_SECRET_BYTES).flag(contact.theirs.isRegistered);
  for (const choice of [contact.direct.mine, contact.direct.theirs]) writeMaybe(writer, choice, (direct) => writeDirect(writer, direct));
  writeChoices(writer, contact.choices);
  writer.flag(contact.told.reading).flag(contact.told.typing).u8(contact.told.version);
  writeMaybe(writer, mine, (box) => {
    writeBoxAddress(writer, box);
    writer.fixed(box.ownerSecret, QUEUE_SECRET_BYTES).u32(box.revision);
  });
  writeMaybe(writer, theirs, (box) => writeBoxAddress(writer, box));
  writer.u32(contact.generation).u64(contact.order.mine).u64(contact.order.theirs).u32(contact.nextSequence).f64(contact.readUpTo);
  const draft = utf8(contact.draft);
  if (draft.length > MAX_DRAFT_BYTES) throw new ProtocolError('too-large', { size: draft.length, maxBytes: MAX_DRAFT_BYTES });
  writer.u32(draft.length).bytes(draft);
}

function readDraft(reader: Reader): string {
  const size = reader.u32();
  if (size > MAX_DRAFT_BYTES) throw new ProtocolError('too-large', { size, maxBytes: MAX_DRAFT_BYTES });
  return fromUtf8(reader.bytes(size));
}

/** @throws {ProtocolError} truncated, too-large, bad-value, bad-text */
export function readContact(reader: Reader): BackupContact {
  const readChoice = () => readMaybe(reader, () => readDirect(reader));
  const contact: BackupContact = {
    kind: 'contact',
    id: toHex(reader.bytes(CONTACT_ID_BYTES)),
    name: readName(reader),
    statement: reader.bytes(STATEMENT_BYTES),
    changedStatement: readMaybe(reader, () => reader.bytes(STATEMENT_BYTES)),
    addedAtMs: reader.u64(),
    lastSeenMs: readMaybe(reader, () => reader.u64()),
    inviteId: toHex(reader.bytes(INVITE_ID_BYTES)),
    mine: readMyQueue(reader),
    theirs: { ...readQueueAddress(reader), writerSecret: reader.bytes(QUEUE_SECRET_BYTES), isRegistered: reader.flag() },
    direct: { mine: readChoice(), theirs: readChoice() },
    choices: readChoices(reader),
    told: { reading: reader.flag(), typing: reader.flag(), version: reader.u8() },
    box: {
      mine: readMaybe(reader, () => ({
        ...readBoxAddress(reader),
        ownerSecret: reader.bytes(QUEUE_SECRET_BYTES),
        revision: reader.u32(),
      })),
      theirs: readMaybe(reader, () => readBoxAddress(reader)),
    },
    generation: reader.u32(),
    order: { mine: reader.u64(), theirs: reader.u64() },
    nextSequence: reader.u32(),
    readUpTo: reader.f64(),
    draft: readDraft(reader),
  };
  if (contact.readUpTo >= contact.nextSequence) throw new ProtocolError('bad-value', { readUpTo: contact.readUpTo });
  return contact;
}
