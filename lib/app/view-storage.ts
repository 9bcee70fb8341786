/** UI ⇄ background: how this device's storage stands. */
export interface StorageView {
  /** Everything of the extension, as the browser counts it. */
  readonly usedBytes: number;
  /** What the browser would still take; null where it does not say. */
  readonly freeBytes: number | null;
  readonly room: 'enough' | 'low' | 'full';
  /** The browser deletes nothing of it by itself. */
  readonly isKept: boolean;
  /** Null until somebody wants to know. */
  readonly messages: number | null;
  readonly lastBackupMs: number | null;
}
