/**
 * Who may do what with a queue or an invite: Ed25519 over a message bound to this relay and this connection.
 * A right to something that does not exist is verified all the same, against a key nobody holds, so that its answer and
 * its time say nothing.
 */
import { createPublicKey, type KeyObject, randomBytes, verify } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import type { Bytes } from '../lib/protocol/bytes';
import { equalBytes } from '../lib/protocol/bytes';

// SubjectPublicKeyInfo of an Ed25519 key up to the key itself (RFC 8410, section 4).
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

// A public key whose private key was drawn and dropped at start.
const NOBODYS_KEY = new Uint8Array(ed25519.getPublicKey(randomBytes(32))) as Bytes;

function keyObject(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, publicKey]), format: 'der', type: 'spki' });
}

/**
 * A canonical point that is not of small order: checked once, before a key is stored. Together with OpenSSL's own checks
 * (s < L, R compared byte for byte, no cofactor) nothing verifies here that RFC 8032's strict reading would refuse.
 */
export function isPublicKey(bytes: Bytes): boolean {
  try {
    return !ed25519.Point.fromBytes(bytes).isSmallOrder();
  } catch {
    return false;
  }
}

function verifies(publicKey: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  return new Promise((resolve) => {
    verify(null, message, keyObject(publicKey), signature, (error, isValid) => resolve(!error && isValid));
  });
}

/** `publicKey` null: there is no such thing, which takes the same path and is always refused. */
export async function provesRight(claim: {
  readonly publicKey: Bytes | null;
  readonly message: Bytes;
  readonly signature: Bytes;
}): Promise<boolean> {
  const isValid = await verifies(claim.publicKey ?? NOBODYS_KEY, claim.message, claim.signature);
  return isValid && claim.publicKey !== null;
}

/** Constant in time; a missing key equals nothing. */
export function isSameKey(registered: Bytes | null, claimed: Bytes): boolean {
  const isEqual = equalBytes(registered ?? NOBODYS_KEY, claimed);
  return isEqual && registered !== null;
}
