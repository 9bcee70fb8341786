/**
 * Ed25519 (RFC 8032) by a canonical key of large order. One costs JavaScript over a millisecond and the browser's own cryptography a
 * tenth of that: who can wait asks for it ahead, and whoever reads then finds the signature known. JavaScript alone refuses.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { type Bytes, concat, equalBytes, fromHex } from './bytes';
import type { Engine } from './engine';
import { hash } from './kdf';
import { isCanonical, PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from './keys';

export interface Signed {
  readonly publicKey: Bytes;
  readonly message: Uint8Array;
  readonly signature: Bytes;
}

/** y of the eight points whose order divides 8, little-endian, without the sign of x. */
const SMALL_ORDER_Y = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(fromHex);

/** Engines differ on other keys, under some of which anything verifies. */
function isStrictKey(publicKey: Bytes): boolean {
  const y = publicKey.slice();
  y[31] = (y[31] as number) & 0x7f;
  return isCanonical(y) && !SMALL_ORDER_Y.some((small) => equalBytes(small, y));
}

/** Hashes of the last signatures found good: public, and each is read several times while a session begins. */
const known: Bytes[] = [];
const MAX_KNOWN = 32;

/** One name for one claim, since key and signature have the lengths they must have. */
function nameOf({ publicKey, message, signature }: Signed): Bytes {
  return hash(publicKey, signature, message);
}

const isWhole = ({ publicKey, signature }: Signed): boolean =>
  publicKey.length === PUBLIC_KEY_BYTES && signature.length === SIGNATURE_BYTES;

const isKnown = (name: Bytes): boolean => known.some((other) => equalBytes(other, name));

function remember(name: Bytes): void {
  known.unshift(name);
  known.length = Math.min(known.length, MAX_KNOWN);
}

function verifies({ publicKey, message, signature }: Signed): boolean {
  try {
    // Strict RFC 8032: the lax default accepts small-order keys, under which anything verifies.
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

/** False for a wrong length too. */
export function isEd25519Signature(signed: Signed): boolean {
  if (!isWhole(signed)) return false;
  const name = nameOf(signed);
  if (isKnown(name)) return true;
  const isGood = verifies(signed);
  if (isGood) remember(name);
  return isGood;
}

/** Makes `isEd25519Signature` quick for those of them that are good, where the engine can. Decides nothing. Never rejects. */
export async function verifyAhead(engine: Engine, ...all: readonly Signed[]): Promise<void> {
  const verifyOne = async (signed: Signed): Promise<void> => {
    if (!isWhole(signed) || !isStrictKey(signed.publicKey)) return;
    const name = nameOf(signed);
    if (isKnown(name)) return;
    if (await engine.verifyEd25519?.(signed.publicKey, concat(signed.message), signed.signature)) remember(name);
  };
  await Promise.all(all.map(verifyOne));
}
