/** The protocol floor's one error class. Codes are stable: tests, PROTOCOL.md and the user's words are keyed by them. */
export type ProtocolErrorCode =
  // bytes and frames
  | 'truncated'
  | 'trailing'
  | 'too-large'
  | 'bad-version'
  | 'bad-kind'
  | 'bad-value'
  | 'bad-text'
  // keys and signatures
  | 'bad-key'
  | 'bad-signature'
  | 'bad-tag'
  | 'weak-shared-secret'
  // sessions
  | 'no-prekey'
  | 'identity-changed'
  | 'skip-limit'
  | 'key-trimmed'
  | 'bad-padding'
  // the post-quantum ratchet
  | 'braid-epoch'
  | 'braid-part'
  | 'braid-mac'
  // live frames
  | 'live-unknown-key'
  | 'live-replayed'
  | 'live-stale'
  // invites
  | 'invite-malformed'
  | 'invite-truncated'
  | 'invite-version'
  | 'invite-identity-mismatch'
  // numbers
  | 'weak-parameters'
  | 'number-malformed'
  | 'number-length'
  | 'number-exhausted'
  // membership logs
  | 'log-group'
  | 'log-gap'
  | 'log-fork'
  | 'log-author'
  | 'log-not-admin'
  | 'log-member'
  | 'log-last-admin';

/** Carries a code and sizes or counters; never keys, plaintext, addresses or queue ids. */
export class ProtocolError extends Error {
  readonly code: ProtocolErrorCode;
  readonly details: Readonly<Record<string, number | string>>;

  constructor(code: ProtocolErrorCode, details: Readonly<Record<string, number | string>> = {}) {
    super(code);
    this.name = 'ProtocolError';
    this.code = code;
    this.details = details;
  }
}
