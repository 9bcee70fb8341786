/** As much of MQTT 3.1.1 as a contest needs: a clean or a lasting session, publishing and subscribing at QoS 1. */
import type { Framing, Wire } from './relay-wire';

// Packet types with their fixed flags (section 2.2).
const CONNECT = 0x10;
const CONNACK = 0x20;
const PUBLISH_QOS1 = 0x32;
export const PUBLISH = 0x30;
export const PUBACK = 0x40;
const SUBSCRIBE = 0x82;
const SUBACK = 0x90;
const DISCONNECT = 0xe0;

/** The type of a packet, without its flags: a repeat differs in them. */
export function typeOf(packet: Buffer): number {
  return (packet[0] as number) & 0xf0;
}

/** The remaining length: seven bits a byte, low ones first (section 2.2.3). Null while it has not come whole. */
function lengthAt(bytes: Buffer, start: number): { readonly value: number; readonly end: number } | null {
  let value = 0;
  for (let at = start, shift = 0; at < bytes.length; at++, shift += 7) {
    value |= ((bytes[at] as number) & 0x7f) << shift;
    if (((bytes[at] as number) & 0x80) === 0) return { value, end: at + 1 };
  }
  return null;
}

/** A payload is a whole packet. */
export const MQTT: Framing = {
  sizeAt: (bytes, start) => {
    const length = lengthAt(bytes, start + 1);
    if (length === null) return 0;
    const size = length.end - start + length.value;
    return bytes.length - start < size ? 0 : size;
  },
  payloadOf: (frame) => frame,
};

function lengthOf(size: number): Buffer {
  const bytes: number[] = [];
  for (let rest = size; bytes.length === 0 || rest > 0; rest >>= 7) bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  return Buffer.from(bytes);
}

function packet(head: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.of(head), lengthOf(body.length), body]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u16(bytes.length), bytes]);
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

async function expectType(wire: Wire, type: number): Promise<void> {
  const answer = await wire.next();
  if (typeOf(answer) !== type) throw new Error(`the broker answered with a packet of type ${typeOf(answer)}`);
}

/** Clean session off: the broker keeps subscriptions and messages for this client. */
export async function logIn(wire: Wire, client: string, isClean: boolean): Promise<void> {
  wire.send(packet(CONNECT, text('MQTT'), Uint8Array.of(4, isClean ? 2 : 0), u16(0), text(client)));
  await expectType(wire, CONNACK);
}

export async function subscribe(wire: Wire, topic: string): Promise<void> {
  wire.send(packet(SUBSCRIBE, u16(1), text(topic), Uint8Array.of(1)));
  await expectType(wire, SUBACK);
}

export function disconnect(wire: Wire): Promise<void> {
  wire.send(packet(DISCONNECT));
  return wire.end();
}

/** A PUBLISH at QoS 1 under `id`, 1–65535. */
export function publish(topic: string, id: number, cell: Uint8Array): Buffer {
  return packet(PUBLISH_QOS1, text(topic), u16(id), cell);
}

export function acknowledge(id: number): Buffer {
  return packet(PUBACK, u16(id));
}

/** The id of a PUBACK, or of a PUBLISH, and where the cell begins. */
export function idOf(bytes: Buffer): number {
  const body = lengthAt(bytes, 1)?.end ?? 0;
  return bytes.readUInt16BE(typeOf(bytes) === PUBLISH ? body + 2 + bytes.readUInt16BE(body) : body);
}
