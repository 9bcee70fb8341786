/**
 * load → process one event → commit message + advanced session + owed effects in one transaction → then deliver.
 * A `Change` collects what one event does. Nothing of it is seen by anyone, this cache included, before it is durable.
 */
import { DEFAULT_SETTINGS } from '../domain/choices';
import { AppError } from './errors';
import type { Store, StoreChange, StoreKey, StoreValue } from './ports';
import {
  type ClosingRecord,
  CONTACT_STORES,
  type ContactRecord,
  type InviteRecord,
  keys,
  type OutboxRow,
  type ProfileRecord,
  type ReceiptRow,
  type RelayRecord,
  recentDays,
  type SettingsRecord,
} from './records';

export interface Change {
  put(key: StoreKey, value: StoreValue): void;
  /** The whole change is off when this key is taken. */
  add(key: StoreKey, value: StoreValue): void;
  delete(key: StoreKey): void;
  /** Puts a contact's record; the cache follows after the commit. */
  contact(record: ContactRecord): void;
  outbox(contactId: string, row: OutboxRow): void;
  endOutbox(contactId: string, n: number): void;
  receipt(contactId: string, row: ReceiptRow): void;
  endReceipt(contactId: string, contentId: string): void;
  settings(record: SettingsRecord): void;
  invite(record: InviteRecord): void;
  forgetInvite(inviteId: string): void;
  closing(record: ClosingRecord): void;
  endClosing(id: string): void;
  /** Runs after the commit, in order. Must not throw. */
  after(effect: () => void): void;
}

export interface Journal {
  readonly store: Store;
  readonly contacts: ReadonlyMap<string, ContactRecord>;
  readonly invites: ReadonlyMap<string, InviteRecord>;
  /** What is still to be taken away from relays. */
  readonly closings: ReadonlyMap<string, ClosingRecord>;
  /** Owed sends of a contact by their number, oldest first. */
  outboxOf(contactId: string): ReadonlyMap<number, OutboxRow>;
  /** Owed receipts of a contact by content id. */
  receiptsOf(contactId: string): ReadonlyMap<string, ReceiptRow>;
  profile: ProfileRecord | null;
  relay: string | null;
  relayAccess: string;
  readonly settings: SettingsRecord;
  /** One more whenever what was in memory has been read anew: what was kept of before is not to be trusted. */
  readonly generation: number;
  load(): Promise<void>;
  /** True: the outcome of a write was unknown, the disk could be read again, and all of it was. */
  freshen(): Promise<boolean>;
  /**
   * False: a key to be added was taken, and nothing happened.
   * @throws {AppError} storage-failed, storage-full: then nothing happened, or what did will be known before the next commit.
   */
  commit(collect: (change: Change) => void): Promise<boolean>;
  /** Deletes a contact and every record of theirs, and owes what they leave behind, in one transaction. */
  forget(contactId: string, nowMs: number, owed: readonly ClosingRecord[]): Promise<void>;
}

/** A map of maps whose inner maps appear when first asked for. */
function nested<K, V>(outer: Map<string, Map<K, V>>, id: string): Map<K, V> {
  let inner = outer.get(id);
  if (!inner) {
    inner = new Map();
    outer.set(id, inner);
  }
  return inner;
}

function isSame(a: StoreValue, b: StoreValue): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  const part = (whole: object, name: string): StoreValue => Reflect.get(whole, name);
  const namesOf = (whole: object) => Object.keys(whole).filter((name) => part(whole, name) !== undefined);
  const [names, others] = [namesOf(a), namesOf(b)];
  return names.length === others.length && names.every((name) => isSame(part(a, name), part(b, name)));
}

/** Whether the disk is as these changes would leave it. @throws {AppError} when it can't be read */
async function holds(store: Store, changes: readonly StoreChange[]): Promise<boolean> {
  for (const change of changes) {
    if (change.kind === 'clear') {
      if ((await store.range(change.key, { limit: 1 })).length > 0) return false;
    } else {
      const found = await store.get(change.key);
      if (!isSame(found, 'value' in change ? change.value : undefined)) return false;
    }
  }
  return true;
}

/** `onWrite` hears what became of each write. */
export function createJournal(store: Store, onWrite: (failure: AppError | null) => void = () => undefined): Journal {
  const contacts = new Map<string, ContactRecord>();
  const invites = new Map<string, InviteRecord>();
  const closings = new Map<string, ClosingRecord>();
  const outbox = new Map<string, Map<number, OutboxRow>>();
  const receipts = new Map<string, Map<string, ReceiptRow>>();
  let settings: SettingsRecord = DEFAULT_SETTINGS;
  let generation = 0;
  /** A write failed, and nothing can be read: whether it lies on the disk is not known. */
  let doubt: AppError | null = null;

  async function write(changes: readonly StoreChange[]): Promise<boolean> {
    try {
      const isWritten = await store.commit(changes);
      onWrite(null);
      return isWritten;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      onWrite(error);
      // A write may be on the disk though it was reported as failed: what is there now decides.
      const isKept = await holds(store, changes).catch(() => {
        doubt = error;
        return false;
      });
      if (!isKept) throw error;
      return true;
    }
  }

  const journal: Journal = {
    store,
    contacts,
    invites,
    closings,
    outboxOf: (contactId) => nested(outbox, contactId),
    receiptsOf: (contactId) => nested(receipts, contactId),
    profile: null,
    relay: null,
    relayAccess: '',
    get settings() {
      return settings;
    },
    get generation() {
      return generation;
    },
    async load() {
      const [profile, relay, kept, contactEntries, inviteEntries, closingEntries, outboxEntries, receiptEntries] = await Promise.all([
        store.get(keys.profile),
        store.get(keys.relay),
        store.get(keys.settings),
        store.range(['contact']),
        store.range(['invite']),
        store.range(['closing']),
        store.range(['outbox']),
        store.range(['receipt']),
      ]);
      journal.profile = (profile as ProfileRecord | undefined) ?? null;
      for (const cache of [contacts, invites, closings, outbox, receipts]) cache.clear();
      const chosen = relay as RelayRecord | undefined;
      journal.relay = chosen?.url ?? null;
      journal.relayAccess = chosen?.access ?? '';
      settings = { ...DEFAULT_SETTINGS, ...(kept as SettingsRecord | undefined) };
      for (const [, value] of contactEntries) contacts.set((value as ContactRecord).id, value as ContactRecord);
      for (const [, value] of inviteEntries) invites.set((value as InviteRecord).id, value as InviteRecord);
      for (const [, value] of closingEntries) closings.set((value as ClosingRecord).id, value as ClosingRecord);
      for (const [key, value] of outboxEntries) nested(outbox, String(key[1])).set((value as OutboxRow).n, value as OutboxRow);
      for (const [key, value] of receiptEntries) nested(receipts, String(key[1])).set((value as ReceiptRow).contentId, value as ReceiptRow);
    },
    async freshen() {
      if (!doubt) return false;
      try {
        await journal.load();
      } catch {
        return false;
      }
      doubt = null;
      generation += 1;
      return true;
    },
    async commit(collect) {
      if (doubt) throw doubt;
      // Later puts of one key win, so that one event may touch a record twice.
      const changes = new Map<string, StoreChange>();
      const cached: (() => void)[] = [];
      const effects: (() => void)[] = [];
      const change: Change = {
        put: (key, value) => void changes.set(JSON.stringify(key), { kind: 'put', key, value }),
        add: (key, value) => void changes.set(JSON.stringify(key), { kind: 'add', key, value }),
        delete: (key) => void changes.set(JSON.stringify(key), { kind: 'delete', key }),
        contact(record) {
          change.put(keys.contact(record.id), record);
          cached.push(() => contacts.set(record.id, record));
        },
        outbox(contactId, row) {
          change.put(keys.outbox(contactId, row.n), row);
          cached.push(() => nested(outbox, contactId).set(row.n, row));
        },
        endOutbox(contactId, n) {
          change.delete(keys.outbox(contactId, n));
          cached.push(() => nested(outbox, contactId).delete(n));
        },
        receipt(contactId, row) {
          change.put(keys.receipt(contactId, row.contentId), row);
          cached.push(() => nested(receipts, contactId).set(row.contentId, row));
        },
        endReceipt(contactId, contentId) {
          change.delete(keys.receipt(contactId, contentId));
          cached.push(() => nested(receipts, contactId).delete(contentId));
        },
        settings(record) {
          change.put(keys.settings, record);
          cached.push(() => {
            settings = record;
          });
        },
        invite(record) {
          change.put(keys.invite(record.id), record);
          cached.push(() => invites.set(record.id, record));
        },
        forgetInvite(inviteId) {
          change.delete(keys.invite(inviteId));
          cached.push(() => invites.delete(inviteId));
        },
        closing(record) {
          change.put(keys.closing(record.id), record);
          cached.push(() => closings.set(record.id, record));
        },
        endClosing(id) {
          change.delete(keys.closing(id));
          cached.push(() => closings.delete(id));
        },
        after: (effect) => void effects.push(effect),
      };
      collect(change);
      if (changes.size > 0 && !(await write([...changes.values()]))) return false;
      for (const apply of cached) apply();
      for (const effect of effects) effect();
      return true;
    },
    async forget(contactId, nowMs, owed) {
      const own = [keys.contact(contactId), keys.stock(contactId), keys.indexed(contactId)];
      await write([
        ...own.map((key): StoreChange => ({ kind: 'delete', key })),
        ...CONTACT_STORES.map((store): StoreChange => ({ kind: 'clear', key: [store, contactId] })),
        ...recentDays(nowMs).flatMap((day): StoreChange[] => [
          { kind: 'clear', key: ['seen-on', day, contactId] },
          { kind: 'clear', key: ['early-on', day, contactId] },
        ]),
        ...owed.map((record): StoreChange => ({ kind: 'put', key: keys.closing(record.id), value: record })),
      ]);
      for (const record of owed) closings.set(record.id, record);
      contacts.delete(contactId);
      outbox.delete(contactId);
      receipts.delete(contactId);
    },
  };
  return journal;
}
