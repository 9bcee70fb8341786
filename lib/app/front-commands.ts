/** What a page may ask for whether the store is open or not: its lock, and which profile's store it is. */
import { AppError } from './errors';
import type { Gate } from './front';
import type { Keyring, SecretKind } from './ports';
import { keys, type LockRecord } from './records';
import type { FrontCommand, LockCommand } from './view-lock';

const MIN_PIN_DIGITS = 6;
const MIN_PASSPHRASE_CHARS = 8;
const MAX_LABEL_CHARS = 40;
const AFTER_CALL_MS = 15_000;
/** A worker that has just woken learns from the host whether somebody is speaking. */
const LISTEN_MS = 3000;

export interface FrontCommands {
  /** In the lane. @throws {AppError} */
  obey(command: FrontCommand): Promise<void>;
  /** In the lane. */
  lockNow(): Promise<void>;
  lockByItself(): void;
  /** In the lane: for another store than the one at hand. @throws {AppError} profile-in-call; what `choose` throws */
  leaveFor(choose: () => Promise<void>): Promise<void>;
}

function isStrongEnough({ kind, text }: { readonly kind: SecretKind; readonly text: string }): boolean {
  if (kind === 'pin') return /^\d+$/.test(text) && text.length >= MIN_PIN_DIGITS;
  return [...text.normalize('NFC')].length >= MIN_PASSPHRASE_CHARS;
}

export function createFrontCommands(gate: Gate): FrontCommands {
  const { world, profiles, idleness, lane } = gate;

  /** @throws {AppError} locked */
  function running(): NonNullable<ReturnType<Gate['running']>> {
    const now = gate.running();
    if (!now) throw new AppError('locked');
    return now;
  }

  /** Closes the store at hand, as far as it has a lock. No full disk keeps it open. */
  async function shut(): Promise<void> {
    const { keyring } = gate.device();
    const now = gate.running();
    if (!now || gate.lock().secret === null) return;
    await now.messenger.rest();
    await keyring.keepBells(now.messenger.bells()).catch(world.report);
    await keyring.lock().catch(world.report);
  }

  async function lockNow(): Promise<void> {
    const now = gate.running();
    if (!now || gate.lock().secret === null) return;
    if (now.messenger.isInCall()) {
      if (!gate.lock().isPostponed) gate.show({ isPostponed: true });
      world.clock.after(AFTER_CALL_MS, () => void lane.run(lockIfPostponed).catch(world.report));
      return;
    }
    await shut();
    await gate.open(async () => false);
    gate.renewHost();
  }

  const lockIfPostponed = async (): Promise<void> => (gate.lock().isPostponed ? lockNow() : undefined);

  /** A wrong secret may have been the last one allowed: then nothing is left to show. */
  async function judged(tried: Promise<void>): Promise<void> {
    try {
      await tried;
    } catch (error) {
      if (error instanceof AppError && error.code === 'lock-wiped') await beginAnew('lock-wiped');
      else gate.show(await gate.device().keyring.state());
      throw error;
    }
  }

  async function unlock(how: (keyring: Keyring) => Promise<void>): Promise<void> {
    if (gate.running()) return;
    await judged(how(gate.device().keyring));
    await gate.open(async () => true);
    gate.renewHost();
  }

  /** Pages let go of what they show before there is anything else to show. */
  async function beginAnew(failure: 'lock-wiped' | null = null): Promise<void> {
    gate.leave({ failure });
    await gate.begin();
    gate.renewHost();
  }

  async function protect({ current, secret, wipeAfter }: Extract<LockCommand, { kind: 'lock.protect' }>): Promise<void> {
    const { messenger } = running();
    if (secret && !isStrongEnough(secret)) throw new AppError('lock-secret');
    const { keyring } = gate.device();
    await judged(keyring.protect(current, { secret, wipeAfter }));
    // They follow with the next tick, if not now.
    await keyring.keepBells(secret ? messenger.bells() : []).catch(world.report);
    if (secret) idleness.watch(gate.lock().autoLockMinutes);
    gate.show(await keyring.state());
  }

  async function changePasskeys(change: (keyring: Keyring) => Promise<void>): Promise<void> {
    running();
    const { keyring } = gate.device();
    await judged(change(keyring));
    gate.show(await keyring.state());
  }

  /** Those on the disk, as far as it can be read; else those that were shown. Nothing is called deleted where nobody knows what there was. */
  async function wipe(): Promise<void> {
    const { entries } = await profiles.list().catch(() => ({ entries: gate.lock().profiles }));
    if (entries.length === 0) throw new AppError('storage-failed');
    await remove(entries.map(({ id }) => id));
  }

  async function setAuto(minutes: number): Promise<void> {
    running();
    await gate.device().store.commit([{ kind: 'put', key: keys.lock, value: { autoLockMinutes: minutes } satisfies LockRecord }]);
    idleness.watch(minutes);
    gate.show({ autoLockMinutes: minutes });
  }

  async function remove(profileIds: readonly string[]): Promise<void> {
    gate.running()?.end();
    try {
      await profiles.remove(profileIds);
    } finally {
      await beginAnew();
    }
  }

  /** Another store than the one at hand: a page that speaks is not left behind in it. */
  async function leaveFor(choose: () => Promise<void>): Promise<void> {
    if (gate.running()?.messenger.isInCall()) throw new AppError('profile-in-call');
    await shut();
    try {
      await choose();
    } finally {
      await beginAnew();
    }
  }

  async function select(profileId: string): Promise<void> {
    const { profiles: entries, activeProfileId } = gate.lock();
    if (!entries.some(({ id }) => id === profileId)) throw new AppError('profile-unknown');
    if (profileId !== activeProfileId) await leaveFor(() => profiles.select(profileId));
  }

  function labelOf(typed: string): string {
    const label = typed.trim();
    if (label === '') throw new AppError('name-empty');
    if ([...label].length > MAX_LABEL_CHARS) throw new AppError('name-too-long');
    return label;
  }

  async function rename(profileId: string, typed: string): Promise<void> {
    running();
    await profiles.rename(profileId, labelOf(typed));
    gate.show({ profiles: (await profiles.list()).entries });
  }

  return {
    lockNow,
    leaveFor,
    lockByItself() {
      const openSinceMs = gate.running()?.sinceMs ?? 0;
      const waitMs = Math.max(0, openSinceMs + LISTEN_MS - world.clock.now());
      world.clock.after(Math.min(waitMs, LISTEN_MS), () => void lane.run(lockNow).catch(world.report));
    },
    async obey(command) {
      switch (command.kind) {
        case 'lock.unlock':
          return unlock((keyring) => keyring.unlock(command.secret));
        case 'lock.passkey':
          return unlock((keyring) => keyring.unlockByPasskey(command.credentialId, command.output));
        case 'lock.passkey-add':
          return changePasskeys((keyring) => keyring.addPasskey(command.current, command.passkey, command.output));
        case 'lock.passkey-remove':
          return changePasskeys((keyring) => keyring.removePasskeys(command.current));
        case 'lock.now':
          return lockNow();
        case 'lock.protect':
          return protect(command);
        case 'lock.auto':
          return setAuto(command.minutes);
        case 'lock.wipe':
          return wipe();
        case 'profile.select':
          return select(command.profileId);
        case 'profile.add': {
          running();
          const label = labelOf(command.label);
          return leaveFor(async () => profiles.keep(await profiles.stage(), label));
        }
        case 'profile.rename':
          return rename(command.profileId, command.label);
        case 'profile.remove':
          running();
          return remove([gate.lock().activeProfileId]);
        default:
          return command satisfies never;
      }
    },
  };
}
