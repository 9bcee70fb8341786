/** Each count of the relay's limits, made small: what is within is served, what is beyond is refused with the right code. */
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type ClientFrame, NO_WORK, RELAY_PATH, RELAY_SUBPROTOCOL, type ServerFrame } from '../../../lib/protocol/relay';
import { passwordProof } from '../../../lib/protocol/relay-proof';
import { newFrame, newKeyPair, RelayClient, type RelayProcess, randomBytes, sendFrame, startRelay } from '../../support/relay';

const relays: RelayProcess[] = [];
afterEach(async () => {
  for (const relay of relays.splice(0)) await relay.stop();
});

async function relayWith(limits: string, env: Record<string, string> = {}): Promise<RelayProcess> {
  const relay = await startRelay({ env: { LIMITS: limits, ...env } });
  relays.push(relay);
  return relay;
}

/** In one word: the error's code, else the kind. */
function said(answer: ServerFrame): string {
  return answer.kind === 'err' ? answer.code : answer.kind;
}

async function answers(client: RelayClient, count: number, frame: () => ClientFrame): Promise<string[]> {
  const all: string[] = [];
  for (let asked = 0; asked < count; asked++) all.push(said(await client.request(frame())));
  return all;
}

/** A second's rate gives the wait in milliseconds, an hour's at most an hour. */
async function waitOf(client: RelayClient, frame: ClientFrame): Promise<number> {
  const refused = await client.expect(frame, 'err');
  return refused.code === 'RATE' ? refused.retryMs : -1;
}

function from(address: string): { readonly headers: Record<string, string> } {
  return { headers: { 'x-forwarded-for': address } };
}

function upgradeStatus(relay: RelayProcess, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(relay.url + RELAY_PATH, RELAY_SUBPROTOCOL, from(address));
    socket.once('unexpected-response', (_request, response) => resolve(response.resume().statusCode ?? 0));
    socket.once('open', () => resolve(101));
    socket.once('error', reject);
  });
}

describe('connections', () => {
  test('are counted by IPv4 address and by IPv6 /64, and in all', async () => {
    const relay = await relayWith('connectionsPerAddress=2,connections=5', { TRUST_PROXY: '1' });
    for (const address of ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9']) await RelayClient.connect(relay.url, from(address));
    expect(await upgradeStatus(relay, '2001:db8:1:2:abcd::')).toBe(429);
    await RelayClient.connect(relay.url, from('2001:db8:1:3::1'));
    for (let count = 0; count < 2; count++) await RelayClient.connect(relay.url, from('192.0.2.7'));
    // The relay is full: nobody hears more of who is there.
    expect(await upgradeStatus(relay, '192.0.2.7')).toBe(503);
    expect(await upgradeStatus(relay, '192.0.2.8')).toBe(503);
  });
});

describe('new queues', () => {
  test('are free within an address’s budget, then cost work, then are refused with the time to wait', async () => {
    const relay = await relayWith('newQueuesBurst=3,newQueuesPerHour=60,paidQueuesBurst=2,newWorkBits=8', { TRUST_PROXY: '1' });
    const client = await RelayClient.connect(relay.url, from('192.0.2.7'));
    expect(await answers(client, 4, () => client.unpaid(newFrame()))).toEqual(['ok-queue', 'ok-queue', 'ok-queue', 'POW']);
    const wish = client.unpaid(newFrame());
    expect(await client.request(wish)).toEqual({ kind: 'err', code: 'POW', workBits: 8 });
    const made = await client.expect(await client.pay(wish, 8), 'ok-queue');
    expect(await client.request(await client.pay(wish, 8))).toEqual(made);
    const waitMs = await waitOf(client, await client.pay(newFrame(), 8));
    expect(waitMs).toBeGreaterThan(1000);
    expect(waitMs).toBeLessThanOrEqual(3600_000);
    const other = await RelayClient.connect(relay.url, from('192.0.2.8'));
    expect(await answers(other, 1, newFrame)).toEqual(['ok-queue']);
  });

  test('cost more the less is left for all, and are refused when nothing is', async () => {
    const limits = 'allQueuesBurst=9,allQueuesPerHour=1,newQueuesBurst=100,newWorkBits=5,newWorkExtraBits=2';
    const relay = await relayWith(limits);
    const client = await RelayClient.connect(relay.url);
    expect(await answers(client, 6, () => client.unpaid(newFrame()))).toEqual([...Array(5).fill('ok-queue'), 'POW']);
    const prices: number[] = [];
    for (let left = 4; left > 0; left--) {
      const wish = client.unpaid(newFrame());
      const asked = await client.expect(wish, 'err');
      if (asked.code !== 'POW') throw new Error(asked.code);
      prices.push(asked.workBits);
      await client.expect(await client.pay(wish, asked.workBits), 'ok-queue');
    }
    // Less than a half is left, then a third, less than a quarter, an eighth; two bits more at most.
    expect(prices).toEqual([6, 6, 7, 7]);
    expect(await waitOf(client, await client.pay(newFrame(), 7))).toBeGreaterThan(60_000);
  });
});

describe('new queues on a private relay', () => {
  test('are not used up for its people by strangers who are refused', async () => {
    const password = 'correct horse battery';
    const relay = await relayWith('allQueuesBurst=4,allQueuesPerHour=1', { CREATE_PASSWORD: password });
    const [stranger, friend] = [await RelayClient.connect(relay.url), await RelayClient.connect(relay.url)];
    expect(await answers(stranger, 8, () => newFrame({ token: randomBytes(16) }))).toEqual(Array(8).fill('AUTH'));
    const proof = passwordProof({ origin: friend.origin, nonce: friend.hello.nonce, password });
    await friend.expect({ kind: 'pass', proof }, 'ok');
    expect(await answers(friend, 2, newFrame)).toEqual(['ok-queue', 'ok-queue']);
  });
});

describe('sending', () => {
  test('is limited per queue and per connection, and what was refused can be sent later', async () => {
    const relay = await relayWith('sendsPerQueueBurst=3,sendsPerQueue=1,sendsPerConnectionBurst=5,sendsPerConnection=1');
    const client = await RelayClient.connect(relay.url);
    const [one, two] = [await client.createQueue(), await client.createQueue()];
    for (const queue of [one, two]) await client.openWriting(queue);
    // The one that its queue refuses costs the connection one of its five. All at once: a second later there is room again.
    const frames = [one, one, one, one, two, two].map((queue) => sendFrame(queue));
    const signal: ClientFrame = { kind: 'sig', sid: one.sid, payload: randomBytes(9) };
    const given = await Promise.all([...frames, signal].map((frame) => client.request(frame)));
    expect(given.map(said)).toEqual(['ok-stored', 'ok-stored', 'ok-stored', 'RATE', 'ok-stored', 'RATE', 'RATE']);
    for (const refused of given.filter((answer) => said(answer) === 'RATE'))
      expect(refused).toMatchObject({ retryMs: expect.toSatisfy((ms: number) => ms > 0 && ms <= 1000) });
    await expect.poll(async () => said(await client.request(frames[3] ?? signal)), { timeout: 5000, interval: 200 }).toBe('ok-stored');
  });

  test('into a queue with as many messages or bytes as it may hold is refused until some are gone', async () => {
    const relay = await relayWith(`queueMessages=3,queueBytes=${2 * 16_384}`);
    const client = await RelayClient.connect(relay.url);
    const [counted, weighed] = [await client.createQueue(), await client.createQueue()];
    for (const queue of [counted, weighed]) await client.openWriting(queue);
    expect(await answers(client, 4, () => sendFrame(counted))).toEqual(['ok-stored', 'ok-stored', 'ok-stored', 'QUOTA']);
    const large = () => sendFrame(weighed, { cell: randomBytes(16_384) });
    const first = large();
    expect([said(await client.request(first)), ...(await answers(client, 2, large))]).toEqual(['ok-stored', 'ok-stored', 'QUOTA']);
    await client.expect({ kind: 'del', queueId: weighed.sid, messageId: first.messageId }, 'ok-deleted');
    expect(await answers(client, 2, large)).toEqual(['ok-stored', 'QUOTA']);
  });
});

describe('everything else an address or a connection may ask for', () => {
  const invite = (): ClientFrame => {
    return { kind: 'inv-put', inviteId: randomBytes(16), ownerKey: newKeyPair().publicKey, ttlSeconds: 0, sealed: randomBytes(9) };
  };
  const take = (): ClientFrame => ({ kind: 'pre-take', boxId: randomBytes(16) });
  const proof = (): ClientFrame => ({ kind: 'open', proofs: [{ sid: randomBytes(24), signature: randomBytes(64) }] });

  test('has its own budget: invites, boxes, takes, knocks, proofs', async () => {
    const limits = 'newInvitesBurst=2,boxPutsBurst=2,takesBurst=2,knocksBurst=2,missingDoorBits=4,proofsPerConnectionBurst=2,';
    const relay = await relayWith(`${limits}newInvitesPerHour=1,boxPutsPerHour=1,takesPerHour=1,knocksPerHour=1,proofsPerConnection=1`);
    const client = await RelayClient.connect(relay.url);
    expect(await answers(client, 3, invite)).toEqual(['ok', 'ok', 'RATE']);
    const put = (): ClientFrame => {
      const [owner, boxId] = [newKeyPair(), randomBytes(16)];
      const filling = { revision: 1, isReplacement: false, lastResort: randomBytes(2048), oneTimes: [] };
      return { kind: 'pre-put', boxId, ownerKey: owner.publicKey, signature: client.signBox(boxId, 1, owner), ...filling };
    };
    expect(await answers(client, 3, put)).toEqual(['ok-box', 'ok-box', 'RATE']);
    expect(await answers(client, 3, take)).toEqual(['GONE', 'GONE', 'RATE']);
    // All at once: a second later there is room for another.
    const proofs = await Promise.all([proof(), proof(), proof()].map((frame) => client.request(frame)));
    expect(proofs.map(said)).toEqual(['ok-proofs', 'ok-proofs', 'RATE']);
    const knocks: string[] = [];
    for (let count = 0; count < 3; count++) {
      const message = { messageId: randomBytes(16), ttlSeconds: 0, cell: randomBytes(4096), work: NO_WORK };
      const knock = await client.pay({ kind: 'knock' as const, sid: randomBytes(24), ...message }, 4);
      knocks.push(said(await client.request(knock)));
    }
    expect(knocks).toEqual(['GONE', 'GONE', 'RATE']);
  });

  test('is no more looks at its work a second than the relay has time for, paid or not', async () => {
    const relay = await relayWith('worksPerConnectionBurst=3,worksPerConnection=1,newQueuesBurst=1,missingDoorBits=4,newWorkBits=4');
    const client = await RelayClient.connect(relay.url);
    const message = { messageId: randomBytes(16), ttlSeconds: 0, cell: randomBytes(4096), work: NO_WORK };
    const knock = { kind: 'knock' as const, sid: randomBytes(24), ...message };
    await client.expect(newFrame(), 'ok-queue');
    const unpaid = [knock, knock, newFrame(), newFrame()].map((frame) => client.unpaid(frame));
    const frames = [...unpaid, await client.pay(knock, 4)];
    const given = await Promise.all(frames.map((frame) => client.request(frame)));
    expect(given.map(said)).toEqual(['POW', 'POW', 'POW', 'RATE', 'RATE']);
  });

  test('is no more than its frames a second, malformed ones included', async () => {
    const relay = await relayWith('framesPerConnectionBurst=5,framesPerConnection=1');
    const client = await RelayClient.connect(relay.url);
    const pings = Array.from({ length: 8 }, () => client.request({ kind: 'ping' }));
    const given = await Promise.all([...pings, client.requestRaw(Uint8Array.of(0x7f, 0, 0, 16, 1), 4097)]);
    expect(given.map(said)).toEqual([...Array(5).fill('pong'), ...Array(4).fill('RATE')]);
  });
});

describe('a reader that takes nothing', () => {
  test('is closed at once when more waits in memory than may', async () => {
    // One turn of deliveries goes beyond both; the stall alone would take half a minute.
    const relay = await relayWith('bufferPauseBytes=500000,bufferCloseBytes=500000,sendsPerQueueBurst=1000,sendsPerConnectionBurst=1000');
    const client = await RelayClient.connect(relay.url);
    const queues = await Promise.all(Array.from({ length: 8 }, () => client.createQueue()));
    for (const queue of queues) {
      await client.openWriting(queue);
      const cells = Array.from({ length: 60 }, () => sendFrame(queue, { cell: new Uint8Array(16_384) }));
      await Promise.all(cells.map((frame) => client.expect(frame, 'ok-stored')));
    }
    const slow = await RelayClient.connect(relay.url);
    await slow.expect({ kind: 'sub', proofs: queues.map(({ rid, reader }) => slow.subProof(rid, reader)) }, 'ok-proofs');
    slow.socket.pause();
    await expect.poll(() => relay.logs(), { timeout: 10_000, interval: 20 }).toContain('"event":"closing","code":"1013"');
    expect(said(await client.request({ kind: 'ping' }))).toBe('pong');
  });
});
