/** What the app floor needs from the world. Adapters live in storage, net and the entrypoints; fakes in tests/support. */
import type { Bytes } from '../protocol/bytes';

export type StoreKey = readonly (string | number)[];
/** Anything structured-cloneable to JSON plus Uint8Array. Sealed by the adapter before it is written. */
export type StoreValue = unknown;

export type StoreChange =
  | { readonly kind: 'put'; readonly key: StoreKey; readonly value: StoreValue }
  /** A put whose key must be free. */
  | { readonly kind: 'add'; readonly key: StoreKey; readonly value: StoreValue }
  | { readonly kind: 'delete'; readonly key: StoreKey }
  /** Deletes every record whose key goes on after `key`, however many there are. */
  | { readonly kind: 'clear'; readonly key: StoreKey };

export interface RangeOptions {
  /** Exclusive bounds on the key part that follows the prefix. */
  readonly after?: number | string;
  readonly before?: number | string;
  readonly limit?: number;
  /** Newest first. */
  readonly isReversed?: boolean;
}

export interface Store {
  get(key: StoreKey): Promise<StoreValue | undefined>;
  /** Records whose key starts with `prefix`, in key order. */
  range(prefix: StoreKey, options?: RangeOptions): Promise<readonly (readonly [StoreKey, StoreValue])[]>;
  /** How many records have a key that starts with `prefix`. Opens none. */
  count(prefix: StoreKey): Promise<number>;
  /**
   * All or nothing, durable when it returns. False: a key to be added was taken, and nothing is written.
   * @throws {AppError} storage-failed, storage-full; nothing is then written.
   */
  commit(changes: readonly StoreChange[]): Promise<boolean>;
}

export interface DiskState {
  readonly usedBytes: number;
  readonly freeBytes: number | null;
  /** The browser deletes nothing of it by itself. */
  readonly isKept: boolean;
}

/** The room that the browser gives everything of this product. */
export interface Disk {
  look(): Promise<DiskState>;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs once after `delayMs`; the returned function cancels. */
  after(delayMs: number, run: () => void): () => void;
}

export interface Random {
  bytes(size: number): Uint8Array<ArrayBuffer>;
}

/** Null is what the user does not want to be shown there. */
export interface Notice {
  readonly contactId: string;
  readonly kind: 'message' | 'request';
  readonly name: string | null;
  readonly text: string | null;
  readonly unread: number;
}

/** The browser's chrome around the product. */
export interface Shell {
  /** Something arrived while nobody looks at it. In the place of an earlier notice of the same contact. */
  notify(notice: Notice): void;
  /** No longer needed: it has been seen. */
  dismiss(contactId: string): void;
  /** Something waits, and nobody may know of whom. */
  notifyLocked(): void;
  /** Every notice, whoever it names. */
  dismissAll(): void;
  badge(badge: { readonly unread: number; readonly isMuted: boolean | null }): void;
  /** Wakes the background by then, even if it has died: timers die with it. */
  wakeAt(atMs: number): void;
  /** Starts the extension anew: in the version that waits to be installed, if there is one. */
  reload(): void;
}

export type SecretKind = 'pin' | 'passphrase';

export interface LockTerms {
  readonly secret: SecretKind | null;
  /** So many wrong tries in a row delete everything; 0: never. */
  readonly wipeAfter: number;
}

/** What an authenticator is asked with. */
export interface Passkey {
  readonly credentialId: Bytes;
  /** 32 bytes. */
  readonly salt: Bytes;
}

export interface LockState extends LockTerms {
  /** Authenticators that open it too. */
  readonly passkeys: readonly Passkey[];
  /** Wrong tries in a row. */
  readonly failed: number;
  /** No try is taken before. */
  readonly retryAtMs: number;
}

/** A queue whose doorbell a locked device holds. */
export interface Bell {
  readonly relay: string;
  readonly rid: Bytes;
  readonly doorbellSecret: Bytes;
}

/** Opens and closes the store. While it is closed nothing in it can be read or written. */
export interface Keyring {
  /** True when the store is open: no secret is set, or this browser session has given it. @throws {AppError} storage-…, vault-… */
  open(): Promise<boolean>;
  /** @throws {AppError} storage-…, vault-damaged */
  state(): Promise<LockState>;
  /** @throws {AppError} lock-wrong, lock-wait, lock-wiped, vault-…, storage-… */
  unlock(text: string): Promise<void>;
  /** `output` is wiped. Counts no try. @throws {AppError} passkey-wrong, vault-…, storage-… */
  unlockByPasskey(credentialId: Uint8Array, output: Bytes): Promise<void>;
  /** Beside the secret of an open store; `output` is wiped. @throws {AppError} passkey-alone, passkey-many, and as `unlock` */
  addPasskey(current: string, passkey: Passkey, output: Bytes): Promise<void>;
  /** All of them. @throws as `unlock` */
  removePasskeys(current: string): Promise<void>;
  /** Forgets the key, whatever else fails; nothing happens where no secret is set. */
  lock(): Promise<void>;
  /**
   * Sets, changes or removes (null) the secret of an open store, and with it every passkey; `current` is not asked for where there is
   * none. @throws as `unlock`
   */
  protect(
    current: string,
    wish: { readonly secret: { readonly kind: SecretKind; readonly text: string } | null; readonly wipeAfter: number },
  ): Promise<void>;
  /** Deletes everything. */
  wipe(): Promise<void>;
  /** Readable while locked, and by this device alone. */
  bells(): Promise<readonly Bell[]>;
  keepBells(bells: readonly Bell[]): Promise<void>;
}

/** The records of one identity, and their lock. */
export interface Device {
  readonly store: Store;
  readonly keyring: Keyring;
}

export interface ProfileEntry {
  readonly id: string;
  /** Shown before it is unlocked; '' until its user has named it. */
  readonly label: string;
}

export interface ProfileList {
  /** At least one. */
  readonly entries: readonly ProfileEntry[];
  readonly activeId: string;
}

/** The identities of this device, apart from each other. Every call may throw AppError storage-failed or storage-full: then nothing changed. */
export interface Profiles {
  /** Deletes what was doomed, first. */
  list(): Promise<ProfileList>;
  /** Of a listed or staged profile. */
  device(profileId: string): Device;
  /** @throws {AppError} profile-unknown */
  select(profileId: string): Promise<void>;
  rename(profileId: string, label: string): Promise<void>;
  /** An empty place for records that nobody lists. What is never kept is deleted, by the next start at the latest. */
  stage(): Promise<string>;
  /** Lists what was staged; it is the active one from then on. */
  keep(profileId: string, label: string): Promise<void>;
  /** Listed or staged, locked or not. The next of the others is active then, or a new empty one. */
  remove(profileIds: readonly string[]): Promise<void>;
}
