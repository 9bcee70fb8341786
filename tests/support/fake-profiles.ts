/** What lies on one device: a fake store and lock for each profile, and which of them is active. Outlives every worker. */
import type { Device, ProfileEntry, ProfileList, Profiles, Store } from '../../lib/app/ports';
import { FakeLock, fakeKeyring } from './fake-keyring';
import { FakeStore } from './fake-store';

interface Disk {
  readonly store: FakeStore;
  readonly lock: FakeLock;
}

export class FakeDisks {
  readonly #disks = new Map<string, Disk>();
  #entries: readonly ProfileEntry[] = [{ id: 'first', label: '' }];
  #activeId = 'first';
  #count = 1;

  disk(profileId: string = this.#activeId): Disk {
    let disk = this.#disks.get(profileId);
    if (!disk) {
      disk = { store: new FakeStore(), lock: new FakeLock() };
      this.#disks.set(profileId, disk);
    }
    return disk;
  }

  get list(): ProfileList {
    return { entries: this.#entries, activeId: this.#activeId };
  }

  closeBrowser(): void {
    for (const { lock } of this.#disks.values()) lock.isUnlocked = false;
  }

  /** `alive`: the store as one worker sees it. */
  profiles(alive: (store: FakeStore) => Store): Profiles {
    const newId = () => `profile-${++this.#count}`;
    const device = (profileId: string): Device => {
      const { lock, store } = this.disk(profileId);
      return fakeKeyring(lock, store, alive(store));
    };
    return {
      list: async () => this.list,
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
      remove: async (profileIds) => {
        for (const profileId of profileIds) this.#disks.delete(profileId);
        const kept = this.#entries.filter(({ id }) => !profileIds.includes(id));
        this.#entries = kept.length > 0 ? kept : [{ id: newId(), label: '' }];
        if (!this.#entries.some(({ id }) => id === this.#activeId)) this.#activeId = this.#entries[0]?.id ?? '';
      },
    };
  }
}
