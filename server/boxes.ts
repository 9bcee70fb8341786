/** Prekey boxes: sealed bundles under a random id, each given out once. Knows keys, counts and times; what is in a bundle it can't read. */
import type { ClientFrame } from '../lib/protocol/relay';
import { boxMessage } from '../lib/protocol/relay-proof';
import { type Answer, type Caller, OK, refusal } from './answer';
import type { Parts } from './parts';
import { isPublicKey, provesRight } from './rights';

type Frame<Kind extends ClientFrame['kind']> = Extract<ClientFrame, { kind: Kind }>;

export async function putBox(parts: Parts, caller: Caller, frame: Frame<'pre-put'>): Promise<Answer> {
  const { signature, ...change } = frame;
  const { boxId, ownerKey, revision } = change;
  if (!isPublicKey(ownerKey)) return refusal('SYNTAX');
  if (!caller.admission.isGiven) return refusal('AUTH');
  const retryMs = parts.budgets.boxPuts.take(caller.addressKey);
  if (retryMs > 0) return refusal('RATE', retryMs);
  const message = boxMessage({ origin: caller.origin, nonce: caller.nonce, boxId, revision });
  if (!(await provesRight({ publicKey: ownerKey, message, signature }))) return refusal('AUTH');
  const nowMs = parts.clock.now();
  const put = await parts.store.putBox({ ...change, nowMs, expiresAtMs: nowMs + parts.limits.boxMs }, parts.limits.boxBundles);
  if (put.kind === 'box') return { frame: { kind: 'ok-box', revision: put.revision, left: put.left } };
  return refusal(put.kind === 'taken' ? 'TAKEN' : 'QUOTA');
}

/** Limited per address and per box, so that nobody drains the one-time prekeys of somebody whose box they know. */
export async function takeBundle(parts: Parts, caller: Caller, { boxId }: Frame<'pre-take'>): Promise<Answer> {
  const { takesPerAddress, takesPerBox } = parts.budgets;
  const retryMs = takesPerAddress.take(caller.addressKey);
  if (retryMs > 0) return refusal('RATE', retryMs);
  const nowMs = parts.clock.now();
  if (!(await parts.store.boxOwner(boxId, nowMs))) return refusal('GONE');
  const boxRetryMs = takesPerBox.take(Buffer.from(boxId).toString('hex'));
  if (boxRetryMs > 0) return refusal('RATE', boxRetryMs);
  const sealed = await parts.store.takeBundle(boxId, nowMs);
  return sealed ? { frame: { kind: 'ok-bundle', sealed } } : refusal('GONE');
}

/** A box that is not there is refused like a wrong key. */
export async function deleteBox(parts: Parts, caller: Caller, { boxId, signature }: Frame<'pre-del'>): Promise<Answer> {
  const publicKey = await parts.store.boxOwner(boxId, parts.clock.now());
  const message = boxMessage({ origin: caller.origin, nonce: caller.nonce, boxId, revision: 0 });
  if (!(await provesRight({ publicKey, message, signature }))) return refusal('AUTH');
  await parts.store.removeBox(boxId);
  return OK;
}
