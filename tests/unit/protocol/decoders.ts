/** Every decoder of the protocol floor, with valid encodings for it, for one seed. */
import { sealChaCha } from '../../../lib/protocol/aead';
import { decodeBackupItem, encodeBackupItem, frameBackupItem, takeBackupItems } from '../../../lib/protocol/backup-items';
import { openBackup, startBackup } from '../../../lib/protocol/backup-stream';
import { relayBase } from '../../../lib/protocol/base-url';
import {
  type Bytes,
  concat,
  fromBase64url,
  fromHex,
  fromUtf8,
  Reader,
  toBase64url,
  toHex,
  utf8,
  Writer,
} from '../../../lib/protocol/bytes';
import { decodeContent, encodeContent } from '../../../lib/protocol/content';
import type { Engine } from '../../../lib/protocol/engine';
import { decodeEnvelope, encodeEnvelope } from '../../../lib/protocol/envelope';
import { fingerprint } from '../../../lib/protocol/fingerprint';
import { decodeHeader, encodeHeader } from '../../../lib/protocol/header';
import { decodeIdentity, encodeIdentity, identityHash, openIdentityStatement } from '../../../lib/protocol/identity';
import { encodeInvite, openInviteBundle, parseInvite, sealInviteBundle } from '../../../lib/protocol/invite';
import { deriveKeys, hash, label } from '../../../lib/protocol/kdf';
import { nextStamp, openLive, sealLive } from '../../../lib/protocol/live';
import { decodeLivePayload, encodeLivePayload } from '../../../lib/protocol/live-payload';
import { openEntry } from '../../../lib/protocol/membership-entry';
import { createGroup, signChange } from '../../../lib/protocol/membership-log';
import { formatNumber, parseNumber } from '../../../lib/protocol/number';
import { pad, unpad } from '../../../lib/protocol/padding';
import { readPqRatchet, writePqRatchet } from '../../../lib/protocol/pq-ratchet-codec';
import { openBundle, sealBundle } from '../../../lib/protocol/prekey-box';
import { createStock, decodeStock, encodeStock, lastResort, refillStock, usePrekeys } from '../../../lib/protocol/prekey-stock';
import { decodePrekeyBundle, decodePrekeys, encodePrekeyBundle, encodePrekeys, offerPrekeys } from '../../../lib/protocol/prekeys';
import { readRatchet, writeRatchet } from '../../../lib/protocol/ratchet-codec';
import { decodeSession, encodeSession, type Session, sealEnvelope } from '../../../lib/protocol/session';
import { readSignal, writeSignal } from '../../../lib/protocol/signal';
import { type Decoder, decoder } from '../../support/fuzz';
import { quickArgon2id } from '../../support/quick-argon2';
import { backupItems } from './backup-samples';
import { contents, laterTells, livePayloads, withLaterTells } from './content-samples';
import { type Invitation, invitation, NOW_MS, opened, sealAll, turn, twoParties } from './parties';

const RELAY = 'wss://relay.example';
const ID_BYTES = 16;

/** One session for each state of the braid that a conversation comes through, and one that waits for skipped messages. */
export async function sessionsOf(engine: Engine): Promise<readonly Session[]> {
  const { a, b } = await twoParties(engine);
  const last = (await sealAll(a, ['1', '2', '3', '4'], engine)).envelopes[3] as Bytes;
  const seen = new Map<string, Session>();
  let sides = { a, b };
  for (let i = 0; i < 110; i++) {
    sides = await turn(sides.a, sides.b, engine);
    for (const session of [sides.a, sides.b]) seen.set(session.pqRatchet.braid.kind, session);
  }
  return [a, (await opened(b, last, engine)).session, ...seen.values()];
}

/** What stands inside a session's bytes, alone. */
function whole<Value>(bytes: Bytes, read: (reader: Reader) => Value): Value {
  const reader = new Reader(bytes);
  const value = read(reader);
  reader.end();
  return value;
}

function written(write: (writer: Writer) => void): Bytes {
  const writer = new Writer();
  write(writer);
  return writer.done();
}

function storedDecoders(sessions: readonly Session[]): Decoder[] {
  return [
    decoder({ name: 'session', decode: decodeSession, encode: encodeSession, valid: sessions.map(encodeSession) }),
    decoder({
      name: 'ratchet',
      decode: (bytes) => whole(bytes, readRatchet),
      encode: (ratchet) => written((writer) => writeRatchet(writer, ratchet)),
      valid: sessions.map(({ ratchet }) => written((writer) => writeRatchet(writer, ratchet))),
    }),
    decoder({
      name: 'post-quantum ratchet',
      decode: (bytes) => whole(bytes, readPqRatchet),
      encode: (ratchet) => written((writer) => writePqRatchet(writer, ratchet)),
      valid: sessions.map(({ pqRatchet }) => written((writer) => writePqRatchet(writer, pqRatchet))),
    }),
  ];
}

function envelopeDecoders(envelopes: readonly Bytes[], ratchetKey: Bytes): Decoder[] {
  const chunk = { index: 65_535, bytes: new Uint8Array(32).fill(7) };
  const parts = [{ kind: 'ct1', chunk } as const, { kind: 'vector-and-ack', chunk } as const, { kind: 'none' } as const];
  const headers = parts.map((part) =>
    encodeHeader({ ratchetKey, previousCount: 3, counter: 4, pq: { epoch: 5, previousCount: 6, counter: 7, part } }),
  );
  return [
    decoder({ name: 'utf8', decode: fromUtf8, encode: utf8, valid: [utf8('tincan ✓'), utf8('\u{feff}a\u{1f600}')] }),
    // The size is the reader's to know: a padded text of another size is another encoding of another field.
    decoder({
      name: 'padding',
      decode: (bytes) => ({ text: unpad(bytes), size: bytes.length }),
      encode: ({ text, size }) => pad(text, size),
      valid: [pad(utf8('x'), 9), pad(new Uint8Array(300).fill(1), 512)],
    }),
    decoder({ name: 'header', decode: decodeHeader, encode: encodeHeader, valid: headers }),
    decoder({ name: 'envelope', decode: decodeEnvelope, encode: encodeEnvelope, valid: envelopes }),
  ];
}

function contentDecoders({ randomBytes }: Engine): Decoder[] {
  const payloads = livePayloads(randomBytes);
  const signals = payloads.flatMap((payload) => (payload.kind === 'string' ? [payload.signal] : []));
  return [
    decoder({
      name: 'content',
      decode: (bytes) => ({ content: decodeContent(bytes), later: laterTells(bytes) }),
      encode: ({ content, later }) => withLaterTells(encodeContent(content), later),
      valid: contents(randomBytes).map(encodeContent),
    }),
    decoder({ name: 'live payload', decode: decodeLivePayload, encode: encodeLivePayload, valid: payloads.map(encodeLivePayload) }),
    decoder({
      name: 'signal',
      decode: (bytes) => whole(bytes, readSignal),
      encode: (signal) => written((writer) => writeSignal(writer, signal)),
      valid: signals.map((signal) => written((writer) => writeSignal(writer, signal))),
    }),
  ];
}

function liveDecoders(engine: Engine): Decoder[] {
  const key = engine.randomBytes(32);
  const direction = { senderHash: engine.randomBytes(32), readerHash: engine.randomBytes(32) };
  const open = (frame: Bytes) => openLive({ keys: [engine.randomBytes(32), key], lastStamp: 0, nowMs: NOW_MS, ...direction }, frame);
  const stamp = nextStamp(0, NOW_MS);
  const nonce = engine.randomBytes(24);
  const aad = concat(label('live'), new Uint8Array([2]), direction.senderHash, direction.readerHash);
  const inside = new Writer()
    .u64(stamp)
    .bytes(pad(utf8('payload'), 256 - 49))
    .done();
  return [
    decoder({ name: 'live frame', decode: open, valid: [sealLive(engine, { key, stamp, ...direction }, utf8('payload'))] }),
    // By somebody who has the key: what is inside is changed, then sealed.
    decoder({
      name: 'live frame, sealed anew',
      decode: (plaintext) => open(concat(new Uint8Array([2]), nonce, sealChaCha({ key, nonce, aad }, plaintext))),
      valid: [inside],
    }),
  ];
}

async function backupDecoders(engine: Engine): Promise<Decoder[]> {
  const passphrase = 'seven blue kettles';
  const items = backupItems(engine);
  const { header } = await startBackup(engine, quickArgon2id, passphrase);
  const open = (bytes: Bytes) => openBackup(quickArgon2id, passphrase, bytes);
  return [
    decoder({ name: 'backup item', decode: decodeBackupItem, encode: encodeBackupItem, valid: items.map(encodeBackupItem) }),
    decoder({
      name: 'end of a backup',
      decode: (bytes) => takeBackupItems(new Uint8Array(0), bytes, true),
      valid: [concat(...items.map(frameBackupItem), new Uint8Array(100)), new Uint8Array(0)],
    }),
    decoder({ name: 'backup header', decode: open, valid: [header] }),
    // By somebody who knows how the check is made.
    decoder({
      name: 'backup header, checked anew',
      decode: (fields) => open(concat(fields, hash(label('backup check'), fields).slice(0, 4))),
      valid: [header.slice(0, -4)],
    }),
  ];
}

/** Beyond ASCII by sixteen characters that are easily mistaken for one within it, or that no text should hold. */
const ODD = [...'\u212a\u0130\u017f\u00a0\ufeff\u2028\u3002\uff0e\u200b\u00df\u0300\u0000\uffff', '\ud800', '\udc00', '\u{1f600}'];

function textOf(bytes: Bytes): string {
  let text = '';
  for (const byte of bytes) text += byte < 0xf0 ? String.fromCharCode(byte) : ODD[byte & 15];
  return text;
}

function mustBe(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what);
}

/** Text has more than one spelling: what it means is then spelled in one way, which means the same. */
function textDecoders(engine: Engine): Decoder[] {
  const invite = {
    inviteId: engine.randomBytes(ID_BYTES),
    secret: engine.randomBytes(32),
    identityHash: engine.randomBytes(32),
    expiresAtMs: NOW_MS,
  };
  const links = [RELAY, 'ws://192.168.0.2:8787/a/b', 'wss://[2001:db8::1]:444'].map((relay) => utf8(encodeInvite({ relay, ...invite })));
  const addresses = [RELAY, 'WSS://Relay.Example:443/Path/', 'ws://[::1]:8787', 'ws://10.0.0.1', 'http://localhost/x'];
  return [
    decoder({
      name: 'invite link',
      decode: (bytes) => {
        const read = parseInvite(textOf(bytes));
        const link = encodeInvite(read);
        mustBe(encodeInvite(parseInvite(link)) === link, 'a link that does not come back');
      },
      valid: [...links, utf8(` <${fromUtf8(links[0] as Bytes).slice(0, 90)}\r\n ${fromUtf8(links[0] as Bytes).slice(90)}>\n`)],
    }),
    // By somebody who knows how the check is made.
    decoder({
      name: 'invite link, checked anew',
      decode: (fields) => {
        const check = hash(label('invite check'), utf8(RELAY), fields).slice(0, 4);
        const link = `https://relay.example/i#${toBase64url(concat(fields, check))}`;
        mustBe(encodeInvite(parseInvite(link)) === link, 'a link with two spellings');
      },
      valid: links.map((link) => fromBase64url(fromUtf8(link).split('#')[1] as string).slice(0, -4)),
    }),
    decoder({
      name: 'relay address',
      decode: (bytes) => {
        const text = textOf(bytes);
        const base = relayBase(text);
        mustBe(relayBase(base) === base, 'an address with two spellings');
        mustBe(/^[!-~]+$/.test(text.trim()), 'a host that is not ASCII');
      },
      valid: addresses.map(utf8),
    }),
    decoder({
      name: 'number',
      decode: (bytes) => {
        const number = parseNumber(textOf(bytes));
        mustBe(/^[0-9]{15}$/.test(number) && parseNumber(formatNumber(number)) === number, 'a number with two spellings');
      },
      valid: ['123-456-789-012-345', ' 123456789012345 '].map(utf8),
    }),
    decoder({
      name: 'hex',
      decode: (bytes) => mustBe(toHex(fromHex(textOf(bytes))) === textOf(bytes).toLowerCase(), 'hex'),
      valid: [utf8('00ff7fABcdef'), utf8('')],
    }),
    decoder({
      name: 'base64url',
      decode: (bytes) => mustBe(toBase64url(fromBase64url(textOf(bytes))) === textOf(bytes), 'base64url'),
      valid: ['', 'AA', '_-8', 'dGluY2Fu'].map(utf8),
    }),
  ];
}

/** All that check no signature and make no key: a few microseconds for each input. */
export async function plainDecoders(engine: Engine, sessions: readonly Session[]): Promise<readonly Decoder[]> {
  const invited = invitation(engine);
  const { a } = await twoParties(engine, false);
  const sealed = [await sealEnvelope(engine, a, utf8('text'), 'string'), await sealEnvelope(engine, a, utf8('text'), 'cell')];
  const later = await sealEnvelope(engine, sessions[0] as Session, utf8('text'), 'string');
  return [
    ...envelopeDecoders(
      [...sealed, later].map(({ envelope }) => envelope),
      invited.bundle.signedPublic,
    ),
    ...storedDecoders([a, ...sessions]),
    ...contentDecoders(engine),
    ...liveDecoders(engine),
    ...textDecoders(engine),
    ...(await backupDecoders(engine)),
  ];
}

/** The relay's box around a bundle, and its inside by somebody who has the invite's secret. */
function inviteBundleDecoders(engine: Engine, { bob, bundle }: Invitation): Decoder[] {
  const secret = engine.randomBytes(32);
  const inviteId = engine.randomBytes(ID_BYTES);
  const nonce = engine.randomBytes(24);
  const address = { relay: RELAY, sid: engine.randomBytes(24) };
  const open = (sealed: Bytes) => openInviteBundle(engine, { secret, inviteId, identityHash: identityHash(bob.statement) }, sealed);
  const [key] = deriveKeys({ secret, salt: inviteId, info: label('invite bundle') }, 32);
  const aad = concat(new Uint8Array([4]), inviteId);
  const inside = new Writer().sized(encodePrekeyBundle(bundle)).text('Bob').text(RELAY).bytes(address.sid).done();
  return [
    decoder({ name: 'invite bundle', decode: open, valid: [sealInviteBundle(engine, secret, inviteId, { bundle, name: 'Bob', address })] }),
    decoder({
      name: 'invite bundle, sealed anew',
      decode: async (contents) => {
        const size = contents.length + 2;
        await open(concat(new Uint8Array([4]), nonce, sealChaCha({ key, nonce, aad }, pad(contents, Math.max(4055, size)))));
      },
      valid: [inside],
    }),
  ];
}

/** All that check signatures or make public keys: milliseconds for an input that comes so far. */
export function signedDecoders(engine: Engine): readonly Decoder[] {
  const invited = invitation(engine);
  const { alice, bob, bundle, prekeys } = invited;
  const statements = [alice.statement, bob.statement];
  const withoutOneTime = { ...prekeys, oneTime: null };
  const bundles = [bundle, offerPrekeys(bob, withoutOneTime)];
  const made = createStock(engine, NOW_MS);
  const { stock } = refillStock(engine, made, 3);
  const used = usePrekeys(stock, lastResort(stock), engine.randomBytes(32), NOW_MS);
  const founded = createGroup(engine, bob, 'Group ✓');
  const renamed = signChange(founded.group, bob, { kind: 'rename', name: 'Other' });
  const entries = [founded.entry, renamed.entry];
  const box = { relay: RELAY, boxId: engine.randomBytes(ID_BYTES), secret: engine.randomBytes(32) };
  return [
    decoder({ name: 'statement', decode: openIdentityStatement, encode: ({ statement }) => statement, valid: statements }),
    decoder({ name: 'fingerprint', decode: fingerprint, valid: statements }),
    decoder({ name: 'identity', decode: decodeIdentity, encode: encodeIdentity, valid: [alice, bob].map(encodeIdentity) }),
    decoder({ name: 'prekey bundle', decode: decodePrekeyBundle, encode: encodePrekeyBundle, valid: bundles.map(encodePrekeyBundle) }),
    decoder({ name: 'stored prekeys', decode: decodePrekeys, encode: encodePrekeys, valid: [prekeys, withoutOneTime].map(encodePrekeys) }),
    decoder({ name: 'stock of prekeys', decode: decodeStock, encode: encodeStock, valid: [made, stock, used].map(encodeStock) }),
    decoder({ name: 'membership entry', decode: openEntry, valid: entries }),
    decoder({
      name: 'prekey box',
      decode: (sealed) => openBundle(engine, box, sealed),
      valid: bundles.map((offered) => sealBundle(engine, box, offered)),
    }),
    ...inviteBundleDecoders(engine, invited),
  ];
}
