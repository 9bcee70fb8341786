/** Two people on libsignal: PQXDH with a Kyber prekey, then the Triple Ratchet; every session is stored as bytes and read anew for each message. */
import { randomUUID } from 'node:crypto';
import * as signal from '@signalapp/libsignal-client';
import type { Bytes } from '../../lib/protocol/bytes';
import { otherSide, type Side, type Talk, type Workload } from './protocol-talk';

class Sessions extends signal.SessionStore {
  #stored: Bytes | null = null;

  override async saveSession(_name: signal.ProtocolAddress, record: signal.SessionRecord): Promise<void> {
    this.#stored = record.serialize();
  }

  override async getSession(): Promise<signal.SessionRecord | null> {
    return this.#stored && signal.SessionRecord.deserialize(this.#stored);
  }

  override async getExistingSessions(): Promise<signal.SessionRecord[]> {
    return this.#stored ? [signal.SessionRecord.deserialize(this.#stored)] : [];
  }
}

class Identities extends signal.IdentityKeyStore {
  readonly key = signal.PrivateKey.generate();

  override async getIdentityKey(): Promise<signal.PrivateKey> {
    return this.key;
  }

  override async getLocalRegistrationId(): Promise<number> {
    return ID;
  }

  override async saveIdentity(): Promise<signal.IdentityChange> {
    return signal.IdentityChange.NewOrUnchanged;
  }

  override async isTrustedIdentity(): Promise<boolean> {
    return true;
  }

  override async getIdentity(): Promise<signal.PublicKey | null> {
    return null;
  }
}

/** Of everything that has a number. */
const ID = 1;

class OneTime extends signal.PreKeyStore {
  readonly #key = signal.PrivateKey.generate();
  readonly public = this.#key.getPublicKey();
  readonly #stored = signal.PreKeyRecord.new(ID, this.public, this.#key).serialize();

  override async savePreKey(): Promise<void> {}
  override async removePreKey(): Promise<void> {}

  override async getPreKey(): Promise<signal.PreKeyRecord> {
    return signal.PreKeyRecord.deserialize(this.#stored);
  }
}

class Signed extends signal.SignedPreKeyStore {
  readonly public: signal.PublicKey;
  readonly signature: Bytes;
  readonly #stored: Bytes;

  constructor(identity: signal.PrivateKey) {
    super();
    const key = signal.PrivateKey.generate();
    this.public = key.getPublicKey();
    this.signature = identity.sign(this.public.serialize());
    this.#stored = signal.SignedPreKeyRecord.new(ID, 0, this.public, key, this.signature).serialize();
  }

  override async saveSignedPreKey(): Promise<void> {}

  override async getSignedPreKey(): Promise<signal.SignedPreKeyRecord> {
    return signal.SignedPreKeyRecord.deserialize(this.#stored);
  }
}

class Kyber extends signal.KyberPreKeyStore {
  readonly public: signal.KEMPublicKey;
  readonly signature: Bytes;
  readonly #stored: Bytes;

  constructor(identity: signal.PrivateKey) {
    super();
    const key = signal.KEMKeyPair.generate();
    this.public = key.getPublicKey();
    this.signature = identity.sign(this.public.serialize());
    this.#stored = signal.KyberPreKeyRecord.new(ID, 0, key, this.signature).serialize();
  }

  override async saveKyberPreKey(): Promise<void> {}
  override async markKyberPreKeyUsed(): Promise<void> {}

  override async getKyberPreKey(): Promise<signal.KyberPreKeyRecord> {
    return signal.KyberPreKeyRecord.deserialize(this.#stored);
  }
}

class Person {
  readonly address = signal.ProtocolAddress.new(randomUUID(), ID);
  readonly sessions = new Sessions();
  readonly identity = new Identities();
  readonly oneTime = new OneTime();
  readonly signed = new Signed(this.identity.key);
  readonly kyber = new Kyber(this.identity.key);

  bundle(): signal.PreKeyBundle {
    return signal.PreKeyBundle.new(
      ...([ID, ID, ID, this.oneTime.public, ID, this.signed.public, this.signed.signature] as const),
      ...([this.identity.key.getPublicKey(), ID, this.kyber.public, this.kyber.signature] as const),
    );
  }
}

export interface Message {
  readonly bytes: Bytes;
  readonly type: number;
}

function openOn(at: Person, from: Person, { bytes, type }: Message): Promise<Bytes> {
  const where = [from.address, at.address, at.sessions, at.identity] as const;
  if (type === signal.CiphertextMessageType.Whisper) return signal.signalDecrypt(signal.SignalMessage.deserialize(bytes), ...where);
  return signal.signalDecryptPreKey(signal.PreKeySignalMessage.deserialize(bytes), ...where, at.oneTime, at.signed, at.kyber);
}

/** @throws {Error} when libsignal leaves its post-quantum ratchet out: that would be another contest. */
export function checkTripleRatchet({ bytes, type }: Message): void {
  const isWhisper = type === signal.CiphertextMessageType.Whisper;
  if (isWhisper && signal.SignalMessage.deserialize(bytes).pqRatchet().length === 0) throw new Error('libsignal has no SPQR here');
}

export const libsignal: Workload<Message> = {
  async prepare() {
    const people: Record<Side, Person> = { alice: new Person(), bob: new Person() };
    const { alice, bob } = people;
    const bundle = bob.bundle();
    const talk: Talk<Message> = {
      async seal(from, text) {
        const [mine, theirs] = [people[from], people[otherSide(from)]];
        const sealed = await signal.signalEncrypt(text, theirs.address, mine.address, mine.sessions, mine.identity);
        return { bytes: sealed.serialize(), type: sealed.type() };
      },
      async open(at, message) {
        await openOn(people[at], people[otherSide(at)], message);
      },
    };
    return async (text) => {
      await signal.processPreKeyBundle(bundle, bob.address, alice.address, alice.sessions, alice.identity);
      await talk.open('bob', await talk.seal('alice', text));
      return talk;
    };
  },
};
