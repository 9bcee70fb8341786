import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../../lib/protocol/bytes';
import { type ClientFrame, NO_WORK, type PaidFrame } from '../../../lib/protocol/relay';
import { type KeyPair, newFrame, newKeyPair, RelayClient, type RelayProcess, randomBytes, startRelay } from '../../support/relay';

const DOOR_BITS = 12;
/** Of doors that are not there. */
const MISSING_BITS = 6;

let relay: RelayProcess;
beforeAll(async () => {
  relay = await startRelay({
    env: { LIMITS: `newQueuesBurst=1000,connectionsPerAddress=200,knocksBurst=1000,doorMessages=5,missingDoorBits=${MISSING_BITS}` },
  });
});
afterAll(() => relay.stop());

interface Door {
  readonly rid: Uint8Array<ArrayBuffer>;
  readonly sid: Uint8Array<ArrayBuffer>;
  readonly reader: KeyPair;
  readonly doorbell: KeyPair;
}

function connect(): Promise<RelayClient> {
  return RelayClient.connect(relay.url);
}

async function openDoor(owner: RelayClient): Promise<Door> {
  const [reader, doorbell] = [newKeyPair(), newKeyPair()];
  const wish = newFrame({ readerKey: reader.publicKey, doorbellKey: doorbell.publicKey, doorBits: DOOR_BITS });
  const { rid, sid } = await owner.expect(wish, 'ok-queue');
  return { rid, sid, reader, doorbell };
}

type Knock = Extract<ClientFrame, { kind: 'knock' }>;

function knockAt({ sid }: Pick<Door, 'sid'>): Knock {
  return { kind: 'knock', sid, messageId: randomBytes(16), ttlSeconds: 0, cell: randomBytes(4096), work: NO_WORK };
}

/** Once more with the work it was asked for, as a client does. */
async function paid<Frame extends PaidFrame>(client: RelayClient, frame: Frame): Promise<Frame> {
  const asked = await client.expect(client.unpaid(frame), 'err');
  if (asked.code !== 'POW') throw new Error(`answered ${asked.code}`);
  return client.pay(frame, asked.workBits);
}

async function read(owner: RelayClient, door: Door): Promise<void> {
  await owner.expect({ kind: 'sub', proofs: [owner.subProof(door.rid, door.reader)] }, 'ok-proofs');
  await owner.next('end');
}

describe('a door', () => {
  test("takes a stranger's cell for the owner's price, rings, and is read and acknowledged like a queue", async () => {
    const [owner, bell, stranger] = [await connect(), await connect(), await connect()];
    const door = await openDoor(owner);
    await bell.expect({ kind: 'sub', proofs: [bell.subProof(door.rid, door.doorbell, { role: 'doorbell' })] }, 'ok-proofs');
    const knock = stranger.unpaid(knockAt(door));
    expect(await stranger.request(knock)).toEqual({ kind: 'err', code: 'POW', workBits: DOOR_BITS });
    const withWork = await stranger.pay(knock, DOOR_BITS);
    expect(await stranger.request(withWork)).toEqual({ kind: 'ok-stored', expiresInSeconds: 604_800 });
    await bell.next('bell');
    await owner.expect({ kind: 'sub', proofs: [owner.subProof(door.rid, door.reader)] }, 'ok-proofs');
    const { messageId, cell } = await owner.next('msg');
    expect([toHex(messageId), toHex(cell)]).toEqual([toHex(knock.messageId), toHex(knock.cell)]);
    await owner.expect({ kind: 'ack', rid: door.rid, messageId }, 'ok');
  });

  test('is nobody else’s to write to: it has no writer, and its id reads nothing', async () => {
    const [owner, stranger] = [await connect(), await connect()];
    const door = await openDoor(owner);
    const writer = newKeyPair();
    expect(await stranger.request({ kind: 'key', sid: door.sid, writerKey: writer.publicKey })).toMatchObject({ code: 'AUTH' });
    const open: ClientFrame = { kind: 'open', proofs: [stranger.openProof(door.sid, writer)] };
    expect(await stranger.request(open)).toEqual({ kind: 'ok-proofs', accepted: [false] });
    const send: ClientFrame = { kind: 'send', sid: door.sid, messageId: randomBytes(16), ttlSeconds: 0, cell: randomBytes(4096) };
    expect(await stranger.request(send)).toMatchObject({ code: 'AUTH' });
    expect(await stranger.request({ kind: 'close', rid: door.sid })).toMatchObject({ code: 'AUTH' });
  });

  test('holds no more than its number of cells, and takes again when one was read', async () => {
    const [owner, stranger] = [await connect(), await connect()];
    const door = await openDoor(owner);
    for (let count = 0; count < 5; count++) await stranger.expect(await paid(stranger, knockAt(door)), 'ok-stored');
    const sixth = await paid(stranger, knockAt(door));
    expect(await stranger.request(sixth)).toMatchObject({ code: 'QUOTA' });
    await read(owner, door);
    const [first] = owner.pending('msg');
    await owner.expect({ kind: 'ack', rid: door.rid, messageId: first?.messageId ?? randomBytes(16) }, 'ok');
    await stranger.expect(await paid(stranger, knockAt(door)), 'ok-stored');
  });

  test('is as it was made when it is made again, and another price is refused', async () => {
    const owner = await connect();
    const wish = newFrame({ doorBits: DOOR_BITS });
    const first = await owner.expect(wish, 'ok-queue');
    expect(await owner.request(wish)).toEqual(first);
    expect(await owner.request({ ...wish, doorBits: 0 })).toMatchObject({ code: 'TAKEN' });
  });
});

describe('work for a knock', () => {
  test('is worth nothing for another cell, on another connection, or a second time', async () => {
    const [owner, stranger, elsewhere] = [await connect(), await connect(), await connect()];
    const door = await openDoor(owner);
    const knock = await paid(stranger, knockAt(door));
    const demand = { kind: 'err', code: 'POW', workBits: DOOR_BITS };
    // One in 2^12 other cells would have that much work by chance: enough of them are shown that it is the rule.
    const others = Array.from({ length: 8 }, () => ({ ...knock, cell: randomBytes(4096) }));
    const refused = await Promise.all(others.map((other) => stranger.request(other)));
    expect(refused.filter((answer) => JSON.stringify(answer) === JSON.stringify(demand)).length).toBeGreaterThanOrEqual(7);
    const recorded = [knock, await paid(stranger, knockAt(door))];
    const moved = await Promise.all(recorded.map((frame) => elsewhere.request(frame)));
    expect(moved).toContainEqual(demand);
    await stranger.expect(knock, 'ok-stored');
    await read(owner, door);
    const [message] = owner.pending('msg');
    await owner.expect({ kind: 'ack', rid: door.rid, messageId: message?.messageId ?? randomBytes(16) }, 'ok');
    expect(await stranger.request(knock)).toEqual(demand);
    await stranger.expect(await stranger.pay(knock, DOOR_BITS), 'ok-stored');
  });
});

describe('a closed door', () => {
  test('is like one that never was and like a queue, down to the price, and its owner opens another', async () => {
    const [owner, stranger] = [await connect(), await connect()];
    const door = await openDoor(owner);
    await stranger.expect(await paid(stranger, knockAt(door)), 'ok-stored');
    expect(await owner.request({ kind: 'close', rid: door.rid })).toMatchObject({ code: 'AUTH' });
    await read(owner, door);
    expect(await owner.request({ kind: 'close', rid: door.rid })).toEqual({ kind: 'ok' });
    const queue = await owner.createQueue();
    for (const sid of [door.sid, randomBytes(24), queue.sid]) {
      const knock = stranger.unpaid(knockAt({ sid }));
      expect(await stranger.request(knock)).toEqual({ kind: 'err', code: 'POW', workBits: MISSING_BITS });
      expect(await stranger.request(await stranger.pay(knock, MISSING_BITS))).toEqual({ kind: 'err', code: 'GONE', retryMs: 0 });
    }
    const proofs = [owner.subProof(door.rid, door.reader)];
    expect(await owner.request({ kind: 'sub', proofs })).toEqual({ kind: 'ok-proofs', accepted: [false] });
    const rotated = await openDoor(owner);
    await stranger.expect(await paid(stranger, knockAt(rotated)), 'ok-stored');
  });

  test('and a closed queue is closed for its writer too, who can write into no later one', async () => {
    const [owner, writer] = [await connect(), await connect()];
    const queue = await owner.createQueue();
    await owner.subscribe(queue);
    await writer.openWriting(queue);
    const send = (): ClientFrame => ({ kind: 'send', sid: queue.sid, messageId: randomBytes(16), ttlSeconds: 0, cell: randomBytes(4096) });
    await writer.expect(send(), 'ok-stored');
    await owner.expect({ kind: 'close', rid: queue.rid }, 'ok');
    const later = await owner.createQueue();
    expect(await writer.request(send())).toEqual({ kind: 'err', code: 'AUTH', retryMs: 0 });
    await owner.subscribe(later);
    await owner.next('end', ({ rid }) => toHex(rid) === toHex(later.rid));
    expect(owner.pending('msg').filter(({ rid }) => toHex(rid) === toHex(later.rid))).toEqual([]);
  });
});
