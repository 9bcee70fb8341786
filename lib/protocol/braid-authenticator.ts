/**
 * What the braid makes of an encapsulated secret, and how it authenticates what it carries (ML-KEM Braid, section 2.2). The
 * key of the codes moves on with every epoch, so who has broken one epoch's elliptic curve can't put in a KEM key of their own.
 */
import { type Bytes, concat, equalBytes, Writer } from './bytes';
import { ProtocolError } from './errors';
import { deriveKeys, KEY_BYTES, label, mac } from './kdf';

export const MAC_BYTES = 32;

export interface Authenticator {
  readonly rootKey: Bytes;
  readonly macKey: Bytes;
}

const AUTHENTICATOR_LABEL = label('braid authenticator');
const SECRET_LABEL = label('braid secret');
const MAC_LABEL = { header: label('braid header'), ciphertext: label('braid ciphertext') } as const;

export type Authenticated = keyof typeof MAC_LABEL;

function numbered(name: Bytes, epoch: number): Bytes {
  return concat(name, new Writer().u32(epoch).done());
}

function updated(rootKey: Bytes, secret: Bytes, epoch: number): Authenticator {
  const info = numbered(AUTHENTICATOR_LABEL, epoch);
  const [nextRoot, macKey] = deriveKeys({ secret, salt: rootKey, info }, KEY_BYTES, KEY_BYTES);
  return { rootKey: nextRoot, macKey };
}

/** `key` is the agreement's. */
export function startAuthenticator(key: Bytes): Authenticator {
  return updated(new Uint8Array(KEY_BYTES), key, 0);
}

export interface EpochSecret {
  /** For the chains of messages. */
  readonly secret: Bytes;
  readonly authenticator: Authenticator;
}

/** What both sides hold once they share an epoch's encapsulated secret. */
export function finishEpoch(authenticator: Authenticator, epoch: number, shared: Bytes): EpochSecret {
  const [secret] = deriveKeys({ secret: shared, info: numbered(SECRET_LABEL, epoch) }, KEY_BYTES);
  return { secret, authenticator: updated(authenticator.rootKey, secret, epoch) };
}

function codeOf({ macKey }: Authenticator, what: Authenticated, epoch: number, bytes: Bytes): Bytes {
  return mac(macKey, concat(numbered(MAC_LABEL[what], epoch), bytes));
}

/** `carried` and its code; for a ciphertext the code covers `before` too, which has travelled already. */
export function authenticate(
  authenticator: Authenticator,
  epoch: number,
  { what, carried, before = new Uint8Array(0) }: { readonly what: Authenticated; readonly carried: Bytes; readonly before?: Bytes },
): Bytes {
  return concat(carried, codeOf(authenticator, what, epoch, concat(before, carried)));
}

/** The carried bytes without their code. @throws {ProtocolError} braid-mac */
export function checkAuthentic(
  authenticator: Authenticator,
  epoch: number,
  { what, carried, before = new Uint8Array(0) }: { readonly what: Authenticated; readonly carried: Bytes; readonly before?: Bytes },
): Bytes {
  const bytes = carried.slice(0, -MAC_BYTES);
  const isAuthentic = equalBytes(codeOf(authenticator, what, epoch, concat(before, bytes)), carried.slice(-MAC_BYTES));
  if (!isAuthentic) throw new ProtocolError('braid-mac', { epoch });
  return bytes;
}
