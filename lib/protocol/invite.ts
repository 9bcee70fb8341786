/**
 * A one-time invite: a link that carries a secret, and the bundle the relay keeps sealed under it. The secret stands in the
 * link's fragment, which browsers send to nobody.
 *
 *   link    <relay base, http for ws>/i#<base64url of the next line>
 *           version(1) ‖ invite id(16) ‖ secret(32) ‖ identity hash(32) ‖ expiry in seconds(4) ‖ check(4)
 *   sealed  version(1) ‖ nonce(24) ‖ XChaCha20-Poly1305( padded: bundle ‖ name ‖ address )     4096 bytes in all
 */
import { openChaCha, sealChaCha, TAG_BYTES, XCHACHA_NONCE_BYTES } from './aead';
import { relayBase } from './base-url';
import { type Bytes, concat, equalBytes, fromBase64url, Reader, toBase64url, utf8, Writer } from './bytes';
import type { Engine } from './engine';
import { ProtocolError } from './errors';
import { identityHash as hashIdentity, IDENTITY_HASH_BYTES } from './identity';
import { deriveKeys, hash, KEY_BYTES, label } from './kdf';
import { pad, unpad } from './padding';
import { encodePrekeyBundle, openPrekeyBundle, type PrekeyBundle } from './prekeys';
import { type QueueAddress, readName, readQueueAddress, writeName, writeQueueAddress } from './profile';
import { INVITE_ID_BYTES, MAX_INVITE_BYTES } from './relay';

const INVITE_VERSION = 4;
const INVITE_SECRET_BYTES = 32;
const CHECK_BYTES = 4;
const FIELDS_BYTES = 1 + INVITE_ID_BYTES + INVITE_SECRET_BYTES + IDENTITY_HASH_BYTES + 4;
const FRAGMENT_LENGTH = Math.ceil(((FIELDS_BYTES + CHECK_BYTES) * 4) / 3);
/** So that its QR code stays readable across a table. */
const MAX_INVITE_LINK_BYTES = 200;

export interface Invite {
  /** `wss://host[:port][/path]`; `ws:` for loopback and private addresses. */
  readonly relay: string;
  readonly inviteId: Bytes;
  readonly secret: Bytes;
  readonly identityHash: Bytes;
  /** Whole seconds: the link has no finer ones. */
  readonly expiresAtMs: number;
}

function check(relay: string, fields: Uint8Array): Bytes {
  return hash(label('invite check'), utf8(relay), fields).slice(0, CHECK_BYTES);
}

/** @throws {ProtocolError} bad-value for a relay address or a field of the wrong size; too-large above 200 bytes */
export function encodeInvite(invite: Invite): string {
  const relay = relayBase(invite.relay);
  const fields = new Writer()
    .u8(INVITE_VERSION)
    .fixed(invite.inviteId, INVITE_ID_BYTES)
    .fixed(invite.secret, INVITE_SECRET_BYTES)
    .fixed(invite.identityHash, IDENTITY_HASH_BYTES)
    .u32(Math.floor(invite.expiresAtMs / 1000))
    .done();
  const link = `${relay.replace(/^ws/, 'http')}/i#${toBase64url(concat(fields, check(relay, fields)))}`;
  if (link.length > MAX_INVITE_LINK_BYTES) throw new ProtocolError('too-large', { size: link.length, maxBytes: MAX_INVITE_LINK_BYTES });
  return link;
}

/** What people paste: surrounded by white space or angle brackets, broken into lines by a mail program. */
function unwrap(text: string): string {
  return text.replace(/\s+/g, '').replace(/^<+|>+$/g, '');
}

function linkedRelay(address: string): string {
  try {
    return relayBase(address.replace(/^http/i, 'ws').replace(/\/i\/?$/, ''));
  } catch {
    throw new ProtocolError('invite-malformed', { part: 'address' });
  }
}

function fragmentFields(fragment: string): Bytes {
  if (!/^[A-Za-z0-9_-]*$/.test(fragment)) throw new ProtocolError('invite-malformed', { part: 'fragment' });
  if (fragment.length < 4) throw new ProtocolError('invite-truncated', { length: fragment.length });
  const version = fromBase64url(fragment.slice(0, 4))[0] as number;
  if (version !== INVITE_VERSION) throw new ProtocolError('invite-version', { version });
  if (fragment.length < FRAGMENT_LENGTH) throw new ProtocolError('invite-truncated', { length: fragment.length });
  try {
    return fromBase64url(fragment);
  } catch {
    throw new ProtocolError('invite-malformed', { part: 'fragment' });
  }
}

/**
 * Says nothing about whether the invite has expired or been used.
 * @throws {ProtocolError} invite-malformed, invite-truncated (cut off at the end), invite-version (of a later Tincan)
 */
export function parseInvite(text: string): Invite {
  const link = unwrap(text);
  const [address, fragment = ''] = link.split('#', 2) as [string, string?];
  if (!/^https?:\/\/.*\/i\/?$/i.test(address)) throw new ProtocolError('invite-malformed', { part: 'address' });
  const relay = linkedRelay(address);
  const fields = fragmentFields(fragment);
  if (!equalBytes(check(relay, fields.slice(0, FIELDS_BYTES)), fields.slice(FIELDS_BYTES)))
    throw new ProtocolError('invite-malformed', { part: 'check' });
  const reader = new Reader(fields.slice(1, FIELDS_BYTES));
  return {
    relay,
    inviteId: reader.bytes(INVITE_ID_BYTES),
    secret: reader.bytes(INVITE_SECRET_BYTES),
    identityHash: reader.bytes(IDENTITY_HASH_BYTES),
    expiresAtMs: reader.u32() * 1000,
  };
}

/** What the taker of an invite learns: keys to write with, who it is, and where to write. */
export interface InviteBundle {
  readonly bundle: PrekeyBundle;
  readonly name: string;
  readonly address: QueueAddress;
}

const SEALED_VERSION = 4;
const SEALED_OVERHEAD_BYTES = 1 + XCHACHA_NONCE_BYTES + TAG_BYTES;

function bundleKey(secret: Bytes, inviteId: Bytes): Bytes {
  const [key] = deriveKeys({ secret, salt: inviteId, info: label('invite bundle') }, KEY_BYTES);
  return key;
}

function bundleAad(inviteId: Bytes): Bytes {
  return concat(new Uint8Array([SEALED_VERSION]), inviteId);
}

/** Always 4096 bytes, whatever the name and the address. @throws {ProtocolError} too-large */
export function sealInviteBundle(engine: Pick<Engine, 'randomBytes'>, secret: Bytes, inviteId: Bytes, contents: InviteBundle): Bytes {
  const writer = new Writer().sized(encodePrekeyBundle(contents.bundle));
  writeName(writer, contents.name);
  writeQueueAddress(writer, contents.address);
  const plaintext = pad(writer.done(), MAX_INVITE_BYTES - SEALED_OVERHEAD_BYTES);
  const nonce = engine.randomBytes(XCHACHA_NONCE_BYTES);
  const sealed = sealChaCha({ key: bundleKey(secret, inviteId), nonce, aad: bundleAad(inviteId) }, plaintext);
  return new Writer().u8(SEALED_VERSION).bytes(nonce).bytes(sealed).done();
}

/** @throws {ProtocolError} bad-tag, bad-version, invite-identity-mismatch, and what its parts throw when they are wrong */
export async function openInviteBundle(
  engine: Engine,
  { secret, inviteId, identityHash }: Pick<Invite, 'secret' | 'inviteId' | 'identityHash'>,
  sealed: Uint8Array,
): Promise<InviteBundle> {
  const outer = new Reader(sealed);
  const version = outer.u8();
  if (version !== SEALED_VERSION) throw new ProtocolError('bad-version', { version });
  const nonce = outer.bytes(XCHACHA_NONCE_BYTES);
  const padded = openChaCha({ key: bundleKey(secret, inviteId), nonce, aad: bundleAad(inviteId) }, outer.rest());
  const reader = new Reader(unpad(padded));
  const bundle = await openPrekeyBundle(engine, reader.sized(MAX_INVITE_BYTES));
  const name = readName(reader);
  const address = readQueueAddress(reader);
  reader.end();
  if (!equalBytes(hashIdentity(bundle.statement), identityHash)) throw new ProtocolError('invite-identity-mismatch');
  return { bundle, name, address };
}
