/**
 * The number two people compare to know that nobody stands between them: Signal's numeric fingerprint, version 0. Each half is
 * 5,200 rounds of SHA-512 over one identity, so that a key pair with a similar number is dear to find.
 */
import { sha512 } from '@noble/hashes/sha2.js';
import { type Bytes, concat } from './bytes';
import { openIdentityStatement } from './identity';
import { label } from './kdf';

const ROUNDS = 5200;
const VERSION = new Uint8Array(2);
const GROUPS = 6;
const GROUP_BYTES = 5;
const GROUP_DIGITS = 5;

/** 30 digits of one key and whose it is. */
export function numericFingerprint(publicKey: Uint8Array, identifier: Uint8Array): string {
  let digest: Uint8Array = concat(VERSION, publicKey, identifier);
  for (let round = 0; round < ROUNDS; round++) digest = sha512(concat(digest, publicKey));
  const view = new DataView(digest.buffer, digest.byteOffset);
  const groups = Array.from({ length: GROUPS }, (_, i) => {
    const number = view.getUint8(i * GROUP_BYTES) * 2 ** 32 + view.getUint32(i * GROUP_BYTES + 1);
    return String(number % 10 ** GROUP_DIGITS).padStart(GROUP_DIGITS, '0');
  });
  return groups.join('');
}

/** The same on both sides: the smaller half first. */
export function joinFingerprints(mine: string, theirs: string): string {
  return mine < theirs ? mine + theirs : theirs + mine;
}

function half(statement: Bytes): string {
  const { sigPublic, dhPublic } = openIdentityStatement(statement);
  return numericFingerprint(concat(sigPublic, dhPublic), label('safety number'));
}

/** 60 digits over both keys of both identities. @throws as `openIdentityStatement` */
export function safetyNumber(myStatement: Bytes, theirStatement: Bytes): string {
  return joinFingerprints(half(myStatement), half(theirStatement));
}
