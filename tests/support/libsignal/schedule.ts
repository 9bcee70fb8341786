/** Signal's key schedule for the product's ratchets. */
import { type Bytes, concat, utf8, Writer } from '../../../lib/protocol/bytes';
import { deriveKeys, KEY_BYTES } from '../../../lib/protocol/kdf';
import type { KeySchedule } from '../../../lib/protocol/key-schedule';
import { AUTHENTICATOR_START, BRAID_INFO, PQ_CHAIN_INFO, PQ_ROOT_INFO, PQ_START_INFO, ROOT_INFO } from './facts';

function ofEpoch(info: string, epoch: number): Bytes {
  return concat(utf8(info), new Writer().u64(epoch).done());
}

export const SIGNAL_SCHEDULE: KeySchedule = {
  // HKDF's first 64 bytes do not depend on how many follow: the product's third part, a header key, has no use here.
  ratchetRoot: utf8(ROOT_INFO),
  pqStart: utf8(PQ_START_INFO),
  pqRoot: utf8(PQ_ROOT_INFO),
  stepPqChain(chain, counter) {
    const info = concat(new Writer().u32(counter + 1).done(), utf8(PQ_CHAIN_INFO));
    const [chainKey, key] = deriveKeys({ secret: chain, info }, KEY_BYTES, KEY_BYTES);
    return { chainKey, key };
  },
  authenticatorStart: AUTHENTICATOR_START,
  authenticator: (rootKey, secret, epoch) => ({ secret: concat(rootKey, secret), info: ofEpoch(BRAID_INFO.authenticator, epoch) }),
  braidSecret: (epoch) => ofEpoch(BRAID_INFO.secret, epoch),
  braidCode: (what, epoch) => ofEpoch(BRAID_INFO[what], epoch),
};
