/**
 * Doors: where strangers leave one cell each, for work. Nobody has a right to write there, so what limits them is the work, the
 * number that may wait, and their address. A door that is missing or closed, and a queue that is none, are answered alike.
 */
import type { ClientFrame } from '../lib/protocol/relay';
import { type Answer, type Caller, demand, refusal } from './answer';
import { lifetimeMs, type Parts } from './parts';

type Knock = Extract<ClientFrame, { kind: 'knock' }>;

export async function knock(parts: Parts, caller: Caller, frame: Knock): Promise<Answer> {
  const { store, clock, limits, budgets, retentionSeconds, router } = parts;
  const { sid, messageId, cell, ttlSeconds } = frame;
  const lookMs = caller.payments.retryMs();
  if (lookMs > 0) return refusal('RATE', lookMs);
  const queue = await store.queueBySid(sid);
  const door = queue && queue.doorBits > 0 ? queue : null;
  const bits = door?.doorBits ?? limits.missingDoorBits;
  if (!caller.payments.covers(frame, bits)) return demand(bits);
  const retryMs = budgets.knocks.take(caller.addressKey);
  if (retryMs > 0) return refusal('RATE', retryMs);
  if (!caller.payments.spend(frame)) return demand(bits);
  if (!door) return refusal('GONE');
  const nowMs = clock.now();
  const message = { queue: door.number, messageId, cell, nowMs, expiresAtMs: nowMs + lifetimeMs(ttlSeconds, retentionSeconds) };
  const appended = await store.append(message, { messages: limits.doorMessages, bytes: limits.queueBytes });
  if (appended.kind === 'no-queue') return refusal('GONE');
  if (appended.kind === 'over-quota') return refusal('QUOTA');
  if (appended.isNew) router.wake(door.number);
  return { frame: { kind: 'ok-stored', expiresInSeconds: Math.floor((appended.expiresAtMs - nowMs) / 1000) } };
}
