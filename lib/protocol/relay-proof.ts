/** What a client signs to prove a right on a relay, and the one spelling of a relay's address that both sides sign. */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { type Bytes, utf8, Writer } from './bytes';
import { ProtocolError } from './errors';
import { label } from './kdf';
import { BOX_ID_BYTES, INVITE_ID_BYTES, NONCE_BYTES, type ProofRole, QUEUE_ID_BYTES } from './relay';
import { exact } from './relay-fields';

export const MAX_RELAY_URL_BYTES = 120;

const PROOF_LABEL = label('relay proof');
const INVITE_DELETION_LABEL = label('invite deletion');
const BOX_LABEL = label('prekey box');
const PASSWORD_LABEL = label('relay password');
const ROLES: Readonly<Record<ProofRole, number>> = { reader: 1, doorbell: 2, writer: 3 };

const ADDRESS = /^(wss?|https?):\/\/(\[[0-9a-f:.]{2,45}\]|[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::([0-9]{1,5}))?((?:\/[a-zA-Z0-9._~-]*)*)$/;
const DEFAULT_PORT: Readonly<Record<string, number>> = { ws: 80, wss: 443 };

function relayPort(scheme: string, digits: string | undefined): string {
  if (digits === undefined) return '';
  const port = Number(digits);
  if (port < 1 || port > 65_535) throw new ProtocolError('bad-value', { port });
  return port === DEFAULT_PORT[scheme] ? '' : `:${port}`;
}

function relayPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.includes('.') || parts.includes('..')) throw new ProtocolError('bad-value', { length: path.length });
  return parts.map((part) => `/${part}`).join('');
}

/**
 * A relay's base address as both sides sign it: `ws://host[:port][/path]` or `wss://…`; scheme and host in lower case, no default
 * port, no slash at the end. `http(s)` is read as `ws(s)`. A user name, a query, a fragment or a host that is not ASCII is refused.
 * @throws {ProtocolError} bad-value, too-large
 */
export function relayOrigin(url: string): string {
  const address = url.trim();
  // Before anything is lower-cased: the Kelvin sign becomes a plain k.
  if (/[^!-~]/.test(address)) throw new ProtocolError('bad-value', { length: url.length });
  const [, schemeAndHost = '', path = ''] = /^([^/]*\/\/[^/]*)(.*)$/s.exec(address) ?? [];
  const match = ADDRESS.exec(schemeAndHost.toLowerCase() + path);
  if (!match) throw new ProtocolError('bad-value', { length: url.length });
  const scheme = (match[1] as string).replace('http', 'ws');
  const origin = `${scheme}://${match[2]}${relayPort(scheme, match[3])}${relayPath(match[4] ?? '')}`;
  if (utf8(origin).length > MAX_RELAY_URL_BYTES)
    throw new ProtocolError('too-large', { size: origin.length, maxBytes: MAX_RELAY_URL_BYTES });
  return origin;
}

/** Bound to the relay, to this connection's nonce, to the queue and to the role: worth nothing anywhere else. @throws {ProtocolError} bad-value */
export function proofMessage(proof: {
  readonly origin: string;
  readonly nonce: Bytes;
  readonly queueId: Bytes;
  readonly role: ProofRole;
}): Bytes {
  const writer = new Writer().bytes(PROOF_LABEL).text(proof.origin).bytes(exact(proof.nonce, NONCE_BYTES));
  return writer.bytes(exact(proof.queueId, QUEUE_ID_BYTES)).u8(ROLES[proof.role]).done();
}

/** Bound like a proof. @throws {ProtocolError} bad-value */
export function inviteDeletionMessage(deletion: { readonly origin: string; readonly nonce: Bytes; readonly inviteId: Bytes }): Bytes {
  const writer = new Writer().bytes(INVITE_DELETION_LABEL).text(deletion.origin).bytes(exact(deletion.nonce, NONCE_BYTES));
  return writer.bytes(exact(deletion.inviteId, INVITE_ID_BYTES)).done();
}

/** Bound like a proof, and to the step of the box it makes: the revision it will have, 0 for its removal. @throws {ProtocolError} bad-value */
export function boxMessage(box: {
  readonly origin: string;
  readonly nonce: Bytes;
  readonly boxId: Bytes;
  readonly revision: number;
}): Bytes {
  const writer = new Writer().bytes(BOX_LABEL).text(box.origin).bytes(exact(box.nonce, NONCE_BYTES));
  return writer.bytes(exact(box.boxId, BOX_ID_BYTES)).u32(box.revision).done();
}

/**
 * Shows a relay its own password without saying it to another: HMAC-SHA-256 under the password, bound to the relay and to this
 * connection. Letters that look alike are made the same first (NFKC). @throws {ProtocolError} bad-value
 */
export function passwordProof(proof: { readonly origin: string; readonly nonce: Bytes; readonly password: string }): Bytes {
  const message = new Writer().bytes(PASSWORD_LABEL).text(proof.origin).bytes(exact(proof.nonce, NONCE_BYTES)).done();
  return new Uint8Array(hmac(sha256, utf8(proof.password.normalize('NFKC')), message));
}
