/** Contents and live payloads of every kind, each field in its place in the document's tables. */
import type { Bytes } from '../../../lib/protocol/bytes';
import type { Content } from '../../../lib/protocol/content';
import { MAX_EXPIRY_SECONDS } from '../../../lib/protocol/content-life';
import type { Engine } from '../../../lib/protocol/engine';
import type { LivePayload } from '../../../lib/protocol/live-payload';

const RELAY = 'wss://relay.example/can';
const NOW_MS = 1_800_000_000_000;
const LATEST = 2 ** 53 - 1;

type Draw = Engine['randomBytes'];

export function contents(draw: Draw): readonly Content[] {
  const [contentId, liveKey] = [draw(16), draw(32)];
  const front = (mayWait: boolean) => ({ mayWait, contentId: draw(16) });
  const address = { relay: RELAY, sid: draw(24) };
  const box = { relay: 'ws://192.168.0.2:8787', boxId: draw(16), secret: draw(32) };
  const me = { name: 'Zoë ✓', direct: 'allowed', tells: { reading: true, typing: false }, version: 1 } as const;
  const silent = { name: '', direct: 'denied', tells: { reading: false, typing: true }, version: 255 } as const;
  const read = { seconds: 60, base: 'read', ageSeconds: 7 } as const;
  const year = { seconds: MAX_EXPIRY_SECONDS, base: 'sent', ageSeconds: 2 ** 32 - 1 } as const;
  return [
    { kind: 'request', ...front(true), ...me, direct: 'denied', address, liveKey, sentAtMs: NOW_MS },
    { kind: 'accept', ...front(true), ...me, liveKey, sentAtMs: LATEST },
    { kind: 'profile', ...front(true), ...silent },
    { kind: 'text', ...front(false), parts: 1, text: '\ufeffa\u{1f600}\0', sentAtMs: 0, order: 0, expiry: null, replyTo: null },
    { kind: 'text', ...front(true), parts: 8, text: 'Über', sentAtMs: NOW_MS, order: LATEST, expiry: read, replyTo: contentId },
    { kind: 'text', ...front(true), parts: 2, text: '', sentAtMs: LATEST, order: 9, expiry: year, replyTo: null },
    { kind: 'receipt', ...front(false), delivered: [contentId], read: [draw(16), contentId], missing: [] },
    { kind: 'query', ...front(true), ids: [contentId, draw(16)] },
    { kind: 'live-key', ...front(true), liveKey },
    { kind: 'prekey-box', ...front(true), box },
    { kind: 'heal', ...front(true), ...me, tells: { reading: true, typing: true }, liveKey },
    { kind: 'part', ...front(true), of: contentId, index: 7, text: 'das Ende ✓' },
    { kind: 'edit', ...front(true), target: contentId, order: 10, parts: 1, text: 'die Schnur' },
    { kind: 'reaction', ...front(true), target: contentId, order: 11, emoji: '👩‍👩‍👧‍👦' },
    { kind: 'reaction', ...front(false), target: contentId, order: 12, emoji: '' },
    { kind: 'delete', ...front(true), targets: [contentId, draw(16)] },
    { kind: 'address', ...front(true), order: 2 ** 32 - 1, address },
    { kind: 'address', ...front(false), order: 0, address: null },
  ];
}

export function livePayloads(draw: Draw): readonly LivePayload[] {
  return [
    { kind: 'presence', isHere: true, wantsAnswer: false },
    { kind: 'string', stringId: draw(16), signal: { kind: 'offer', sdp: 'v=0\r\n'.repeat(40) } },
    { kind: 'string', stringId: draw(16), signal: { kind: 'answer', sdp: '' } },
    { kind: 'string', stringId: draw(16), signal: { kind: 'candidates', candidates: ['candidate:1', '', 'é'] } },
    { kind: 'string', stringId: draw(16), signal: { kind: 'bye' } },
    { kind: 'typing', isTyping: true },
    { kind: 'typing', isTyping: false },
  ];
}

/** Kinds that begin with an introduction: name, direct, and the bits of what their sender tells, of which a later version may have more. */
const INTRODUCED = [1, 2, 3, 9];
const KNOWN_TELLS = 0b11;

export interface LaterTells {
  readonly at: number;
  readonly bits: number;
}

/** The bits that a reader passes over, and where they stand; null where the content has none. */
export function laterTells(content: Bytes): LaterTells | null {
  if (!INTRODUCED.includes(content[0] as number)) return null;
  const at = 21 + new DataView(content.buffer, content.byteOffset).getUint16(18);
  return { at, bits: (content[at] as number) & ~KNOWN_TELLS };
}

export function withLaterTells(content: Bytes, later: LaterTells | null): Bytes {
  if (later) content[later.at] = (content[later.at] as number) | later.bits;
  return content;
}
