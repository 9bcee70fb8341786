/** The port's border: what the background sends is checked before it is believed. */
import type { LinkCommand } from '../app/link';
import { MAX_FRAME_BYTES, MAX_SIGNAL_BYTES } from '../protocol/relay';
import type { Signal } from '../protocol/signal';

const STRING_ID = /^[0-9a-f]{32}$/;
const MAX_NAME_CHARS = 512;
const MAX_CANDIDATES = 64;
const MAX_STUN_URLS = 16;

type Fields = Readonly<Record<string, unknown>>;

/** Null when the frame is not a command in every field. */
export function readCommand(frame: unknown): LinkCommand | null {
  if (typeof frame !== 'object' || frame === null) return null;
  const command = frame as LinkCommand;
  return isCommand(command) ? command : null;
}

function isCommand(command: LinkCommand): boolean {
  switch (command.kind) {
    case 'serve':
      return isName(command.owner);
    case 'event.ack':
      return isCount(command.upTo);
    case 'relay.open':
    case 'relay.close':
      return isName(command.relay);
    case 'relay.request':
      return isName(command.relay) && isName(command.token) && isBytes(command.frame) && command.frame.length >= 5;
    case 'string.open':
      return isStringStart(command);
    case 'string.signal':
      return isStringStart(command) && isSignal(command.signal);
    case 'string.send':
      return isName(command.peer) && isName(command.token) && isBytes(command.bytes);
    case 'string.received':
      return isName(command.peer) && isStringId(command.stringId) && isCount(command.frame);
    case 'string.close':
    case 'voice.start':
    case 'voice.stop':
      return isName(command.peer);
    case 'probe':
      return isName(command.token) && areUrls(command.stunUrls);
    case 'chime':
      return true;
    case 'voice.mute':
      return typeof command.isMuted === 'boolean';
    default:
      command satisfies never;
      return false;
  }
}

function isStringStart({ peer, stringId, isPolite, stunUrls }: Extract<LinkCommand, { kind: 'string.open' | 'string.signal' }>): boolean {
  return isName(peer) && isStringId(stringId) && typeof isPolite === 'boolean' && areUrls(stunUrls);
}

function areUrls(value: unknown): boolean {
  return Array.isArray(value) && value.length <= MAX_STUN_URLS && value.every(isName);
}

/** Sealed by the contact, and still only the contact's word: its size and shape are checked like a stranger's. */
function isSignal(value: unknown): value is Signal {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, sdp, candidates } = value as Fields;
  switch (kind) {
    case 'offer':
    case 'answer':
      return typeof sdp === 'string' && sdp.length <= MAX_SIGNAL_BYTES;
    case 'candidates':
      return Array.isArray(candidates) && candidates.length <= MAX_CANDIDATES && candidates.every(isName);
    case 'bye':
      return true;
    default:
      return false;
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME_CHARS;
}

function isStringId(value: unknown): value is string {
  return typeof value === 'string' && STRING_ID.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isBytes(value: unknown): boolean {
  return value instanceof Uint8Array && value.length <= MAX_FRAME_BYTES;
}
