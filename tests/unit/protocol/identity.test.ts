import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { type Bytes, concat, equalBytes, toHex, Writer } from '../../../lib/protocol/bytes';
import { fingerprint } from '../../../lib/protocol/fingerprint';
import {
  createIdentity,
  decodeIdentity,
  encodeIdentity,
  identityHash,
  openIdentityStatement,
  STATEMENT_BYTES,
} from '../../../lib/protocol/identity';
import { label } from '../../../lib/protocol/kdf';
import {
  createInvitePrekeys,
  createPrekey,
  decodePrekeyBundle,
  decodePrekeys,
  encodePrekeyBundle,
  encodePrekeys,
  offerPrekeys,
  type PrekeyBundle,
  type PrekeyPair,
} from '../../../lib/protocol/prekeys';
import { signXeddsa } from '../../../lib/protocol/xeddsa';
import { engine, flipped } from './parties';

describe('an identity', () => {
  const identity = createIdentity(engine);

  it('comes back from its bytes', () => {
    expect(decodeIdentity(encodeIdentity(identity))).toEqual(identity);
  });

  it('shows a statement of 193 bytes that opens to its two public keys', () => {
    expect(identity.statement.length).toBe(STATEMENT_BYTES);
    expect(STATEMENT_BYTES).toBe(193);
    const { sigPublic, dhPublic, statement } = identity;
    expect(openIdentityStatement(statement)).toEqual({ sigPublic, dhPublic, statement });
  });

  it('has a statement that ends with its last signature, and a stored form of one version', () => {
    expect(() => openIdentityStatement(concat(identity.statement, new Uint8Array(1)))).toThrow('trailing');
    expect(() => openIdentityStatement(identity.statement.slice(0, -1))).toThrow('truncated');
    expect(() => decodeIdentity(flipped(encodeIdentity(identity), 0))).toThrow('bad-version');
  });

  it('has a statement in which every byte counts', () => {
    for (let at = 0; at < STATEMENT_BYTES; at += 8) {
      const code = at === 0 ? 'bad-version' : /^bad-(signature|key)$/;
      expect(() => openIdentityStatement(flipped(identity.statement, at)), `byte ${at}`).toThrow(code);
    }
  });

  it('does not open with an agreement key in another spelling, and then has no fingerprint either', () => {
    expect(() => openIdentityStatement(flipped(identity.statement, 64, 7))).toThrow('bad-key');
    expect(() => fingerprint(flipped(identity.statement, 192))).toThrow('bad-signature');
  });

  it('does not open when either key vouches for another pair', () => {
    const other = createIdentity(engine);
    const mixed = concat(identity.statement.slice(0, 33), other.dhPublic, identity.statement.slice(65, 129), other.statement.slice(129));
    expect(() => openIdentityStatement(mixed)).toThrow('bad-signature');
    const keys = concat(identity.sigPublic, identity.dhPublic);
    const swappedRoles = concat(
      identity.statement.slice(0, 65),
      ed25519.sign(concat(label('identity by agreement key'), keys), identity.sigSecret),
      signXeddsa(identity.dhSecret, concat(label('identity by signing key'), keys), engine.randomBytes(64)),
    );
    expect(() => openIdentityStatement(swappedRoles)).toThrow('bad-signature');
    const onlySigned = concat(identity.statement.slice(0, 129), other.statement.slice(129));
    expect(() => openIdentityStatement(onlySigned)).toThrow('bad-signature');
  });

  it('does not decode with the secrets of another', () => {
    const other = createIdentity(engine);
    expect(() => decodeIdentity(encodeIdentity({ ...identity, sigSecret: other.sigSecret }))).toThrow('bad-key');
    expect(() => decodeIdentity(encodeIdentity({ ...identity, dhSecret: other.dhSecret }))).toThrow('bad-key');
  });

  it('has a hash of 32 bytes of its own, and a fingerprint of 32 hex digits that a new signature leaves alone', () => {
    const keys = concat(identity.sigPublic, identity.dhPublic);
    const resigned = concat(
      identity.statement.slice(0, 129),
      signXeddsa(identity.dhSecret, concat(label('identity by agreement key'), keys), engine.randomBytes(64)),
    );
    expect(identityHash(identity.statement).length).toBe(32);
    expect(equalBytes(identityHash(resigned), identityHash(identity.statement))).toBe(false);
    expect(fingerprint(identity.statement)).toMatch(/^[0-9a-f]{32}$/);
    expect(fingerprint(resigned)).toBe(fingerprint(identity.statement));
    expect(fingerprint(createIdentity(engine).statement)).not.toBe(fingerprint(identity.statement));
  });
});

describe('a prekey bundle', () => {
  const identity = createIdentity(engine);
  const { prekeys, bundle } = createInvitePrekeys(engine, identity);
  const oneTime = prekeys.oneTime as PrekeyPair;
  const sign = (role: string, id: number, key: Bytes) =>
    concat(ed25519.sign(concat(label(role), new Writer().u32(id).done(), key), identity.sigSecret));
  const signedAs = (role: string, { signedId, signedPublic }: PrekeyBundle) => sign(role, signedId, signedPublic);
  const kemSignedAs = (role: string, { kemId, kemPublic }: PrekeyBundle) => sign(role, kemId, kemPublic);

  it('comes back from its 1,967 bytes, and its secrets from theirs', () => {
    expect(encodePrekeyBundle(bundle).length).toBe(1967);
    expect(decodePrekeyBundle(encodePrekeyBundle(bundle))).toEqual(bundle);
    expect(decodePrekeys(encodePrekeys(prekeys))).toEqual(prekeys);
  });

  it('is refused when the signed prekey is not signed under this id, this key and this role', () => {
    const other = createInvitePrekeys(engine, identity).bundle;
    const forged: PrekeyBundle[] = [
      { ...bundle, signedId: (bundle.signedId ^ 1) >>> 0 },
      { ...bundle, signedPublic: other.signedPublic },
      { ...bundle, signature: other.signature },
      { ...bundle, signature: signedAs('last-resort prekey', bundle) },
      { ...bundle, statement: createIdentity(engine).statement },
    ];
    expect(decodePrekeyBundle(encodePrekeyBundle({ ...bundle, signature: signedAs('signed prekey', bundle) }))).toBeDefined();
    for (const bad of forged) expect(() => decodePrekeyBundle(encodePrekeyBundle(bad))).toThrow('bad-signature');
  });

  it('unsigned PQ prekey: is refused when the KEM prekey is not signed under this id, this key and this role', () => {
    const other = createInvitePrekeys(engine, identity).bundle;
    const mallory = createInvitePrekeys(engine, createIdentity(engine)).bundle;
    const forged: PrekeyBundle[] = [
      { ...bundle, kemSignature: new Uint8Array(64) },
      { ...bundle, kemId: (bundle.kemId ^ 1) >>> 0 },
      { ...bundle, kemPublic: other.kemPublic },
      { ...bundle, kemSignature: other.kemSignature },
      { ...bundle, kemSignature: bundle.signature },
      { ...bundle, kemSignature: kemSignedAs('signed prekey', bundle) },
      { ...bundle, kemSignature: kemSignedAs('last-resort KEM prekey', bundle) },
      { ...bundle, kemId: mallory.kemId, kemPublic: mallory.kemPublic, kemSignature: mallory.kemSignature },
    ];
    expect(decodePrekeyBundle(encodePrekeyBundle({ ...bundle, kemSignature: kemSignedAs('one-time KEM prekey', bundle) }))).toBeDefined();
    for (const bad of forged) expect(() => decodePrekeyBundle(encodePrekeyBundle(bad))).toThrow('bad-signature');
  });

  it('PQ silently left out: a bundle without its KEM prekey is no bundle, of this version or of the one before', () => {
    const without = encodePrekeyBundle(bundle).slice(0, 294);
    expect(() => decodePrekeyBundle(without)).toThrow('truncated');
    expect(() => decodePrekeyBundle(concat(new Uint8Array([1]), without.slice(1)))).toThrow('bad-version');
    const noPolynomials = { ...bundle, kemPublic: bundle.kemPublic.slice(0, 1184) };
    expect(() => decodePrekeyBundle(encodePrekeyBundle(noPolynomials))).toThrow(/truncated|bad-key/);
  });

  it('comes back without a one-time prekey, with a KEM prekey signed for its last resort and for nothing else', () => {
    const lastResort = { ...prekeys, oneTime: null };
    const offered = offerPrekeys(identity, lastResort);
    expect(encodePrekeyBundle(offered).length).toBe(1931);
    expect(offered.kemSignature).toEqual(kemSignedAs('last-resort KEM prekey', offered));
    expect(decodePrekeyBundle(encodePrekeyBundle(offered))).toEqual(offered);
    expect(decodePrekeys(encodePrekeys(lastResort))).toEqual(lastResort);
    // A relay can't take the one-time prekey out of a bundle, nor put one in: agreement would be weaker, or fail.
    expect(() => decodePrekeyBundle(encodePrekeyBundle({ ...bundle, oneTime: null }))).toThrow('bad-signature');
    expect(() => decodePrekeyBundle(encodePrekeyBundle({ ...offered, oneTime: bundle.oneTime }))).toThrow('bad-signature');
  });

  it('KEM key accepted as an EC key: neither stands in the place of the other, not even signed', () => {
    const half = bundle.kemPublic.slice(0, 32);
    const asSigned = { ...bundle, signedPublic: half, signature: kemSignedAs('one-time KEM prekey', { ...bundle, kemPublic: half }) };
    expect(() => decodePrekeyBundle(encodePrekeyBundle(asSigned))).toThrow(/bad-signature|bad-key/);
    const stretched = { ...bundle, kemPublic: concat(bundle.signedPublic, bundle.kemPublic.slice(32)) };
    const signedAsPrekey = { ...stretched, kemSignature: kemSignedAs('signed prekey', stretched) };
    expect(() => decodePrekeyBundle(encodePrekeyBundle(signedAsPrekey))).toThrow(/bad-signature|bad-key/);
  });

  it('is refused with a KEM prekey above the modulus, signed or not', () => {
    for (const place of [0, 1, 1534]) {
      const kemPublic = concat(bundle.kemPublic);
      kemPublic.fill(0xff, place, place + 2);
      const signed = { ...bundle, kemPublic, kemSignature: kemSignedAs('one-time KEM prekey', { ...bundle, kemPublic }) };
      expect(() => decodePrekeyBundle(encodePrekeyBundle(signed)), `byte ${place}`).toThrow('bad-key');
    }
  });

  it('is refused with a small-order or non-canonical prekey, signed or not', () => {
    const weak = concat(new Uint8Array([1]), new Uint8Array(31));
    const signedWeak = { ...bundle, signedPublic: weak };
    const resigned = { ...signedWeak, signature: signedAs('signed prekey', signedWeak) };
    expect(() => decodePrekeyBundle(encodePrekeyBundle(resigned))).toThrow('bad-key');
    for (const key of [weak, flipped(oneTime.public, 31, 7)]) {
      const weakOneTime = { ...bundle, oneTime: { id: oneTime.id, public: key } };
      expect(() => decodePrekeyBundle(encodePrekeyBundle(weakOneTime))).toThrow('bad-key');
    }
  });

  it('has no key with the id 0, which stands for none', () => {
    const draws = [new Uint8Array(4), new Uint8Array([0, 0, 0, 9])];
    const unlucky = { randomBytes: (size: number) => (size === 4 ? (draws.shift() as Bytes) : engine.randomBytes(size)) };
    expect(createPrekey(unlucky).id).toBe(9);
    const unnamed = { ...bundle, signedId: 0 };
    const signed = { ...unnamed, signature: signedAs('signed prekey', unnamed) };
    expect(() => decodePrekeyBundle(encodePrekeyBundle(signed))).toThrow('bad-value');
  });

  it('and its secrets are of one version and end where they end', () => {
    const more = new Uint8Array(1);
    expect(() => decodePrekeyBundle(concat(encodePrekeyBundle(bundle), more))).toThrow('trailing');
    expect(() => decodePrekeys(concat(encodePrekeys(prekeys), more))).toThrow('trailing');
    expect(() => decodePrekeys(flipped(encodePrekeys(prekeys), 0))).toThrow('bad-version');
  });

  it('has ids that tell nothing: two invites share none', () => {
    const ids = Array.from({ length: 8 }, () => createInvitePrekeys(engine, identity).bundle).flatMap((b) => [
      b.signedId,
      b.oneTime?.id,
      b.kemId,
    ]);
    expect(new Set(ids).size).toBe(24);
  });

  it('has stored secrets that are refused when they do not match their public keys', () => {
    const stored = encodePrekeys(prekeys);
    expect(() => decodePrekeys(flipped(stored, 20))).toThrow('bad-key');
    expect(toHex(stored)).toContain(toHex(oneTime.secret));
    expect(toHex(stored)).toContain(toHex(prekeys.kem.seed));
  });
});
