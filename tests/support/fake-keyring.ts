/** A lock in memory over a fake store: what the real one answers, without its arithmetic. */
import { AppError } from '../../lib/app/errors';
import type { Bell, Keyring, LockState, Passkey, SecretKind, Store } from '../../lib/app/ports';
import { equalBytes } from '../../lib/protocol/bytes';
import type { FakeStore } from './fake-store';
import type { Faults } from './faults';

interface Secret {
  readonly kind: SecretKind;
  readonly text: string;
}

/** What lies on the disk and in the browser's session, beside the records. */
export class FakeLock {
  secret: Secret | null = null;
  wipeAfter = 0;
  failed = 0;
  bells: readonly Bell[] = [];
  passkeys: readonly (Passkey & { readonly output: Uint8Array })[] = [];
  /** The browser session has been given the secret. */
  isUnlocked = true;
  failure: 'vault-damaged' | null = null;

  get isShut(): boolean {
    return this.secret !== null && !this.isUnlocked;
  }
}

/** The same, whose every call may fail or be its worker's last. */
export function faultyKeyring(keyring: Keyring, faults: Faults, isAlive: () => boolean): Keyring {
  const refusal = () => new AppError('storage-failed');
  const call = <T>(called: string, run: () => Promise<T>) => faults.call({ isAlive, called, run, refusal });
  return {
    open: () => call('open', () => keyring.open()),
    state: () => call('state', () => keyring.state()),
    unlock: (text) => call('unlock', () => keyring.unlock(text)),
    unlockByPasskey: (...given) => call('unlockByPasskey', () => keyring.unlockByPasskey(...given)),
    addPasskey: (...given) => call('addPasskey', () => keyring.addPasskey(...given)),
    removePasskeys: (current) => call('removePasskeys', () => keyring.removePasskeys(current)),
    lock: () => call('lock', () => keyring.lock()),
    protect: (...given) => call('protect', () => keyring.protect(...given)),
    wipe: () => call('wipe', () => keyring.wipe()),
    bells: () => call('bells', () => keyring.bells()),
    keepBells: (bells) => call('keepBells', () => keyring.keepBells(bells)),
  };
}

export function fakeKeyring(lock: FakeLock, disk: FakeStore, store: Store): { readonly keyring: Keyring; readonly store: Store } {
  const check = (text: string): void => {
    if (!lock.secret || text === lock.secret.text) return;
    lock.failed += 1;
    if (lock.failed !== lock.wipeAfter) throw new AppError('lock-wrong');
    wipe();
    throw new AppError('lock-wiped');
  };
  const wipe = () => {
    disk.restore(new Map());
    Object.assign(lock, new FakeLock());
  };
  const opened = (): Store => {
    if (lock.isShut) throw new AppError('locked');
    return store;
  };
  return {
    store: {
      get: async (key) => opened().get(key),
      range: async (...given) => opened().range(...given),
      count: async (prefix) => opened().count(prefix),
      commit: async (changes) => opened().commit(changes),
    },
    keyring: {
      async open() {
        if (lock.failure) throw new AppError(lock.failure);
        return !lock.isShut;
      },
      state: async (): Promise<LockState> => ({
        secret: lock.secret?.kind ?? null,
        wipeAfter: lock.wipeAfter,
        passkeys: lock.passkeys.map(({ credentialId, salt }) => ({ credentialId, salt })),
        failed: lock.failed,
        retryAtMs: 0,
      }),
      async unlock(text) {
        check(text);
        lock.failed = 0;
        lock.isUnlocked = true;
      },
      async unlockByPasskey(credentialId, output) {
        const opens = (each: FakeLock['passkeys'][number]) =>
          equalBytes(each.credentialId, credentialId) && equalBytes(each.output, output);
        if (!lock.passkeys.some(opens)) throw new AppError('passkey-wrong');
        Object.assign(lock, { failed: 0, isUnlocked: true });
      },
      async addPasskey(current, passkey, output) {
        check(current);
        lock.passkeys = [...lock.passkeys, { ...passkey, output: output.slice() }];
      },
      async removePasskeys(current) {
        check(current);
        lock.passkeys = [];
      },
      async lock() {
        lock.isUnlocked = false;
      },
      async protect(current, { secret, wipeAfter }) {
        check(current);
        Object.assign(lock, { secret, wipeAfter, passkeys: [], isUnlocked: true });
      },
      wipe: async () => wipe(),
      bells: async () => lock.bells,
      async keepBells(bells) {
        lock.bells = bells;
      },
    },
  };
}
