/** What stands at the other borders: relay frames both ways, a string's frames, and the commands of both ports. */
import fc from 'fast-check';
import { readViewCommand } from '../../lib/app/view-command';
import { readCommand } from '../../lib/net/command';
import { Faults } from '../../lib/net/faults';
import { TextChannel } from '../../lib/net/text-channel';
import type { Bytes } from '../../lib/protocol/bytes';
import type { ClientFrame, ServerFrame } from '../../lib/protocol/relay';
import { decodeClientFrame, decodeServerFrame, encodeClientFrame, encodeServerFrame } from '../../lib/protocol/relay-codec';
import { clientFrames, serverFrames } from '../unit/relay/frames';
import { type Decoder, decoder } from './fuzz';
import { LINK_COMMANDS, VIEW_COMMANDS } from './junk';

const SAMPLES = 3;

export function relayDecoders(seed: number): readonly Decoder[] {
  const drawn = <Frame>(kinds: readonly fc.Arbitrary<Frame>[]) => kinds.flatMap((kind) => fc.sample(kind, { seed, numRuns: SAMPLES }));
  const asked: readonly fc.Arbitrary<ClientFrame>[] = Object.values(clientFrames);
  const answered: readonly fc.Arbitrary<ServerFrame>[] = Object.values(serverFrames);
  return [
    decoder({
      name: 'relay client frame',
      decode: decodeClientFrame,
      encode: ({ frame, requestId }) => encodeClientFrame(frame, requestId),
      valid: drawn(asked).map((frame) => encodeClientFrame(frame, 7)),
    }),
    decoder({
      name: 'relay server frame',
      decode: decodeServerFrame,
      encode: ({ frame, requestId }) => encodeServerFrame(frame, requestId),
      valid: drawn(answered).map((frame) => encodeServerFrame(frame, 7)),
    }),
  ];
}

/** A data channel that takes everything and sends nothing. */
function quietChannel() {
  return {
    readyState: 'open',
    bufferedAmount: 0,
    onopen: null as (() => void) | null,
    onmessage: null as ((event: { readonly data: unknown }) => void) | null,
    send: () => undefined,
    close: () => undefined,
  };
}

const FRAMES_PER_CHANNEL = 2048;

/** One end of a string after another; its background commits two frames in three. */
export function textChannelDecoder(): Decoder {
  let left = 0;
  let isTaken = false;
  let deliver: (data: ArrayBuffer) => void = () => undefined;
  const open = () => {
    const channel = quietChannel();
    const text: TextChannel = new TextChannel({
      channel: channel as unknown as RTCDataChannel,
      clock: { now: () => 0, after: () => () => undefined },
      now: () => 0,
      faults: Object.assign(new Faults(), {
        count: () => {
          isTaken = false;
        },
      }),
      report: {
        ready: () => undefined,
        gone: () => undefined,
        acked: () => undefined,
        frame: (frame) => {
          if (frame % 3 > 0) text.acknowledge(frame);
        },
      },
    });
    for (let i = 0; i < 8; i++) text.send(`token ${i}`, new Uint8Array(9));
    channel.onopen?.();
    deliver = (data) => channel.onmessage?.({ data });
    left = FRAMES_PER_CHANNEL;
  };
  const takes = (bytes: Bytes) => {
    if (left-- === 0) open();
    isTaken = true;
    deliver(bytes.slice().buffer);
    return isTaken;
  };
  open();
  const numbered = (kind: number, number: number, size: number) =>
    Uint8Array.of(kind, 0, 0, number >> 8, number & 255, ...new Uint8Array(size));
  const valid = [
    numbered(1, 1, 1),
    numbered(1, 300, 600),
    ...[1, 2, 8].map((number) => numbered(2, number, 0)),
    numbered(3, 9, 0),
    numbered(4, 1, 0),
  ];
  return { name: 'string frame', takes, valid };
}

type Random = () => number;

const VALUES: readonly unknown[] = [
  ...[
    undefined,
    null,
    true,
    false,
    0,
    -1,
    1.5,
    Number.NaN,
    2 ** 53,
    Number.POSITIVE_INFINITY,
    7n,
    '',
    'x',
    '0123456789abcdef'.repeat(2),
    'x'.repeat(100_001),
  ],
  ...[{}, [], [[]], ['x'], { length: 32 }, new Uint8Array(5), new ArrayBuffer(5), new Date(0), new Map(), Object.create(null)],
  ...['hello', 'bye', 'candidates', 'string.signal', '__proto__', 'toString', 'allowed', 'denied'],
  ...[{ kind: 'candidates', candidates: [1] }, { kind: 'offer', sdp: {} }, { kind: 'bye' }],
];

/** Commands with up to three fields replaced, gone or added, a few of them no commands at all. */
function* brokenCommandsOf(commands: readonly object[], random: Random): Generator<unknown, never> {
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
  const fields = [...new Set(commands.flatMap(Object.keys)), 'length', 'then', 'extra'];
  for (;;) {
    const command: Record<string, unknown> = { ...pick(commands) };
    for (let left = Math.floor(random() * 4); left > 0; left--) {
      if (random() < 0.2) delete command[pick(Object.keys(command)) ?? ''];
      else command[pick(random() < 0.5 ? fields : Object.keys(command)) ?? 'kind'] = pick(VALUES);
    }
    yield random() < 0.02 ? pick(VALUES) : command;
  }
}

/** Both ports' borders: a command as it is, or null, and never an error. Returns how many were taken. */
export function fuzzCommands(random: Random, count: number): { readonly view: number; readonly link: number } {
  const taken = (read: (frame: unknown) => unknown, commands: readonly object[]) => {
    const broken = brokenCommandsOf(commands, random);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const command = broken.next().value;
      const result = read(command);
      if (result !== null && result !== command) throw new Error(`command ${i} came back as another`);
      if (result !== null) sum++;
    }
    return sum;
  };
  return { view: taken(readViewCommand, VIEW_COMMANDS), link: taken(readCommand, LINK_COMMANDS) };
}
