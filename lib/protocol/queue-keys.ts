/** The Ed25519 keys of queues and invites: made for one relay and one purpose, tied to no identity. */
import { ed25519 } from '@noble/curves/ed25519.js';
import type { Bytes } from './bytes';

/** 32 random bytes. */
export const QUEUE_SECRET_BYTES = 32;

export function queuePublicKey(secret: Bytes): Bytes {
  return new Uint8Array(ed25519.getPublicKey(secret));
}

/** RFC 8032; `message` is a `proofMessage` or an `inviteDeletionMessage`. */
export function signAsQueue(secret: Bytes, message: Bytes): Bytes {
  return new Uint8Array(ed25519.sign(message, secret));
}
