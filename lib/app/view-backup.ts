/**
 * UI ⇄ background: a backup, block by block. Either way the page pulls or pushes one block and waits for the answer, so that neither
 * side ever holds more. Whatever ends the page's port ends what it began.
 */
import type { Bytes } from '../protocol/bytes';
import type { CommandId } from './ids';

export type BackupCommand =
  /** The answer brings the file's header. */
  | { readonly kind: 'backup.start'; readonly id: CommandId; readonly passphrase: string }
  /** The answer brings the next block. */
  | { readonly kind: 'backup.next'; readonly id: CommandId }
  | { readonly kind: 'backup.stop'; readonly id: CommandId };

export type RestoreCommand =
  | {
      readonly kind: 'restore.start';
      readonly id: CommandId;
      readonly passphrase: string;
      readonly header: Bytes;
      /** Of the whole file. */
      readonly sizeBytes: number;
    }
  /** The answer to the last block says what is in the file. */
  | { readonly kind: 'restore.next'; readonly id: CommandId; readonly block: Bytes }
  /** What was shown is still looked at: the background is to stay awake for it. */
  | { readonly kind: 'restore.hold'; readonly id: CommandId }
  /** Makes what was shown a profile of this device. */
  | { readonly kind: 'restore.keep'; readonly id: CommandId }
  | { readonly kind: 'restore.stop'; readonly id: CommandId };

/** A piece of the file. */
export interface BackupPart {
  readonly bytes: Bytes;
  readonly isLast: boolean;
  /** 0 to 1. */
  readonly share: number;
}

/** What is in a file that was read to its end. */
export interface RestoreView {
  readonly name: string;
  readonly fingerprint: string;
  readonly madeAtMs: number;
  readonly contacts: number;
  readonly messages: number;
  /** Of the first and the last message; null without any. */
  readonly span: { readonly fromMs: number; readonly toMs: number } | null;
}
