/** Message keys kept for messages that have been overtaken: how many, for how long, and which go first. */
import type { Bytes, Reader, Writer } from './bytes';
import { ProtocolError } from './errors';
import { KEY_BYTES } from './kdf';

/** In all chains of one session. */
export const MAX_SKIPPED_KEYS = 2000;
/** Earlier chains that still miss messages. */
export const MAX_RETIRED_CHAINS = 5;
const SKIPPED_KEY_LIFETIME_MS = 14 * 24 * 60 * 60 * 1000;

export interface SkippedKey {
  readonly counter: number;
  readonly messageKey: Bytes;
  readonly storedAtMs: number;
}

export interface RetiredChain {
  readonly headerKey: Bytes;
  readonly skipped: readonly SkippedKey[];
}

export interface KeptKeys {
  /** Of the current receiving chain. */
  readonly current: readonly SkippedKey[];
  /** Newest chain first. */
  readonly retired: readonly RetiredChain[];
}

/** @throws {ProtocolError} key-trimmed when the key has been used, or given up */
export function takeSkipped(skipped: readonly SkippedKey[], counter: number): { messageKey: Bytes; skipped: readonly SkippedKey[] } {
  const taken = skipped.find((key) => key.counter === counter);
  if (taken === undefined) throw new ProtocolError('key-trimmed', { counter });
  return { messageKey: taken.messageKey, skipped: skipped.filter((key) => key !== taken) };
}

/** Of lists with the newest first: expired keys go, then the oldest keys of the oldest lists. The lists stay, some of them empty. */
export function trimSkipped(lists: readonly (readonly SkippedKey[])[], nowMs: number): (readonly SkippedKey[])[] {
  const isFresh = (key: SkippedKey) => nowMs - key.storedAtMs < SKIPPED_KEY_LIFETIME_MS;
  let roomLeft = MAX_SKIPPED_KEYS;
  return lists.map((skipped) => {
    const fresh = skipped.filter(isFresh);
    const kept = fresh.slice(Math.max(0, fresh.length - roomLeft));
    roomLeft -= kept.length;
    return kept;
  });
}

/** As `trimSkipped`; a retired chain that misses nothing goes with its header key. */
export function trimKeptKeys({ current, retired }: KeptKeys, nowMs: number): KeptKeys {
  const [trimmed = [], ...rest] = trimSkipped([current, ...retired.map(({ skipped }) => skipped)], nowMs);
  return {
    current: trimmed,
    retired: retired
      .map(({ headerKey }, i) => ({ headerKey, skipped: rest[i] ?? [] }))
      .filter(({ skipped }) => skipped.length > 0)
      .slice(0, MAX_RETIRED_CHAINS),
  };
}

export function writeSkipped(writer: Writer, skipped: readonly SkippedKey[]): void {
  writer.u16(skipped.length);
  for (const { counter, messageKey, storedAtMs } of skipped) writer.u32(counter).bytes(messageKey).u64(storedAtMs);
}

/** @throws {ProtocolError} too-large, truncated, bad-value */
export function readSkipped(reader: Reader): SkippedKey[] {
  const count = reader.u16();
  if (count > MAX_SKIPPED_KEYS) throw new ProtocolError('too-large', { size: count, max: MAX_SKIPPED_KEYS });
  const skipped: SkippedKey[] = [];
  for (let i = 0; i < count; i++) skipped.push({ counter: reader.u32(), messageKey: reader.bytes(KEY_BYTES), storedAtMs: reader.u64() });
  return skipped;
}
