/**
 * A second reader of the protocol, written from PROTOCOL.md on Node's cryptography and an ML-KEM that is not the product's: it
 * shares no line with lib/protocol. What both agree on is what the document says.
 */
import {
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  verify as verifySignature,
} from 'node:crypto';
import { MlKem768, MlKem1024 } from 'mlkem';
import { describe, expect, it } from 'vitest';
import transcript from '../../vectors/transcript.json';

const fromHex = (text: string) => Buffer.from(text, 'hex');
const H = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const label = (name: string) => Buffer.from(`tincan/1/${name}\0`);
const HMAC = (key: Uint8Array, byte: number) =>
  createHmac('sha256', key)
    .update(Buffer.from([byte]))
    .digest();
const ZEROS = Buffer.alloc(32);

function HKDF(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, ...sizes: number[]): Buffer[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return cut(Buffer.from(hkdfSync('sha256', secret, salt, info, total)), ...sizes);
}

/** Pieces of the given sizes, then what is left. */
function cut(bytes: Buffer, ...sizes: number[]): Buffer[] {
  const [size, ...others] = sizes;
  if (size === undefined) return [bytes];
  return [bytes.subarray(0, size), ...cut(bytes.subarray(size), ...others)];
}

function publicKey(curve: 'x25519' | 'ed25519', raw: Uint8Array) {
  const prefix = curve === 'x25519' ? '302a300506032b656e032100' : '302a300506032b6570032100';
  return createPublicKey({ key: Buffer.concat([fromHex(prefix), raw]), format: 'der', type: 'spki' });
}

function DH(secret: Uint8Array, theirs: Uint8Array): Buffer {
  const privateKey = createPrivateKey({
    key: Buffer.concat([fromHex('302e020100300506032b656e04220420'), secret]),
    format: 'der',
    type: 'pkcs8',
  });
  return diffieHellman({ privateKey, publicKey: publicKey('x25519', theirs) });
}

function openAead(name: 'chacha20-poly1305' | 'aes-256-gcm', key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Buffer): Buffer {
  const options = { authTagLength: 16 };
  const cipher =
    name === 'aes-256-gcm' ? createDecipheriv(name, key, nonce, options) : createDecipheriv('chacha20-poly1305', key, nonce, options);
  cipher.setAAD(aad, { plaintextLength: sealed.length - 16 });
  cipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
}

/** HChaCha20: twenty rounds over the key and 16 bytes of nonce, first and last row kept (draft-irtf-cfrg-xchacha, section 2.2). */
function hChaCha20(key: Buffer, nonce: Buffer): Buffer {
  const input = Buffer.concat([Buffer.from('expand 32-byte k'), key, nonce]);
  const s = Uint32Array.from({ length: 16 }, (_, i) => input.readUInt32LE(4 * i));
  const at = (i: number) => s[i] as number;
  const mix = (a: number, b: number, d: number, bits: number) => {
    s[a] = at(a) + at(b);
    const x = at(d) ^ at(a);
    s[d] = (x << bits) | (x >>> (32 - bits));
  };
  const quarter = (a: number, b: number, c: number, d: number) => {
    mix(a, b, d, 16);
    mix(c, d, b, 12);
    mix(a, b, d, 8);
    mix(c, d, b, 7);
  };
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 4; i++) quarter(i, 4 + i, 8 + i, 12 + i);
    for (let i = 0; i < 4; i++) quarter(i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4));
  }
  const subkey = Buffer.alloc(32);
  for (let i = 0; i < 4; i++) {
    subkey.writeUInt32LE(at(i), 4 * i);
    subkey.writeUInt32LE(at(12 + i), 16 + 4 * i);
  }
  return subkey;
}

function openXChaCha(key: Buffer, nonce: Buffer, aad: Buffer, sealed: Buffer): Buffer {
  const inner = Buffer.concat([Buffer.alloc(4), nonce.subarray(16)]);
  return openAead('chacha20-poly1305', hChaCha20(key, nonce.subarray(0, 16)), inner, aad, sealed);
}

function unpadded(padded: Buffer): Buffer {
  const size = padded.readUInt16BE(0);
  expect(padded.subarray(2 + size).every((byte) => byte === 0)).toBe(true);
  return padded.subarray(2, 2 + size);
}

const P = 2n ** 255n - 19n;

/** y = (u − 1) / (u + 1), the division by Fermat. */
function edwards(u: Buffer): Buffer {
  const power = (base: bigint, exponent: bigint): bigint => {
    if (exponent === 0n) return 1n;
    const half = power((base * base) % P, exponent / 2n);
    return exponent % 2n === 1n ? (half * base) % P : half;
  };
  const value = BigInt(`0x${Buffer.from(u).reverse().toString('hex')}`);
  const y = ((value - 1n + P) * power(value + 1n, P - 2n)) % P;
  return Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse();
}

interface Owner {
  readonly agreementSecret: Buffer;
  readonly statement: Buffer;
}

function owner(stored: string): Owner {
  const [, , agreementSecret, statement] = cut(fromHex(stored), 1, 32, 32) as [Buffer, Buffer, Buffer, Buffer];
  return { agreementSecret, statement };
}

function checkedStatement(statement: Buffer): { readonly dh: Buffer; readonly sig: Buffer } {
  expect(statement.length).toBe(193);
  const [version, sig, dh, bySig, byDh] = cut(statement, 1, 32, 32, 64, 64) as [Buffer, Buffer, Buffer, Buffer, Buffer];
  expect(version[0]).toBe(1);
  const keys = Buffer.concat([sig, dh]);
  const isSigned = (name: string, key: Buffer, signature: Buffer) =>
    verifySignature(null, Buffer.concat([label(name), keys]), publicKey('ed25519', key), signature);
  expect(isSigned('identity by signing key', sig, bySig)).toBe(true);
  expect(isSigned('identity by agreement key', edwards(dh), byDh)).toBe(true);
  return { sig, dh };
}

interface Parts {
  readonly opening: Buffer;
  readonly prefix: Buffer;
  readonly headerNonce: Buffer;
  readonly sealedHeader: Buffer;
  readonly ciphertext: Buffer;
  readonly commitment: Buffer;
}

function parts(envelope: string): Parts {
  const bytes = fromHex(envelope);
  expect([512, 1024, 2048, 4096, 16_384]).toContain(bytes.length);
  const openingBytes = bytes[1] === 2 ? 1825 : 0;
  const [prefix, opening, headerNonce, sealedHeader, body] = cut(bytes, 2, openingBytes, 12, 103) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  return { prefix, opening, headerNonce, sealedHeader, ciphertext: body.subarray(0, -16), commitment: body.subarray(-16) };
}

function openHeader(headerKey: Buffer, { headerNonce, prefix, sealedHeader }: Parts) {
  const header = openAead('chacha20-poly1305', headerKey, headerNonce, prefix, sealedHeader);
  const [ratchetKey, previousCount, counter, ...pq] = cut(header, 32, 4, 4, 4, 4, 4, 1, 2, 32) as [Buffer, Buffer, Buffer, ...Buffer[]];
  const [epoch, pqPrevious, pqCounter] = pq.slice(0, 3).map((field) => field.readUInt32BE()) as [number, number, number];
  const part = { kind: pq[3]?.[0], index: pq[4]?.readUInt16BE(), chunk: pq[5] };
  return {
    ratchetKey,
    previousCount: previousCount.readUInt32BE(),
    counter: counter.readUInt32BE(),
    pq: { epoch, previousCount: pqPrevious, counter: pqCounter, part },
  };
}

function messageKey(chain: Buffer, counter: number): Buffer {
  let key = chain;
  for (let i = 0; i < counter; i++) key = HMAC(key, 2);
  return HMAC(key, 1);
}

function openBody(key: Buffer, pqKey: Buffer, sessionAad: Buffer, { headerNonce, sealedHeader, ciphertext, commitment }: Parts): string {
  const info = Buffer.concat([label('message'), headerNonce]);
  const [aesKey, nonce, expected] = HKDF(key, pqKey, info, 32, 12, 16) as [Buffer, Buffer, Buffer];
  expect(commitment).toEqual(expected);
  return unpadded(openAead('aes-256-gcm', aesKey, nonce, Buffer.concat([sessionAad, sealedHeader]), ciphertext)).toString();
}

const stepRoot = (root: Buffer, shared: Buffer) => HKDF(shared, root, label('ratchet root'), 32, 32, 32) as [Buffer, Buffer, Buffer];
const drawn = (purpose: string) => transcript.random.filter(({ for: of }) => of === purpose).map(({ bytes }) => fromHex(bytes));

/** All Bob knows, from his stored secrets and the first envelope. */
async function agreement() {
  const bob = owner(transcript.bob.identity);
  const [, signedId, signedSecret, signedPublic, kemId, seed, , oneTimeId, oneTimeSecret, oneTimePublic] = cut(
    fromHex(transcript.bob.prekeys),
    ...[1, 4, 32, 32, 4, 64, 1, 4, 32, 32],
  ) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
  const { opening } = parts(transcript.envelopes[0]?.envelope ?? '');
  const [openingIds, generation, ephemeral, ciphertext, sealed] = cut(opening, 12, 4, 32, 1568) as [Buffer, Buffer, Buffer, Buffer, Buffer];
  expect(openingIds).toEqual(Buffer.concat([signedId, oneTimeId, kemId]));
  const kem = new MlKem1024();
  const [kemPublic, kemSecret] = await kem.deriveKeyPair(seed);
  const ss = await kem.decap(ciphertext, kemSecret);
  const keys = [signedId, signedPublic, oneTimeId, oneTimePublic, kemId, kemPublic, generation];
  expect(generation.readUInt32BE()).toBe(1);
  const offer = Buffer.concat([bob.statement, ...keys, ephemeral, ciphertext]);
  const F = Buffer.alloc(32, 0xff);
  const [dh2, dh3] = [DH(bob.agreementSecret, ephemeral), DH(signedSecret, ephemeral)];
  const sealInfo = Buffer.concat([label('pqxdh initiator'), H(label('pqxdh offer'), offer)]);
  const [key, nonce] = HKDF(Buffer.concat([F, dh2, dh3, ss]), ZEROS, sealInfo, 32, 12) as [Buffer, Buffer];
  const statement = openAead('chacha20-poly1305', key, nonce, Buffer.alloc(0), sealed);
  const dh1 = DH(signedSecret, checkedStatement(statement).dh);
  const dh4 = DH(oneTimeSecret, ephemeral);
  const info = Buffer.concat([label('pqxdh session'), H(label('pqxdh transcript'), statement, offer)]);
  const secrets = HKDF(Buffer.concat([F, dh1, dh2, dh3, dh4, ss]), ZEROS, info, 32, 32, 32, 32, 32, 32);
  const [root, headerOfAlice, headerOfBob, sessionId, pqRoot, pqAuthentication] = secrets as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  const [, pqOfAlice, pqOfBob] = HKDF(pqRoot, ZEROS, label('pq start'), 32, 32, 32) as [Buffer, Buffer, Buffer];
  return {
    root,
    headerOfAlice,
    headerOfBob,
    sessionId,
    pqOfAlice,
    pqOfBob,
    pqAuthentication,
    statement,
    signedSecret,
    aad: Buffer.concat([sessionId, H(statement), H(bob.statement)]),
  };
}

const numbered = (name: string, epoch: number) => Buffer.concat([label(name), Buffer.from([0, 0, 0, epoch])]);

/** ρ and the hash of the key, with their code in epoch 1. */
function sealedHeader(authenticationKey: Buffer, publicKey: Buffer): Buffer {
  const [, macKey] = HKDF(authenticationKey, ZEROS, numbered('braid authenticator', 0), 32, 32) as [Buffer, Buffer];
  const header = Buffer.concat([publicKey.subarray(1152), createHash('sha3-256').update(publicKey).digest()]);
  return Buffer.concat([
    header,
    createHmac('sha256', macKey)
      .update(Buffer.concat([numbered('braid header', 1), header]))
      .digest(),
  ]);
}

/** The message whose chunks somebody said; the parity that followed is left aside. */
function said(from: string, kind: string, size: number): Buffer {
  const chunks = transcript.braid.said.map((line) => line.split(' ')).filter(([by, of]) => by === from && of?.startsWith(kind));
  return Buffer.concat(Array.from({ length: size / 32 }, (_, i) => fromHex(chunks.find(([, , index]) => Number(index) === i)?.[3] ?? '')));
}

/** In GF(2^16), bit by bit. */
function times(a: number, b: number): number {
  let [product, shifted] = [0, a];
  for (let rest = b; rest > 0; rest >>= 1) {
    if (rest & 1) product ^= shifted;
    shifted <<= 1;
    if (shifted & 0x10000) shifted ^= 0x1100b;
  }
  return product;
}

/** a^(2^16 − 2) */
function inverse(a: number): number {
  let result = 1;
  for (let i = 0; i < 0xfffe; i++) result = times(result, a);
  return result;
}

describe('a second reader, from the document alone', () => {
  it('checks the bundle', () => {
    const [version, statement, signed, signature, kem, kemSignature] = cut(fromHex(transcript.bundle), ...[1, 193, 36, 64, 1572, 64]) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    expect(version[0]).toBe(4);
    const { sig } = checkedStatement(statement);
    const isSigned = (role: string, prekey: Buffer, by: Buffer) =>
      verifySignature(null, Buffer.concat([label(role), prekey]), publicKey('ed25519', sig), by);
    expect(isSigned('signed prekey', signed, signature)).toBe(true);
    expect(isSigned('one-time KEM prekey', kem, kemSignature)).toBe(true);
    expect(H(label('fingerprint'), statement.subarray(1, 65)).subarray(0, 16).toString('hex')).toBe(transcript.bob.fingerprint);
  });

  it('computes the safety number', () => {
    const halves = [transcript.alice.identity, transcript.bob.identity].map((identity) => {
      const keys = owner(identity).statement.subarray(1, 65);
      let digest = Buffer.concat([Buffer.alloc(2), keys, label('safety number')]);
      for (let round = 0; round < 5200; round++) digest = createHash('sha512').update(digest).update(keys).digest();
      return [0, 5, 10, 15, 20, 25].map((at) => String(digest.readUIntBE(at, 5) % 100_000).padStart(5, '0')).join('');
    });
    expect(transcript.safetyNumber).toBe(halves.sort().join(''));
  });

  it('reads the invite link and opens what lies on the relay', () => {
    const { link, relay, name, sid, sealed } = transcript.invite;
    const [address, fragment] = link.split('#') as [string, string];
    expect(address.replace('http', 'ws')).toBe(`${relay}/i`);
    const fields = Buffer.from(fragment, 'base64url');
    const [version, inviteId, secret, identity, expiry, check] = cut(fields, 1, 16, 32, 32, 4) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    expect(check).toEqual(H(label('invite check'), Buffer.from(relay), fields.subarray(0, 85)).subarray(0, 4));
    expect(expiry.readUInt32BE() * 1000).toBe(transcript.invite.expiresAtMs);
    expect(identity).toEqual(H(owner(transcript.bob.identity).statement));
    const [sealedVersion, nonce, ciphertext] = cut(fromHex(sealed), 1, 24) as [Buffer, Buffer, Buffer];
    expect([version[0], sealedVersion[0], sealed.length]).toEqual([4, 4, 2 * 4096]);
    const [key] = HKDF(secret, inviteId, label('invite bundle'), 32) as [Buffer];
    const contents = unpadded(openXChaCha(key, nonce, Buffer.concat([sealedVersion, inviteId]), ciphertext));
    const text = (value: string) => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
    const bundle = Buffer.concat([Buffer.from([1967 >> 8, 1967 & 255]), fromHex(transcript.bundle)]);
    expect(contents).toEqual(Buffer.concat([bundle, text(name), text(relay), fromHex(sid)]));
  });

  it('opens both first envelopes as the responder', async () => {
    const { root, headerOfAlice, sessionId, pqOfAlice, signedSecret, statement, aad } = await agreement();
    expect(sessionId.toString('hex')).toBe(transcript.sessionId);
    expect(statement).toEqual(owner(transcript.alice.identity).statement);
    for (const [number, { envelope, plaintext }] of transcript.envelopes.slice(0, 2).entries()) {
      const { ratchetKey, previousCount, counter, pq } = openHeader(headerOfAlice, parts(envelope));
      expect([previousCount, counter]).toEqual([0, number]);
      expect([pq.epoch, pq.previousCount, pq.counter, pq.part.kind, pq.part.index]).toEqual([1, 0, number, 1, number]);
      const [, chain] = stepRoot(root, DH(signedSecret, ratchetKey));
      expect(openBody(messageKey(chain, counter), messageKey(pqOfAlice, pq.counter), aad, parts(envelope))).toBe(plaintext);
    }
  });

  it('follows both turns, with the header keys in their order', async () => {
    const { root, headerOfAlice, headerOfBob, pqOfAlice, pqOfBob, signedSecret, aad } = await agreement();
    const [first, , answer, third] = transcript.envelopes.map(({ envelope }) => parts(envelope)) as [Parts, Parts, Parts, Parts];
    const firstOfAlice = openHeader(headerOfAlice, first).ratchetKey;
    const [root1, , nextHeaderOfAlice] = stepRoot(root, DH(signedSecret, firstOfAlice));
    const [ratchetOfBob] = drawn('turn of Bob: ratchet secret') as [Buffer];
    const [root2, chainOfBob] = stepRoot(root1, DH(ratchetOfBob, firstOfAlice));
    const answerHeader = openHeader(headerOfBob, answer);
    expect(openBody(messageKey(chainOfBob, 0), messageKey(pqOfBob, answerHeader.pq.counter), aad, answer)).toBe(
      transcript.envelopes[2]?.plaintext,
    );
    const thirdHeader = openHeader(nextHeaderOfAlice, third);
    expect([thirdHeader.previousCount, thirdHeader.counter, third.prefix[1]]).toEqual([2, 0, 1]);
    const [, secondChainOfAlice] = stepRoot(root2, DH(ratchetOfBob, thirdHeader.ratchetKey));
    expect(thirdHeader.pq.counter).toBe(2);
    expect(openBody(messageKey(secondChainOfAlice, 0), messageKey(pqOfAlice, 2), aad, third)).toBe(transcript.envelopes[3]?.plaintext);
  });

  it('sends the KEM header of the first two envelopes under the agreement authentication key', async () => {
    const { headerOfAlice, pqAuthentication } = await agreement();
    const [seed] = drawn("envelope 0: seed of the braid's key before the first one of Alice, header nonce") as [Buffer];
    const [publicKey] = await new MlKem768().deriveKeyPair(seed);
    const sealed = sealedHeader(pqAuthentication, Buffer.from(publicKey));
    for (const [number, { envelope }] of transcript.envelopes.slice(0, 2).entries()) {
      const { chunk } = openHeader(headerOfAlice, parts(envelope)).pq.part;
      expect(chunk).toEqual(sealed.subarray(32 * number, 32 * number + 32));
    }
  });

  it('follows one epoch of the braid: header, both halves of the ciphertext, their codes and the secret', async () => {
    const kem = new MlKem768();
    const [key, seed, message] = drawn('braid by itself: key, seed of Alice, message of Bob') as [Buffer, Buffer, Buffer];
    const [publicKey] = await kem.deriveKeyPair(seed);
    expect(said('alice', 'header', 96)).toEqual(sealedHeader(key, Buffer.from(publicKey)));
    expect(said('alice', 'vector', 1152)).toEqual(Buffer.from(publicKey).subarray(0, 1152));
    const [ciphertext, shared] = await kem.encap(publicKey, message);
    const [ct1, ct2] = cut(Buffer.from(ciphertext), 960) as [Buffer, Buffer];
    expect(said('bob', 'ct1', 960)).toEqual(ct1);
    const [secret] = HKDF(shared, ZEROS, numbered('braid secret', 1), 32) as [Buffer];
    expect(transcript.braid.secrets).toEqual([secret.toString('hex'), secret.toString('hex')]);
    const [root] = HKDF(key, ZEROS, numbered('braid authenticator', 0), 32) as [Buffer];
    const [, macKey] = HKDF(secret, root, numbered('braid authenticator', 1), 32, 32) as [Buffer, Buffer];
    const code = createHmac('sha256', macKey)
      .update(Buffer.concat([numbered('braid ciphertext', 1), ct1, ct2]))
      .digest();
    expect(said('bob', 'ct2', 160)).toEqual(Buffer.concat([ct2, code]));
    const [pqRoot] = HKDF(Buffer.alloc(32, 7), ZEROS, label('pq start'), 32) as [Buffer];
    const [, chainOfAlice] = HKDF(secret, pqRoot, label('pq root'), 32, 32, 32) as [Buffer, Buffer];
    expect(transcript.braid.messageKeys).toEqual([0, 1, 2].map((counter) => messageKey(chainOfAlice, counter).toString('hex')));
  });

  it('computes the parity that the braid sent', () => {
    const parity = transcript.braid.said
      .map((line) => line.split(' '))
      .filter(([, kind, index]) => kind === 'header' && Number(index) >= 3);
    const points = [0, 1, 2];
    expect(parity.length).toBeGreaterThan(0);
    for (const [, , index, chunk] of parity) {
      const x = Number(index);
      const weights = points.map((at) =>
        points.filter((other) => other !== at).reduce((product, other) => times(product, times(x ^ other, inverse(at ^ other))), 1),
      );
      const whole = said('alice', 'header', 96);
      const words = Array.from({ length: 16 }, (_, word) =>
        points.reduce((sum, at) => sum ^ times(weights[at] as number, whole.readUInt16BE(32 * at + 2 * word)), 0),
      );
      expect(chunk).toBe(words.map((word) => word.toString(16).padStart(4, '0')).join(''));
    }
  });

  it('opens the live frame', async () => {
    const { frame, key, payload, stamp } = transcript.live;
    const [version, nonce, sealed] = cut(fromHex(frame), 1, 24) as [Buffer, Buffer, Buffer];
    const { statement } = await agreement();
    const opened = openXChaCha(
      fromHex(key),
      nonce,
      Buffer.concat([label('live'), version, H(statement), H(owner(transcript.bob.identity).statement)]),
      sealed,
    );
    expect(Number(opened.readBigUInt64BE())).toBe(stamp);
    expect(unpadded(opened.subarray(8)).toString()).toBe(payload);
  });

  it('reads a text content', () => {
    const bytes = fromHex(transcript.contents.text);
    expect([bytes[0], bytes[1], bytes.subarray(2, 18).toString()]).toEqual([4, 1, 'content id 16 by']);
    const size = bytes.readUInt16BE(19);
    expect([bytes[18], bytes.subarray(21, 21 + size).toString()]).toEqual([1, 'Über die Schnur ✓']);
    const rest = bytes.subarray(21 + size);
    expect(new Date(Number(rest.readBigUInt64BE(0))).toISOString()).toBe('2026-11-21T00:00:00.000Z');
    expect(rest.readBigUInt64BE(8)).toBe(rest.readBigUInt64BE(0));
    // An hour from sending, ninety seconds old; no reply.
    expect([rest[16], rest.readUInt32BE(17), rest[21], rest.readUInt32BE(22), rest[26], rest.length]).toEqual([1, 3600, 1, 90, 0, 27]);
  });

  it('names the parts of a long text', () => {
    const { long } = transcript.contents;
    const ids = long.ids.map((_, i) => H(label('text part'), Buffer.from('content id 16 by'), Buffer.from([i + 1])).subarray(0, 16));
    expect(ids.map((id) => id.toString('hex'))).toEqual(long.ids);
    expect(ids.length + 1).toBe(long.partHashes.length);
  });
});
