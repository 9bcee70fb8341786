/**
 * PQXDH (Signal's specification, revision 3) with the initiator's identity sealed first. ss is the secret encapsulated for
 * the KEM prekey: whoever breaks X25519 later still lacks it, and there is no agreement without it.
 *
 *   identity key ← DH(EK, IK_B), DH(EK, SPK_B), ss       seals the initiator's statement
 *   session keys ← DH(IK_A, SPK_B), DH(EK, IK_B), DH(EK, SPK_B), DH(EK, OPK_B), ss, all bound to the transcript
 *
 * Without a one-time prekey DH(EK, OPK_B) is left out and ss is a last-resort prekey's.
 *
 * Opening: signed prekey id(4) ‖ one-time prekey id(4), 0 for none ‖ KEM prekey id(4) ‖ generation(4) ‖ EK(32) ‖
 *          KEM ciphertext(1568) ‖ sealed statement(209)
 */
import { CHACHA_NONCE_BYTES, openChaCha, sealChaCha, TAG_BYTES } from './aead';
import { type Bytes, concat, equalBytes, Reader, Writer } from './bytes';
import type { Engine } from './engine';
import { ProtocolError } from './errors';
import { type Identity, openIdentityStatement, STATEMENT_BYTES, statementSignatures, type TheirIdentity } from './identity';
import { deriveKeys, hash, KEY_BYTES, label } from './kdf';
import { checkX25519Public, PUBLIC_KEY_BYTES, takeKeyPair } from './keys';
import { decapsulate, encapsulate, KEM_CIPHERTEXT_BYTES } from './ml-kem';
import { type AgreementPrekeys, NO_PREKEY_ID, type PrekeyBundle } from './prekeys';
import { verifyAhead } from './signatures';

const SEALED_STATEMENT_BYTES = STATEMENT_BYTES + TAG_BYTES;
export const OPENING_BYTES = 4 * 4 + PUBLIC_KEY_BYTES + KEM_CIPHERTEXT_BYTES + SEALED_STATEMENT_BYTES;
export const SESSION_ID_BYTES = 32;
/** DH2 to DH4. */
const EPHEMERAL_AGREEMENTS = 3;

/** What the agreement leaves to the ratchets. */
export interface SessionSecrets {
  readonly rootKey: Bytes;
  /** Root of the post-quantum ratchet. */
  readonly pqRootKey: Bytes;
  /** First key under which the post-quantum ratchet authenticates its keys and ciphertexts. */
  readonly pqAuthenticationKey: Bytes;
  /** Header key of the initiator's first sending chain. */
  readonly initiatorHeaderKey: Bytes;
  /** Header key of the responder's first sending chain. */
  readonly responderHeaderKey: Bytes;
  readonly sessionId: Bytes;
}

/** Section 2.2: as many 0xFF as a curve point has bytes, so that no agreement's input is a signature's. */
const F = new Uint8Array(32).fill(0xff);

/** Everything public but the initiator: both sides know it before any identity is opened. */
interface Offer {
  readonly statement: Bytes;
  readonly signedId: number;
  readonly signedPublic: Bytes;
  readonly oneTime: { readonly id: number; readonly public: Bytes } | null;
  readonly kemId: number;
  readonly kemPublic: Bytes;
  /** Which of the sessions that these two had one after another. */
  readonly generation: number;
  readonly ephemeralPublic: Bytes;
  readonly kemCiphertext: Bytes;
}

function offerBytes(offer: Offer): Bytes {
  return new Writer()
    .bytes(offer.statement)
    .u32(offer.signedId)
    .bytes(offer.signedPublic)
    .u32(offer.oneTime?.id ?? NO_PREKEY_ID)
    .bytes(offer.oneTime?.public ?? new Uint8Array(0))
    .u32(offer.kemId)
    .bytes(offer.kemPublic)
    .u32(offer.generation)
    .bytes(offer.ephemeralPublic)
    .bytes(offer.kemCiphertext)
    .done();
}

/** A fresh ephemeral key makes key and nonce unique: the opening may be repeated but is never sealed twice. `secrets`: DH2, DH3, ss. */
function identitySeal(offer: Offer, secrets: readonly Bytes[]) {
  const [key, nonce] = deriveKeys(
    {
      secret: concat(F, ...secrets),
      info: concat(label('pqxdh initiator'), hash(label('pqxdh offer'), offerBytes(offer))),
    },
    KEY_BYTES,
    CHACHA_NONCE_BYTES,
  );
  return { key, nonce, aad: new Uint8Array(0) };
}

/** `secrets` in the order of the specification: DH1 to DH4 where there is a one-time prekey, ss. */
function sessionSecrets(offer: Offer, initiatorStatement: Bytes, secrets: readonly Bytes[]): SessionSecrets {
  const transcript = hash(label('pqxdh transcript'), initiatorStatement, offerBytes(offer));
  const [rootKey, initiatorHeaderKey, responderHeaderKey, sessionId, pqRootKey, pqAuthenticationKey] = deriveKeys(
    { secret: concat(F, ...secrets), info: concat(label('pqxdh session'), transcript) },
    KEY_BYTES,
    KEY_BYTES,
    KEY_BYTES,
    SESSION_ID_BYTES,
    KEY_BYTES,
    KEY_BYTES,
  );
  return { rootKey, initiatorHeaderKey, responderHeaderKey, sessionId, pqRootKey, pqAuthenticationKey };
}

/** `bundle` has been verified by decoding it. @throws {ProtocolError} bad-key for one's own bundle, weak-shared-secret */
export async function agreeAsInitiator(
  engine: Engine,
  identity: Identity,
  bundle: PrekeyBundle,
  generation: number,
): Promise<{ readonly secrets: SessionSecrets; readonly opening: Bytes; readonly theirIdentity: TheirIdentity }> {
  const theirIdentity = openIdentityStatement(bundle.statement);
  if (equalBytes(theirIdentity.dhPublic, identity.dhPublic)) throw new ProtocolError('bad-key', { reason: 'own identity' });
  const ephemeral = await takeKeyPair(engine, EPHEMERAL_AGREEMENTS);
  const kem = (await engine.kem?.encapsulate(bundle.kemPublic)) ?? encapsulate(engine, bundle.kemPublic);
  const offer: Offer = { ...bundle, generation, ephemeralPublic: ephemeral.public, kemCiphertext: kem.ciphertext };
  const dh1 = await engine.x25519(identity.dhSecret, bundle.signedPublic);
  const dh2 = await engine.x25519(ephemeral.secret, theirIdentity.dhPublic);
  const dh3 = await engine.x25519(ephemeral.secret, bundle.signedPublic);
  const dh4 = bundle.oneTime ? [await engine.x25519(ephemeral.secret, bundle.oneTime.public)] : [];
  const opening = new Writer()
    .u32(bundle.signedId)
    .u32(bundle.oneTime?.id ?? NO_PREKEY_ID)
    .u32(bundle.kemId)
    .u32(generation)
    .bytes(ephemeral.public)
    .bytes(kem.ciphertext)
    .bytes(sealChaCha(identitySeal(offer, [dh2, dh3, kem.shared]), identity.statement))
    .done();
  return { secrets: sessionSecrets(offer, identity.statement, [dh1, dh2, dh3, ...dh4, kem.shared]), opening, theirIdentity };
}

/** Which of the responder's keys an opening was made for. */
export interface PrekeyIds {
  readonly signedId: number;
  /** NO_PREKEY_ID: made with last-resort keys. */
  readonly oneTimeId: number;
  readonly kemId: number;
}

interface Opening extends PrekeyIds {
  readonly generation: number;
  readonly ephemeralPublic: Bytes;
  readonly kemCiphertext: Bytes;
  readonly sealedStatement: Bytes;
}

function readIds(reader: Reader): PrekeyIds {
  return { signedId: reader.u32(), oneTimeId: reader.u32(), kemId: reader.u32() };
}

/** Nothing of it is authentic yet. */
export function openingIds(opening: Bytes): PrekeyIds {
  return readIds(new Reader(opening));
}

function readOpening(bytes: Bytes): Opening {
  const reader = new Reader(bytes);
  const opening = {
    ...readIds(reader),
    generation: reader.u32(),
    ephemeralPublic: checkX25519Public(reader.bytes(PUBLIC_KEY_BYTES)),
    kemCiphertext: reader.bytes(KEM_CIPHERTEXT_BYTES),
    sealedStatement: reader.bytes(SEALED_STATEMENT_BYTES),
  };
  reader.end();
  return opening;
}

/**
 * Leaves `prekeys` as they are: the caller deletes them in the commit that stores the session.
 * @throws {ProtocolError} no-prekey for other ids, bad-tag or bad-signature for a forged identity, bad-key, weak-shared-secret
 */
export async function agreeAsResponder(
  engine: Engine,
  identity: Identity,
  prekeys: AgreementPrekeys,
  openingBytes: Bytes,
): Promise<{ readonly secrets: SessionSecrets; readonly generation: number; readonly theirIdentity: TheirIdentity }> {
  const { signed, oneTime, kem } = prekeys;
  const { sealedStatement, ...opening } = readOpening(openingBytes);
  const isOurs = opening.signedId === signed.id && opening.oneTimeId === (oneTime?.id ?? NO_PREKEY_ID) && opening.kemId === kem.id;
  if (!isOurs) throw new ProtocolError('no-prekey');
  const offer: Offer = {
    ...opening,
    statement: identity.statement,
    signedPublic: signed.public,
    oneTime,
    kemPublic: kem.public,
  };
  const dh2 = await engine.x25519(identity.dhSecret, offer.ephemeralPublic);
  const dh3 = await engine.x25519(signed.secret, offer.ephemeralPublic);
  const shared = (await engine.kem?.decapsulate(kem.seed, offer.kemCiphertext)) ?? decapsulate(kem, offer.kemCiphertext);
  const statement = openChaCha(identitySeal(offer, [dh2, dh3, shared]), sealedStatement);
  await verifyAhead(engine, ...statementSignatures(statement));
  const theirIdentity = openIdentityStatement(statement);
  if (equalBytes(theirIdentity.dhPublic, identity.dhPublic)) throw new ProtocolError('bad-key', { reason: 'own identity' });
  const dh1 = await engine.x25519(signed.secret, theirIdentity.dhPublic);
  const dh4 = oneTime ? [await engine.x25519(oneTime.secret, offer.ephemeralPublic)] : [];
  const secrets = sessionSecrets(offer, theirIdentity.statement, [dh1, dh2, dh3, ...dh4, shared]);
  return { secrets, generation: opening.generation, theirIdentity };
}
