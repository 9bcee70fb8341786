/** PQXDH as Signal runs it, of the product's X25519, ML-KEM and HKDF: no sealed identity, no transcript, a one-time prekey or none. */
import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { type Bytes, concat, utf8 } from '../../../lib/protocol/bytes';
import type { Engine } from '../../../lib/protocol/engine';
import { deriveKeys, KEY_BYTES } from '../../../lib/protocol/kdf';
import { createKeyPair, type KeyPair } from '../../../lib/protocol/keys';
import { createKemPair, decapsulate, type Encapsulation, encapsulate, type KemPair } from '../../../lib/protocol/ml-kem';
import type { SessionSecrets } from '../../../lib/protocol/pqxdh';
import { isEd25519Signature } from '../../../lib/protocol/signatures';
import { edwardsPublic, signXeddsa, XEDDSA_RANDOM_BYTES } from '../../../lib/protocol/xeddsa';
import { type SignalOpening, typed } from './codec';
import { CURVE_TYPE, KYBER_TYPE, PQXDH_INFO } from './facts';

export interface SignalBundle {
  readonly registrationId: number;
  readonly identityKey: Bytes;
  readonly signed: { readonly id: number; readonly public: Bytes; readonly signature: Bytes };
  readonly oneTime: { readonly id: number; readonly public: Bytes } | null;
  readonly kyber: { readonly id: number; readonly public: Bytes; readonly signature: Bytes };
}

/** What a bundle was made of. */
export interface SignalPrekeys {
  readonly signed: KeyPair & { readonly id: number };
  readonly oneTime: (KeyPair & { readonly id: number }) | null;
  readonly kyber: KemPair & { readonly id: number };
}

export function createBundle(
  engine: Engine,
  identity: KeyPair,
  hasOneTime: boolean,
): { readonly bundle: SignalBundle; readonly prekeys: SignalPrekeys } {
  const signed = { id: 11, ...createKeyPair(engine) };
  const oneTime = hasOneTime ? { id: 12, ...createKeyPair(engine) } : null;
  const kyber = { id: 13, ...createKemPair(engine) };
  const sign = (message: Bytes) => signXeddsa(identity.secret, message, engine.randomBytes(XEDDSA_RANDOM_BYTES));
  const bundle = {
    registrationId: 14,
    identityKey: identity.public,
    signed: { id: signed.id, public: signed.public, signature: sign(typed(CURVE_TYPE, signed.public)) },
    oneTime: oneTime && { id: oneTime.id, public: oneTime.public },
    kyber: { id: kyber.id, public: kyber.public, signature: sign(typed(KYBER_TYPE, kyber.public)) },
  };
  return { bundle, prekeys: { signed, oneTime, kyber } };
}

/** libsignal writes the sign of the Edwards key into the top bit of s, where revision 1 of XEdDSA has none. */
function isSignalSignature(identityKey: Bytes, message: Bytes, signature: Bytes): boolean {
  const edwards = edwardsPublic(identityKey);
  edwards[31] = (edwards[31] as number) | ((signature[63] as number) & 0x80);
  const plain = concat(signature);
  plain[63] = (plain[63] as number) & 0x7f;
  return isEd25519Signature({ publicKey: edwards, message, signature: plain });
}

function checkBundle({ identityKey, signed, kyber }: SignalBundle): void {
  const isSigned =
    isSignalSignature(identityKey, typed(CURVE_TYPE, signed.public), signed.signature) &&
    isSignalSignature(identityKey, typed(KYBER_TYPE, kyber.public), kyber.signature);
  if (!isSigned) throw new Error('a prekey is not signed');
}

/** Kyber's round 3 hashes once more what ML-KEM gives as it is; for a ciphertext that is in order the rest is the same. */
function kyberSecret({ ciphertext, shared }: Encapsulation): Bytes {
  return new Uint8Array(shake256(concat(shared, sha3_256(ciphertext)), { dkLen: KEY_BYTES }));
}

const NO_KEY = new Uint8Array(KEY_BYTES);

/** `secrets`: DH1 to DH3, DH4 if there is one, ss. Header keys have no use: headers travel in the clear. */
function sessionSecrets(secrets: readonly Bytes[]): SessionSecrets {
  const F = new Uint8Array(32).fill(0xff);
  const material = { secret: concat(F, ...secrets), info: utf8(PQXDH_INFO) };
  const [rootKey, , pqKey] = deriveKeys(material, KEY_BYTES, KEY_BYTES, KEY_BYTES);
  return {
    rootKey,
    pqRootKey: pqKey,
    pqAuthenticationKey: pqKey,
    initiatorHeaderKey: NO_KEY,
    responderHeaderKey: NO_KEY,
    sessionId: NO_KEY,
  };
}

export async function agreeAsInitiator(
  engine: Engine,
  identity: KeyPair,
  bundle: SignalBundle,
): Promise<{ readonly secrets: SessionSecrets; readonly opening: SignalOpening }> {
  checkBundle(bundle);
  const base = createKeyPair(engine);
  const kem = encapsulate(engine, bundle.kyber.public);
  const secrets = [
    await engine.x25519(identity.secret, bundle.signed.public),
    await engine.x25519(base.secret, bundle.identityKey),
    await engine.x25519(base.secret, bundle.signed.public),
    ...(bundle.oneTime ? [await engine.x25519(base.secret, bundle.oneTime.public)] : []),
    kyberSecret(kem),
  ];
  const opening = {
    registrationId: 15,
    oneTimeId: bundle.oneTime?.id ?? null,
    signedId: bundle.signed.id,
    kyberId: bundle.kyber.id,
    kyberCiphertext: kem.ciphertext,
    baseKey: base.public,
    identityKey: identity.public,
  };
  return { secrets: sessionSecrets(secrets), opening };
}

export async function agreeAsResponder(
  engine: Engine,
  identity: KeyPair,
  { signed, oneTime, kyber }: SignalPrekeys,
  opening: SignalOpening,
): Promise<SessionSecrets> {
  const isForUs = opening.signedId === signed.id && opening.oneTimeId === (oneTime?.id ?? null) && opening.kyberId === kyber.id;
  if (!isForUs) throw new Error('other prekeys');
  const ciphertext = opening.kyberCiphertext;
  return sessionSecrets([
    await engine.x25519(signed.secret, opening.identityKey),
    await engine.x25519(identity.secret, opening.baseKey),
    await engine.x25519(signed.secret, opening.baseKey),
    ...(oneTime ? [await engine.x25519(oneTime.secret, opening.baseKey)] : []),
    kyberSecret({ ciphertext, shared: decapsulate(kyber, ciphertext) }),
  ]);
}
