/**
 * The lock of the store.
 *
 *   no root ──first open──▶ open, no secret ──protect──▶ open, secret ──lock, browser closed──▶ locked ──unlock──▶ open, secret
 *
 * What is unlocked stays so for the browser's session: the data key lies in `storage.session`, so that a worker that starts
 * again asks nobody. A try is counted before it is made, so that killing the worker gives no free one. The disk's one transaction
 * decides each change; the session's key is written before it and removed after it, so that a death between the two leaves a
 * key too many for a store that needs none, and never a store that its session cannot open.
 */
import { get, promisifyRequest } from 'idb-keyval';
import { AppError } from '../app/errors';
import type { Bell, Keyring, LockState, Store, StoreKey } from '../app/ports';
import { type Argon2Parameters, LEAST_ARGON2 } from '../protocol/argon2';
import type { Bytes } from '../protocol/bytes';
import type { Database } from './database';
import { createJournalStore, type OnDamaged } from './journal-store';
import { type PasskeyWrap, unwrapByPasskey, wrapForPasskey } from './passkey';
import { checkRoot, DATA_KEY_BYTES, deviceSecret, makeDeviceKey, type Root, type RootMaker, unwrapRoot, wrapRoot } from './root';
import { createVault, type Vault } from './vault';

/** Outlives the worker, not the browser. */
export interface SessionKey {
  get(): Promise<Bytes | null>;
  set(dataKey: Bytes): Promise<void>;
  clear(): Promise<void>;
}

export interface KeyringParts extends RootMaker {
  readonly database: Database;
  readonly session: SessionKey;
  readonly now: () => number;
  readonly onDamaged: OnDamaged;
}

const ROOT_KEY = 'vault-root';
const TRIES_KEY = 'vault-tries';
/** Sealed under the device key alone: a locked device listens for bells. */
const BELLS_KEY = 'vault-bells';
const BELLS_AS: StoreKey = ['bells'];
/** Sealed: the revision of the root that governs the records. */
const REVISION_KEY: StoreKey = ['vault'];

interface Tries {
  readonly failed: number;
  readonly retryAtMs: number;
}
const NO_TRIES: Tries = { failed: 0, retryAtMs: 0 };

const FREE_TRIES = 4;
const WAITS_MS = [30_000, 60_000, 5 * 60_000, 15 * 60_000, 3600_000] as const;
const LONGEST_WAIT_MS = 3600_000;

/** After so many wrong tries in a row. */
function waitMs(failed: number): number {
  if (failed <= FREE_TRIES) return 0;
  return WAITS_MS[Math.min(failed - FREE_TRIES, WAITS_MS.length) - 1] ?? LONGEST_WAIT_MS;
}

/** What Argon2id may take of a person's time. */
const UNLOCK_MS = 1000;
const MOST_PASSES = 20;
const MOST_PASSKEYS = 8;

const deviceVault = async (crypto: Crypto, root: Root): Promise<Vault> => createVault(crypto, await deviceSecret(crypto, root));

export function createKeyring(parts: KeyringParts): { readonly keyring: Keyring; readonly store: Store } {
  const { database, crypto, session, now } = parts;
  let vault: Vault | null = null;
  let opening: Promise<boolean> | null = null;

  const readRoot = () => get<Root>(ROOT_KEY, database.use);

  async function tries(): Promise<Tries> {
    return (await get<Tries>(TRIES_KEY, database.use)) ?? NO_TRIES;
  }

  async function makeRoot(): Promise<Root> {
    const records = await database.use('readonly', (store) => promisifyRequest(store.count()));
    // Records without their root can never be opened again: say so instead of starting a second life on top of them.
    if (records > 0) throw new AppError('vault-damaged');
    const dataKey = crypto.getRandomValues(new Uint8Array(DATA_KEY_BYTES));
    const wish = { device: await makeDeviceKey(crypto), revision: 1, secret: null, wipeAfter: 0, cost: LEAST_ARGON2, passkeys: [] };
    const root = await wrapRoot(parts, wish, dataKey);
    // `add` is refused if another context made a root first, so that two can never each seal under their own.
    if (!(await writeRoot(root, await createVault(crypto, dataKey), 'add'))) throw new AppError('storage-failed');
    return root;
  }

  /** In one transaction with the sealed revision: neither is ever without the other, and the old wrap is gone with it. */
  async function writeRoot(root: Root, by: Vault, how: 'add' | 'put'): Promise<boolean> {
    const revision = await by.seal(REVISION_KEY, root.revision);
    return database.writeStrictly((store) => {
      store[how](root, ROOT_KEY);
      store.put(revision, [...REVISION_KEY]);
    });
  }

  async function checkedRoot(): Promise<Root> {
    const root = (await readRoot()) ?? (await makeRoot());
    await checkRoot(crypto, root);
    return root;
  }

  const revisionBy = async (by: Vault): Promise<unknown> => {
    const sealed = await database.use('readonly', (store) => promisifyRequest<Uint8Array | undefined>(store.get([...REVISION_KEY])));
    return sealed && by.open(REVISION_KEY, sealed).catch(() => null);
  };

  /** A root that was put back from before the last change of the PIN does not govern these records. */
  async function checkRevision(root: Root, by: Vault): Promise<void> {
    const revision = await revisionBy(by);
    if (typeof revision === 'number') {
      if (root.revision < revision) throw new AppError('vault-older');
      return;
    }
    parts.onDamaged(REVISION_KEY);
    const renewed = await by.seal(REVISION_KEY, root.revision);
    await database.writeStrictly((store) => void store.put(renewed, [...REVISION_KEY]));
  }

  /** With the key that the root itself gave. */
  async function openWith(root: Root, dataKey: Bytes): Promise<void> {
    const kept = dataKey.slice();
    const opened = await createVault(crypto, dataKey);
    await checkRevision(root, opened);
    if (root.kind !== 'none') await keepForSession(kept);
    kept.fill(0);
    vault = opened;
  }

  /** Without a session to remember it the next worker asks again; that is no reason to shut out who has just given the secret. */
  const keepForSession = (dataKey: Bytes): Promise<void> => session.set(dataKey).catch(() => undefined);

  /** What the session kept opens the records or counts as not there: sealing under a key from before a deletion would lose them. */
  async function openFromSession(root: Root): Promise<boolean> {
    const dataKey = await session.get().catch(() => null);
    if (dataKey === null) return false;
    const kept = await createVault(crypto, dataKey);
    const revision = await revisionBy(kept);
    if (typeof revision !== 'number') return false;
    if (root.revision < revision) throw new AppError('vault-older');
    vault = kept;
    return true;
  }

  /** Counts first. @throws {AppError} lock-wrong, lock-wait, lock-wiped, vault-weakened */
  async function attempt(root: Root, text: string): Promise<Bytes> {
    if (root.kind === 'none') return unwrapRoot(parts, root, '');
    const before = await tries();
    // A clock that was set back may lengthen a wait, but not beyond the longest there is.
    if (before.retryAtMs > now() && before.retryAtMs - now() <= LONGEST_WAIT_MS) throw new AppError('lock-wait');
    const failed = before.failed + 1;
    const counted: Tries = { failed, retryAtMs: now() + waitMs(failed) };
    await database.writeStrictly((store) => void store.put(counted, TRIES_KEY));
    try {
      const dataKey = await unwrapRoot(parts, root, text);
      await database.writeStrictly((store) => void store.delete(TRIES_KEY));
      return dataKey;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'lock-wrong' || root.wipeAfter === 0 || failed < root.wipeAfter) throw error;
      await wipe();
      throw new AppError('lock-wiped');
    }
  }

  /** The disk first: who kills the worker over a last try learns nothing by what is left. */
  async function wipe(): Promise<void> {
    vault = null;
    opening = null;
    await database.writeStrictly((store) => void store.clear());
    await session.clear().catch(() => undefined);
  }

  async function openNow(): Promise<boolean> {
    const root = await checkedRoot();
    if (root.kind !== 'none') return openFromSession(root);
    await openWith(root, await unwrapRoot(parts, root, ''));
    // Of a secret that was removed, or of what was deleted: the worker may have died over that.
    await session.clear().catch(() => undefined);
    return true;
  }

  /** Under the same secret, with other passkeys. */
  async function rewrap(current: string, passkeysWith: (root: Root, dataKey: Bytes) => Promise<readonly PasskeyWrap[]>): Promise<void> {
    if (!vault) throw new AppError('locked');
    const root = await checkedRoot();
    if (root.kind === 'none') throw new AppError('passkey-alone');
    const dataKey = await attempt(root, current);
    const { device, wipeAfter, cost } = root;
    const secret = { kind: root.kind, text: current };
    const passkeys = await passkeysWith(root, dataKey);
    const next = await wrapRoot(parts, { device, revision: root.revision + 1, secret, wipeAfter, cost, passkeys }, dataKey);
    dataKey.fill(0);
    await writeRoot(next, vault, 'put');
  }

  /** So that a try takes about a second here, and never less work than the least. */
  async function calibrated(): Promise<Argon2Parameters> {
    const startMs = performance.now();
    await parts.argon2id({ ...LEAST_ARGON2, password: new Uint8Array(8), salt: new Uint8Array(16), outputBytes: 32 });
    const tookMs = Math.max(1, performance.now() - startMs);
    const passes = Math.floor((LEAST_ARGON2.passes * UNLOCK_MS) / tookMs);
    return { ...LEAST_ARGON2, passes: Math.min(Math.max(passes, LEAST_ARGON2.passes), MOST_PASSES) };
  }

  const keyring: Keyring = {
    open() {
      if (vault) return Promise.resolve(true);
      opening ??= openNow().finally(() => {
        opening = null;
      });
      return opening;
    },
    async state(): Promise<LockState> {
      const { kind, wipeAfter, passkeys } = await checkedRoot();
      const asked = passkeys.map(({ credentialId, salt }) => ({ credentialId, salt }));
      return { secret: kind === 'none' ? null : kind, wipeAfter, passkeys: asked, ...(await tries()) };
    },
    async unlock(text) {
      if (vault) return;
      const root = await checkedRoot();
      await openWith(root, await attempt(root, text));
    },
    async unlockByPasskey(credentialId, output) {
      if (vault) return;
      const root = await checkedRoot();
      const dataKey = await unwrapByPasskey(crypto, root, { credentialId, output }).finally(() => output.fill(0));
      await database.writeStrictly((store) => void store.delete(TRIES_KEY));
      await openWith(root, dataKey);
    },
    addPasskey: (current, passkey, output) =>
      rewrap(current, async ({ device, passkeys }, dataKey) => {
        if (passkeys.length >= MOST_PASSKEYS) throw new AppError('passkey-many');
        return [...passkeys, await wrapForPasskey(crypto, device, { passkey, output }, dataKey)];
      }).finally(() => output.fill(0)),
    removePasskeys: (current) => rewrap(current, async () => []),
    async lock() {
      // Where the disk cannot say whether there is a secret, it is shut all the same.
      const root = await checkedRoot().catch(() => null);
      if (root?.kind === 'none') return;
      vault = null;
      await session.clear();
    },
    async protect(current, { secret, wipeAfter }) {
      if (!vault) throw new AppError('locked');
      const root = await checkedRoot();
      const dataKey = await attempt(root, current);
      // Whoever knew the old secret may have added a passkey of their own: none outlives it.
      const wish = { device: root.device, revision: root.revision + 1, secret, wipeAfter, cost: await calibrated(), passkeys: [] };
      const next = await wrapRoot(parts, wish, dataKey);
      if (secret) await keepForSession(dataKey);
      dataKey.fill(0);
      await writeRoot(next, vault, 'put');
      if (!secret) await session.clear().catch(() => undefined);
    },
    wipe,
    async bells() {
      const sealed = await get<Uint8Array>(BELLS_KEY, database.use);
      if (!sealed) return [];
      const kept = await (await deviceVault(crypto, await checkedRoot())).open(BELLS_AS, sealed).catch(() => null);
      if (kept === null) parts.onDamaged(BELLS_AS);
      return (kept ?? []) as readonly Bell[];
    },
    async keepBells(bells) {
      const sealed = await (await deviceVault(crypto, await checkedRoot())).seal(BELLS_AS, bells);
      await database.writeStrictly((store) => void (bells.length > 0 ? store.put(sealed, BELLS_KEY) : store.delete(BELLS_KEY)));
    },
  };

  const opened = (): Vault => {
    if (!vault) throw new AppError('locked');
    return vault;
  };
  return { keyring, store: createJournalStore(database, opened, parts.onDamaged) };
}
