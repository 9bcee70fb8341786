/**
 * One message's body under one message key of each ratchet: AES-256-GCM, and a commitment to the key, because GCM alone lets one ciphertext
 * open under two keys.
 */
import { type Bytes, concat, equalBytes } from './bytes';
import { AES_KEY_BYTES, AES_NONCE_BYTES, type Engine } from './engine';
import { COMMITMENT_BYTES } from './envelope';
import { ProtocolError } from './errors';
import { deriveKeys, label } from './kdf';

export interface MessageKey {
  readonly messageKey: Bytes;
  /** The post-quantum ratchet's key of the same message. */
  readonly pqKey: Bytes;
  readonly headerNonce: Bytes;
  readonly aad: Bytes;
}

interface BodyKeys {
  readonly key: Bytes;
  readonly nonce: Bytes;
  readonly commitment: Bytes;
}

const MESSAGE_LABEL = label('message');

/**
 * Both ratchets' keys are needed (the Triple Ratchet's KDF_HYBRID). The random header nonce is part of the derivation: a state
 * that was rolled back and used again still never meets the same key and nonce.
 */
function bodyKeys({ messageKey, pqKey, headerNonce }: MessageKey): BodyKeys {
  const [key, nonce, commitment] = deriveKeys(
    { secret: messageKey, salt: pqKey, info: concat(MESSAGE_LABEL, headerNonce) },
    AES_KEY_BYTES,
    AES_NONCE_BYTES,
    COMMITMENT_BYTES,
  );
  return { key, nonce, commitment };
}

export interface SealedBody {
  readonly ciphertext: Bytes;
  readonly commitment: Bytes;
}

export async function sealBody(engine: Engine, messageKey: MessageKey, padded: Bytes): Promise<SealedBody> {
  const { key, nonce, commitment } = bodyKeys(messageKey);
  return { ciphertext: await engine.sealAes256Gcm(key, nonce, padded, messageKey.aad), commitment };
}

/** @throws {ProtocolError} bad-tag */
export async function openBody(engine: Engine, messageKey: MessageKey, { ciphertext, commitment }: SealedBody): Promise<Bytes> {
  const keys = bodyKeys(messageKey);
  if (!equalBytes(keys.commitment, commitment)) throw new ProtocolError('bad-tag', { reason: 'commitment' });
  return engine.openAes256Gcm(keys.key, keys.nonce, ciphertext, messageKey.aad);
}
