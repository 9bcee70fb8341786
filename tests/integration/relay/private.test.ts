import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Bytes } from '../../../lib/protocol/bytes';
import type { ClientFrame } from '../../../lib/protocol/relay';
import { passwordProof } from '../../../lib/protocol/relay-proof';
import { parseToken } from '../../../lib/protocol/relay-token';
import {
  type ConnectOptions,
  newFrame,
  newKeyPair,
  RelayClient,
  type RelayProcess,
  randomBytes,
  runRelay,
  sendFrame,
  startRelay,
} from '../../support/relay';

const PASSWORD = 'correct horse battery';
const OPTIONS = { env: { CREATE_PASSWORD: PASSWORD, TRUST_PROXY: '1', LIMITS: 'passwordsBurst=3,passwordsPerHour=1' } };
const AUTH = { kind: 'err', code: 'AUTH', retryMs: 0 };

let relay: RelayProcess;
beforeAll(async () => {
  relay = await startRelay(OPTIONS);
});
afterAll(async () => {
  await relay.stop();
  await rm(relay.dataDir, { recursive: true, force: true });
});

let visitors = 0;
/** Each from an address of its own, unless one is named. */
function connect(address = `192.0.2.${++visitors}`, options: ConnectOptions = {}): Promise<RelayClient> {
  return RelayClient.connect(relay.url, { ...options, headers: { 'x-forwarded-for': address } });
}

function pass(client: RelayClient, password = PASSWORD): ClientFrame {
  return { kind: 'pass', proof: passwordProof({ origin: client.origin, nonce: client.hello.nonce, password }) };
}

async function newToken(): Promise<Bytes> {
  const { output } = await runRelay({ dataDir: relay.dataDir, args: ['token'], env: OPTIONS.env });
  const token = parseToken(output.trim());
  if (!token) throw new Error(`no token: ${output}`);
  return token;
}

/** What makes something stay: each is refused to a stranger. */
function makingFrames(client: RelayClient): readonly ClientFrame[] {
  const [owner, boxId] = [newKeyPair(), randomBytes(16)];
  const filling = { revision: 1, isReplacement: false, lastResort: randomBytes(2048), oneTimes: [] };
  return [
    newFrame(),
    newFrame({ doorBits: 12 }),
    newFrame({ token: randomBytes(16) }),
    { kind: 'inv-put', inviteId: randomBytes(16), ownerKey: owner.publicKey, ttlSeconds: 0, sealed: randomBytes(9) },
    { kind: 'pre-put', boxId, ownerKey: owner.publicKey, signature: client.signBox(boxId, 1, owner), ...filling },
  ];
}

test('a stranger makes nothing, and everything with the password', async () => {
  const client = await connect();
  for (const frame of makingFrames(client)) expect(await client.request(frame)).toEqual(AUTH);
  expect(await client.request(pass(client))).toEqual({ kind: 'ok' });
  const kinds = [];
  for (const frame of makingFrames(client)) kinds.push((await client.request(frame)).kind);
  expect(kinds).toEqual(['ok-queue', 'ok-queue', 'ok-queue', 'ok', 'ok-box']);
});

test('writers, takers and strangers need no password', async () => {
  const [owner, guest] = [await connect(), await connect()];
  await owner.expect(pass(owner), 'ok');
  const queue = await owner.createQueue();
  await guest.openWriting(queue);
  await guest.expect(sendFrame(queue), 'ok-stored');
  expect(await guest.request({ kind: 'inv-take', inviteId: randomBytes(16), takerKey: randomBytes(32) })).toMatchObject({ code: 'GONE' });
});

test('a password stated on one connection, or to another relay, is worth nothing here', async () => {
  const [mine, thief] = [await connect(), await connect()];
  const stated = pass(mine);
  expect(await thief.request(stated)).toEqual(AUTH);
  const misled = await connect(undefined, { origin: 'wss://elsewhere.example' });
  expect(await misled.request(pass(misled))).toEqual(AUTH);
  expect(await mine.request(stated)).toEqual({ kind: 'ok' });
});

test('who guesses too often is not answered, right or wrong, on any connection of that address; right ones cost nothing', async () => {
  const [one, other] = [await connect('198.51.100.1'), await connect('198.51.100.1')];
  for (let count = 0; count < 5; count++) expect(await one.request(pass(one))).toEqual({ kind: 'ok' });
  for (let count = 0; count < 3; count++) expect(await other.request(pass(other, `guess number ${count}`))).toEqual(AUTH);
  for (const client of [one, other]) expect(await client.request(pass(client))).toMatchObject({ code: 'RATE' });
  const neighbour = await connect('198.51.100.2');
  expect(await neighbour.request(pass(neighbour))).toEqual({ kind: 'ok' });
});

test('a token makes one queue, which may be made again with it, and no other; its holder stays in by reading there', async () => {
  const token = await newToken();
  const rivals = await Promise.all(Array.from({ length: 12 }, async () => ({ client: await connect(), reader: newKeyPair() })));
  const answered = await Promise.all(
    rivals.map(async ({ client, reader }) => {
      const wish = newFrame({ token, readerKey: reader.publicKey });
      return { reader, wish, answer: await client.request(wish) };
    }),
  );
  const made = answered.flatMap(({ reader, wish, answer }) => (answer.kind === 'ok-queue' ? [{ reader, wish, answer }] : []));
  expect(answered.filter(({ answer }) => answer.kind === 'err' && answer.code === 'AUTH')).toHaveLength(11);
  const [winner] = made;
  if (!winner) throw new Error('nobody could use the token');
  expect(await (await connect()).request(winner.wish)).toEqual(winner.answer);
  expect(await (await connect()).request(newFrame({ token }))).toEqual(AUTH);
  const later = await connect();
  expect(await later.request(newFrame())).toEqual(AUTH);
  await later.expect({ kind: 'sub', proofs: [later.subProof(winner.answer.rid, winner.reader)] }, 'ok-proofs');
  await later.expect(newFrame(), 'ok-queue');
});

test('a doorbell or a refused proof lets nobody in', async () => {
  const owner = await connect();
  await owner.expect(pass(owner), 'ok');
  const queue = await owner.createQueue();
  const stranger = await connect();
  const proofs = [stranger.subProof(queue.rid, queue.doorbell, { role: 'doorbell' }), stranger.subProof(queue.rid, queue.writer)];
  await stranger.expect({ kind: 'sub', proofs }, 'ok-proofs');
  expect(await stranger.request(newFrame())).toEqual(AUTH);
});

test('a used token stays used, and an unused one good, after a kill; neither they nor the password are in the log', async () => {
  const [used, unused] = [await newToken(), await newToken()];
  const wish = newFrame({ token: used });
  const made = await (await connect()).expect(wish, 'ok-queue');
  const logs = relay.logs();
  await relay.kill('SIGKILL');
  relay = await startRelay({ ...OPTIONS, dataDir: relay.dataDir });
  const client = await connect();
  expect(await client.request(newFrame({ token: used }))).toEqual(AUTH);
  expect(await client.request(wish)).toEqual(made);
  await (await connect()).expect(newFrame({ token: unused }), 'ok-queue');
  for (const secret of ['horse', Buffer.from(used).toString('hex'), Buffer.from(used).toString('base64url')])
    expect(logs + relay.logs()).not.toContain(secret);
});
