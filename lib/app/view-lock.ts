/** UI ⇄ background, while the store may be closed: its lock, and which profile's it is. */

import type { Bytes } from '../protocol/bytes';
import type { ViewErrorCode } from './errors';
import type { CommandId } from './ids';
import type { Passkey, ProfileEntry, SecretKind } from './ports';

/** The lock of everything on this device. While it is locked a page has nothing else to show. */
export interface LockView {
  readonly isLocked: boolean;
  /** Why nothing can be read at all; null where it can. */
  readonly failure: ViewErrorCode | null;
  readonly secret: SecretKind | null;
  /** So many wrong tries in a row delete everything; 0: never. */
  readonly wipeAfter: number;
  /** Authenticators that unlock it too. */
  readonly passkeys: readonly Passkey[];
  /** Minutes without anybody at the machine; 0: only by hand and with the screen. */
  readonly autoLockMinutes: number;
  /** Wrong tries in a row. */
  readonly failed: number;
  readonly retryAtMs: number;
  /** It locks as soon as nobody speaks any more. */
  readonly isPostponed: boolean;
  /** All of this device. Empty where they can't be read. */
  readonly profiles: readonly ProfileEntry[];
  readonly activeProfileId: string;
}

export type LockCommand =
  | { readonly kind: 'lock.unlock'; readonly id: CommandId; readonly secret: string }
  /** `output`: what the authenticator gives for this credential's salt. */
  | { readonly kind: 'lock.passkey'; readonly id: CommandId; readonly credentialId: Bytes; readonly output: Bytes }
  | {
      readonly kind: 'lock.passkey-add';
      readonly id: CommandId;
      readonly current: string;
      readonly passkey: Passkey;
      readonly output: Bytes;
    }
  /** All of them. */
  | { readonly kind: 'lock.passkey-remove'; readonly id: CommandId; readonly current: string }
  | { readonly kind: 'lock.now'; readonly id: CommandId }
  /** Sets, changes or, with `secret` null, removes the secret, and with it the passkeys. `current` is empty where there is none yet. */
  | {
      readonly kind: 'lock.protect';
      readonly id: CommandId;
      readonly current: string;
      readonly secret: { readonly kind: SecretKind; readonly text: string } | null;
      readonly wipeAfter: number;
    }
  | { readonly kind: 'lock.auto'; readonly id: CommandId; readonly minutes: number }
  /** Deletes everything on this device, locked or not. */
  | { readonly kind: 'lock.wipe'; readonly id: CommandId };

export type ProfileCommand =
  /** Leaves the one that is open, which locks if it has a lock. */
  | { readonly kind: 'profile.select'; readonly id: CommandId; readonly profileId: string }
  /** An empty one, which is open then. */
  | { readonly kind: 'profile.add'; readonly id: CommandId; readonly label: string }
  | { readonly kind: 'profile.rename'; readonly id: CommandId; readonly profileId: string; readonly label: string }
  /** Deletes the one that is open. */
  | { readonly kind: 'profile.remove'; readonly id: CommandId };

export type FrontCommand = LockCommand | ProfileCommand;

export type ProtectWish = Omit<Extract<LockCommand, { kind: 'lock.protect' }>, 'kind' | 'id'>;
