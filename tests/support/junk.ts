/** What nobody should send: broken frames for each border, each with the code it must be refused with. Knows shapes, sends nothing. */
import { randomBytes } from 'node:crypto';
import type { LinkCommand } from '../../lib/app/link';
import type { ViewCommand } from '../../lib/app/view';
import type { ProtocolErrorCode } from '../../lib/protocol/errors';
import { CELL_SIZES, MAX_FRAME_BYTES, MAX_SIGNAL_BYTES, type ServerFrame } from '../../lib/protocol/relay';
import { encodeServerFrame } from '../../lib/protocol/relay-codec';
import type { Payload } from './recording-proxy';

export interface Broken {
  readonly payload: Payload;
  readonly code: ProtocolErrorCode;
}

const random = (size: number) => new Uint8Array(randomBytes(size));
const newId = () => randomBytes(16).toString('hex');
const CONTACT = '0123456789abcdef'.repeat(2);

/** One of each kind, well-formed, and meant for nobody. */
export const VIEW_COMMANDS: readonly ViewCommand[] = [
  { kind: 'hello', epoch: null, revision: 0, conversation: null, isVisible: false },
  { kind: 'identity.create', id: newId(), name: 'Mallory' },
  { kind: 'relay.set', id: newId(), url: 'ws://127.0.0.1:9', access: '' },
  { kind: 'invite.show', id: newId() },
  { kind: 'invite.cancel', id: newId() },
  { kind: 'invite.take', id: newId(), text: 'nonsense' },
  { kind: 'contact.accept', id: newId(), contactId: CONTACT, direct: 'allowed' },
  { kind: 'contact.decline', id: newId(), contactId: CONTACT },
  { kind: 'contact.direct', id: newId(), contactId: CONTACT, direct: 'denied' },
  { kind: 'contact.choose', id: newId(), contactId: CONTACT, choices: { routing: 'relay' } },
  { kind: 'message.send', id: newId(), contactId: CONTACT, text: 'hello' },
  { kind: 'message.edit', id: newId(), contactId: CONTACT, messageId: CONTACT, text: 'hello' },
  { kind: 'message.react', id: newId(), contactId: CONTACT, messageId: CONTACT, emoji: '👍' },
  { kind: 'message.delete', id: newId(), contactId: CONTACT, messageIds: [CONTACT], scope: 'everyone' },
  { kind: 'message.take-back', id: newId(), contactId: CONTACT, messageId: CONTACT },
  { kind: 'message.routing', id: newId(), contactId: CONTACT, messageId: CONTACT, routing: 'relay' },
  { kind: 'typing', contactId: CONTACT, isTyping: true },
  { kind: 'conversation.show', contactId: CONTACT, isVisible: true },
  { kind: 'conversation.earlier', contactId: CONTACT, before: 1 },
  { kind: 'conversation.read', contactId: CONTACT, upTo: 1 },
  { kind: 'hint.known', id: newId(), hint: 'expiry' },
  { kind: 'conversation.mark', id: newId(), contactId: CONTACT, mark: 'unread' },
  { kind: 'draft.save', id: newId(), contactId: CONTACT, text: 'half' },
  { kind: 'voice.start', id: newId(), contactId: CONTACT },
  { kind: 'voice.stop', contactId: CONTACT },
  { kind: 'voice.mute', isMuted: true },
];
const STRING_ID = CONTACT;
const START = { peer: 'p', stringId: STRING_ID, isPolite: true, stunUrls: ['stun:relay.example:3478'] };

/** One of each kind that the network host takes. */
export const LINK_COMMANDS: readonly LinkCommand[] = [
  { kind: 'event.ack', upTo: 7 },
  { kind: 'relay.open', relay: 'wss://relay.example' },
  { kind: 'relay.close', relay: 'wss://relay.example' },
  { kind: 'relay.request', relay: 'wss://relay.example', token: 't', frame: new Uint8Array(5) },
  { kind: 'string.open', ...START },
  { kind: 'string.signal', ...START, signal: { kind: 'offer', sdp: 'v=0' } },
  { kind: 'string.signal', ...START, signal: { kind: 'answer', sdp: 'v=0' } },
  { kind: 'string.signal', ...START, signal: { kind: 'candidates', candidates: ['candidate:1'] } },
  { kind: 'string.signal', ...START, signal: { kind: 'bye' } },
  { kind: 'string.send', peer: 'p', token: 't', bytes: new Uint8Array(1) },
  { kind: 'string.received', peer: 'p', stringId: STRING_ID, frame: 1 },
  { kind: 'string.close', peer: 'p' },
  { kind: 'voice.start', peer: 'p' },
  { kind: 'voice.stop', peer: 'p' },
  { kind: 'voice.mute', isMuted: true },
];

/** What no field of any command may hold. */
const WRONG: readonly unknown[] = [undefined, -1, 1.5, {}, [], ['allowed'], { length: 32 }, 'x'.repeat(100_001)];
const NULLABLE = ['hello.epoch', 'hello.conversation', 'conversation.show.contactId'];
/** What a field may hold of it after all: a place between two others, no choice, no message. */
const FITTING: Readonly<Record<string, string>> = {
  'conversation.earlier.before': '1.5',
  'conversation.read.upTo': '1.5',
  'contact.choose.choices': '{}',
  'message.delete.messageIds': '[]',
};

/** Each command with one field missing or wrong; also those whose kind does not exist. All have an id to be answered under. */
export function brokenCommands(): { readonly id: string }[] {
  const broken = VIEW_COMMANDS.flatMap((command) =>
    Object.keys(command).flatMap((field) => {
      if (field === 'id') return [];
      const values = NULLABLE.includes(`${command.kind}.${field}`) ? WRONG : [...WRONG, null];
      const wrong = values.filter((value) => JSON.stringify(value) !== FITTING[`${command.kind}.${field}`] || value === undefined);
      return wrong.map((value) => ({ ...command, id: newId(), [field]: value }));
    }),
  );
  const unknown = ['', 'toString', 'constructor', '__proto__', 'hello ', 'event', 'relay.request'].map((kind) => ({ kind, id: newId() }));
  return [...broken, ...unknown, { id: newId() }];
}

/** No commands at all, and without an id. */
export const SHAPELESS: readonly unknown[] = [
  ...[null, 0, -1, true, '', 'hello', [], [[]], {}],
  ...[{ kind: null }, { kind: 7 }, { kind: {} }, { kind: '__proto__' }, { id: 'x' }, { id: 7 }, { kind: 'hello' }],
];

const kindOf = (frame: ServerFrame) => encodeServerFrame(frame, 0)[0] as number;
const MSG = kindOf({ kind: 'msg', rid: random(24), messageId: random(16), ageSeconds: 0, cell: random(CELL_SIZES[0]) });
const SIG = kindOf({ kind: 'sig', rid: random(24), payload: random(1) });
const OK = kindOf({ kind: 'ok' });
const frame = (kind: number, ...rest: readonly (number | Uint8Array)[]): Uint8Array =>
  Uint8Array.from([kind, 0, 0, 0, 0, ...rest.flatMap((part) => (typeof part === 'number' ? [part] : [...part]))]);

function hello(stunUrls: readonly string[]): Uint8Array {
  const fields = { retentionSeconds: 1, maxRetentionSeconds: 1, timeMs: 0 };
  return encodeServerFrame({ kind: 'hello', nonce: random(32), stunUrls, ...fields }, 0);
}

/** The hello's body with its list of addresses replaced. */
const helloWith = (...list: readonly (number | Uint8Array)[]) => frame(hello([])[0] as number, hello([]).slice(5, -1), ...list);

export function brokenServerFrames(): Broken[] {
  const aBell = encodeServerFrame({ kind: 'bell', rid: random(24) }, 0);
  return [
    { payload: new Uint8Array(0), code: 'truncated' },
    { payload: Uint8Array.of(OK, 0, 0), code: 'truncated' },
    { payload: frame(0), code: 'bad-kind' },
    { payload: frame(0xff, random(500)), code: 'bad-kind' },
    // A client's own kind.
    { payload: frame(0x06, random(4200)), code: 'bad-kind' },
    { payload: 'hello', code: 'bad-kind' },
    { payload: frame(OK, 0), code: 'trailing' },
    { payload: aBell.slice(0, -1), code: 'truncated' },
    { payload: frame(MSG, random(30)), code: 'truncated' },
    { payload: frame(MSG, random(44), random(CELL_SIZES[0] - 1)), code: 'bad-value' },
    { payload: frame(MSG, random(44), random(CELL_SIZES[1] + 1)), code: 'bad-value' },
    { payload: frame(SIG, random(24)), code: 'truncated' },
    { payload: frame(SIG, random(24), random(MAX_SIGNAL_BYTES + 1)), code: 'too-large' },
    { payload: frame(OK, random(MAX_FRAME_BYTES)), code: 'too-large' },
    { payload: helloWith(200), code: 'bad-value' },
    { payload: helloWith(1, 0, 2, 0xc3, 0x28), code: 'bad-text' },
    { payload: helloWith(1, 0xff, 0xff), code: 'too-large' },
    { payload: helloWith(1, 0, 9), code: 'truncated' },
    // An answer to what was never asked.
    { payload: encodeServerFrame({ kind: 'ok' }, 0xffff_fff0), code: 'bad-value' },
    { payload: encodeServerFrame({ kind: 'pong' }, 0x7fff_fff0), code: 'bad-value' },
    // Said twice on one connection.
    { payload: hello([]), code: 'bad-value' },
  ];
}

/** Well-formed, and untrue: about a queue that this client reads, and about one that it never heard of. */
export function untrueServerFrames(rid: Uint8Array<ArrayBuffer>): Uint8Array[] {
  const about = (queue: Uint8Array<ArrayBuffer>): ServerFrame[] => [
    ...CELL_SIZES.map((size) => ({ kind: 'msg', rid: queue, messageId: random(16), ageSeconds: 7, cell: random(size) }) as const),
    ...[1, 100, 256, 1024, 4096, MAX_SIGNAL_BYTES].map((size) => ({ kind: 'sig', rid: queue, payload: random(size) }) as const),
    { kind: 'bell', rid: queue },
    { kind: 'end', rid: queue },
  ];
  const answers: ServerFrame[] = [
    { kind: 'ok' },
    { kind: 'ok-queue', rid: random(24), sid: random(24) },
    { kind: 'ok-proofs', accepted: [false] },
    { kind: 'ok-stored', expiresInSeconds: 0 },
    { kind: 'ok-invite', sealed: random(100) },
    { kind: 'err', code: 'AUTH', retryMs: 0xffff_ffff },
    { kind: 'pong' },
  ];
  return [...about(rid), ...about(random(24)), ...answers].map((untrue) => encodeServerFrame(untrue, 0));
}

/** An answer of the wrong kind, under the id of the one it replaces. */
export function wrongAnswer(answer: Uint8Array): Uint8Array {
  const requestId = new DataView(answer.buffer, answer.byteOffset).getUint32(1);
  return encodeServerFrame({ kind: 'ok-queue', rid: random(24), sid: random(24) }, requestId);
}

/** Frames of the string's own small language: DATA 1, ACK 2, PING 3, PONG 4. */
export function brokenStringFrames(): Broken[] {
  return [
    { payload: '', code: 'bad-kind' },
    { payload: 'hello', code: 'bad-kind' },
    { payload: Uint8Array.of(1), code: 'truncated' },
    { payload: Uint8Array.of(2, 0, 0, 0), code: 'truncated' },
    { payload: frame(0), code: 'bad-kind' },
    { payload: frame(5), code: 'bad-kind' },
    { payload: frame(0xff), code: 'bad-kind' },
    { payload: frame(1, 7), code: 'bad-value' },
    { payload: Uint8Array.of(1, 0, 0, 0, 1, 7), code: 'bad-value' },
    { payload: Uint8Array.of(1, 0xff, 0xff, 0xff, 0xff), code: 'bad-value' },
    { payload: Uint8Array.of(2, 0xff, 0xff, 0xff, 0xff), code: 'bad-value' },
    { payload: Uint8Array.of(4, 0xff, 0xff, 0xff, 0xff), code: 'bad-value' },
    { payload: frame(2, 0), code: 'trailing' },
    { payload: frame(3, random(100)), code: 'trailing' },
    { payload: frame(1, random(MAX_FRAME_BYTES)), code: 'too-large' },
  ];
}

/** Envelopes that no session can open. */
export function randomEnvelopes(): Uint8Array[] {
  return [1, 10, 256, 1024, ...CELL_SIZES, 60_000].map(random);
}
