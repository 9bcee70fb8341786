/** What must hold between two people when it is calm: each message is there once or never, in its writer's order, and both sides say the same. */
import { expect } from 'vitest';
import { isOver, type MessageRecord } from '../../../lib/app/records';
import { type Delivery, hasArrived, isGivenUp } from '../../../lib/domain/delivery';
import type { Writer, Written } from './writer';

export interface Endings {
  arrived: number;
  takenBack: number;
  deleted: number;
  expired: number;
}

/** Of what `from` wrote. */
export async function judge(from: Writer, to: Writer, now: number): Promise<Endings> {
  const mine = new Map((await from.messages(true)).map((message) => [message.id, message]));
  const came = (await to.messages(false)).filter((message) => !isOver(message, now));
  const shown = new Map(came.map((message) => [message.id, message]));
  expect(shown.size, `what ${from.name} wrote is shown twice`).toBe(came.length);
  const order = from.written.map(({ id }) => id).filter((id) => shown.has(id));
  expect([...shown.keys()], `what ${from.name} wrote, in order`).toEqual(order);
  const endings: Endings = { arrived: 0, takenBack: 0, deleted: 0, expired: 0 };
  for (const written of from.written) endings[endingOf(written, mine.get(written.id), shown.get(written.id), now)] += 1;
  const odd = from.party.faults.filter((fault) => typeof (fault as { code?: unknown }).code !== 'string');
  expect(odd).toEqual([]);
  await judgeCounts(from, [...mine.values()]);
  return endings;
}

function endingOf(written: Written, message: MessageRecord | undefined, shown: MessageRecord | undefined, now: number): keyof Endings {
  const about = `${written.text} (${written.id}): ${JSON.stringify(message)} and ${JSON.stringify(shown)}`;
  if (!message || isOver(message, now)) {
    expect(written.expiry, `${about}: gone without a reason`).not.toBeNull();
    if (!message) expect(shown, `${about}: over, and shown`).toBeUndefined();
    return 'expired';
  }
  if (message.deleted || shown?.deleted) {
    expect([message.text, shown?.text ?? ''], `${about}: deleted, and there`).toEqual(['', '']);
    expect(message.deleted, `${about}: deleted by nobody`).not.toBeNull();
    return 'deleted';
  }
  const delivery = message.delivery as Delivery;
  judgeTimeline(written, delivery, about);
  if (isGivenUp(delivery)) {
    expect(shown, `${about}: given up, and shown`).toBeUndefined();
    if (delivery.outcome?.kind === 'expired') expect(message.text).toBe('');
    return delivery.outcome?.kind === 'expired' ? 'expired' : 'takenBack';
  }
  expect(hasArrived(delivery), `${about}: did not arrive`).toBe(true);
  if (written.expiry && !shown) return 'arrived';
  expect(shown?.text, about).toBe(message.text);
  expect(shown?.edited == null, `${about}: edited on one side`).toBe(message.edited == null);
  const [here, there] = [message.reactions, shown?.reactions];
  expect([here?.mine?.emoji, here?.theirs?.emoji], `${about}: reactions`).toEqual([there?.theirs?.emoji, there?.mine?.emoji]);
  return 'arrived';
}

function judgeTimeline({ isForDevice }: Written, delivery: Delivery, about: string): void {
  if (isForDevice) expect(delivery.heldAtMs ?? null, `${about}: was only for this device`).toBeNull();
  const times = [delivery.heldAtMs, delivery.deliveredAtMs, delivery.readAtMs].flatMap((atMs) => atMs ?? []);
  expect(
    times.toSorted((a, b) => a - b),
    about,
  ).toEqual(times);
  expect(delivery.takeBack ?? null, `${about}: still being taken back`).toBeNull();
}

/** Nothing is left of what is done, and every count is true. */
async function judgeCounts(from: Writer, mine: readonly MessageRecord[]): Promise<void> {
  const { store } = from.party;
  // What came there is done, but for what vanishes after a reading that has not been.
  const unread = mine
    .filter(({ delivery, expiry, deleted }) => delivery?.stage === 'delivered' && expiry?.base === 'read' && !deleted)
    .map(({ sequence }) => sequence);
  const unconfirmed = (await store.range(['unconfirmed', from.contactId])).map(([key]) => key[2]);
  expect(unconfirmed, `${from.name}’s unconfirmed`).toEqual(unread);
  for (const name of ['outbox', 'copy', 'withdrawal', 'receipt', 'said'])
    expect(await store.range([name, from.contactId]), `${from.name}’s ${name}`).toEqual([]);
  const { waiting, unread: counted, readUpTo } = await from.record();
  const local = mine.filter(({ delivery, deleted }) => delivery?.stage === 'local' && !isGivenUp(delivery) && !deleted);
  expect(waiting, `${from.name}’s waiting`).toBe(local.length);
  const theirs = await from.messages(false);
  expect(counted, `${from.name}’s unread`).toBe(theirs.filter(({ sequence, deleted }) => sequence > readUpTo && !deleted).length);
  const over = from.written.filter(({ id }) => !mine.some((message) => message.id === id));
  const kept = JSON.stringify(await store.range([]));
  for (const { text } of over) expect(kept.includes(text), `${text} is left at ${from.name}`).toBe(false);
}
