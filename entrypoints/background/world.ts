/** The real ports of the background's app. */
import browser from 'webextension-polyfill';
import type { World } from '../../lib/app/core';
import { AppError } from '../../lib/app/errors';
import type { Store } from '../../lib/app/ports';
import { createShell } from '../../lib/bus/shell';
import { ProtocolError } from '../../lib/protocol/errors';
import { pooledEngine } from '../../lib/protocol/key-pool';
import { openRecords } from '../../lib/storage/database';
import { createJournalStore } from '../../lib/storage/journal-store';
import { openVault } from '../../lib/storage/vault';

const DATABASE = 'tincan';

function faultCode(fault: unknown): string {
  if (fault instanceof ProtocolError || fault instanceof AppError) return fault.code;
  // A stack names our own lines and nothing of what they carried; a message might.
  return fault instanceof Error ? `${fault.name} ${fault.stack?.split('\n').slice(1, 4).join(' ') ?? ''}` : 'unknown';
}

export function report(fault: unknown): void {
  console.warn('tincan:', faultCode(fault));
}

export function backgroundWorld(): World {
  let shortcuts: Record<string, string> = {};
  browser.commands
    ?.getAll()
    .then((commands) => {
      shortcuts = Object.fromEntries(commands.map((command) => [command.name ?? '', command.shortcut ?? '']));
    })
    .catch(() => undefined);
  return {
    clock: {
      now: () => Date.now(),
      after(delayMs, run) {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
    },
    random: { bytes: (size) => crypto.getRandomValues(new Uint8Array(size)) },
    engine: pooledEngine(crypto),
    shell: createShell(),
    report,
    shortcuts: () => shortcuts,
  };
}

/** The store, opened at its first use: opening awaits, and listeners must not. A failed opening is tried again. */
export function lateStore(): Store {
  let opening: Promise<Store> | null = null;
  const open = async (): Promise<Store> => {
    const database = openRecords(DATABASE);
    return createJournalStore(database, await openVault(database, crypto));
  };
  const opened = (): Promise<Store> => {
    opening ??= open().catch((error: unknown) => {
      opening = null;
      throw error;
    });
    return opening;
  };
  return {
    get: async (key) => (await opened()).get(key),
    range: async (prefix, options) => (await opened()).range(prefix, options),
    commit: async (changes) => (await opened()).commit(changes),
  };
}
