/** What a use case could not do. */

/** Each code has its words and one action in `_locales` (`error_<code>` with '-' as '_'). */
export type ViewErrorCode =
  | 'bad-command'
  | 'no-profile'
  | 'name-empty'
  | 'name-too-long'
  | 'invite-malformed'
  | 'invite-truncated'
  | 'invite-version'
  | 'invite-expired'
  | 'invite-used'
  | 'invite-own'
  | 'invite-contact-exists'
  | 'invite-wrong-identity'
  | 'invite-relay-refused'
  | 'relay-unreachable'
  | 'relay-address'
  | 'relay-password'
  | 'relay-refused'
  | 'contact-unknown'
  | 'identity-other'
  | 'contact-not-accepted'
  | 'contact-blocked'
  | 'routing-ask'
  | 'message-unknown'
  | 'message-arrived'
  | 'message-left'
  | 'message-over'
  | 'message-theirs'
  | 'reaction-none'
  | 'text-empty'
  | 'text-too-long'
  | 'storage-failed'
  | 'storage-full'
  | 'storage-outdated'
  | 'storage-older'
  | 'vault-damaged'
  | 'vault-weakened'
  | 'vault-older'
  | 'lock-wrong'
  | 'lock-wait'
  | 'lock-wiped'
  | 'lock-secret'
  | 'passkey-wrong'
  | 'passkey-alone'
  | 'passkey-many'
  | 'passkey-refused'
  | 'passkey-unsupported'
  | 'locked'
  | 'backup-passphrase'
  | 'backup-ended'
  | 'backup-none'
  | 'backup-later'
  | 'backup-wrong'
  | 'backup-damaged'
  | 'backup-truncated'
  | 'backup-known'
  | 'backup-unreadable'
  | 'profile-unknown'
  | 'profile-in-call'
  | 'internal';

export class AppError extends Error {
  readonly code: ViewErrorCode;

  constructor(code: ViewErrorCode) {
    super(code);
    this.name = 'AppError';
    this.code = code;
  }
}
