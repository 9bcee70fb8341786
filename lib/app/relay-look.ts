/** What relays hold of this user's now: what this device was told is there, less what they say is there no more. Asks; changes nothing. */
import { toHex } from '../protocol/bytes';
import { MAX_PROOFS } from '../protocol/relay';
import type { Core } from './core';
import { AppError } from './errors';
import { type Copy, type CopyRecord, keys, type MessageRecord } from './records';
import type { WaitingView } from './view-relays';

interface Waiting {
  readonly contactId: string;
  readonly id: string;
  readonly copies: readonly Copy[];
}

async function waiting({ journal, lane, world }: Core): Promise<readonly Waiting[]> {
  return lane.run(async () => {
    const found: Waiting[] = [];
    for (const [[, id, sequence], value] of await journal.store.range(['copy'])) {
      const contactId = String(id);
      const message = (await journal.store.get(keys.message(contactId, Number(sequence)))) as MessageRecord | undefined;
      const copies = (value as CopyRecord).copies.filter(({ untilMs }) => untilMs > world.clock.now());
      if (message?.delivery?.stage === 'held' && !message.delivery.outcome && copies.length > 0)
        found.push({ contactId, id: message.id, copies });
    }
    return found;
  });
}

const queueOf = ({ relay, sid }: Copy) => `${relay} ${toHex(sid)}`;
const nameOf = ({ sid, messageId }: Copy) => `${toHex(sid)} ${toHex(messageId)}`;

function grouped<Item>(items: readonly Item[], nameOfGroup: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(nameOfGroup(item), [...(groups.get(nameOfGroup(item)) ?? []), item]);
  return groups;
}

/** The names of those that are there no more. @throws {AppError} relay-unreachable, relay-refused */
async function goneFrom(core: Core, copies: readonly Copy[]): Promise<readonly string[]> {
  const gone: string[] = [];
  const [first] = copies;
  for (let i = 0; first && i < copies.length; i += MAX_PROOFS) {
    const part = copies.slice(i, i + MAX_PROOFS);
    const reply = await core.relays.ask(first.relay, { kind: 'look', sid: first.sid, messageIds: part.map(({ messageId }) => messageId) });
    if (reply.kind !== 'ok-waiting') throw new AppError('relay-refused');
    gone.push(...part.filter((_, k) => reply.isWaiting[k] === false).map(nameOf));
  }
  return gone;
}

/** Waits for relays, so it must not run in the lane. */
export async function lookAtRelays(core: Core): Promise<readonly WaitingView[]> {
  const all = await waiting(core);
  const queues = grouped(
    all.flatMap(({ copies }) => copies),
    queueOf,
  );
  const gone = new Set<string>();
  const unasked = new Set<string>();
  const looks = [...queues].map(async ([queue, copies]) => {
    try {
      for (const name of await goneFrom(core, copies)) gone.add(name);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      unasked.add(queue);
    }
  });
  await Promise.all(looks);
  const contacts = grouped(all, ({ contactId }) => contactId);
  return [...contacts].flatMap(([contactId, held]) => {
    const messages = held.flatMap(({ id, copies }) => {
      const left = copies.filter((copy) => !gone.has(nameOf(copy)));
      return left.length > 0 ? [{ id, untilMs: Math.max(...left.map(({ untilMs }) => untilMs)) }] : [];
    });
    const isCertain = held.every(({ copies }) => copies.every((copy) => !unasked.has(queueOf(copy))));
    return messages.length > 0 ? [{ contactId, messages, isCertain }] : [];
  });
}
