/** The numbers of frames and errors on the wire. A number once given out is never used for anything else. */
import type { ClientFrame, RelayErrorCode, ServerFrame } from './relay';

export const CLIENT_KINDS: Readonly<Record<ClientFrame['kind'], number>> = {
  new: 0x01,
  key: 0x02,
  sub: 0x03,
  open: 0x04,
  unsub: 0x05,
  send: 0x06,
  ack: 0x07,
  del: 0x08,
  sig: 0x09,
  'inv-put': 0x0a,
  'inv-take': 0x0b,
  'inv-del': 0x0c,
  ping: 0x0d,
  'pre-put': 0x0e,
  'pre-take': 0x0f,
  'pre-del': 0x10,
  knock: 0x11,
  close: 0x12,
  pass: 0x13,
};

export const SERVER_KINDS: Readonly<Record<ServerFrame['kind'], number>> = {
  hello: 0x81,
  ok: 0x82,
  'ok-queue': 0x83,
  'ok-proofs': 0x84,
  'ok-stored': 0x85,
  'ok-invite': 0x86,
  err: 0x87,
  msg: 0x88,
  sig: 0x89,
  bell: 0x8a,
  end: 0x8b,
  drain: 0x8c,
  pong: 0x8d,
  'ok-box': 0x8e,
  'ok-bundle': 0x8f,
  idle: 0x90,
  'ok-deleted': 0x91,
};

export const ERROR_CODES: Readonly<Record<RelayErrorCode, number>> = {
  SYNTAX: 1,
  AUTH: 2,
  QUOTA: 3,
  TOO_LARGE: 4,
  RATE: 5,
  NO_MSG: 6,
  GONE: 7,
  TAKEN: 8,
  POW: 9,
  RETRY: 10,
  VERSION: 11,
  FULL: 12,
};
