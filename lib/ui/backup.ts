/**
 * A backup as a page makes it and reads it: one block asked for or sent at a time. Nothing of it is kept beyond the sealed bytes, and
 * whatever interrupts it ends it.
 *
 *   making:   idle ──▶ running ──▶ saved            reading:  idle ──▶ running ──▶ shown ──▶ keeping ──▶ idle
 *                        └──▶ failed                                     └──▶ failed ◀──┘
 */
import { computed, signal } from '@preact/signals';
import type { BackupCommand, RestoreCommand, RestoreView, ViewErrorCode, ViewResult } from '../app/view';
import { BACKUP_BLOCK_BYTES, BACKUP_HEADER_BYTES } from '../protocol/backup-sizes';

export type FileBytes = Uint8Array<ArrayBuffer>;

/** A file that the user has chosen. */
export interface BackupFile {
  readonly sizeBytes: number;
  /** Rejects when the browser can't read it any more. */
  read(start: number, end: number): Promise<FileBytes>;
}

type Failed = { readonly kind: 'failed'; readonly code: ViewErrorCode };

export type Making =
  | { readonly kind: 'idle' }
  /** `share`: 0 to 1. */
  | { readonly kind: 'running'; readonly share: number }
  | { readonly kind: 'saved'; readonly fileName: string }
  | Failed;

export type Reading =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly share: number }
  | { readonly kind: 'shown' | 'keeping'; readonly found: RestoreView }
  | Failed;

type Question<Command> = Command extends { readonly id: string } ? Omit<Command, 'id'> : never;

export interface BackupPorts {
  ask(question: Question<BackupCommand | RestoreCommand>): Promise<ViewResult>;
  saveFile(fileName: string, parts: readonly FileBytes[]): void;
  /** Runs once after `delayMs`; the returned function cancels. */
  after(delayMs: number, run: () => void): () => void;
  now(): number;
}

const IDLE = { kind: 'idle' } as const;
/** A background that hears nothing for 30 s is put to sleep by the browser, and forgets what it has not been told to keep. */
const HOLD_MS = 15_000;

/** No name in it: whoever sees the file learns no more than its date. */
function fileNameOf(ms: number): string {
  const [day] = new Date(ms).toISOString().split('T');
  return `tincan-${day}.tincan-backup`;
}

/** What ended a backup that was under way is told as that. */
function failed(code: ViewErrorCode): Failed {
  return { kind: 'failed', code: code === 'locked' ? 'backup-ended' : code };
}

export function createBackupControl({ ask, saveFile, after, now }: BackupPorts) {
  const making = signal<Making>(IDLE);
  const reading = signal<Reading>(IDLE);
  /** Of the latest run each: an earlier one that is answered late changes nothing. */
  let makingRun = 0;
  let readingRun = 0;

  async function make(passphrase: string): Promise<void> {
    makingRun += 1;
    const run = makingRun;
    const parts: FileBytes[] = [];
    making.value = { kind: 'running', share: 0 };
    let result = await ask({ kind: 'backup.start', passphrase });
    while (run === makingRun) {
      if (!result.ok || !result.part) {
        making.value = failed(result.ok ? 'internal' : result.code);
        return;
      }
      const { bytes, isLast, share } = result.part;
      parts.push(bytes);
      if (isLast) {
        const fileName = fileNameOf(now());
        saveFile(fileName, parts);
        making.value = { kind: 'saved', fileName };
        return;
      }
      making.value = { kind: 'running', share };
      result = await ask({ kind: 'backup.next' });
    }
  }

  function stopMaking(): void {
    makingRun += 1;
    const wasRunning = making.peek().kind === 'running';
    making.value = IDLE;
    if (wasRunning) void ask({ kind: 'backup.stop' });
  }

  /** Null when the user has turned to something else meanwhile. */
  async function send(file: BackupFile, passphrase: string, run: number): Promise<ViewResult | null> {
    const header = await file.read(0, Math.min(BACKUP_HEADER_BYTES, file.sizeBytes));
    let result = await ask({ kind: 'restore.start', passphrase, header, sizeBytes: file.sizeBytes });
    for (let at = BACKUP_HEADER_BYTES; at < file.sizeBytes && result.ok; at += BACKUP_BLOCK_BYTES) {
      if (run !== readingRun) return null;
      reading.value = { kind: 'running', share: at / file.sizeBytes };
      const block = await file.read(at, Math.min(at + BACKUP_BLOCK_BYTES, file.sizeBytes));
      result = await ask({ kind: 'restore.next', block });
    }
    return run === readingRun ? result : null;
  }

  async function read(file: BackupFile, passphrase: string): Promise<void> {
    readingRun += 1;
    const run = readingRun;
    reading.value = { kind: 'running', share: 0 };
    const result = await send(file, passphrase, run).catch((): ViewResult => ({ ok: false, code: 'backup-unreadable' }));
    if (result === null) return;
    if (!result.ok || !result.restore) {
      reading.value = failed(result.ok ? 'backup-truncated' : result.code);
      void ask({ kind: 'restore.stop' });
      return;
    }
    reading.value = { kind: 'shown', found: result.restore };
    hold(run);
  }

  function hold(run: number): void {
    const isShown = () => run === readingRun && reading.peek().kind === 'shown';
    const settle = (result: ViewResult) => {
      if (!isShown()) return;
      if (result.ok) hold(run);
      else reading.value = failed(result.code);
    };
    after(HOLD_MS, () => {
      if (isShown()) void ask({ kind: 'restore.hold' }).then(settle);
    });
  }

  async function keep(): Promise<void> {
    const shown = reading.peek();
    if (shown.kind !== 'shown') return;
    const run = readingRun;
    reading.value = { kind: 'keeping', found: shown.found };
    const result = await ask({ kind: 'restore.keep' });
    if (run === readingRun) reading.value = result.ok ? IDLE : failed(result.code);
  }

  function stopReading(): void {
    readingRun += 1;
    const wasRunning = reading.peek().kind === 'running' || reading.peek().kind === 'shown';
    reading.value = IDLE;
    if (wasRunning) void ask({ kind: 'restore.stop' });
  }

  return {
    making: computed(() => making.value),
    reading: computed(() => reading.value),
    make: (passphrase: string) => void make(passphrase),
    read: (file: BackupFile, passphrase: string) => void read(file, passphrase),
    keep: () => void keep(),
    stopMaking,
    stopReading,
  };
}

export type BackupControl = ReturnType<typeof createBackupControl>;
