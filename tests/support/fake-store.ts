/** A Store in memory that can fail or die at any write. Values pass through structuredClone, as a database would copy them. */
import { AppError } from '../../lib/app/errors';
import type { RangeOptions, Store, StoreChange, StoreKey, StoreValue } from '../../lib/app/ports';

/** 'lost': the process died before the write; 'kept': after it. Either way the caller never hears of it. */
export type Death = { readonly atCommit: number; readonly outcome: 'lost' | 'kept'; readonly onDeath: () => void };

/** From the so many-th write on there is no room, until `endTrouble`. */
export interface Trouble {
  readonly atCommit: number;
  /** The first write that fails is on the disk all the same. */
  readonly isKept: boolean;
  readonly isReadable: boolean;
  readonly onBegin: () => void;
}

function comparePart(a: string | number, b: string | number): number {
  if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === 'number' ? -1 : 1;
}

function compareKeys(a: StoreKey, b: StoreKey): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = comparePart(a[i] as string, b[i] as string);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function continues(key: StoreKey, prefix: StoreKey): boolean {
  return key.length > prefix.length && prefix.every((part, i) => part === key[i]);
}

export class FakeStore implements Store {
  readonly #records = new Map<string, { readonly key: StoreKey; readonly value: StoreValue }>();
  commits = 0;
  /** Records that were looked for or opened. */
  reads = 0;
  death: Death | null = null;
  /** Commits fail with this while it is set. */
  failure: 'storage-failed' | 'storage-full' | null = null;
  trouble: Trouble | null = null;
  #isTroubled = false;

  endTrouble(): void {
    this.trouble = null;
    this.#isTroubled = false;
  }

  /** The disk as it is now. */
  image(): ReadonlyMap<string, { readonly key: StoreKey; readonly value: StoreValue }> {
    return structuredClone(this.#records);
  }

  /** As a device does that is restored from a backup. */
  restore(image: ReturnType<FakeStore['image']>): void {
    this.#records.clear();
    for (const [name, record] of image) this.#records.set(name, structuredClone(record));
  }

  async get(key: StoreKey): Promise<StoreValue | undefined> {
    this.#checkReadable();
    this.reads += 1;
    return structuredClone(this.#records.get(JSON.stringify(key))?.value);
  }

  async range(prefix: StoreKey, options: RangeOptions = {}): Promise<readonly (readonly [StoreKey, StoreValue])[]> {
    this.#checkReadable();
    const found = [...this.#records.values()].filter(({ key }) => {
      if (!continues(key, prefix)) return false;
      const part = key[prefix.length] as string | number;
      if (options.after !== undefined && comparePart(part, options.after) <= 0) return false;
      return options.before === undefined || comparePart(part, options.before) < 0;
    });
    found.sort((a, b) => compareKeys(a.key, b.key));
    if (options.isReversed) found.reverse();
    const given = found.slice(0, options.limit);
    this.reads += given.length;
    return given.map(({ key, value }) => [key, structuredClone(value)]);
  }

  async count(prefix: StoreKey): Promise<number> {
    return [...this.#records.values()].filter(({ key }) => continues(key, prefix)).length;
  }

  async commit(changes: readonly StoreChange[]): Promise<boolean> {
    await Promise.resolve();
    if (this.failure) throw new AppError(this.failure);
    if (this.#isTroubled) throw new AppError('storage-full');
    if (changes.some(({ kind, key }) => kind === 'add' && this.#records.has(JSON.stringify(key)))) return false;
    this.commits += 1;
    if (this.trouble?.atCommit === this.commits) {
      this.#isTroubled = true;
      if (this.trouble.isKept) this.#apply(changes);
      this.trouble.onBegin();
      throw new AppError('storage-full');
    }
    const dies = this.death?.atCommit === this.commits ? this.death : null;
    if (dies?.outcome === 'lost') return this.#die(dies);
    this.#apply(changes);
    if (dies) return this.#die(dies);
    return true;
  }

  #apply(changes: readonly StoreChange[]): void {
    for (const change of changes) {
      const name = JSON.stringify(change.key);
      if (change.kind === 'delete') this.#records.delete(name);
      else if (change.kind === 'clear') this.#clear(change.key);
      else this.#records.set(name, { key: change.key, value: structuredClone(change.value) });
    }
  }

  #checkReadable(): void {
    if (this.#isTroubled && this.trouble?.isReadable === false) throw new AppError('storage-full');
  }

  #clear(prefix: StoreKey): void {
    for (const [name, { key }] of this.#records) if (continues(key, prefix)) this.#records.delete(name);
  }

  #die(death: Death): Promise<never> {
    this.death = null;
    death.onDeath();
    return new Promise(() => undefined);
  }
}
