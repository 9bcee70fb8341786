/** What lies on one device: a fake store and lock for each profile, and which of them is active. Outlives every worker. */
import { AppError } from '../../lib/app/errors';
import type { Device, ProfileEntry, ProfileList, Profiles, Store } from '../../lib/app/ports';
import { FakeLock, fakeKeyring, faultyKeyring } from './fake-keyring';
import { FakeStore } from './fake-store';
import { Faults } from './faults';

interface Disk {
  readonly store: FakeStore;
  readonly lock: FakeLock;
}

export class FakeDisks {
  readonly #disks = new Map<string, Disk>();
  #entries: readonly ProfileEntry[] = [{ id: 'first', label: '' }];
  #activeId = 'first';
  #count = 1;
  /** Of every call to a lock, and of deleting. */
  readonly faults = new Faults();
  /** The list can't be read while this is set. */
  isListLost = false;

  disk(profileId: string = this.#activeId): Disk {
    let disk = this.#disks.get(profileId);
    if (!disk) {
      disk = { store: new FakeStore(), lock: new FakeLock() };
      this.#disks.set(profileId, disk);
    }
    return disk;
  }

  /** Listed or staged. */
  get known(): readonly string[] {
    return [...this.#disks.keys()];
  }

  get list(): ProfileList {
    return { entries: this.#entries, activeId: this.#activeId };
  }

  closeBrowser(): void {
    for (const { lock } of this.#disks.values()) lock.isUnlocked = false;
  }

  /** `alive`: the store as one worker sees it, for as long as it lives. */
  profiles(alive: (store: FakeStore) => Store, isAlive: () => boolean = () => true): Profiles {
    const newId = () => `profile-${++this.#count}`;
    const device = (profileId: string): Device => {
      const { lock, store } = this.disk(profileId);
      const faked = fakeKeyring(lock, store, alive(store));
      return { ...faked, keyring: faultyKeyring(faked.keyring, this.faults, isAlive) };
    };
    const call = <T>(called: string, run: () => T) =>
      this.faults.call({ isAlive, called, run: async () => run(), refusal: () => new AppError('storage-failed') });
    return {
      list: () =>
        call('list', () => {
          if (this.isListLost) throw new AppError('storage-failed');
          return this.list;
        }),
      device,
      select: async (profileId) => {
        this.#activeId = profileId;
      },
      rename: async (profileId, label) => {
        this.#entries = this.#entries.map((entry) => (entry.id === profileId ? { ...entry, label } : entry));
      },
      stage: async () => newId(),
      keep: async (id, label) => {
        this.#entries = [...this.#entries, { id, label }];
        this.#activeId = id;
      },
      remove: (profileIds) => call('remove', () => this.#remove(profileIds)),
    };
  }

  #remove(profileIds: readonly string[]): void {
    for (const profileId of profileIds) this.#disks.delete(profileId);
    const kept = this.#entries.filter(({ id }) => !profileIds.includes(id));
    this.#entries = kept.length > 0 ? kept : [{ id: `profile-${++this.#count}`, label: '' }];
    if (!this.#entries.some(({ id }) => id === this.#activeId)) this.#activeId = this.#entries[0]?.id ?? '';
  }
}
