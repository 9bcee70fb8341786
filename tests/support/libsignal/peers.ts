/** Two ends of one session: libsignal-client over stores in memory, and this product's ratchets in Signal's form. */
import { randomUUID, webcrypto } from 'node:crypto';
import {
  Aci,
  CiphertextMessageType,
  KEMKeyPair,
  KEMPublicKey,
  KyberPreKeyRecord,
  PreKeyBundle,
  PreKeyRecord,
  PreKeySignalMessage,
  PrivateKey,
  ProtocolAddress,
  PublicKey,
  processPreKeyBundle,
  SignalMessage,
  SignedPreKeyRecord,
  signalDecrypt,
  signalDecryptPreKey,
  signalEncrypt,
} from '@signalapp/libsignal-client';
import { type Bytes, concat, equalBytes, fromUtf8, utf8 } from '../../../lib/protocol/bytes';
import { webCryptoEngine } from '../../../lib/protocol/engine';
import { createKeyPair } from '../../../lib/protocol/keys';
import { createBundle, type SignalBundle, type SignalPrekeys } from './agreement';
import { decodeOpening, typed, untyped } from './codec';
import { CURVE_TYPE, KYBER_TYPE } from './facts';
import { accept, initiate, open, restarted, type SignalSession, seal } from './session';
import { Identities, KyberPrekeys, Prekeys, Sessions, SignedPrekeys } from './stores';

/** On its way. */
export interface Said {
  readonly hasOpening: boolean;
  readonly bytes: Bytes;
}

export interface Peer {
  say(text: string): Promise<Said>;
  /** @throws for what does not open, and then has changed nothing. */
  hear(said: Said): Promise<string>;
}

const engine = webCryptoEngine(webcrypto);
const DEVICE = 1;

class Name {
  readonly #aci = Aci.fromUuid(randomUUID());
  readonly address = ProtocolAddress.new(this.#aci, DEVICE);
  readonly bytes: Bytes = concat(this.#aci.getServiceIdFixedWidthBinary(), new Uint8Array([DEVICE]));
}

const curveKey = (key: Bytes): PublicKey => PublicKey.deserialize(typed(CURVE_TYPE, key));
const rawKey = (key: PublicKey): Bytes => untyped(CURVE_TYPE, key.serialize());

class Libsignal implements Peer {
  readonly #own: Name;
  readonly #their: Name;
  readonly #sessions = new Sessions();
  readonly #identities = new Identities();
  readonly #prekeys = new Prekeys();
  readonly #signedPrekeys = new SignedPrekeys();
  readonly #kyberPrekeys = new KyberPrekeys();

  constructor(own: Name, their: Name) {
    this.#own = own;
    this.#their = their;
  }

  async publish(hasOneTime: boolean): Promise<SignalBundle> {
    const identity = await this.#identities.getIdentityKey();
    const [signed, oneTime, kyber] = [PrivateKey.generate(), PrivateKey.generate(), KEMKeyPair.generate()];
    const signature = identity.sign(signed.getPublicKey().serialize());
    const kyberSignature = identity.sign(kyber.getPublicKey().serialize());
    await this.#signedPrekeys.saveSignedPreKey(21, SignedPreKeyRecord.new(21, 0, signed.getPublicKey(), signed, signature));
    await this.#prekeys.savePreKey(22, PreKeyRecord.new(22, oneTime.getPublicKey(), oneTime));
    await this.#kyberPrekeys.saveKyberPreKey(23, KyberPreKeyRecord.new(23, 0, kyber, kyberSignature));
    return {
      registrationId: await this.#identities.getLocalRegistrationId(),
      identityKey: rawKey(identity.getPublicKey()),
      signed: { id: 21, public: rawKey(signed.getPublicKey()), signature },
      oneTime: hasOneTime ? { id: 22, public: rawKey(oneTime.getPublicKey()) } : null,
      kyber: { id: 23, public: untyped(KYBER_TYPE, kyber.getPublicKey().serialize()), signature: kyberSignature },
    };
  }

  async initiate({ registrationId, identityKey, signed, oneTime, kyber }: SignalBundle): Promise<void> {
    const bundle = PreKeyBundle.new(
      registrationId,
      DEVICE,
      oneTime?.id ?? null,
      oneTime && curveKey(oneTime.public),
      signed.id,
      curveKey(signed.public),
      signed.signature,
      curveKey(identityKey),
      kyber.id,
      KEMPublicKey.deserialize(typed(KYBER_TYPE, kyber.public)),
      kyber.signature,
    );
    await processPreKeyBundle(bundle, this.#their.address, this.#own.address, this.#sessions, this.#identities);
  }

  async say(text: string): Promise<Said> {
    const sealed = await signalEncrypt(utf8(text), this.#their.address, this.#own.address, this.#sessions, this.#identities);
    return { hasOpening: sealed.type() === CiphertextMessageType.PreKey, bytes: sealed.serialize() };
  }

  async hear({ hasOpening, bytes }: Said): Promise<string> {
    const ends = [this.#their.address, this.#own.address] as const;
    const plaintext = hasOpening
      ? await signalDecryptPreKey(
          PreKeySignalMessage.deserialize(bytes),
          ...ends,
          this.#sessions,
          this.#identities,
          this.#prekeys,
          this.#signedPrekeys,
          this.#kyberPrekeys,
        )
      : await signalDecrypt(SignalMessage.deserialize(bytes), ...ends, this.#sessions, this.#identities);
    return fromUtf8(plaintext);
  }
}

/** Commits by replacing the session; restarts from stored bytes after every step. */
class Ours implements Peer {
  readonly #own: Name;
  readonly #their: Name;
  readonly #identity = createKeyPair(engine);
  #prekeys: SignalPrekeys | null = null;
  #baseKey: Bytes | null = null;
  #session: SignalSession | null = null;

  constructor(own: Name, their: Name) {
    this.#own = own;
    this.#their = their;
  }

  get session(): SignalSession {
    if (this.#session === null) throw new Error('no session');
    return this.#session;
  }

  publish(hasOneTime: boolean): SignalBundle {
    const { bundle, prekeys } = createBundle(engine, this.#identity, hasOneTime);
    this.#prekeys = prekeys;
    return bundle;
  }

  async initiate(bundle: SignalBundle): Promise<void> {
    this.#session = await initiate(engine, this.#identity, bundle);
  }

  async say(text: string): Promise<Said> {
    const { session, hasOpening, bytes } = seal(engine, this.session, utf8(text), concat(this.#own.bytes, this.#their.bytes));
    this.#session = restarted(session);
    return { hasOpening, bytes };
  }

  async hear({ hasOpening, bytes }: Said): Promise<string> {
    const { session, baseKey, message } = hasOpening ? await this.#sessionOf(bytes) : { ...this.#state(), message: bytes };
    const opened = await open(engine, session, message, Date.now());
    const ends = concat(this.#their.bytes, this.#own.bytes);
    if (hasOpening && !(opened.addresses && equalBytes(opened.addresses, ends))) throw new Error('for another address');
    this.#session = restarted(opened.session);
    this.#baseKey = baseKey;
    return fromUtf8(opened.plaintext);
  }

  #state(): { readonly session: SignalSession; readonly baseKey: Bytes | null } {
    return { session: this.session, baseKey: this.#baseKey };
  }

  /** The same opening again is this session's. */
  async #sessionOf(bytes: Bytes): Promise<{ session: SignalSession; baseKey: Bytes | null; message: Bytes }> {
    const { opening, message } = decodeOpening(bytes);
    if (this.#baseKey && equalBytes(this.#baseKey, opening.baseKey)) return { ...this.#state(), message };
    if (this.#prekeys === null) throw new Error('no prekeys');
    return { session: await accept(engine, this.#identity, this.#prekeys, opening), baseKey: opening.baseKey, message };
  }
}

export interface Pair {
  readonly ours: Ours;
  readonly libsignal: Libsignal;
  readonly initiator: Peer;
  readonly responder: Peer;
}

export interface Meeting {
  readonly initiator: 'ours' | 'libsignal';
  readonly hasOneTime: boolean;
}

export const MEETINGS: readonly Meeting[] = [
  { initiator: 'ours', hasOneTime: true },
  { initiator: 'ours', hasOneTime: false },
  { initiator: 'libsignal', hasOneTime: true },
  { initiator: 'libsignal', hasOneTime: false },
];

/** The initiator has the responder's bundle and has said nothing yet. */
export async function meet({ initiator, hasOneTime }: Meeting): Promise<Pair> {
  const [ourName, theirName] = [new Name(), new Name()];
  const ours = new Ours(ourName, theirName);
  const libsignal = new Libsignal(theirName, ourName);
  if (initiator === 'ours') {
    await ours.initiate(await libsignal.publish(hasOneTime));
    return { ours, libsignal, initiator: ours, responder: libsignal };
  }
  await libsignal.initiate(ours.publish(hasOneTime));
  return { ours, libsignal, initiator: libsignal, responder: ours };
}
