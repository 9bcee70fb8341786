/** What every engine of the store must do. An engine passes by being opened in a directory of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Bytes } from '../../../lib/protocol/bytes';
import type { NewMessage, QueueNumber, Store } from '../../../server/store/store';

const QUOTA = { messages: 1000, bytes: 8 * 1024 * 1024 };
const NOW = 1_000_000;

function fill(size: number, value: number): Bytes {
  return new Uint8Array(size).fill(value);
}

export function storeFacts(name: string, open: (directory: string) => Store): void {
  describe(`the ${name} store`, () => {
    let directory: string;
    let store: Store;

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'tincan-store-'));
      store = open(directory);
    });
    afterEach(async () => {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    });

    const wish = (value: number) => ({
      newId: fill(16, value),
      readerKey: fill(32, value),
      doorbellKey: fill(32, value),
      rid: fill(24, value),
      sid: fill(24, value + 100),
      doorBits: 0,
      tokenHash: null,
    });
    const makeQueue = async (value: number): Promise<QueueNumber> => {
      await store.createQueue(wish(value));
      return (await store.queueByRid(fill(24, value)))?.number as QueueNumber;
    };
    const message = (queue: QueueNumber, value: number, fields: Partial<NewMessage> = {}): NewMessage => ({
      queue,
      messageId: fill(16, value),
      cell: fill(4096, value),
      nowMs: NOW,
      expiresAtMs: NOW + 1000,
      ...fields,
    });
    const waitingIds = async (queue: QueueNumber, nowMs = NOW, after = 0) =>
      (await store.waiting({ queue, after, limit: 100, nowMs })).map(({ messageId }) => messageId[0]);

    test('a queue made twice is one queue, with the ids of the first', async () => {
      await store.createQueue(wish(1));
      const again = await store.createQueue({ ...wish(1), rid: fill(24, 50), sid: fill(24, 51) });
      expect(again).toMatchObject({ rid: fill(24, 1), sid: fill(24, 101) });
      expect(await store.queueByRid(fill(24, 50))).toBeNull();
      expect((await store.queueBySid(fill(24, 101)))?.rid).toEqual(fill(24, 1));
    });

    test('a door has no writer, and is a door when it is made again', async () => {
      await store.createQueue({ ...wish(1), doorBits: 18 });
      expect(await store.createQueue({ ...wish(1), doorBits: 20 })).toMatchObject({ doorBits: 18 });
      expect(await store.registerWriter(fill(24, 101), fill(32, 8))).toBeNull();
      expect(await store.queueBySid(fill(24, 101))).toMatchObject({ doorBits: 18, writerKey: null });
    });

    test('a token makes one queue, the same again as often as asked, and is used up by no refusal', async () => {
      const [token, other] = [fill(32, 1), fill(32, 2)];
      expect(await store.createQueue({ ...wish(1), tokenHash: token })).toBeNull();
      expect(await store.queueByRid(fill(24, 1))).toBeNull();
      await store.addToken(token);
      const [first, second] = await Promise.all([1, 2].map((value) => store.createQueue({ ...wish(value), tokenHash: token })));
      expect([first?.rid, second]).toEqual([fill(24, 1), null]);
      expect(await store.createQueue({ ...wish(1), rid: fill(24, 50), tokenHash: token })).toMatchObject({ rid: fill(24, 1) });
      await store.addToken(other);
      expect(await store.createQueue({ ...wish(1), tokenHash: other })).toMatchObject({ rid: fill(24, 1) });
      expect(await store.createQueue({ ...wish(3), tokenHash: other })).toMatchObject({ rid: fill(24, 3) });
    });

    test('a removed queue is gone with its messages and its token, and its number is never given again', async () => {
      await store.addToken(fill(32, 1));
      await store.createQueue({ ...wish(1), tokenHash: fill(32, 1) });
      const number = (await store.queueByRid(fill(24, 1)))?.number as QueueNumber;
      await store.append(message(number, 5), QUOTA);
      await store.removeQueue(number);
      expect(await store.queueByRid(fill(24, 1))).toBeNull();
      expect(await waitingIds(number)).toEqual([]);
      expect(await store.append(message(number, 6), QUOTA)).toEqual({ kind: 'no-queue' });
      expect(await store.createQueue({ ...wish(2), tokenHash: fill(32, 1) })).toBeNull();
      expect(await makeQueue(3)).toBeGreaterThan(number);
    });

    test('queues are idle by days of running time without a reader, and removed with what waits', async () => {
      const DAY = 86_400_000;
      const [one, two] = [await makeQueue(1), await makeQueue(2)];
      await store.append(message(one, 5), QUOTA);
      // The first note of a process only says where its time begins.
      for (const nowMs of [NOW, NOW + 10 * DAY]) await store.noteTime(nowMs);
      await store.noteReader(two);
      await store.close();
      store = open(directory);
      await store.noteTime(NOW + 5000 * DAY);
      await store.noteTime(NOW + 5003 * DAY);
      const idleDays = async () =>
        (await Promise.all([1, 2].map((value) => store.queueByRid(fill(24, value))))).map((queue) => queue?.idleDays);
      expect(await idleDays()).toEqual([13, 3]);
      expect(await store.removeIdleQueues(14, 10)).toBe(0);
      expect(await store.removeIdleQueues(3, 1)).toBe(1);
      expect(await idleDays()).toEqual([undefined, 3]);
      expect(await waitingIds(one)).toEqual([]);
      expect(await store.removeIdleQueues(3, 10)).toBe(1);
    });

    test("a writer's key is registered once", async () => {
      await makeQueue(1);
      expect(await store.registerWriter(fill(24, 101), fill(32, 8))).toEqual(fill(32, 8));
      expect(await store.registerWriter(fill(24, 101), fill(32, 9))).toEqual(fill(32, 8));
      expect((await store.queueByRid(fill(24, 1)))?.writerKey).toEqual(fill(32, 8));
      expect(await store.registerWriter(fill(24, 77), fill(32, 9))).toBeNull();
    });

    test('messages wait in the order they were asked for, each queue by itself', async () => {
      const [one, two] = [await makeQueue(1), await makeQueue(2)];
      await Promise.all(
        [5, 3, 9].flatMap((value) => [store.append(message(one, value), QUOTA), store.append(message(two, value + 1), QUOTA)]),
      );
      expect(await waitingIds(one)).toEqual([5, 3, 9]);
      expect(await waitingIds(two)).toEqual([6, 4, 10]);
      const [first] = await store.waiting({ queue: one, after: 0, limit: 1, nowMs: NOW });
      expect(first?.cell).toEqual(fill(4096, 5));
      expect(await waitingIds(one, NOW, first?.sequence)).toEqual([3, 9]);
    });

    test('a message id waits once per queue and the first one stands', async () => {
      const [one, two] = [await makeQueue(1), await makeQueue(2)];
      const first = await store.append(message(one, 5), QUOTA);
      const again = await store.append(message(one, 5, { cell: fill(4096, 6), expiresAtMs: NOW + 9000 }), QUOTA);
      expect(first).toEqual({ kind: 'stored', expiresAtMs: NOW + 1000, isNew: true, sequence: expect.any(Number) });
      expect(again).toEqual({ kind: 'stored', expiresAtMs: NOW + 1000, isNew: false });
      expect(await store.append(message(two, 5), QUOTA)).toMatchObject({ isNew: true });
      const waiting = await store.waiting({ queue: one, after: 0, limit: 9, nowMs: NOW });
      expect(waiting.map(({ cell }) => cell[0])).toEqual([5]);
    });

    test('an expired message is not handed out, and its id may be used again', async () => {
      const one = await makeQueue(1);
      await store.append(message(one, 5), QUOTA);
      expect(await waitingIds(one, NOW + 1000)).toEqual([]);
      expect(await store.newest(one, NOW + 1000)).toBe(0);
      const again = await store.append(message(one, 5, { nowMs: NOW + 1000, expiresAtMs: NOW + 3000 }), QUOTA);
      expect(again).toMatchObject({ isNew: true });
      expect(await waitingIds(one, NOW + 1000)).toEqual([5]);
    });

    test('a message is removed once, and a later one never gets its place', async () => {
      const one = await makeQueue(1);
      await store.append(message(one, 5), QUOTA);
      const place = await store.newest(one, NOW);
      expect(await store.removeMessage(one, fill(16, 5))).toBeGreaterThan(0);
      expect(await store.removeMessage(one, fill(16, 5))).toBeNull();
      await store.append(message(one, 6), QUOTA);
      expect(await store.newest(one, NOW)).toBeGreaterThan(place);
    });

    test('a full queue refuses by count and by bytes, and takes again after a removal', async () => {
      const one = await makeQueue(1);
      await store.append(message(one, 1), QUOTA);
      expect(await store.append(message(one, 2), { messages: 1, bytes: 1e9 })).toEqual({ kind: 'over-quota' });
      expect(await store.append(message(one, 2), { messages: 9, bytes: 8191 })).toEqual({ kind: 'over-quota' });
      expect(await store.append(message(one, 2), { messages: 9, bytes: 8192 })).toMatchObject({ kind: 'stored' });
      await store.removeMessage(one, fill(16, 1));
      expect(await store.append(message(one, 3), { messages: 9, bytes: 8192 })).toMatchObject({ kind: 'stored' });
    });

    test('sweeping takes what has expired, in portions, and frees its quota', async () => {
      const one = await makeQueue(1);
      for (const value of [1, 2, 3]) await store.append(message(one, value, { expiresAtMs: NOW + value }), QUOTA);
      expect(await store.sweep(NOW + 2, 1)).toBe(1);
      expect(await store.sweep(NOW + 2, 10)).toBe(1);
      expect(await store.sweep(NOW + 2, 10)).toBe(0);
      expect(await waitingIds(one)).toEqual([3]);
      expect(await store.append(message(one, 4), { messages: 2, bytes: 1e9 })).toMatchObject({ kind: 'stored' });
    });

    const invite = { inviteId: fill(16, 1), ownerKey: fill(32, 2), sealed: fill(100, 3), nowMs: NOW, expiresAtMs: NOW + 1000 };
    const take = (takerKey: Bytes, nowMs = NOW) => store.takeInvite({ inviteId: invite.inviteId, takerKey, nowMs });

    test('an invite goes to its first taker, again and again, and to nobody else', async () => {
      expect(await store.putInvite(invite)).toBe(true);
      const takes = await Promise.all([10, 11, 12].map((value) => take(fill(32, value))));
      expect(takes).toEqual([fill(100, 3), null, null]);
      expect(await take(fill(32, 10))).toEqual(fill(100, 3));
    });

    test("an invite put twice stands as it was first put; another owner's is refused", async () => {
      await store.putInvite(invite);
      expect(await store.putInvite({ ...invite, sealed: fill(100, 4) })).toBe(true);
      expect(await store.putInvite({ ...invite, ownerKey: fill(32, 9) })).toBe(false);
      expect(await take(fill(32, 10))).toEqual(fill(100, 3));
    });

    test('an invite that is expired, withdrawn or unknown is gone alike', async () => {
      expect(await take(fill(32, 10))).toBeNull();
      await store.putInvite(invite);
      expect(await take(fill(32, 10), NOW + 1000)).toBeNull();
      expect(await store.inviteOwner(invite.inviteId, NOW)).toEqual(invite.ownerKey);
      expect(await store.inviteOwner(invite.inviteId, NOW + 1000)).toBeNull();
      await store.removeInvite(invite.inviteId);
      expect(await take(fill(32, 10))).toBeNull();
    });

    const box = {
      boxId: fill(16, 4),
      ownerKey: fill(32, 5),
      revision: 1,
      isReplacement: false,
      lastResort: fill(2048, 9),
      oneTimes: [fill(2048, 1), fill(2048, 2)],
      nowMs: NOW,
      expiresAtMs: NOW + 1000,
    };

    test('a bundle is given once, however many ask at once; then the last resort, again and again', async () => {
      expect(await store.putBox(box, 10)).toEqual({ kind: 'box', revision: 1, left: 2 });
      const takes = await Promise.all([1, 2, 3, 4].map(() => store.takeBundle(box.boxId, NOW)));
      expect(takes).toEqual([fill(2048, 1), fill(2048, 2), fill(2048, 9), fill(2048, 9)]);
    });

    test('a put said twice adds nothing, so that no bundle is given again after it was taken', async () => {
      await store.putBox(box, 10);
      await store.takeBundle(box.boxId, NOW);
      expect(await store.putBox(box, 10)).toEqual({ kind: 'box', revision: 1, left: 1 });
      expect(await store.putBox({ ...box, revision: 2, oneTimes: [fill(2048, 3)] }, 10)).toEqual({ kind: 'box', revision: 2, left: 2 });
      expect(await store.putBox({ ...box, revision: 1, isReplacement: true }, 10)).toEqual({ kind: 'box', revision: 2, left: 2 });
      const replaced = { ...box, revision: 3, isReplacement: true, lastResort: fill(2048, 8), oneTimes: [fill(2048, 4)] };
      expect(await store.putBox(replaced, 10)).toEqual({ kind: 'box', revision: 3, left: 1 });
      expect([await store.takeBundle(box.boxId, NOW), await store.takeBundle(box.boxId, NOW)]).toEqual([fill(2048, 4), fill(2048, 8)]);
    });

    test("a box is its first owner's, takes no more than its quota, and is gone when expired, removed or unknown", async () => {
      expect(await store.takeBundle(box.boxId, NOW)).toBeNull();
      await store.putBox(box, 10);
      expect(await store.putBox({ ...box, revision: 2, ownerKey: fill(32, 6) }, 10)).toEqual({ kind: 'taken' });
      expect(await store.putBox({ ...box, revision: 2 }, 3)).toEqual({ kind: 'over-quota' });
      expect(await store.boxOwner(box.boxId, NOW)).toEqual(box.ownerKey);
      expect(await store.takeBundle(box.boxId, NOW + 1000)).toBeNull();
      expect(await store.sweep(NOW + 1000, 10)).toBe(1);
      expect(await store.putBox({ ...box, ownerKey: fill(32, 6) }, 10)).toMatchObject({ kind: 'box', left: 2 });
      await store.removeBox(box.boxId);
      expect(await store.boxOwner(box.boxId, NOW)).toBeNull();
    });

    test('the latest time only rises', async () => {
      await store.noteTime(NOW);
      await store.noteTime(NOW - 500);
      expect(await store.latestTime()).toBe(NOW);
    });

    test('what was promised is there after closing and opening', async () => {
      const one = await makeQueue(1);
      await store.append(message(one, 5), QUOTA);
      await store.noteTime(NOW);
      await store.close();
      store = open(directory);
      expect(await waitingIds(one)).toEqual([5]);
      expect(await store.latestTime()).toBe(NOW);
    });

    test('closing waits for what was asked before', async () => {
      const one = await makeQueue(1);
      const appended = store.append(message(one, 5), QUOTA);
      await store.close();
      expect(await appended).toMatchObject({ kind: 'stored' });
      store = open(directory);
    });
  });
}
