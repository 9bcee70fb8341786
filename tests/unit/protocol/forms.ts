/**
 * Every form with its fields in the document's order, and every form damaged in the same ways, with the code each damage is refused
 * by: for second readers, and so that no border moves unnoticed.
 */
import { relayBase } from '../../../lib/protocol/base-url';
import { type Bytes, fromHex, toHex, utf8 } from '../../../lib/protocol/bytes';
import { decodeContent, encodeContent } from '../../../lib/protocol/content';
import { decodeEnvelope } from '../../../lib/protocol/envelope';
import { ProtocolError } from '../../../lib/protocol/errors';
import { createFileSecret, openFileHeader, startFileStream } from '../../../lib/protocol/file-stream';
import { decodeHeader, encodeHeader } from '../../../lib/protocol/header';
import { decodeIdentity, encodeIdentity, openIdentityStatement } from '../../../lib/protocol/identity';
import { encodeInvite, parseInvite } from '../../../lib/protocol/invite';
import { decodeLivePayload, encodeLivePayload } from '../../../lib/protocol/live-payload';
import { openEntry } from '../../../lib/protocol/membership-entry';
import { createGroup, signChange } from '../../../lib/protocol/membership-log';
import { formatNumber, parseNumber } from '../../../lib/protocol/number';
import { createStock, decodeStock, encodeStock, lastResort, refillStock, usePrekeys } from '../../../lib/protocol/prekey-stock';
import { decodePrekeyBundle, decodePrekeys, encodePrekeyBundle, encodePrekeys, offerPrekeys } from '../../../lib/protocol/prekeys';
import { queuePublicKey, signAsQueue } from '../../../lib/protocol/queue-keys';
import type { ClientFrame, ServerFrame } from '../../../lib/protocol/relay';
import { decodeClientFrame, decodeServerFrame, encodeClientFrame, encodeServerFrame } from '../../../lib/protocol/relay-codec';
import { boxMessage, inviteDeletionMessage, passwordProof, proofMessage } from '../../../lib/protocol/relay-proof';
import { solveWork, workPuzzle } from '../../../lib/protocol/relay-work';
import { sealEnvelope } from '../../../lib/protocol/session';
import { isEd25519Signature } from '../../../lib/protocol/signatures';
import { contents, livePayloads } from './content-samples';
import { EDGE_MESSAGE, EDGE_SIGNATURES } from './edge-signatures';
import { flipped, NOW_MS, seededEngine, twoParties } from './parties';
import { BASES, linkTexts, NUMBERS } from './spellings';

const engine = seededEngine('forms');
const RELAY = 'wss://relay.example/can';
const draw = (size: number) => engine.randomBytes(size);

/** How a value that this code calls by a name stands in the document's tables. */
const NAMED: Readonly<Record<string, boolean | number>> = {
  ...{ allowed: true, denied: false, read: 0, sent: 1, no: false, maybe: true },
  ...{ reader: 1, doorbell: 2, RATE: 5, POW: 9 },
};

/** Fields in the order they were written down in, without their names and lists. */
function fieldsOf(value: unknown): readonly unknown[] {
  if (value instanceof Uint8Array) return [toHex(value)];
  if (typeof value === 'string') return [NAMED[value] ?? value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(fieldsOf) : [value];
}

function clientFrames(): readonly ClientFrame[] {
  const [sid, rid, messageId, signature] = [draw(24), draw(24), draw(16), draw(64)];
  const [inviteId, boxId] = [draw(16), draw(16)];
  return [
    { kind: 'new', newId: draw(16), readerKey: draw(32), doorbellKey: draw(32), doorBits: 20, token: draw(16), work: draw(8) },
    { kind: 'key', sid, writerKey: draw(32) },
    {
      kind: 'sub',
      proofs: [
        { rid, role: 'reader', isLive: true, signature },
        { rid: draw(24), role: 'doorbell', isLive: false, signature },
      ],
    },
    { kind: 'open', proofs: [{ sid, signature }] },
    { kind: 'unsub', rids: [rid, draw(24)] },
    { kind: 'send', sid, messageId, ttlSeconds: 864_000, cell: new Uint8Array(4096).fill(7) },
    { kind: 'ack', rid, messageId },
    { kind: 'del', queueId: sid, messageId },
    { kind: 'sig', sid, payload: draw(50) },
    { kind: 'inv-put', inviteId, ownerKey: draw(32), ttlSeconds: 0, sealed: draw(70) },
    { kind: 'inv-take', inviteId, takerKey: draw(32) },
    { kind: 'inv-del', inviteId, signature },
    {
      ...{ kind: 'pre-put', boxId, ownerKey: draw(32), revision: 1, signature, isReplacement: true },
      ...{ lastResort: new Uint8Array(2048).fill(1), oneTimes: [new Uint8Array(2048).fill(2)] },
    },
    { kind: 'pre-take', boxId },
    { kind: 'pre-del', boxId, signature },
    { kind: 'knock', sid, messageId, ttlSeconds: 60, cell: new Uint8Array(4096).fill(6), work: draw(8) },
    { kind: 'close', rid },
    { kind: 'pass', proof: draw(32) },
    { kind: 'look', sid, messageIds: [messageId, inviteId] },
    { kind: 'ping' },
  ];
}

function serverFrames(): readonly ServerFrame[] {
  const [rid, messageId] = [draw(24), draw(16)];
  const stunUrls = ['stun:relay.example:3478', ''];
  return [
    { kind: 'hello', nonce: draw(32), timeMs: NOW_MS, retentionSeconds: 1, maxRetentionSeconds: 864_000, stunUrls },
    { kind: 'ok' },
    { kind: 'ok-queue', rid, sid: draw(24) },
    { kind: 'ok-proofs', accepted: [true, false] },
    { kind: 'ok-stored', expiresInSeconds: 0xffff_ffff },
    { kind: 'ok-invite', sealed: draw(80) },
    { kind: 'err', code: 'RATE', retryMs: 1500 },
    { kind: 'err', code: 'POW', workBits: 18 },
    { kind: 'msg', rid, messageId, ageSeconds: 3, cell: new Uint8Array(4096).fill(8) },
    { kind: 'sig', rid, payload: draw(1) },
    { kind: 'bell', rid },
    { kind: 'end', rid },
    { kind: 'drain', reconnectAfterMs: 250 },
    { kind: 'ok-box', revision: 9, left: 65_535 },
    { kind: 'ok-bundle', sealed: new Uint8Array(2048).fill(9) },
    { kind: 'idle', rid, daysLeft: 99 },
    { kind: 'ok-deleted', wasHanded: 'no' },
    { kind: 'ok-deleted', wasHanded: 'maybe' },
    { kind: 'ok-waiting', isWaiting: [false, true] },
    { kind: 'pong' },
  ];
}

interface Example {
  readonly bytes: Bytes;
  /** Where the form is one of a table's kinds. */
  readonly fields?: readonly unknown[];
}

interface Form {
  readonly name: string;
  readonly examples: readonly Example[];
  readonly read: (bytes: Bytes) => unknown;
}

function told<Value>(values: readonly Value[], encode: (value: Value) => Bytes): Example[] {
  return values.map((value) => ({ bytes: encode(value), fields: fieldsOf(value) }));
}

const bare = (...examples: readonly Bytes[]): Example[] => examples.map((bytes) => ({ bytes }));

function tables(): readonly Form[] {
  return [
    { name: 'content', examples: told(contents(draw), encodeContent), read: decodeContent },
    { name: 'live payload', examples: told(livePayloads(draw), encodeLivePayload), read: decodeLivePayload },
    { name: 'client frame', examples: told(clientFrames(), (frame) => encodeClientFrame(frame, 7)), read: decodeClientFrame },
    { name: 'relay frame', examples: told(serverFrames(), (frame) => encodeServerFrame(frame, 0)), read: decodeServerFrame },
  ];
}

async function sessionForms(): Promise<readonly Form[]> {
  const { a, b } = await twoParties(engine, false);
  const envelopes = [await sealEnvelope(engine, a, utf8('opening'), 'string'), await sealEnvelope(engine, b, utf8('none'), 'string')];
  const chunk = { index: 65_535, bytes: draw(32) };
  const ratchet = { ratchetKey: b.ratchet.ratchetKey.public, previousCount: 1, counter: 2 };
  const headers = [{ kind: 'ct2', chunk } as const, { kind: 'none' } as const].map((part) =>
    encodeHeader({ ...ratchet, pq: { epoch: 3, previousCount: 4, counter: 5, part } }),
  );
  return [
    { name: 'header', examples: bare(...headers), read: decodeHeader },
    { name: 'envelope', examples: bare(...envelopes.map(({ envelope }) => envelope)), read: decodeEnvelope },
  ];
}

async function keyForms(): Promise<readonly Form[]> {
  const { bob, bundle, prekeys } = await twoParties(engine);
  const late = { ...prekeys, oneTime: null };
  const { stock } = refillStock(engine, createStock(engine, NOW_MS), 1);
  const used = usePrekeys(stock, lastResort(stock), draw(32), NOW_MS);
  const founded = createGroup(engine, bob, 'Gruppe');
  const renamed = signChange(founded.group, bob, { kind: 'rename', name: 'Andere' });
  const bundles = [bundle, offerPrekeys(bob, late)].map(encodePrekeyBundle);
  return [
    { name: 'statement', examples: bare(bob.statement), read: openIdentityStatement },
    { name: 'stored identity', examples: bare(encodeIdentity(bob)), read: decodeIdentity },
    { name: 'bundle', examples: bare(...bundles), read: decodePrekeyBundle },
    { name: 'stored prekeys', examples: bare(encodePrekeys(prekeys), encodePrekeys(late)), read: decodePrekeys },
    { name: 'stock', examples: bare(encodeStock(used)), read: decodeStock },
    { name: 'entry', examples: bare(founded.entry, renamed.entry), read: openEntry },
  ];
}

async function codeOf(read: () => unknown): Promise<string | null> {
  try {
    await read();
    return null;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

const FLIPS = 24;

/** Cut, grown, and one bit changed in two dozen places; what each is refused by, null where it is another value. */
async function damagesOf({ bytes }: Example, read: Form['read']): Promise<readonly (readonly [string, number, string | null])[]> {
  const cuts = [...new Set([0, 1, 2, bytes.length >> 1, bytes.length - 1])].filter((size) => size < bytes.length);
  const places = [...new Set(Array.from({ length: FLIPS }, (_, i) => Math.floor((i * bytes.length) / FLIPS)))];
  return Promise.all([
    ...cuts.map(async (size) => ['cut', size, await codeOf(() => read(bytes.slice(0, size)))] as const),
    ['grow', 1, await codeOf(() => read(new Uint8Array([...bytes, 0])))] as const,
    ...places.map(async (at) => ['flip', at, await codeOf(() => read(flipped(bytes, at, at % 8)))] as const),
  ]);
}

async function written({ name, examples, read }: Form) {
  const all = await Promise.all(
    examples.map(async (example) => ({
      bytes: toHex(example.bytes),
      ...(example.fields && { fields: example.fields }),
      damaged: (await damagesOf(example, read)).map((damage) => damage.join(' ').trimEnd()).join(', '),
    })),
  );
  return { name, examples: all };
}

async function fileHeader() {
  const secret = createFileSecret(engine);
  const { header } = await startFileStream(engine, secret, { sizeBytes: 2 ** 40, chunkBytes: 2 ** 22 });
  const form = await written({ name: 'file header', examples: bare(header), read: (bytes) => openFileHeader(engine, secret, bytes) });
  return { ...form, key: toHex(secret.key), fileId: toHex(secret.fileId) };
}

/** What is typed or pasted, and what it is read as or refused by. */
async function spellings(read: (text: string) => string, texts: readonly string[]) {
  return Promise.all(
    texts.map(async (text) => {
      const refused = await codeOf(() => read(text));
      return refused === null ? { text, read: read(text) } : { text, refused };
    }),
  );
}

function link(): string {
  return encodeInvite({ relay: RELAY, inviteId: draw(16), secret: draw(32), identityHash: draw(32), expiresAtMs: NOW_MS });
}

function rights() {
  const [secret, nonce, queueId, inviteId, boxId] = [draw(32), draw(32), draw(24), draw(16), draw(16)];
  const bound = { origin: RELAY, nonce };
  const messages = [
    ...(['reader', 'doorbell', 'writer'] as const).map((role) => proofMessage({ ...bound, queueId, role })),
    inviteDeletionMessage({ ...bound, inviteId }),
    ...[0, 7].map((revision) => boxMessage({ ...bound, boxId, revision })),
  ];
  return {
    ...{ secret: toHex(secret), public: toHex(queuePublicKey(secret)), origin: RELAY, nonce: toHex(nonce) },
    ...{ queueId: toHex(queueId), inviteId: toHex(inviteId), boxId: toHex(boxId), revision: 7 },
    signatures: messages.map((message) => toHex(signAsQueue(secret, message))),
  };
}

/** What a stranger pays, and how a private relay is shown its password. */
async function admissions() {
  const nonce = draw(32);
  const pass = { origin: RELAY, nonce, password: 'Zwölf Boxkämpfer №5' };
  const frames = clientFrames().filter((frame) => 'work' in frame);
  const puzzles = frames.map((frame) => workPuzzle({ origin: RELAY, nonce, frame }));
  const [puzzle, start, bits] = [draw(32), new Uint8Array(8).fill(0xff), 13];
  const work = await solveWork({ puzzle, bits, start, pause: async () => undefined });
  return {
    ...{ origin: RELAY, nonce: toHex(nonce), password: pass.password, proof: toHex(passwordProof(pass)) },
    paid: frames.map((frame, i) => ({ frame: toHex(encodeClientFrame(frame, 7)), puzzle: toHex(puzzles[i] as Bytes) })),
    solved: { puzzle: toHex(puzzle), start: toHex(start), bits, work: toHex(work) },
  };
}

function edgeVerdicts() {
  return EDGE_SIGNATURES.map((edge) => ({
    ...edge,
    verifies: isEd25519Signature({ publicKey: fromHex(edge.public), message: utf8(EDGE_MESSAGE), signature: fromHex(edge.signature) }),
  }));
}

export async function forms() {
  const all = [...tables(), ...(await sessionForms()), ...(await keyForms())];
  return {
    damage: 'cut N: the first N bytes; grow 1: a zero more; flip N: bit N modulo 8 of byte N; then the code, or nothing for another value',
    forms: await Promise.all(all.map(written)),
    fileHeader: await fileHeader(),
    rights: rights(),
    admissions: await admissions(),
    signatures: { message: EDGE_MESSAGE, verdicts: edgeVerdicts() },
    bases: await spellings(relayBase, BASES),
    numbers: await spellings((text) => formatNumber(parseNumber(text)), NUMBERS),
    links: await spellings((text) => encodeInvite(parseInvite(text)), linkTexts(link())),
  };
}
