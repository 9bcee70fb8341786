/** Message keys kept for messages that have been overtaken: how many, for how long, and which go first. */
import type { Bytes } from './bytes';
import { ProtocolError } from './errors';

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

/** Expired keys go, then the oldest chains, then the oldest keys; a retired chain that misses nothing goes with its header key. */
export function trimKeptKeys({ current, retired }: KeptKeys, nowMs: number): KeptKeys {
  const isFresh = (key: SkippedKey) => nowMs - key.storedAtMs < SKIPPED_KEY_LIFETIME_MS;
  let roomLeft = MAX_SKIPPED_KEYS;
  const trim = (skipped: readonly SkippedKey[]): readonly SkippedKey[] => {
    const fresh = skipped.filter(isFresh);
    const kept = fresh.slice(Math.max(0, fresh.length - roomLeft));
    roomLeft -= kept.length;
    return kept;
  };
  return {
    current: trim(current),
    retired: retired
      .map(({ headerKey, skipped }) => ({ headerKey, skipped: trim(skipped) }))
      .filter(({ skipped }) => skipped.length > 0)
      .slice(0, MAX_RETIRED_CHAINS),
  };
}
