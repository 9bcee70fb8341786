/** What the app floor needs from the world. Adapters live in storage, net and the entrypoints; fakes in tests/support. */

export type StoreKey = readonly (string | number)[];
/** Anything structured-cloneable to JSON plus Uint8Array. Sealed by the adapter before it is written. */
export type StoreValue = unknown;

export type StoreChange =
  | { readonly kind: 'put'; readonly key: StoreKey; readonly value: StoreValue }
  /** A put whose key must be free. */
  | { readonly kind: 'add'; readonly key: StoreKey; readonly value: StoreValue }
  | { readonly kind: 'delete'; readonly key: StoreKey };

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
  /**
   * All or nothing, durable when it returns. False: a key to be added was taken, and nothing is written.
   * @throws {AppError} storage-failed, storage-full; nothing is then written.
   */
  commit(changes: readonly StoreChange[]): Promise<boolean>;
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

/** The browser's chrome around the product. */
export interface Shell {
  /** Something arrived while no page shows it. Names the contact, not the text. */
  notify(notice: { readonly contactId: string; readonly name: string; readonly kind: 'message' | 'request' }): void;
  /** No longer needed: it has been seen. */
  dismiss(contactId: string): void;
  badge(badge: { readonly unread: number; readonly isMuted: boolean | null }): void;
  /** Wakes the background by then, even if it has died: timers die with it. */
  wakeAt(atMs: number): void;
}
