import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClientFrame } from '../../../lib/protocol/relay';
import { type KeyPair, newKeyPair, RelayClient, type RelayProcess, randomBytes, startRelay } from '../../support/relay';

let relay: RelayProcess;

beforeAll(async () => {
  relay = await startRelay({ env: { LIMITS: 'connectionsPerAddress=200,takesBurst=1000' } });
});
afterAll(() => relay.stop());

type Put = Extract<ClientFrame, { kind: 'pre-put' }>;

function put(client: RelayClient, owner: KeyPair, boxId: Put['boxId'], change: Partial<Put> = {}): Put {
  const revision = change.revision ?? 1;
  const rest = { isReplacement: false, lastResort: randomBytes(2048), oneTimes: [randomBytes(2048), randomBytes(2048)], ...change };
  return { kind: 'pre-put', boxId, ownerKey: owner.publicKey, revision, signature: client.signBox(boxId, revision, owner), ...rest };
}

const take = (boxId: Put['boxId']): ClientFrame => ({ kind: 'pre-take', boxId });

test('bundles are given once each to whoever asks, then the last resort; a hundred at once share none', async () => {
  const [owner, client, boxId] = [newKeyPair(), await RelayClient.connect(relay.url), randomBytes(16)];
  const filled = put(client, owner, boxId, { oneTimes: Array.from({ length: 5 }, () => randomBytes(2048)) });
  expect(await client.request(filled)).toEqual({ kind: 'ok-box', revision: 1, left: 5 });
  const takers = await Promise.all(Array.from({ length: 9 }, () => RelayClient.connect(relay.url)));
  const answers = await Promise.all(takers.map((taker) => taker.expect(take(boxId), 'ok-bundle')));
  const given = answers.map(({ sealed }) => Buffer.from(sealed).toString('hex'));
  const once = filled.oneTimes.map((sealed) => Buffer.from(sealed).toString('hex'));
  const last = Buffer.from(filled.lastResort).toString('hex');
  expect(given.toSorted()).toEqual([...once, last, last, last, last].toSorted());
  expect(await client.request(put(client, owner, boxId, { revision: 2 }))).toEqual({ kind: 'ok-box', revision: 2, left: 2 });
  await Promise.all(takers.map((taker) => taker.close()));
});

test('only its owner fills or removes a box; a signature holds for one connection, one box and one revision', async () => {
  const [owner, stranger, boxId] = [newKeyPair(), newKeyPair(), randomBytes(16)];
  const [client, elsewhere] = [await RelayClient.connect(relay.url), await RelayClient.connect(relay.url)];
  const first = put(client, owner, boxId);
  for (const signature of [
    elsewhere.signBox(boxId, 1, owner),
    client.signBox(boxId, 2, owner),
    client.signBox(randomBytes(16), 1, owner),
    client.signBox(boxId, 1, stranger),
    client.signBox(boxId, 0, owner),
  ]) {
    expect(await client.request({ ...first, signature })).toMatchObject({ code: 'AUTH' });
  }
  expect(await client.request(take(boxId))).toMatchObject({ code: 'GONE' });
  expect(await client.request(first)).toEqual({ kind: 'ok-box', revision: 1, left: 2 });
  expect(await client.request(put(client, stranger, boxId, { revision: 2 }))).toMatchObject({ code: 'TAKEN' });
  const remove = (signature: Put['signature']) => client.request({ kind: 'pre-del', boxId, signature });
  expect(await remove(client.signBox(boxId, 0, stranger))).toMatchObject({ code: 'AUTH' });
  expect(await remove(client.signBox(boxId, 1, owner))).toMatchObject({ code: 'AUTH' });
  expect(await remove(client.signBox(boxId, 0, owner))).toEqual({ kind: 'ok' });
  expect(await client.request(take(boxId))).toMatchObject({ code: 'GONE' });
});

test('a revision is made once: said again after a take it gives nothing back; revision 0 is none; a hundred bundles are the most', async () => {
  const [owner, client, boxId] = [newKeyPair(), await RelayClient.connect(relay.url), randomBytes(16)];
  const first = put(client, owner, boxId);
  await client.expect(first, 'ok-box');
  await client.expect(take(boxId), 'ok-bundle');
  expect(await client.request(first)).toEqual({ kind: 'ok-box', revision: 1, left: 1 });
  const many = Array.from({ length: 24 }, () => first.lastResort);
  for (const revision of [2, 3, 4, 5]) await client.expect(put(client, owner, boxId, { revision, oneTimes: many }), 'ok-box');
  expect(await client.request(put(client, owner, boxId, { revision: 6, oneTimes: many }))).toMatchObject({ code: 'QUOTA' });
  const replaced = put(client, owner, boxId, { revision: 6, isReplacement: true });
  expect(await client.request(replaced)).toEqual({ kind: 'ok-box', revision: 6, left: 2 });
});

test('nobody drains a box: after ten takes one is told to wait, and the box keeps what it has', async () => {
  const [owner, client, boxId] = [newKeyPair(), await RelayClient.connect(relay.url), randomBytes(16)];
  await client.expect(put(client, owner, boxId, { oneTimes: Array.from({ length: 20 }, () => randomBytes(2048)) }), 'ok-box');
  for (let i = 0; i < 10; i++) await client.expect(take(boxId), 'ok-bundle');
  const refused = await client.expect(take(boxId), 'err');
  expect(refused.code === 'RATE' && refused.retryMs).toBeGreaterThan(60_000);
  expect(await client.request(put(client, owner, boxId, { revision: 2, oneTimes: [] }))).toEqual({ kind: 'ok-box', revision: 2, left: 10 });
});

test('what was given stays given, and what was left stays, after a kill', async () => {
  const dataDir = relay.dataDir;
  const [owner, boxId] = [newKeyPair(), randomBytes(16)];
  const client = await RelayClient.connect(relay.url);
  const filled = put(client, owner, boxId);
  await client.expect(filled, 'ok-box');
  const given = await client.expect(take(boxId), 'ok-bundle');
  expect(given.sealed).toEqual(filled.oneTimes[0]);
  await relay.kill('SIGKILL');
  relay = await startRelay({ dataDir });
  const later = await RelayClient.connect(relay.url);
  expect(await later.request(take(boxId))).toEqual({ kind: 'ok-bundle', sealed: filled.oneTimes[1] });
  expect(await later.request(take(boxId))).toEqual({ kind: 'ok-bundle', sealed: filled.lastResort });
});
