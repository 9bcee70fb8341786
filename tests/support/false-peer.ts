/**
 * Makes one browser's network host a contact that lies: what it says on its string is altered between the host and the
 * browser. What stands inside a host's page is whole in itself, for it is sent there as source.
 */
import { inHost, type Person, pathOf } from './in-touch';
import type { Payload } from './recording-proxy';

interface Liar {
  say(payload: string | number[]): void;
  /** As the next frame of DATA, so that everything after it is numbered one higher. */
  slipIn(envelope: number[]): void;
  /** The last envelope that passed. */
  lastEnvelope(): number[];
  isSpoiling: boolean;
  cut(): void;
}
interface LiarWindow {
  isLiar: boolean | undefined;
  liar: Liar | undefined;
  connection: RTCPeerConnection | undefined;
}

/** DATA 1 and ACK 2 are kind(1) ‖ frame number(4) ‖ …, as lib/net/text-channel.ts has them. */
function installLiar(): void {
  const page = window as unknown as LiarWindow;
  if (page.isLiar) return;
  page.isLiar = true;
  const { send } = RTCDataChannel.prototype as { send: (this: RTCDataChannel, payload: unknown) => void };

  function takeOver(channel: RTCDataChannel): (bytes: Uint8Array) => Uint8Array {
    let slipped = 0;
    let last = 0;
    let envelope: number[] = [];
    const own = new Map<number, number>();
    const numbered = (kind: number, number: number, rest: number[]) => {
      const bytes = Uint8Array.from([kind, 0, 0, 0, 0, ...rest]);
      new DataView(bytes.buffer).setUint32(1, number);
      return bytes;
    };
    const liar: Liar = {
      isSpoiling: false,
      say: (payload) => send.call(channel, typeof payload === 'string' ? payload : Uint8Array.from(payload)),
      slipIn(lie) {
        slipped += 1;
        last += 1;
        own.set(last, 0);
        send.call(channel, numbered(1, last, lie));
      },
      lastEnvelope: () => envelope,
      cut: () => channel.close(),
    };
    page.liar = liar;
    const hear = channel.onmessage;
    channel.onmessage = (event) => {
      const isAck = typeof event.data !== 'string' && event.data.byteLength === 5 && new Uint8Array(event.data)[0] === 2;
      const view = isAck ? new DataView(event.data) : null;
      const number = view ? own.get(view.getUint32(1)) : undefined;
      if (number === 0) return;
      if (number !== undefined) view?.setUint32(1, number);
      hear?.call(channel, event);
    };
    return (bytes) => {
      if (bytes[0] !== 1) return bytes;
      const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
      last = number + slipped;
      own.set(last, number);
      envelope = [...bytes.subarray(5)];
      return numbered(1, last, liar.isSpoiling ? envelope.map((byte, i) => (i === envelope.length >> 1 ? byte ^ 1 : byte)) : envelope);
    };
  }

  const taken = new WeakMap<RTCDataChannel, (bytes: Uint8Array) => Uint8Array>();
  RTCDataChannel.prototype.send = function (this: RTCDataChannel, payload: unknown) {
    const alter = taken.get(this) ?? takeOver(this);
    taken.set(this, alter);
    send.call(this, alter(payload as Uint8Array));
  } as typeof RTCDataChannel.prototype.send;
  const { getStats } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.getStats = function (this: RTCPeerConnection) {
    page.connection = this;
    return getStats.call(this);
  } as typeof getStats;
}

/** From the next frame on its string this person's host is a liar. */
export function becomeLiar(person: Person): Promise<void> {
  return inHost(person, installLiar);
}

export function sayFalsely(person: Person, payloads: readonly Payload[]): Promise<void> {
  const script = (all: readonly (string | number[])[]) => {
    for (const payload of all) (window as unknown as LiarWindow).liar?.say(payload);
  };
  return inHost(
    person,
    script,
    payloads.map((payload) => (typeof payload === 'string' ? payload : [...payload])),
  );
}

/** Envelopes that nobody sealed, among them the last one that somebody did: again, cut short, and with one bit turned. */
export function slipInEnvelopes(person: Person, envelopes: readonly Uint8Array[]): Promise<void> {
  const script = (all: readonly number[][]) => {
    const { liar } = window as unknown as LiarWindow;
    const real = liar?.lastEnvelope() ?? [];
    const lies = [real, real.slice(0, -1), real.map((byte, i) => (i === real.length - 1 ? byte ^ 1 : byte))];
    for (const envelope of [...all, ...lies]) liar?.slipIn(envelope);
  };
  return inHost(
    person,
    script,
    envelopes.map((envelope) => [...envelope]),
  );
}

/** While it spoils, every envelope leaves with one bit turned. */
export function spoil(person: Person, isSpoiling: boolean): Promise<void> {
  return inHost(
    person,
    (isOn: boolean) => {
      const { liar } = window as unknown as LiarWindow;
      if (liar) liar.isSpoiling = isOn;
    },
    isSpoiling,
  );
}

/** The string ends, as when the other browser went away. */
export function cutString(person: Person): Promise<void> {
  return inHost(person, () => (window as unknown as LiarWindow).liar?.cut());
}

/** A second data channel beside the one that both agreed on. */
export async function openAnotherChannel(person: Person): Promise<void> {
  await pathOf(person);
  await inHost(person, () => void (window as unknown as LiarWindow).connection?.createDataChannel('another'));
}
