/**
 * What lies in a prekey box: bundles sealed under a secret that only those have who may start a session, so that the relay
 * sees no identity, can't tell whose boxes belong together, nor whether a bundle is a last-resort one. Always 2,048 bytes.
 *
 *   version(1) ‖ nonce(24) ‖ XChaCha20-Poly1305( length(2) ‖ prekey bundle ‖ zeros )
 */
import { openChaCha, sealChaCha, TAG_BYTES, XCHACHA_NONCE_BYTES } from './aead';
import { type Bytes, concat, Reader, Writer } from './bytes';
import type { Engine } from './engine';
import { ProtocolError } from './errors';
import { deriveKeys, KEY_BYTES, label } from './kdf';
import { pad, unpad } from './padding';
import { encodePrekeyBundle, openPrekeyBundle, type PrekeyBundle } from './prekeys';
import { readRelay, writeRelay } from './profile';
import { BOX_ID_BYTES, SEALED_BUNDLE_BYTES } from './relay';

const SEALED_VERSION = 1;
const OVERHEAD_BYTES = 1 + XCHACHA_NONCE_BYTES + TAG_BYTES;
export const BOX_SECRET_BYTES = 32;

/** Where somebody's bundles lie, and what opens them. */
export interface BoxAddress {
  readonly relay: string;
  readonly boxId: Bytes;
  readonly secret: Bytes;
}

/** @throws {ProtocolError} bad-value, too-large */
export function writeBoxAddress(writer: Writer, { relay, boxId, secret }: BoxAddress): void {
  writeRelay(writer, relay);
  writer.fixed(boxId, BOX_ID_BYTES).fixed(secret, BOX_SECRET_BYTES);
}

/** @throws {ProtocolError} bad-value, too-large, truncated */
export function readBoxAddress(reader: Reader): BoxAddress {
  return { relay: readRelay(reader), boxId: reader.bytes(BOX_ID_BYTES), secret: reader.bytes(BOX_SECRET_BYTES) };
}

function seal({ boxId, secret }: BoxAddress) {
  const [key] = deriveKeys({ secret, salt: boxId, info: label('prekey box') }, KEY_BYTES);
  return { key, aad: concat(new Uint8Array([SEALED_VERSION]), boxId) };
}

export function sealBundle(engine: Pick<Engine, 'randomBytes'>, address: BoxAddress, bundle: PrekeyBundle): Bytes {
  const nonce = engine.randomBytes(XCHACHA_NONCE_BYTES);
  const plaintext = pad(encodePrekeyBundle(bundle), SEALED_BUNDLE_BYTES - OVERHEAD_BYTES);
  return new Writer()
    .u8(SEALED_VERSION)
    .bytes(nonce)
    .bytes(sealChaCha({ ...seal(address), nonce }, plaintext))
    .done();
}

/**
 * Whose bundle it is, the reader must compare.
 * @throws {ProtocolError} bad-version, bad-tag, bad-padding, and what a bundle throws
 */
export async function openBundle(engine: Engine, address: BoxAddress, sealed: Uint8Array): Promise<PrekeyBundle> {
  const reader = new Reader(sealed);
  const version = reader.u8();
  if (version !== SEALED_VERSION) throw new ProtocolError('bad-version', { version });
  const nonce = reader.bytes(XCHACHA_NONCE_BYTES);
  return openPrekeyBundle(engine, unpad(openChaCha({ ...seal(address), nonce }, reader.rest())));
}
