/** What every engine of the store must keep when much is asked of it at once, and how it counts. Beside store-facts.ts. */
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

/** Room for more than 256 of them. */
function numbered(size: number, value: number): Bytes {
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function numberIn(bytes: Bytes): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

export function busyStoreFacts(name: string, open: (directory: string) => Store): void {
  describe(`the ${name} store, busy`, () => {
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
      ...{ newId: fill(16, value), readerKey: fill(32, value), doorbellKey: fill(32, value) },
      ...{ rid: fill(24, value), sid: fill(24, value + 100), doorBits: 0, tokenHash: null },
    });
    const makeQueue = async (value: number): Promise<QueueNumber> => {
      await store.createQueue(wish(value));
      return (await store.queueByRid(fill(24, value)))?.number as QueueNumber;
    };
    const message = (queue: QueueNumber, value: number, fields: Partial<NewMessage> = {}): NewMessage => ({
      queue,
      messageId: numbered(16, value),
      cell: fill(4096, value % 256),
      nowMs: NOW,
      expiresAtMs: NOW + 1000,
      ...fields,
    });
    /** As a reader does: page by page. */
    const readAll = async (queue: QueueNumber, nowMs = NOW) => {
      const found: { readonly sequence: number; readonly value: number }[] = [];
      for (;;) {
        const page = await store.waiting({ queue, after: found.at(-1)?.sequence ?? 0, limit: 7, nowMs });
        found.push(...page.map(({ sequence, messageId }) => ({ sequence, value: numberIn(messageId) })));
        if (page.length < 7) return found;
      }
    };

    test('of three writers at once each has its messages in the order it asked, and a reader who pages along misses none', async () => {
      const queue = await makeQueue(1);
      const seen: number[] = [];
      const write = async (writer: number) => {
        for (let at = 0; at < 40; at++) {
          // Some together, some one by one: in one transaction and in several.
          const appended = store.append(message(queue, writer * 1000 + at), QUOTA);
          if (at % 3 === 0) await appended;
        }
      };
      const read = async () => {
        for (let after = 0; seen.length < 120; ) {
          for (const { sequence, messageId } of await store.waiting({ queue, after, limit: 5, nowMs: NOW })) {
            expect(sequence).toBeGreaterThan(after);
            after = sequence;
            seen.push(numberIn(messageId));
          }
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      await Promise.all([read(), ...[1, 2, 3].map(write)]);
      expect(await readAll(queue)).toEqual(seen.map((value) => ({ sequence: expect.any(Number), value })));
      for (const writer of [1, 2, 3]) {
        const own = seen.filter((value) => Math.floor(value / 1000) === writer);
        expect(own).toEqual(Array.from({ length: 40 }, (_, at) => writer * 1000 + at));
      }
    });

    test('reading sees what was promised, at once', async () => {
      const queue = await makeQueue(1);
      for (let value = 1; value <= 20; value++) {
        await store.append(message(queue, value), QUOTA);
        const { sequence } = (await readAll(queue)).at(-1) ?? {};
        expect(await store.newest(queue, NOW)).toBe(sequence);
      }
      expect(await readAll(queue)).toHaveLength(20);
    });

    test('the same asked ten times at once happens once', async () => {
      const ten = <Result>(ask: (at: number) => Promise<Result>) => Promise.all(Array.from({ length: 10 }, (_, at) => ask(at)));
      const queues = await ten((at) => store.createQueue({ ...wish(1), rid: fill(24, 10 + at), sid: fill(24, 30 + at) }));
      expect(new Set(queues.map((queue) => queue?.rid[0])).size).toBe(1);
      const { rid, sid } = queues[0] ?? wish(0);
      const keys = await ten((at) => store.registerWriter(sid, fill(32, at)));
      expect(new Set(keys.map((key) => key?.[0])).size).toBe(1);
      const { number: queue } = (await store.queueByRid(rid)) ?? { number: 0 };
      const appended = await ten((at) => store.append(message(queue, 5, { cell: fill(4096, at) }), QUOTA));
      expect(appended.filter((answer) => answer.kind === 'stored' && answer.isNew)).toHaveLength(1);
      const removed = await ten(() => store.removeMessage(queue, numbered(16, 5)));
      expect(removed.filter(Boolean)).toHaveLength(1);
      const invite = { inviteId: fill(16, 1), sealed: fill(9, 1), nowMs: NOW, expiresAtMs: NOW + 9 };
      const mine = await ten((at) => store.putInvite({ ...invite, ownerKey: fill(32, at) }));
      expect(mine.filter(Boolean)).toHaveLength(1);
    });

    test('one wish by two readers makes two queues', async () => {
      await store.createQueue(wish(1));
      const other = await store.createQueue({ ...wish(2), newId: wish(1).newId });
      expect(other).toMatchObject({ rid: fill(24, 2) });
    });

    test('twenty at once into a quota of five are five, and another queue has its own', async () => {
      const [one, two] = [await makeQueue(1), await makeQueue(2)];
      const quota = { messages: 5, bytes: 1e9 };
      const answers = await Promise.all(Array.from({ length: 20 }, (_, value) => store.append(message(one, value), quota)));
      expect(answers.filter(({ kind }) => kind === 'stored')).toHaveLength(5);
      expect((await readAll(one)).map(({ value }) => value)).toEqual([0, 1, 2, 3, 4]);
      expect(await store.append(message(two, 1), quota)).toMatchObject({ kind: 'stored' });
      expect(await store.append(message(one, 3), quota)).toMatchObject({ kind: 'stored', isNew: false });
    });

    test('the totals count what waits, through every way to come and to go', async () => {
      const [one, two] = [await makeQueue(1), await makeQueue(2)];
      const waits = async () => {
        const { messages, bytes } = await store.waitingTotals();
        return [messages, bytes];
      };
      expect(await waits()).toEqual([0, 0]);
      await Promise.all([1, 2, 3].map((value) => store.append(message(one, value), QUOTA)));
      await store.append(message(two, 4, { cell: fill(16_384, 4), expiresAtMs: NOW + 5 }), QUOTA);
      await store.append(message(one, 1), QUOTA);
      await store.append(message(one, 5), { messages: 0, bytes: 0 });
      expect(await waits()).toEqual([4, 3 * 4096 + 16_384]);
      await store.removeMessage(one, numbered(16, 2));
      await store.removeMessage(one, numbered(16, 2));
      expect(await waits()).toEqual([3, 2 * 4096 + 16_384]);
      await store.append(message(two, 4, { nowMs: NOW + 5 }), QUOTA);
      expect(await waits()).toEqual([3, 3 * 4096]);
      await store.removeQueue(two);
      expect(await waits()).toEqual([2, 2 * 4096]);
      expect(await store.append(message(two, 9), QUOTA)).toEqual({ kind: 'no-queue' });
      await store.sweep(NOW + 1000, 100);
      expect(await waits()).toEqual([0, 0]);
      expect(await store.reusableBytes()).toBeGreaterThanOrEqual(0);
    });

    test('a sweep takes portions of messages, invites and boxes, whole boxes with their bundles, and leaves what has time', async () => {
      const queue = await makeQueue(1);
      for (let value = 1; value <= 4; value++) {
        const expiresAtMs = value < 4 ? NOW + value : NOW + 1000;
        await store.append(message(queue, value, { expiresAtMs }), QUOTA);
        await store.putInvite({ inviteId: fill(16, value), ownerKey: fill(32, 1), sealed: fill(9, 1), nowMs: NOW, expiresAtMs });
        const box = { boxId: fill(16, value), ownerKey: fill(32, 1), revision: 1, isReplacement: false };
        await store.putBox({ ...box, lastResort: fill(2048, 1), oneTimes: [fill(2048, 2), fill(2048, 3)], nowMs: NOW, expiresAtMs }, 9);
      }
      expect([await store.sweep(NOW + 3, 2), await store.sweep(NOW + 3, 2), await store.sweep(NOW + 3, 2)]).toEqual([6, 3, 0]);
      expect(await readAll(queue)).toMatchObject([{ value: 4 }]);
      expect(await store.inviteOwner(fill(16, 4), NOW)).toEqual(fill(32, 1));
      expect(await store.takeBundle(fill(16, 4), NOW)).toEqual(fill(2048, 2));
      const again = { boxId: fill(16, 1), ownerKey: fill(32, 9), revision: 1, isReplacement: false };
      const put = { ...again, lastResort: fill(2048, 7), oneTimes: [], nowMs: NOW, expiresAtMs: NOW + 1000 };
      expect(await store.putBox(put, 9)).toEqual({ kind: 'box', revision: 1, left: 0 });
      expect(await store.takeBundle(fill(16, 1), NOW)).toEqual(fill(2048, 7));
    });

    test('an invite whose time is over may be put by anybody', async () => {
      const invite = { inviteId: fill(16, 1), sealed: fill(9, 1), nowMs: NOW, expiresAtMs: NOW + 10 };
      await store.putInvite({ ...invite, ownerKey: fill(32, 1) });
      await store.takeInvite({ inviteId: invite.inviteId, takerKey: fill(32, 5), nowMs: NOW });
      const later = { ...invite, ownerKey: fill(32, 2), nowMs: NOW + 10, expiresAtMs: NOW + 20 };
      expect(await store.putInvite(later)).toBe(true);
      expect(await store.takeInvite({ inviteId: invite.inviteId, takerKey: fill(32, 6), nowMs: NOW + 10 })).toEqual(invite.sealed);
    });

    test('a flush waits for everything asked before it', async () => {
      const queue = await makeQueue(1);
      const order: string[] = [];
      for (const value of [1, 2, 3]) void store.append(message(queue, value), QUOTA).then(() => order.push('stored'));
      await store.flush();
      expect(await readAll(queue)).toHaveLength(3);
      await store.flush();
      expect(order).toEqual(['stored', 'stored', 'stored']);
    });
  });
}
