/**
 * Authenticators that give a secret of their own: the output of their pseudorandom function for a salt (WebAuthn Level 3, section
 * 10.1.4, extension "prf"). Asked from a page of the extension, whose id is the relying party's.
 */
import type { Passkey } from '../app/ports';
import { type Bytes, equalBytes, toBase64url } from '../protocol/bytes';

export interface PasskeyAnswer {
  readonly passkey: Passkey;
  /** 32 bytes, to be wiped by who asked. */
  readonly output: Bytes;
}

/** Refused: by the user, by time, or because none of them is here. Unsupported: it has no such function. */
export type PasskeyRefusal = 'passkey-refused' | 'passkey-unsupported';

export interface Authenticators {
  /** Whether this browser can pass on what an authenticator gives. */
  isOffered(): Promise<boolean>;
  /** Makes a credential and asks it. Those in `known` are not made twice on one authenticator. */
  make(known: readonly Passkey[]): Promise<PasskeyAnswer | PasskeyRefusal>;
  /** Asks whichever of them the user has at hand. */
  use(known: readonly Passkey[]): Promise<PasskeyAnswer | PasskeyRefusal>;
}

const TIMEOUT_MS = 120_000;
const NAME = 'Tincan';
/** ES256, EdDSA, RS256: no signature is ever looked at. */
const ALGORITHMS = [-7, -8, -257] as const;

const random = (size: number): Bytes => crypto.getRandomValues(new Uint8Array(size));
const nameOf = ({ credentialId }: Passkey) => ({ type: 'public-key' as const, id: credentialId });

function outputOf(credential: PublicKeyCredential): Bytes | null {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (!(first instanceof ArrayBuffer)) return null;
  return new Uint8Array(first);
}

async function use(known: readonly Passkey[]): Promise<PasskeyAnswer | PasskeyRefusal> {
  const evalByCredential = Object.fromEntries(known.map(({ credentialId, salt }) => [toBase64url(credentialId), { first: salt }]));
  const publicKey = {
    challenge: random(32),
    allowCredentials: known.map(nameOf),
    userVerification: 'required' as const,
    timeout: TIMEOUT_MS,
    extensions: { prf: { evalByCredential } },
  };
  const credential = await navigator.credentials.get({ publicKey }).catch(() => null);
  if (!(credential instanceof PublicKeyCredential)) return 'passkey-refused';
  const passkey = known.find(({ credentialId }) => equalBytes(credentialId, new Uint8Array(credential.rawId)));
  const output = outputOf(credential);
  return passkey && output ? { passkey, output } : 'passkey-unsupported';
}

async function make(known: readonly Passkey[]): Promise<PasskeyAnswer | PasskeyRefusal> {
  const salt = random(32);
  const publicKey = {
    rp: { name: NAME },
    user: { id: random(16), name: NAME, displayName: NAME },
    challenge: random(32),
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key' as const, alg })),
    excludeCredentials: known.map(nameOf),
    authenticatorSelection: { residentKey: 'discouraged' as const, userVerification: 'required' as const },
    timeout: TIMEOUT_MS,
    extensions: { prf: { eval: { first: salt } } },
  };
  const credential = await navigator.credentials.create({ publicKey }).catch(() => null);
  if (!(credential instanceof PublicKeyCredential)) return 'passkey-refused';
  if (credential.getClientExtensionResults().prf?.enabled !== true) return 'passkey-unsupported';
  const passkey = { credentialId: new Uint8Array(credential.rawId), salt };
  const output = outputOf(credential);
  // Many authenticators have the function and use it only when they are asked again.
  return output ? { passkey, output } : use([passkey]);
}

export const AUTHENTICATORS: Authenticators = {
  make,
  use,
  async isOffered() {
    if (typeof PublicKeyCredential === 'undefined') return false;
    const capabilities = await PublicKeyCredential.getClientCapabilities().catch(() => ({}) as Record<string, boolean>);
    return capabilities['extension:prf'] === true;
  },
};
