/**
 * How the ratchets make keys of keys: every label, and the derivations that the specifications leave open. This product has one
 * schedule. It is a value so that the same ratchets can be run with another one against another implementation.
 */
import { type Bytes, concat, Writer } from './bytes';
import { type KeyMaterial, label, macs } from './kdf';

/** What the braid carries with a code. */
export type Authenticated = 'header' | 'ciphertext';

export interface KeySchedule {
  /** Info of KDF_RK. */
  readonly ratchetRoot: Bytes;
  /** Info of KDF_SCKA_INIT. */
  readonly pqStart: Bytes;
  /** Info of KDF_SCKA_RK. */
  readonly pqRoot: Bytes;
  /** KDF_SCKA_CK; `counter` is the message's number, from 0. */
  stepPqChain(chainKey: Bytes, counter: number): { readonly chainKey: Bytes; readonly key: Bytes };
  /** The epoch under which the braid's authenticator takes in the agreement's key. */
  readonly authenticatorStart: number;
  /** What KDF_AUTH is made of; it gives the next root, then the key of the codes. */
  authenticator(rootKey: Bytes, secret: Bytes, epoch: number): KeyMaterial;
  /** Info of KDF_OK. */
  braidSecret(epoch: number): Bytes;
  /** What stands before the bytes that a code covers. */
  braidCode(what: Authenticated, epoch: number): Bytes;
}

const MESSAGE_STEP = new Uint8Array([1]);
const CHAIN_STEP = new Uint8Array([2]);
const AUTHENTICATOR_LABEL = label('braid authenticator');
const SECRET_LABEL = label('braid secret');
const CODE_LABEL = { header: label('braid header'), ciphertext: label('braid ciphertext') } as const;

function numbered(name: Bytes, epoch: number): Bytes {
  return concat(name, new Writer().u32(epoch).done());
}

export const KEY_SCHEDULE: KeySchedule = {
  ratchetRoot: label('ratchet root'),
  pqStart: label('pq start'),
  pqRoot: label('pq root'),
  stepPqChain(before) {
    const [key, chainKey] = macs(before, MESSAGE_STEP, CHAIN_STEP);
    return { chainKey, key };
  },
  authenticatorStart: 0,
  authenticator: (rootKey, secret, epoch) => ({ secret, salt: rootKey, info: numbered(AUTHENTICATOR_LABEL, epoch) }),
  braidSecret: (epoch) => numbered(SECRET_LABEL, epoch),
  braidCode: (what, epoch) => numbered(CODE_LABEL[what], epoch),
};
