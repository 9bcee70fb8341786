/**
 * Messages a relay holds, or should: a relay that deletes or loses one must not make it lost.
 *
 *   held ──deletion date over, no receipt──▶ owed again: sealed anew under the same content id
 *   held ──a day without a receipt──▶ the contact is asked, through the relay, which they never saw; after edits and the like too,
 *                                     and after messages that came there and wait for being read to be over
 */
import type { Core } from './core';
import { addText, askAfter, owedTexts } from './messages';
import { awaitsReading } from './moved';
import { type ContactRecord, type CopyRecord, keys, type MessageRecord } from './records';
import { saidBefore } from './said';

const ASK_MS = 24 * 3600_000;

interface Held {
  readonly sequence: number;
  readonly untilMs: number;
  /** Since when it lies there, as far as this device knows. */
  readonly heldAtMs: number;
  readonly message: MessageRecord;
  /** Or something said of it may still lie there. */
  readonly wasOnString: boolean;
}

async function heldOf({ journal, world }: Core): Promise<ReadonlyMap<string, readonly Held[]>> {
  const found = new Map<string, Held[]>();
  for (const [[, id, sequence], value] of await journal.store.range(['copy'])) {
    const contactId = String(id);
    const message = (await journal.store.get(keys.message(contactId, Number(sequence)))) as MessageRecord | undefined;
    if (message?.delivery?.stage !== 'held' || message.delivery.takeBack != null) continue;
    const { copies, wasOnString = false } = value as CopyRecord;
    const { heldAtMs, heldUntilMs } = message.delivery;
    const isMore = copies.some(({ untilMs }) => untilMs > world.clock.now());
    const held = { sequence: Number(sequence), untilMs: heldUntilMs ?? 0, heldAtMs: heldAtMs ?? 0, message };
    found.set(contactId, [...(found.get(contactId) ?? []), { ...held, wasOnString: wasOnString || isMore }]);
  }
  return found;
}

function isAskDue({ askedAtMs = 0 }: ContactRecord, nowMs: number): boolean {
  return nowMs - askedAtMs >= ASK_MS;
}

/** By contact who may be asked: came there so early, through the relay or not, and were not read as far as this device knows. */
async function unreadBefore({ journal, world }: Core, atMs: number): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  for (const [[, id, sequence]] of await journal.store.range(['unconfirmed'])) {
    const contact = journal.contacts.get(String(id));
    if (!contact || !isAskDue(contact, world.clock.now())) continue;
    const message = (await journal.store.get(keys.message(contact.id, Number(sequence)))) as MessageRecord | undefined;
    if (!message?.mayWait || !awaitsReading(message) || (message.delivery?.deliveredAtMs ?? 0) > atMs) continue;
    found.set(contact.id, [...(found.get(contact.id) ?? []), message.id]);
  }
  return found;
}

async function tendOne(core: Core, contact: ContactRecord, held: readonly Held[], others: readonly string[]): Promise<void> {
  const { journal, world, outbox } = core;
  const nowMs = world.clock.now();
  const owed = owedTexts(core, contact.id);
  const gone = held.filter(({ untilMs, sequence }) => untilMs <= nowMs && !owed.has(sequence));
  const isDue = isAskDue(contact, nowMs);
  const asked = isDue ? held.filter(({ untilMs, heldAtMs }) => untilMs > nowMs && nowMs - heldAtMs >= ASK_MS) : [];
  const ids = isDue ? [...asked.map(({ message }) => message.id), ...others] : [];
  if (gone.length + ids.length === 0) return;
  await journal.commit((change) => {
    let next = contact;
    for (const { sequence, message, wasOnString } of gone) {
      change.delete(keys.copy(contact.id, sequence));
      next = addText(core, change, next, message, { wasSealed: true, wasOnString });
    }
    if (ids.length > 0) {
      next = askAfter(core, change, next, { ids, mayWait: true });
      next = { ...next, askedAtMs: nowMs };
    }
    change.contact(next);
  });
  outbox.pump(contact.id);
}

/** Not in the lane: each commit is. */
export async function tendUnheard(core: Core): Promise<void> {
  const { journal, lane, world } = core;
  await lane.run(async () => {
    const held = await heldOf(core);
    const said = await saidBefore(core, world.clock.now() - ASK_MS);
    const unread = await unreadBefore(core, world.clock.now() - ASK_MS);
    for (const contactId of new Set([...held.keys(), ...said.keys(), ...unread.keys()])) {
      const contact = journal.contacts.get(contactId);
      const others = [said, unread].flatMap((ids) => ids.get(contactId) ?? []);
      if (contact?.state === 'accepted') await tendOne(core, contact, held.get(contactId) ?? [], others);
    }
  });
}
