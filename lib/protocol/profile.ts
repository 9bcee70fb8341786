/** How a person introduces themself: a name, an address to write to, whether to connect directly, and what they let others know. */
import { relayBase } from './base-url';
import { type Bytes, type Reader, utf8, type Writer } from './bytes';
import { ProtocolError } from './errors';
import { QUEUE_ID_BYTES } from './relay';
import { MAX_RELAY_URL_BYTES } from './relay-proof';

const MAX_NAME_BYTES = 128;

/** Where to write to somebody: a queue's writing id on a relay. */
export interface QueueAddress {
  /** The relay's public base address, `wss://host[/path]` (`ws:` only for loopback and private addresses), as `relayBase` spells it. */
  readonly relay: string;
  readonly sid: Bytes;
}

/** May this contact open a string (a direct connection, which shows both IP addresses)? */
export type DirectChoice = 'allowed' | 'denied';

/** @throws {ProtocolError} too-large above `maxBytes` of UTF-8 */
export function writeText(writer: Writer, text: string, maxBytes: number): void {
  const bytes = utf8(text);
  if (bytes.length > maxBytes) throw new ProtocolError('too-large', { size: bytes.length, maxBytes });
  writer.sized(bytes);
}

/** @throws {ProtocolError} too-large */
export function writeName(writer: Writer, name: string): void {
  writeText(writer, name, MAX_NAME_BYTES);
}

export function readName(reader: Reader): string {
  return reader.text(MAX_NAME_BYTES);
}

/** @throws {ProtocolError} bad-value, too-large */
export function writeRelay(writer: Writer, relay: string): void {
  writeText(writer, relayBase(relay), MAX_RELAY_URL_BYTES);
}

/** Never an address that this device would not dial. @throws {ProtocolError} bad-value, too-large */
export function readRelay(reader: Reader): string {
  const text = reader.text(MAX_RELAY_URL_BYTES);
  const relay = relayBase(text);
  if (relay !== text) throw new ProtocolError('bad-value', { reason: 'relay address' });
  return relay;
}

/** @throws {ProtocolError} bad-value, too-large */
export function writeQueueAddress(writer: Writer, { relay, sid }: QueueAddress): void {
  writeRelay(writer, relay);
  writer.fixed(sid, QUEUE_ID_BYTES);
}

/** @throws {ProtocolError} bad-value, too-large */
export function readQueueAddress(reader: Reader): QueueAddress {
  return { relay: readRelay(reader), sid: reader.bytes(QUEUE_ID_BYTES) };
}

export function writeDirect(writer: Writer, direct: DirectChoice): void {
  writer.flag(direct === 'allowed');
}

export function readDirect(reader: Reader): DirectChoice {
  return reader.flag() ? 'allowed' : 'denied';
}

/** What somebody lets this contact know: when they have read a message, and while they write one. */
export interface Tells {
  readonly reading: boolean;
  readonly typing: boolean;
}

export interface Introduction {
  readonly name: string;
  readonly direct: DirectChoice;
  readonly tells: Tells;
  /** Of the contents this person's Tincan understands, CONTENT_VERSION of content.ts. */
  readonly version: number;
}

/** Bits that this version does not know are of a later one. */
const TELLS = { reading: 1, typing: 2 } as const;

/** @throws {ProtocolError} bad-value, too-large */
export function writeIntroduction(writer: Writer, { name, direct, tells, version }: Introduction): void {
  writeName(writer, name);
  writeDirect(writer, direct);
  writer.u8((tells.reading ? TELLS.reading : 0) | (tells.typing ? TELLS.typing : 0)).u8(version);
}

/** @throws {ProtocolError} bad-value, bad-text, too-large, truncated */
export function readIntroduction(reader: Reader): Introduction {
  const [name, direct, tells, version] = [readName(reader), readDirect(reader), reader.u8(), reader.u8()];
  return { name, direct, tells: { reading: (tells & TELLS.reading) !== 0, typing: (tells & TELLS.typing) !== 0 }, version };
}
