/** What stays behind of a client: a relay takes every frame there is, then its log, metrics and database are searched. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bytes, toHex } from '../../../lib/protocol/bytes';
import { type ClientFrame, NO_WORK, RELAY_PATH } from '../../../lib/protocol/relay';
import { encodeClientFrame } from '../../../lib/protocol/relay-codec';
import { passwordProof } from '../../../lib/protocol/relay-proof';
import { parseToken } from '../../../lib/protocol/relay-token';
import { tokenHash } from '../../../server/admission';
import { openDatabase } from '../../../server/store/engine';
import { freePort, metricsText } from '../../support/metrics';
import { newFrame, newKeyPair, RelayClient, type RelayProcess, randomBytes, runRelay, sendFrame, startRelay } from '../../support/relay';

const ADDRESS = '203.0.113.77';
const PASSWORD = 'correct horse battery';
const NEVER_WRITTEN = ['token', 'password', 'passwordProof', 'work'];
const PAGE_SECRET = 'c2VjcmV0LWluLWFuLWFkZHJlc3M';

/** A kind of frame that is missing here doesn't compile. */
const EVERY_KIND = {
  ...{ new: true, key: true, sub: true, open: true, unsub: true, send: true, ack: true, del: true, sig: true, ping: true },
  ...{ 'inv-put': true, 'inv-take': true, 'inv-del': true, 'pre-put': true, 'pre-take': true, 'pre-del': true },
  ...{ knock: true, close: true, pass: true, look: true },
} as const satisfies Record<ClientFrame['kind'], true>;

interface Trace {
  /** The value, and the columns that may hold it: none for what is never stored. */
  readonly value: Buffer;
  readonly columns: readonly string[];
}

let dataDir: string;
let relay: RelayProcess;
let metrics: string;
let log: string;
let traces: Readonly<Record<string, Trace>>;

/** Every frame once with an answer, the refused and the malformed too, and whatever else a stranger may knock with. */
async function makeTraces(): Promise<Record<string, Trace>> {
  const connect = () => RelayClient.connect(relay.url, { headers: { 'x-forwarded-for': ADDRESS } });
  const [client, peer] = [await connect(), await connect()];
  const proof = passwordProof({ origin: client.origin, nonce: client.hello.nonce, password: PASSWORD });
  await client.expect({ kind: 'pass', proof }, 'ok');
  const queue = await client.createQueue();
  await client.subscribe(queue);
  await client.expect({ kind: 'sub', proofs: [client.subProof(queue.rid, queue.doorbell, { role: 'doorbell' })] }, 'ok-proofs');
  await peer.openWriting(queue);
  const [waits, acknowledged, takenBack] = [sendFrame(queue), sendFrame(queue), sendFrame(queue)] as const;
  for (const frame of [waits, acknowledged, takenBack]) await peer.expect(frame, 'ok-stored');
  await client.next('bell');
  await client.expect({ kind: 'ack', rid: queue.rid, messageId: acknowledged.messageId }, 'ok');
  await peer.expect({ kind: 'del', queueId: queue.sid, messageId: takenBack.messageId }, 'ok-deleted');
  await peer.expect({ kind: 'look', sid: queue.sid, messageIds: [waits.messageId] }, 'ok-waiting');
  const payload = randomBytes(64);
  await peer.expect({ kind: 'sig', sid: queue.sid, payload }, 'ok');

  const [owner, taker] = [newKeyPair(), randomBytes(32)];
  const invite = { inviteId: randomBytes(16), sealed: randomBytes(99) };
  const withdrawn = randomBytes(16);
  for (const inviteId of [invite.inviteId, withdrawn])
    await client.expect({ kind: 'inv-put', inviteId, ownerKey: owner.publicKey, ttlSeconds: 0, sealed: invite.sealed }, 'ok');
  await peer.expect({ kind: 'inv-take', inviteId: invite.inviteId, takerKey: taker }, 'ok-invite');
  await client.expect({ kind: 'inv-del', inviteId: withdrawn, signature: client.signDeletion(withdrawn, owner) }, 'ok');

  const [boxId, removedBox, lastResort, given] = [randomBytes(16), randomBytes(16), randomBytes(2048), randomBytes(2048)];
  for (const id of [boxId, removedBox]) {
    const rest = { ownerKey: owner.publicKey, revision: 1, signature: client.signBox(id, 1, owner), isReplacement: false, lastResort };
    await client.expect({ kind: 'pre-put', boxId: id, ...rest, oneTimes: [given] }, 'ok-box');
  }
  await peer.expect({ kind: 'pre-take', boxId }, 'ok-bundle');
  await client.expect({ kind: 'pre-del', boxId: removedBox, signature: client.signBox(removedBox, 0, owner) }, 'ok');

  const made = await runRelay({ dataDir, args: ['token'], env: { CREATE_PASSWORD: PASSWORD } });
  const token = parseToken(made.output.trim()) ?? randomBytes(16);
  const door = await (await connect()).expect(newFrame({ doorBits: 4, token }), 'ok-queue');
  const knock = { kind: 'knock' as const, sid: door.sid, messageId: randomBytes(16), ttlSeconds: 0, cell: randomBytes(4096) };
  const paid = await peer.pay({ ...knock, work: NO_WORK }, 4);
  await peer.expect(paid, 'ok-stored');
  const closed = await client.createQueue();
  await client.subscribe(closed);
  await client.expect({ kind: 'close', rid: closed.rid }, 'ok');

  const stranger = newKeyPair();
  const refused = peer.subProof(queue.rid, stranger);
  await peer.expect({ kind: 'sub', proofs: [refused] }, 'ok-proofs');
  await client.expect({ kind: 'unsub', rids: [queue.rid] }, 'ok');
  await client.expect({ kind: 'ping' }, 'pong');
  await knockRudely(queue.rid);
  const own = (value: Uint8Array, ...columns: readonly string[]): Trace => ({ value: Buffer.from(value), columns });
  const never = (value: Uint8Array): Trace => own(value);
  return {
    rid: own(queue.rid, 'queues.rid'),
    sid: own(queue.sid, 'queues.sid'),
    readerKey: own(queue.reader.publicKey, 'queues.reader_key'),
    doorbellKey: own(queue.doorbell.publicKey, 'queues.doorbell_key'),
    writerKey: own(queue.writer.publicKey, 'queues.writer_key'),
    waitingId: own(waits.messageId, 'messages.message_id'),
    waitingCell: own(waits.cell, 'messages.cell'),
    inviteId: own(invite.inviteId, 'invites.invite_id'),
    invite: own(invite.sealed, 'invites.sealed'),
    takerKey: own(taker, 'invites.taker_key'),
    ownerKey: own(owner.publicKey, 'invites.owner_key', 'boxes.owner_key'),
    boxId: own(boxId, 'boxes.box_id'),
    lastResort: own(lastResort, 'boxes.last_resort'),
    doorSid: own(door.sid, 'queues.sid'),
    knock: own(knock.cell, 'messages.cell'),
    tokenHash: own(tokenHash(token), 'tokens.token_hash'),
    ...{ token: never(token), password: never(Buffer.from(PASSWORD)), passwordProof: never(proof) },
    ...{ work: never(paid.work), closed: never(closed.rid), closedKey: never(closed.reader.publicKey) },
    ...{ acknowledgedId: never(acknowledged.messageId), acknowledgedCell: never(acknowledged.cell) },
    ...{ takenBackId: never(takenBack.messageId), withdrawnInvite: never(withdrawn), removedBox: never(removedBox), given: never(given) },
    ...{ strangersKey: never(stranger.publicKey), signature: never(refused.signature) },
    ...{ nonce: never(client.hello.nonce), peersNonce: never(peer.hello.nonce), payload: never(payload) },
    ...{ address: never(Buffer.from(ADDRESS)), loopback: never(Buffer.from('127.0.0.1')), path: never(Buffer.from(PAGE_SECRET)) },
  };
}

/** Ids in malformed frames, in paths and in broken WebSockets. */
async function knockRudely(rid: Bytes): Promise<void> {
  const rude = await RelayClient.connect(relay.url);
  await rude.requestRaw(new Uint8Array([0x7f, 0, 0, 16, 1, ...rid]), 4097);
  await rude.requestRaw(encodeClientFrame({ kind: 'ping' }, 4098).subarray(0, 5), 4098);
  rude.socket.send(toHex(rid));
  await rude.closed;
  const broken = await RelayClient.connect(relay.url);
  // A frame with reserved bits set, straight into the connection.
  (broken.socket as unknown as { _socket: { write(bytes: Uint8Array): void } })._socket.write(new Uint8Array([0xf2, 0x90, ...rid]));
  await broken.closed;
  const base = relay.url.replace('ws:', 'http:');
  for (const path of [`/${PAGE_SECRET}`, `/i?${PAGE_SECRET}`, `/%E0%A4%A/${PAGE_SECRET}`, `${RELAY_PATH}/${toHex(rid)}`])
    await fetch(base + path);
  await expect(RelayClient.connect(`${relay.url}/${toHex(rid)}`)).rejects.toThrow();
}

/** Every spelling in which a value might have been written down. */
function spellings(value: Buffer): readonly string[] {
  const texts = [toHex(value), value.toString('base64').replace(/=+$/, ''), value.toString('base64url'), [...value].join(',')];
  const plain = value.toString('latin1');
  return /^[\x20-\x7e]+$/.test(plain) ? [...texts, plain] : texts;
}

/** In which column of which table it stands, once for each row that holds it whole or as a part. */
function columnsHolding(path: string, value: Buffer): readonly string[] {
  const database = openDatabase(path);
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[];
  const places = tables.flatMap(({ name }) =>
    (database.prepare(`SELECT * FROM "${name}"`).all() as Record<string, unknown>[]).flatMap((row) =>
      Object.entries(row).flatMap(([column, held]) => {
        const bytes = held instanceof Uint8Array ? Buffer.from(held) : Buffer.from(String(held));
        return bytes.includes(value) ? [`${name}.${column}`] : [];
      }),
    ),
  );
  database.close();
  return places;
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tincan-blind-'));
  const metricsPort = await freePort();
  relay = await startRelay({ dataDir, env: { TRUST_PROXY: '1', CREATE_PASSWORD: PASSWORD, METRICS_PORT: String(metricsPort) } });
  traces = await makeTraces();
  metrics = await metricsText(metricsPort);
  await relay.kill('SIGTERM');
  // The first line is this relay's own address.
  log = relay.logs().split('\n').slice(1).join('\n');
});
afterAll(async () => {
  await relay.stop();
  await rm(dataDir, { recursive: true, force: true });
});

test('every kind of frame was taken, and the log had something to say', () => {
  for (const kind of Object.keys(EVERY_KIND)) expect(metrics).toContain(`tincan_frames_received_total{kind="${kind}"}`);
  for (const event of ['closing', 'socket-error', 'draining', 'closed']) expect(log).toContain(`"event":"${event}"`);
});

test.each(['log', 'metrics'] as const)('the %s names no address, id, key, signature or content', (place) => {
  const text = place === 'log' ? log : metrics;
  expect(text).not.toMatch(/\d+\.\d+\.\d+\.\d+|::/);
  for (const [name, { value }] of Object.entries(traces))
    for (const spelling of spellings(value)) expect(text.includes(spelling), name).toBe(false);
});

test('the database holds each value in its own row only, and nothing of what was acknowledged, taken back, refused or never for it', () => {
  const path = join(dataDir, 'relay.db');
  const found = Object.fromEntries(Object.entries(traces).map(([name, { value }]) => [name, columnsHolding(path, value)]));
  expect(found).toEqual(Object.fromEntries(Object.entries(traces).map(([name, { columns }]) => [name, columns])));
});

test('no file of the data directory ever held an address, a nonce, a signature or a live payload', async () => {
  const files = await Promise.all(
    ['relay.db', 'relay.db-wal', 'relay.lock'].map((name) => readFile(join(dataDir, name)).catch(() => null)),
  );
  const present = files.flatMap((file) => (file ? [file] : []));
  expect(present.length).toBeGreaterThan(1);
  for (const name of ['nonce', 'peersNonce', 'signature', 'payload', 'strangersKey', 'address', 'loopback', 'path', ...NEVER_WRITTEN])
    for (const file of present) expect(file.includes(traces[name]?.value ?? ''), name).toBe(false);
});
