/** libsignal-client's stores, in memory. Every record passes through its stored form each time. */
import {
  IdentityChange,
  IdentityKeyStore,
  KyberPreKeyRecord,
  KyberPreKeyStore,
  PreKeyRecord,
  PreKeyStore,
  PrivateKey,
  type ProtocolAddress,
  type PublicKey,
  SessionRecord,
  SessionStore,
  SignedPreKeyRecord,
  SignedPreKeyStore,
} from '@signalapp/libsignal-client';
import type { Bytes } from '../../../lib/protocol/bytes';

class Records<Record extends { serialize(): Bytes }> {
  readonly #stored = new Map<string, Bytes>();
  readonly #deserialize: (bytes: Bytes) => Record;

  constructor(deserialize: (bytes: Bytes) => Record) {
    this.#deserialize = deserialize;
  }

  put(key: string | number, record: Record): void {
    this.#stored.set(String(key), record.serialize());
  }

  find(key: string | number): Record | null {
    const bytes = this.#stored.get(String(key));
    return bytes ? this.#deserialize(bytes) : null;
  }

  get(key: string | number): Record {
    const record = this.find(key);
    if (!record) throw new Error(`no record ${key}`);
    return record;
  }

  remove(key: string | number): void {
    this.#stored.delete(String(key));
  }
}

export class Sessions extends SessionStore {
  readonly #records = new Records<SessionRecord>((bytes) => SessionRecord.deserialize(bytes));

  async saveSession(name: ProtocolAddress, record: SessionRecord): Promise<void> {
    this.#records.put(name.toString(), record);
  }

  async getSession(name: ProtocolAddress): Promise<SessionRecord | null> {
    return this.#records.find(name.toString());
  }

  async getExistingSessions(names: ProtocolAddress[]): Promise<SessionRecord[]> {
    return names.map((name) => this.#records.get(name.toString()));
  }
}

export class Identities extends IdentityKeyStore {
  readonly #own = PrivateKey.generate();
  readonly #known = new Map<string, PublicKey>();

  async getIdentityKey(): Promise<PrivateKey> {
    return this.#own;
  }

  async getLocalRegistrationId(): Promise<number> {
    return 16;
  }

  async saveIdentity(name: ProtocolAddress, key: PublicKey): Promise<IdentityChange> {
    const known = this.#known.get(name.toString());
    this.#known.set(name.toString(), key);
    return known && !known.equals(key) ? IdentityChange.ReplacedExisting : IdentityChange.NewOrUnchanged;
  }

  async isTrustedIdentity(name: ProtocolAddress, key: PublicKey): Promise<boolean> {
    return this.#known.get(name.toString())?.equals(key) ?? true;
  }

  async getIdentity(name: ProtocolAddress): Promise<PublicKey | null> {
    return this.#known.get(name.toString()) ?? null;
  }
}

export class Prekeys extends PreKeyStore {
  readonly #records = new Records<PreKeyRecord>((bytes) => PreKeyRecord.deserialize(bytes));

  async savePreKey(id: number, record: PreKeyRecord): Promise<void> {
    this.#records.put(id, record);
  }

  async getPreKey(id: number): Promise<PreKeyRecord> {
    return this.#records.get(id);
  }

  async removePreKey(id: number): Promise<void> {
    this.#records.remove(id);
  }
}

export class SignedPrekeys extends SignedPreKeyStore {
  readonly #records = new Records<SignedPreKeyRecord>((bytes) => SignedPreKeyRecord.deserialize(bytes));

  async saveSignedPreKey(id: number, record: SignedPreKeyRecord): Promise<void> {
    this.#records.put(id, record);
  }

  async getSignedPreKey(id: number): Promise<SignedPreKeyRecord> {
    return this.#records.get(id);
  }
}

export class KyberPrekeys extends KyberPreKeyStore {
  readonly #records = new Records<KyberPreKeyRecord>((bytes) => KyberPreKeyRecord.deserialize(bytes));

  async saveKyberPreKey(id: number, record: KyberPreKeyRecord): Promise<void> {
    this.#records.put(id, record);
  }

  async getKyberPreKey(id: number): Promise<KyberPreKeyRecord> {
    return this.#records.get(id);
  }

  async markKyberPreKeyUsed(): Promise<void> {}
}
