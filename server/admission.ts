/**
 * Who may make what stays: queues, doors, invites, prekey boxes. On a relay without a password everybody; on a private one a
 * connection that stated the password, used a token, or reads a queue here.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Bytes } from '../lib/protocol/bytes';
import { type ClientFrame, QUEUE_ID_BYTES } from '../lib/protocol/relay';
import { passwordProof } from '../lib/protocol/relay-proof';
import { type Answer, type Caller, demand, OK, refusal } from './answer';
import { randomId } from './id';
import type { Parts } from './parts';
import { isPublicKey, isSameKey } from './rights';

type Frame<Kind extends ClientFrame['kind']> = Extract<ClientFrame, { kind: Kind }>;

export class Admission {
  #isGiven: boolean;

  constructor(password: string | null) {
    this.#isGiven = password === null;
  }

  get isGiven(): boolean {
    return this.#isGiven;
  }

  give(): void {
    this.#isGiven = true;
  }
}

/** A token is 128 random bits: no salt and no slow hash make it harder to guess. */
export function tokenHash(token: Bytes): Bytes {
  return new Uint8Array(createHash('sha256').update(token).digest());
}

/** An address that has guessed too often is not answered, not even when it is right. */
export function statePassword(parts: Parts, caller: Caller, { proof }: Frame<'pass'>): Answer {
  if (parts.password === null) return OK;
  const retryMs = parts.budgets.passwords.take(caller.addressKey);
  if (retryMs > 0) return refusal('RATE', retryMs);
  const { origin, nonce } = caller;
  if (!timingSafeEqual(proof, passwordProof({ origin, nonce, password: parts.password }))) return refusal('AUTH');
  parts.budgets.passwords.giveBack(caller.addressKey);
  caller.admission.give();
  return OK;
}

/**
 * Within its address's budget a queue costs nothing while the relay has plenty; else it costs work, the more the less is left.
 * What all may make together is bounded whatever they pay.
 */
function refuseForNow({ budgets, limits }: Parts, caller: Caller, frame: Frame<'new'>): Answer | null {
  const scarcity = budgets.allQueues.scarcity();
  const isFree = scarcity === 0 && budgets.newQueues.take(caller.addressKey) === 0;
  const bits = limits.newWorkBits + Math.min(scarcity, limits.newWorkExtraBits);
  const lookMs = isFree ? 0 : caller.payments.retryMs();
  if (lookMs > 0) return refusal('RATE', lookMs);
  if (!isFree && !caller.payments.covers(frame, bits)) return demand(bits);
  const retryMs = (isFree ? 0 : budgets.paidQueues.take(caller.addressKey)) || budgets.allQueues.take();
  return retryMs > 0 ? refusal('RATE', retryMs) : null;
}

export async function createQueue(parts: Parts, caller: Caller, frame: Frame<'new'>): Promise<Answer> {
  const { newId, readerKey, doorbellKey, doorBits, token } = frame;
  if (!isPublicKey(readerKey) || !isPublicKey(doorbellKey)) return refusal('SYNTAX');
  const refused = refuseForNow(parts, caller, frame);
  if (refused) return refused;
  const ids = { rid: randomId(QUEUE_ID_BYTES), sid: randomId(QUEUE_ID_BYTES) };
  const permit = { tokenHash: caller.admission.isGiven ? null : tokenHash(token) };
  const queue = await parts.store.createQueue({ newId, readerKey, doorbellKey, doorBits, ...ids, ...permit });
  if (!queue) {
    // Strangers must not use up what those who are let in may make.
    parts.budgets.allQueues.giveBack();
    return refusal('AUTH');
  }
  if (!isSameKey(queue.doorbellKey, doorbellKey) || queue.doorBits !== doorBits) return refusal('TAKEN');
  caller.admission.give();
  return { frame: { kind: 'ok-queue', rid: queue.rid, sid: queue.sid } };
}
