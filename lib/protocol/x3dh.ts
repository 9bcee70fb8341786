/**
 * X3DH (Signal's specification, revision 1) with the initiator's identity sealed first.
 *
 *   identity key ← DH(EK, IK_B), DH(EK, SPK_B)           seals the initiator's statement
 *   session keys ← DH(IK_A, SPK_B), DH(EK, IK_B), DH(EK, SPK_B), DH(EK, OPK_B), all bound to the transcript
 *
 * Opening header: signed prekey id(4) ‖ one-time prekey id(4) ‖ EK(32) ‖ sealed statement(209)
 */
import { CHACHA_NONCE_BYTES, openChaCha, sealChaCha, TAG_BYTES } from './aead';
import { type Bytes, concat, equalBytes, Reader, Writer } from './bytes';
import type { Engine } from './engine';
import { ProtocolError } from './errors';
import { type Identity, openIdentityStatement, STATEMENT_BYTES, type TheirIdentity } from './identity';
import { deriveKeys, hash, KEY_BYTES, label } from './kdf';
import { checkX25519Public, createKeyPair, PUBLIC_KEY_BYTES } from './keys';
import type { InvitePrekeys, PrekeyBundle } from './prekeys';

const SEALED_STATEMENT_BYTES = STATEMENT_BYTES + TAG_BYTES;
export const OPENING_BYTES = 4 + 4 + PUBLIC_KEY_BYTES + SEALED_STATEMENT_BYTES;
export const SESSION_ID_BYTES = 32;

/** What the agreement leaves to the ratchet. */
export interface SessionSecrets {
  readonly rootKey: Bytes;
  /** Header key of the initiator's first sending chain. */
  readonly initiatorHeaderKey: Bytes;
  /** Header key of the responder's first sending chain. */
  readonly responderHeaderKey: Bytes;
  readonly sessionId: Bytes;
}

/** X3DH section 2.2: as many 0xFF as a curve point has bytes, so that no agreement's input is a signature's. */
const F = new Uint8Array(32).fill(0xff);

/** Everything public about the responder's side and the ephemeral key: both sides know it before any identity is opened. */
interface Offer {
  readonly statement: Bytes;
  readonly signedId: number;
  readonly signedPublic: Bytes;
  readonly oneTimeId: number;
  readonly oneTimePublic: Bytes;
  readonly ephemeralPublic: Bytes;
}

function offerBytes(offer: Offer): Bytes {
  return new Writer()
    .bytes(offer.statement)
    .u32(offer.signedId)
    .bytes(offer.signedPublic)
    .u32(offer.oneTimeId)
    .bytes(offer.oneTimePublic)
    .bytes(offer.ephemeralPublic)
    .done();
}

/** A fresh ephemeral key makes key and nonce unique, so the header may be repeated but is never sealed twice. */
function identitySeal(offer: Offer, dhEphemeralIdentity: Bytes, dhEphemeralSigned: Bytes) {
  const [key, nonce] = deriveKeys(
    {
      secret: concat(F, dhEphemeralIdentity, dhEphemeralSigned),
      info: concat(label('x3dh initiator'), hash(label('x3dh offer'), offerBytes(offer))),
    },
    KEY_BYTES,
    CHACHA_NONCE_BYTES,
  );
  return { key, nonce, aad: new Uint8Array(0) };
}

/** `agreements` in the order of the specification: DH1 to DH4. */
function sessionSecrets(offer: Offer, initiatorStatement: Bytes, agreements: readonly Bytes[]): SessionSecrets {
  const transcript = hash(label('x3dh transcript'), initiatorStatement, offerBytes(offer));
  const [rootKey, initiatorHeaderKey, responderHeaderKey, sessionId] = deriveKeys(
    { secret: concat(F, ...agreements), info: concat(label('x3dh session'), transcript) },
    KEY_BYTES,
    KEY_BYTES,
    KEY_BYTES,
    SESSION_ID_BYTES,
  );
  return { rootKey, initiatorHeaderKey, responderHeaderKey, sessionId };
}

/** `bundle` has been verified by decoding it. @throws {ProtocolError} bad-key for one's own bundle, weak-shared-secret */
export async function agreeAsInitiator(
  engine: Engine,
  identity: Identity,
  bundle: PrekeyBundle,
): Promise<{ readonly secrets: SessionSecrets; readonly opening: Bytes; readonly theirIdentity: TheirIdentity }> {
  const theirIdentity = openIdentityStatement(bundle.statement);
  if (equalBytes(theirIdentity.dhPublic, identity.dhPublic)) throw new ProtocolError('bad-key', { reason: 'own identity' });
  const ephemeral = createKeyPair(engine);
  const offer: Offer = { ...bundle, ephemeralPublic: ephemeral.public };
  const dh1 = await engine.x25519(identity.dhSecret, bundle.signedPublic);
  const dh2 = await engine.x25519(ephemeral.secret, theirIdentity.dhPublic);
  const dh3 = await engine.x25519(ephemeral.secret, bundle.signedPublic);
  const dh4 = await engine.x25519(ephemeral.secret, bundle.oneTimePublic);
  const opening = new Writer()
    .u32(bundle.signedId)
    .u32(bundle.oneTimeId)
    .bytes(ephemeral.public)
    .bytes(sealChaCha(identitySeal(offer, dh2, dh3), identity.statement))
    .done();
  return { secrets: sessionSecrets(offer, identity.statement, [dh1, dh2, dh3, dh4]), opening, theirIdentity };
}

interface Opening {
  readonly signedId: number;
  readonly oneTimeId: number;
  readonly ephemeralPublic: Bytes;
  readonly sealedStatement: Bytes;
}

function readOpening(bytes: Bytes): Opening {
  const reader = new Reader(bytes);
  const opening = {
    signedId: reader.u32(),
    oneTimeId: reader.u32(),
    ephemeralPublic: checkX25519Public(reader.bytes(PUBLIC_KEY_BYTES)),
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
  prekeys: InvitePrekeys,
  openingBytes: Bytes,
): Promise<{ readonly secrets: SessionSecrets; readonly theirIdentity: TheirIdentity }> {
  const { signed, oneTime } = prekeys;
  const { signedId, oneTimeId, ephemeralPublic, sealedStatement } = readOpening(openingBytes);
  if (signedId !== signed.id || oneTimeId !== oneTime.id) throw new ProtocolError('no-prekey');
  const offer: Offer = {
    statement: identity.statement,
    signedId,
    signedPublic: signed.public,
    oneTimeId,
    oneTimePublic: oneTime.public,
    ephemeralPublic,
  };
  const dh2 = await engine.x25519(identity.dhSecret, ephemeralPublic);
  const dh3 = await engine.x25519(signed.secret, ephemeralPublic);
  const theirIdentity = openIdentityStatement(openChaCha(identitySeal(offer, dh2, dh3), sealedStatement));
  if (equalBytes(theirIdentity.dhPublic, identity.dhPublic)) throw new ProtocolError('bad-key', { reason: 'own identity' });
  const dh1 = await engine.x25519(signed.secret, theirIdentity.dhPublic);
  const dh4 = await engine.x25519(oneTime.secret, ephemeralPublic);
  return { secrets: sessionSecrets(offer, theirIdentity.statement, [dh1, dh2, dh3, dh4]), theirIdentity };
}
