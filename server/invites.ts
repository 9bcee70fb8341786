/** One-time invites: sealed bytes under a random id, handed to one taker. Knows keys and times; the seal's secret is in the link. */
import type { ClientFrame } from '../lib/protocol/relay';
import { inviteDeletionMessage } from '../lib/protocol/relay-proof';
import { type Answer, type Caller, OK, refusal } from './answer';
import { lifetimeMs, type Parts } from './parts';
import { isPublicKey, provesRight } from './rights';

type Frame<Kind extends ClientFrame['kind']> = Extract<ClientFrame, { kind: Kind }>;

export async function putInvite(parts: Parts, caller: Caller, frame: Frame<'inv-put'>): Promise<Answer> {
  const { inviteId, ownerKey, sealed } = frame;
  if (!isPublicKey(ownerKey)) return refusal('SYNTAX');
  if (!caller.admission.isGiven) return refusal('AUTH');
  const retryMs = parts.budgets.newInvites.take(caller.addressKey);
  if (retryMs > 0) return refusal('RATE', retryMs);
  const nowMs = parts.clock.now();
  const expiresAtMs = nowMs + lifetimeMs(frame.ttlSeconds, parts.retentionSeconds);
  const isMine = await parts.store.putInvite({ inviteId, ownerKey, sealed, nowMs, expiresAtMs });
  return isMine ? OK : refusal('TAKEN');
}

export async function takeInvite(parts: Parts, frame: Frame<'inv-take'>): Promise<Answer> {
  const { inviteId, takerKey } = frame;
  const sealed = await parts.store.takeInvite({ inviteId, takerKey, nowMs: parts.clock.now() });
  return sealed ? { frame: { kind: 'ok-invite', sealed } } : refusal('GONE');
}

/** An invite that is not there is refused like a wrong key. */
export async function deleteInvite(parts: Parts, caller: Caller, frame: Frame<'inv-del'>): Promise<Answer> {
  const { inviteId, signature } = frame;
  const publicKey = await parts.store.inviteOwner(inviteId, parts.clock.now());
  const message = inviteDeletionMessage({ origin: caller.origin, nonce: caller.nonce, inviteId });
  if (!(await provesRight({ publicKey, message, signature }))) return refusal('AUTH');
  await parts.store.removeInvite(inviteId);
  return OK;
}
