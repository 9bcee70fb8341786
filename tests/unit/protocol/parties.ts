/** Engines whose randomness a test knows, and two people who have exchanged an invite. */
import { createHash, webcrypto } from 'node:crypto';
import { type Bytes, toHex, utf8 } from '../../../lib/protocol/bytes';
import { type Engine, type WebCrypto, webCryptoEngine } from '../../../lib/protocol/engine';
import { createIdentity, type Identity } from '../../../lib/protocol/identity';
import { nativeKem } from '../../../lib/protocol/native-kem';
import { type AgreementPrekeys, createInvitePrekeys, type PrekeyBundle } from '../../../lib/protocol/prekeys';
import { acceptSession, initiateSession, openEnvelope, type Session, sealEnvelope } from '../../../lib/protocol/session';

export const NOW_MS = Date.UTC(2026, 10, 21);

export const engine: Engine = webCryptoEngine(webcrypto);

/** As in a browser whose WebCrypto does not know the curve. */
export const withoutCurve: WebCrypto<webcrypto.CryptoKey> = {
  getRandomValues: (bytes) => webcrypto.getRandomValues(bytes),
  subtle: {
    importKey: (...key) =>
      key[2].name === 'X25519' || key[2].name === 'Ed25519'
        ? Promise.reject(Object.assign(new Error('no such algorithm'), { name: 'NotSupportedError' }))
        : webcrypto.subtle.importKey(...key),
    encrypt: (...sealed) => webcrypto.subtle.encrypt(...sealed),
    decrypt: (...opened) => webcrypto.subtle.decrypt(...opened),
    verify: () => Promise.reject(new Error('never asked')),
    deriveBits: () => Promise.reject(new Error('never asked')),
  },
};

/** Both ways to agree by X25519. */
export const ENGINES: readonly (readonly [string, Engine])[] = [
  ['WebCrypto', engine],
  ['JavaScript', webCryptoEngine(withoutCurve)],
];

/** SHA-256 of the seed and a counter: the same seed, the same bytes. */
export function seededEngine(seed: string): Engine {
  let count = 0;
  const block = () => createHash('sha256').update(`${seed} ${count++}`).digest();
  return {
    ...engine,
    // A platform's own has randomness that nobody knows.
    kem: nativeKem({}),
    randomBytes(size) {
      const blocks = Array.from({ length: Math.ceil(size / 32) }, block);
      return new Uint8Array(Buffer.concat(blocks).subarray(0, size));
    },
  };
}

/** Writes down every AES key and nonce that seals. */
export function watchedEngine(base: Engine): { readonly engine: Engine; readonly sealedWith: string[] } {
  const sealedWith: string[] = [];
  return {
    sealedWith,
    engine: {
      ...base,
      sealAes256Gcm(key, nonce, plaintext, aad) {
        sealedWith.push(`${toHex(key)} ${toHex(nonce)}`);
        return base.sealAes256Gcm(key, nonce, plaintext, aad);
      },
    },
  };
}

export interface Invitation {
  readonly alice: Identity;
  readonly bob: Identity;
  readonly prekeys: AgreementPrekeys;
  readonly bundle: PrekeyBundle;
}

/** Bob has made an invite, Alice holds its bundle. */
export function invitation(using: Engine = engine): Invitation {
  const alice = createIdentity(using);
  const bob = createIdentity(using);
  return { alice, bob, ...createInvitePrekeys(using, bob) };
}

export interface Parties extends Invitation {
  /** Initiator; has Bob's first answer if `answered`. */
  readonly a: Session;
  readonly b: Session;
}

/** Two sessions that have met: Alice's first envelope is open, and Bob's answer too unless `isAnswered` is false. */
export async function twoParties(using: Engine = engine, isAnswered = true): Promise<Parties> {
  const invited = invitation(using);
  const initiated = await initiateSession(using, { identity: invited.alice, bundle: invited.bundle });
  const first = await sealEnvelope(using, initiated, utf8('hello'), 'cell');
  const { session: b } = await acceptSession(using, {
    identity: invited.bob,
    prekeys: invited.prekeys,
    envelope: first.envelope,
    nowMs: NOW_MS,
  });
  if (!isAnswered) return { ...invited, a: first.session, b };
  const answer = await sealEnvelope(using, b, utf8('hello yourself'), 'cell');
  const { session: a } = await opened(first.session, answer.envelope, using);
  return { ...invited, a, b: answer.session };
}

/** Opens what must open. */
export async function opened(session: Session, envelope: Bytes, using: Engine = engine): Promise<{ session: Session; plaintext: Bytes }> {
  const result = await openEnvelope(using, session, envelope, NOW_MS);
  if (result === null) throw new Error('no header key matched');
  return result;
}

/** Seals `texts` one after another. */
export async function sealAll(session: Session, texts: readonly string[], using: Engine = engine) {
  const envelopes: Bytes[] = [];
  let last = session;
  for (const text of texts) {
    const sealed = await sealEnvelope(using, last, utf8(text), 'string');
    envelopes.push(sealed.envelope);
    last = sealed.session;
  }
  return { session: last, envelopes };
}

/** One message each way: both ratchets turn. */
export async function turn(a: Session, b: Session, using: Engine = engine): Promise<{ readonly a: Session; readonly b: Session }> {
  const there = await sealEnvelope(using, a, utf8('there'), 'string');
  const atB = await opened(b, there.envelope, using);
  const back = await sealEnvelope(using, atB.session, utf8('back'), 'string');
  const atA = await opened(there.session, back.envelope, using);
  return { a: atA.session, b: back.session };
}

/** A copy with one bit changed. */
export function flipped(bytes: Bytes, at: number, bit = 0): Bytes {
  const copy = new Uint8Array(bytes);
  copy[at] = (copy[at] as number) ^ (1 << bit);
  return copy;
}
