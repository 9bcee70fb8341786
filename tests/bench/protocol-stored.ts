/** How large a session lies in the store: after much talk, and at its worst. 1 kB is 1000 bytes. */
import { webcrypto } from 'node:crypto';
import type { Bytes } from '../../lib/protocol/bytes';
import { webCryptoEngine } from '../../lib/protocol/engine';
import { decodeSession, encodeSession } from '../../lib/protocol/session';
import { MAX_RETIRED_CHAINS, MAX_SKIPPED_KEYS, type SkippedKey } from '../../lib/protocol/skipped-keys';
import type { Figure } from './figures';
import { type Side, sendMany, TEXT_BYTES } from './protocol-talk';
import { type StoredTalk, tincan } from './protocol-tincan';

const MESSAGES = 1000;
/** An epoch of the braid and a bit: it carries more in some of its states than in others. */
const WATCHED = 200;
const BURST = 5;

function sizeOf(figure: string, bytes: number, n: number, raw: Figure['raw']): Figure {
  return { figure, value: bytes / 1000, unit: 'kB', n, raw };
}

const KEY = new Uint8Array(32);

function skippedKeys(count: number): SkippedKey[] {
  return Array.from({ length: count }, (_, counter) => ({ counter, messageKey: KEY, storedAtMs: Date.now() }));
}

/** As many kept keys as either ratchet may keep, spread over as many chains as possible. */
function filled(stored: Bytes): Bytes {
  const session = decodeSession(stored);
  const { receiving } = session.ratchet;
  const each = Math.floor(MAX_SKIPPED_KEYS / (MAX_RETIRED_CHAINS + 1));
  const retired = Array.from({ length: MAX_RETIRED_CHAINS }, () => ({ headerKey: KEY, skipped: skippedKeys(each) }));
  const current = skippedKeys(MAX_SKIPPED_KEYS - MAX_RETIRED_CHAINS * each);
  const epochs = Array.from({ length: MAX_SKIPPED_KEYS }, (_, epoch) => ({ epoch, skipped: skippedKeys(1) }));
  const { pqRatchet } = session;
  const full = encodeSession({
    ...session,
    ratchet: { ...session.ratchet, receiving: receiving && { ...receiving, skipped: current }, retired },
    pqRatchet: { ...pqRatchet, chains: { ...pqRatchet.chains, retired: epochs } },
  });
  decodeSession(full);
  return full;
}

export async function* measureStored(): AsyncGenerator<Figure> {
  const text = new Uint8Array(TEXT_BYTES);
  const talk: StoredTalk = await (await tincan(webCryptoEngine(webcrypto)).prepare())(text);
  const seen: Bytes[] = [];
  for (let sent = 0; sent < MESSAGES; sent += BURST) {
    const from: Side = (sent / BURST) % 2 === 0 ? 'alice' : 'bob';
    await sendMany(talk, from, text, BURST);
    if (sent >= MESSAGES - WATCHED) seen.push(talk.stored.alice, talk.stored.bob);
  }
  const sizes = seen.map(({ length }) => length);
  const largest = Math.max(...sizes);
  yield sizeOf('protocol/stored-session/typical', largest, seen.length, { min: Math.min(...sizes), max: largest });
  const full = Math.max(...seen.map((stored) => filled(stored).length));
  yield sizeOf('protocol/stored-session/bounds', full, seen.length, { max: full });
}
