/**
 * Encodes and decodes the frames of relay.ts. One meaning has one encoding: every size is checked, nothing may trail, and
 * what does not decode throws a ProtocolError and nothing else.
 */
import { type Bytes, type Reader, Writer } from './bytes';
import { ProtocolError } from './errors';
import {
  BOX_ID_BYTES,
  type ClientFrame,
  INVITE_ID_BYTES,
  KNOCK_CELL_BYTES,
  MAX_INVITE_BYTES,
  MAX_SIGNAL_BYTES,
  MAX_STUN_URL_BYTES,
  MAX_STUN_URLS,
  MESSAGE_ID_BYTES,
  NEW_ID_BYTES,
  NONCE_BYTES,
  PASSWORD_PROOF_BYTES,
  PUBLIC_KEY_BYTES,
  QUEUE_ID_BYTES,
  SEALED_BUNDLE_BYTES,
  type ServerFrame,
  SIGNATURE_BYTES,
  type SubProof,
  TOKEN_BYTES,
  WORK_BYTES,
} from './relay';
import { readPrePut, writePrePut } from './relay-boxes';
import { cell, doorBits, exact, filled, knockCell, nameOf, openFrame, readList, uint32, workBits, writeList } from './relay-fields';
import { CLIENT_KINDS, ERROR_CODES, SERVER_KINDS } from './relay-kinds';

type Kind<Frame extends { readonly kind: string }> = Frame['kind'];

const SUB_ROLES: Readonly<Record<SubProof['role'], number>> = { reader: 1, doorbell: 2 };

function writeSubProof(writer: Writer, proof: SubProof): void {
  writer
    .bytes(exact(proof.rid, QUEUE_ID_BYTES))
    .u8(SUB_ROLES[proof.role])
    .flag(proof.isLive)
    .bytes(exact(proof.signature, SIGNATURE_BYTES));
}

function readSubProof(reader: Reader): SubProof {
  const rid = reader.bytes(QUEUE_ID_BYTES);
  const role = nameOf(SUB_ROLES, reader.u8());
  if (role === null) throw new ProtocolError('bad-value');
  return { rid, role, isLive: reader.flag(), signature: reader.bytes(SIGNATURE_BYTES) };
}

function writeNew(w: Writer, frame: Extract<ClientFrame, { kind: 'new' }>): Writer {
  w.bytes(exact(frame.newId, NEW_ID_BYTES)).bytes(exact(frame.readerKey, PUBLIC_KEY_BYTES));
  w.bytes(exact(frame.doorbellKey, PUBLIC_KEY_BYTES)).u8(doorBits(frame.doorBits));
  return w.bytes(exact(frame.token, TOKEN_BYTES)).bytes(exact(frame.work, WORK_BYTES));
}

function readNew(r: Reader): ClientFrame {
  const [newId, readerKey, doorbellKey] = [r.bytes(NEW_ID_BYTES), r.bytes(PUBLIC_KEY_BYTES), r.bytes(PUBLIC_KEY_BYTES)];
  return { kind: 'new', newId, readerKey, doorbellKey, doorBits: doorBits(r.u8()), token: r.bytes(TOKEN_BYTES), work: r.bytes(WORK_BYTES) };
}

function writeClientBody(w: Writer, frame: ClientFrame): Writer {
  switch (frame.kind) {
    case 'new':
      return writeNew(w, frame);
    case 'key':
      return w.bytes(exact(frame.sid, QUEUE_ID_BYTES)).bytes(exact(frame.writerKey, PUBLIC_KEY_BYTES));
    case 'sub':
      return writeList(w, frame.proofs, writeSubProof);
    case 'open':
      return writeList(w, frame.proofs, (to, proof) =>
        to.bytes(exact(proof.sid, QUEUE_ID_BYTES)).bytes(exact(proof.signature, SIGNATURE_BYTES)),
      );
    case 'unsub':
      return writeList(w, frame.rids, (to, rid) => to.bytes(exact(rid, QUEUE_ID_BYTES)));
    case 'send':
      w.bytes(exact(frame.sid, QUEUE_ID_BYTES)).bytes(exact(frame.messageId, MESSAGE_ID_BYTES));
      return w.u32(frame.ttlSeconds).bytes(cell(frame.cell));
    case 'ack':
      return w.bytes(exact(frame.rid, QUEUE_ID_BYTES)).bytes(exact(frame.messageId, MESSAGE_ID_BYTES));
    case 'del':
      return w.bytes(exact(frame.queueId, QUEUE_ID_BYTES)).bytes(exact(frame.messageId, MESSAGE_ID_BYTES));
    case 'look':
      return writeList(w.bytes(exact(frame.sid, QUEUE_ID_BYTES)), frame.messageIds, (to, id) => to.bytes(exact(id, MESSAGE_ID_BYTES)));
    case 'sig':
      return w.bytes(exact(frame.sid, QUEUE_ID_BYTES)).bytes(filled(frame.payload, MAX_SIGNAL_BYTES));
    case 'inv-put':
      w.bytes(exact(frame.inviteId, INVITE_ID_BYTES)).bytes(exact(frame.ownerKey, PUBLIC_KEY_BYTES));
      return w.u32(frame.ttlSeconds).bytes(filled(frame.sealed, MAX_INVITE_BYTES));
    case 'inv-take':
      return w.bytes(exact(frame.inviteId, INVITE_ID_BYTES)).bytes(exact(frame.takerKey, PUBLIC_KEY_BYTES));
    case 'inv-del':
      return w.bytes(exact(frame.inviteId, INVITE_ID_BYTES)).bytes(exact(frame.signature, SIGNATURE_BYTES));
    case 'pre-put':
      return writePrePut(w, frame);
    case 'pre-take':
      return w.bytes(exact(frame.boxId, BOX_ID_BYTES));
    case 'pre-del':
      return w.bytes(exact(frame.boxId, BOX_ID_BYTES)).bytes(exact(frame.signature, SIGNATURE_BYTES));
    case 'knock':
      w.bytes(exact(frame.sid, QUEUE_ID_BYTES)).bytes(exact(frame.messageId, MESSAGE_ID_BYTES)).u32(frame.ttlSeconds);
      return w.bytes(knockCell(frame.cell)).bytes(exact(frame.work, WORK_BYTES));
    case 'close':
      return w.bytes(exact(frame.rid, QUEUE_ID_BYTES));
    case 'pass':
      return w.bytes(exact(frame.proof, PASSWORD_PROOF_BYTES));
    case 'ping':
      return w;
    default:
      return frame satisfies never;
  }
}

function readClientBody(kind: Kind<ClientFrame>, r: Reader): ClientFrame {
  switch (kind) {
    case 'new':
      return readNew(r);
    case 'key':
      return { kind, sid: r.bytes(QUEUE_ID_BYTES), writerKey: r.bytes(PUBLIC_KEY_BYTES) };
    case 'sub':
      return { kind, proofs: readList(r, readSubProof) };
    case 'open':
      return { kind, proofs: readList(r, (from) => ({ sid: from.bytes(QUEUE_ID_BYTES), signature: from.bytes(SIGNATURE_BYTES) })) };
    case 'unsub':
      return { kind, rids: readList(r, (from) => from.bytes(QUEUE_ID_BYTES)) };
    case 'send':
      return { kind, sid: r.bytes(QUEUE_ID_BYTES), messageId: r.bytes(MESSAGE_ID_BYTES), ttlSeconds: r.u32(), cell: cell(r.rest()) };
    case 'ack':
      return { kind, rid: r.bytes(QUEUE_ID_BYTES), messageId: r.bytes(MESSAGE_ID_BYTES) };
    case 'del':
      return { kind, queueId: r.bytes(QUEUE_ID_BYTES), messageId: r.bytes(MESSAGE_ID_BYTES) };
    case 'look':
      return { kind, sid: r.bytes(QUEUE_ID_BYTES), messageIds: readList(r, (from) => from.bytes(MESSAGE_ID_BYTES)) };
    case 'sig':
      return { kind, sid: r.bytes(QUEUE_ID_BYTES), payload: filled(r.rest(), MAX_SIGNAL_BYTES) };
    case 'inv-put': {
      const inviteId = r.bytes(INVITE_ID_BYTES);
      const ownerKey = r.bytes(PUBLIC_KEY_BYTES);
      return { kind, inviteId, ownerKey, ttlSeconds: r.u32(), sealed: filled(r.rest(), MAX_INVITE_BYTES) };
    }
    case 'inv-take':
      return { kind, inviteId: r.bytes(INVITE_ID_BYTES), takerKey: r.bytes(PUBLIC_KEY_BYTES) };
    case 'inv-del':
      return { kind, inviteId: r.bytes(INVITE_ID_BYTES), signature: r.bytes(SIGNATURE_BYTES) };
    case 'pre-put':
      return readPrePut(r);
    case 'pre-take':
      return { kind, boxId: r.bytes(BOX_ID_BYTES) };
    case 'pre-del':
      return { kind, boxId: r.bytes(BOX_ID_BYTES), signature: r.bytes(SIGNATURE_BYTES) };
    case 'knock': {
      const [sid, messageId, ttlSeconds] = [r.bytes(QUEUE_ID_BYTES), r.bytes(MESSAGE_ID_BYTES), r.u32()];
      return { kind, sid, messageId, ttlSeconds, cell: r.bytes(KNOCK_CELL_BYTES), work: r.bytes(WORK_BYTES) };
    }
    case 'close':
      return { kind, rid: r.bytes(QUEUE_ID_BYTES) };
    case 'pass':
      return { kind, proof: r.bytes(PASSWORD_PROOF_BYTES) };
    case 'ping':
      return { kind };
    default:
      return kind satisfies never;
  }
}

function writeHello(w: Writer, frame: Extract<ServerFrame, { kind: 'hello' }>): Writer {
  if (frame.stunUrls.length > MAX_STUN_URLS) throw new ProtocolError('bad-value', { count: frame.stunUrls.length });
  w.bytes(exact(frame.nonce, NONCE_BYTES)).u64(frame.timeMs);
  w.u32(frame.retentionSeconds).u32(frame.maxRetentionSeconds).u8(frame.stunUrls.length);
  for (const url of frame.stunUrls) w.text(url);
  return w;
}

function readHello(r: Reader): ServerFrame {
  const nonce = r.bytes(NONCE_BYTES);
  const timeMs = r.u64();
  const retentionSeconds = r.u32();
  const maxRetentionSeconds = r.u32();
  const count = r.u8();
  if (count > MAX_STUN_URLS) throw new ProtocolError('bad-value', { count });
  const stunUrls = Array.from({ length: count }, () => r.text(MAX_STUN_URL_BYTES));
  return { kind: 'hello', nonce, timeMs, retentionSeconds, maxRetentionSeconds, stunUrls };
}

function writeServerBody(w: Writer, frame: ServerFrame): Writer {
  switch (frame.kind) {
    case 'hello':
      return writeHello(w, frame);
    case 'ok-queue':
      return w.bytes(exact(frame.rid, QUEUE_ID_BYTES)).bytes(exact(frame.sid, QUEUE_ID_BYTES));
    case 'ok-waiting':
      return writeList(w, frame.isWaiting, (to, isWaiting) => to.flag(isWaiting));
    case 'ok-proofs':
      return writeList(w, frame.accepted, (to, isAccepted) => to.flag(isAccepted));
    case 'ok-stored':
      return w.u32(frame.expiresInSeconds);
    case 'ok-invite':
      return w.bytes(filled(frame.sealed, MAX_INVITE_BYTES));
    case 'ok-deleted':
      return w.flag(frame.wasHanded === 'maybe');
    case 'ok-box':
      return w.u32(frame.revision).u16(frame.left);
    case 'ok-bundle':
      return w.bytes(exact(frame.sealed, SEALED_BUNDLE_BYTES));
    case 'err':
      return w.u8(ERROR_CODES[frame.code]).u32(frame.code === 'POW' ? workBits(frame.workBits) : frame.retryMs);
    case 'msg':
      w.bytes(exact(frame.rid, QUEUE_ID_BYTES)).bytes(exact(frame.messageId, MESSAGE_ID_BYTES));
      return w.u32(frame.ageSeconds).bytes(cell(frame.cell));
    case 'sig':
      return w.bytes(exact(frame.rid, QUEUE_ID_BYTES)).bytes(filled(frame.payload, MAX_SIGNAL_BYTES));
    case 'bell':
    case 'end':
      return w.bytes(exact(frame.rid, QUEUE_ID_BYTES));
    case 'idle':
      return w.bytes(exact(frame.rid, QUEUE_ID_BYTES)).u16(frame.daysLeft);
    case 'drain':
      return w.u32(frame.reconnectAfterMs);
    case 'ok':
    case 'pong':
      return w;
    default:
      return frame satisfies never;
  }
}

function readErr(r: Reader): ServerFrame {
  const code = nameOf(ERROR_CODES, r.u8());
  if (code === null) throw new ProtocolError('bad-value');
  return code === 'POW' ? { kind: 'err', code, workBits: workBits(r.u32()) } : { kind: 'err', code, retryMs: r.u32() };
}

function readServerBody(kind: Kind<ServerFrame>, r: Reader): ServerFrame {
  switch (kind) {
    case 'hello':
      return readHello(r);
    case 'ok-queue':
      return { kind, rid: r.bytes(QUEUE_ID_BYTES), sid: r.bytes(QUEUE_ID_BYTES) };
    case 'ok-waiting':
      return { kind, isWaiting: readList(r, (from) => from.flag()) };
    case 'ok-proofs':
      return { kind, accepted: readList(r, (from) => from.flag()) };
    case 'ok-stored':
      return { kind, expiresInSeconds: r.u32() };
    case 'ok-invite':
      return { kind, sealed: filled(r.rest(), MAX_INVITE_BYTES) };
    case 'ok-deleted':
      return { kind, wasHanded: r.flag() ? 'maybe' : 'no' };
    case 'ok-box':
      return { kind, revision: r.u32(), left: r.u16() };
    case 'ok-bundle':
      return { kind, sealed: r.bytes(SEALED_BUNDLE_BYTES) };
    case 'err':
      return readErr(r);
    case 'msg':
      return { kind, rid: r.bytes(QUEUE_ID_BYTES), messageId: r.bytes(MESSAGE_ID_BYTES), ageSeconds: r.u32(), cell: cell(r.rest()) };
    case 'sig':
      return { kind, rid: r.bytes(QUEUE_ID_BYTES), payload: filled(r.rest(), MAX_SIGNAL_BYTES) };
    case 'bell':
    case 'end':
      return { kind, rid: r.bytes(QUEUE_ID_BYTES) };
    case 'idle':
      return { kind, rid: r.bytes(QUEUE_ID_BYTES), daysLeft: r.u16() };
    case 'drain':
      return { kind, reconnectAfterMs: r.u32() };
    case 'ok':
    case 'pong':
      return { kind };
    default:
      return kind satisfies never;
  }
}

/** @throws {ProtocolError} bad-value, too-large, truncated: the frame breaks a size of its kind. */
export function encodeClientFrame(frame: ClientFrame, requestId: number): Bytes {
  return writeClientBody(new Writer().u8(CLIENT_KINDS[frame.kind]).u32(requestId), frame).done();
}

/** @throws {ProtocolError} bad-kind, bad-value, too-large, truncated, trailing */
export function decodeClientFrame(bytes: Uint8Array): { readonly requestId: number; readonly frame: ClientFrame } {
  const { kind, requestId, reader } = openFrame(bytes, CLIENT_KINDS);
  const frame = readClientBody(kind, reader);
  reader.end();
  return { requestId, frame };
}

/** @throws {ProtocolError} bad-value, too-large, truncated: the frame breaks a size of its kind. */
export function encodeServerFrame(frame: ServerFrame, requestId: number): Bytes {
  return writeServerBody(new Writer().u8(SERVER_KINDS[frame.kind]).u32(requestId), frame).done();
}

/** @throws {ProtocolError} bad-kind, bad-value, bad-text, too-large, truncated, trailing */
export function decodeServerFrame(bytes: Uint8Array): { readonly requestId: number; readonly frame: ServerFrame } {
  const { kind, requestId, reader } = openFrame(bytes, SERVER_KINDS);
  const frame = readServerBody(kind, reader);
  reader.end();
  return { requestId, frame };
}

/** The request id of a frame that may be malformed beyond its head; 0 when there is none. */
export function requestIdOf(bytes: Uint8Array): number {
  if (bytes.length < 5) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1);
}

/** A copy under another request id, for a host that forwards frames without reading them. @throws {ProtocolError} truncated */
export function withRequestId(encodedFrame: Uint8Array, requestId: number): Bytes {
  if (encodedFrame.length < 5) throw new ProtocolError('truncated', { wanted: 5, left: encodedFrame.length });
  const copy = new Uint8Array(encodedFrame);
  new DataView(copy.buffer).setUint32(1, uint32(requestId));
  return copy;
}
