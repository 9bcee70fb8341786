import { expect, test } from 'vitest';
import { RecentMessages } from '../../../server/store/recent';

const message = (sequence: number, size = 100) => ({
  sequence,
  messageId: new Uint8Array(16).fill(sequence),
  storedAtMs: 0,
  expiresAtMs: 1000,
  cell: new Uint8Array(size).fill(sequence),
});
const range = (queue: number, after: number) => ({ queue, after, limit: 10, nowMs: 0 });
const sequences = (recent: RecentMessages, queue: number, after: number) =>
  recent.waiting(range(queue, after))?.map(({ sequence }) => sequence) ?? null;

test('a reader up to date is served from memory, one further back by the database', () => {
  const recent = new RecentMessages();
  recent.add(1, message(7));
  recent.add(1, message(9));
  expect(sequences(recent, 1, 6)).toEqual([7, 9]);
  expect(sequences(recent, 1, 8)).toEqual([9]);
  expect(sequences(recent, 1, 9)).toEqual([]);
  expect(sequences(recent, 1, 5)).toBeNull();
  expect(sequences(recent, 2, 9)).toBeNull();
});

test('memory is bounded: the queue written longest ago is forgotten first, a long one keeps its end', () => {
  const recent = new RecentMessages({ queues: 3, bytes: 1000, perQueue: 4 });
  for (const queue of [1, 2, 3]) recent.add(queue, message(queue));
  recent.add(1, message(4));
  recent.add(4, message(5));
  expect(sequences(recent, 2, 1)).toBeNull();
  expect(sequences(recent, 1, 0)).toEqual([1, 4]);
  for (const sequence of [6, 7, 8]) recent.add(1, message(sequence));
  expect(sequences(recent, 1, 0)).toBeNull();
  expect(sequences(recent, 1, 1)).toEqual([4, 6, 7, 8]);
  recent.add(5, message(9, 800));
  expect(recent.bytes).toBeLessThanOrEqual(1000);
  expect(sequences(recent, 5, 8)).toEqual([9]);
});
