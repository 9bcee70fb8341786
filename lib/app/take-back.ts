/**
 * Taking back what has not arrived, and choosing anew where it may wait.
 *
 *   written, not sealed ──────────────────────────────────────────────▶ taken back
 *   sealed for a string only: it may be there already ────────────────▶ fetched
 *   given to the relay ──withdrawal committed──▶ asked ──DEL: nobody was handed it──▶ taken back
 *                                                  ├──DEL: somebody may have it, or it is gone, or a string had it before──▶ fetched
 *                                                  └──15 s──▶ unanswered, and asked again a little later
 *
 * What was said of it since, an edit or a reaction, goes the same way, and nothing more is said of it meanwhile. A withdrawal outlives
 * the worker. Only the contact's own answer, that they have never seen it, turns `fetched` into taken back; a receipt overrides all of it.
 */
import type { DeliveryEvent } from '../domain/delivery';
import { hasArrived, isGivenUp } from '../domain/delivery';
import type { Core } from './core';
import { AppError } from './errors';
import { messageIdOf } from './held';
import type { Change } from './journal';
import { moved, putMoved } from './moved';
import { type ContactRecord, type Copy, type CopyRecord, keys, type MessageRecord, type OutboxRow, type SaidRecord } from './records';
import { endSaid, saidAbout } from './said';
import type { Routing } from './view';

const RETRY_MS = 30_000;

export interface TakeBacks {
  /** Runs in the lane. @throws {AppError} contact-unknown, message-unknown, message-arrived */
  begin(contactId: string, messageId: string): Promise<void>;
  /** Asks the relays for whatever is still to be withdrawn from them. */
  tend(contactId: string): void;
  /** What an earlier worker left to be asked. */
  tick(): Promise<void>;
}

export async function mineById({ journal }: Core, contactId: string, contentId: string): Promise<MessageRecord | null> {
  const sequence = (await journal.store.get(keys.content(contactId, contentId))) as number | undefined;
  if (sequence === undefined) return null;
  const message = (await journal.store.get(keys.message(contactId, sequence))) as MessageRecord | undefined;
  return message?.isMine ? message : null;
}

function known(core: Core, contactId: string): ContactRecord {
  const contact = core.journal.contacts.get(contactId);
  if (!contact) throw new AppError('contact-unknown');
  return contact;
}

/** Its owed sends, more than one for a text in parts, and those of what was said of it. */
async function rowsOf(core: Core, contactId: string, { id, sequence }: MessageRecord): Promise<readonly OutboxRow[]> {
  const said = new Set((await saidAbout(core, contactId, [id])).map((each) => each.id));
  const isOf = ({ body }: OutboxRow) => (body.kind === 'text' && body.sequence === sequence) || (body.kind === 'said' && said.has(body.id));
  return [...core.journal.outboxOf(contactId).values()].filter(isOf);
}

/** Copies that a relay has, or may have been given; and whether it went over a string besides. */
async function copiesOf(core: Core, contact: ContactRecord, message: MessageRecord): Promise<CopyRecord> {
  const { sequence } = message;
  const kept = (await core.journal.store.get(keys.copy(contact.id, sequence))) as CopyRecord | undefined;
  const asked = (await core.journal.store.get(keys.withdrawal(contact.id, sequence))) as CopyRecord | undefined;
  const { relay, sid } = contact.theirs;
  const rows = await rowsOf(core, contact.id, message);
  const given = rows.flatMap(({ sealed, mayWait }) => (sealed && mayWait ? [sealed.envelope] : []));
  const copies = [
    ...(asked?.copies ?? []),
    ...(kept?.copies ?? []),
    ...given.map((envelope) => ({ relay, sid, messageId: messageIdOf(envelope), untilMs: 0 })),
  ];
  return { copies, wasOnString: [asked, kept, ...rows].some((each) => each?.wasOnString === true) };
}

/** Ends the sends of a message that is deleted; a relay that may have it is asked to let it go (`tend`). */
export async function letGo(core: Core, contact: ContactRecord, message: MessageRecord): Promise<(change: Change) => void> {
  const given = await copiesOf(core, contact, message);
  return (change) => {
    core.outbox.endText(change, contact.id, message.sequence);
    if (given.copies.length > 0) change.put(keys.withdrawal(contact.id, message.sequence), given);
  };
}

/** Sealed anew when it next has a route, with what was chosen. What a relay may have been given is withdrawn. Runs in the lane. */
export async function changeRouting(core: Core, contactId: string, messageId: string, routing: Routing): Promise<void> {
  const contact = known(core, contactId);
  const message = await mineById(core, contactId, messageId);
  if (!message?.delivery) throw new AppError('message-unknown');
  if (message.delivery.stage !== 'local' || isGivenUp(message.delivery)) throw new AppError('message-left');
  const mayWait = routing === 'relay';
  if (message.mayWait === mayWait) return;
  const given = await copiesOf(core, contact, message);
  const rows = await rowsOf(core, contactId, message);
  const said = await saidAbout(core, contactId, [messageId]);
  const { outcome: _outcome, ...delivery } = message.delivery;
  const after = { ...message, mayWait, delivery };
  await core.journal.commit((change) => {
    for (const row of rows) change.outbox(contactId, { ...row, mayWait, sealed: null });
    for (const { id, what, atMs } of said) change.put(keys.said(contactId, id), { what, mayWait, atMs } satisfies SaidRecord);
    if (given.copies.length > 0) change.put(keys.withdrawal(contactId, message.sequence), given);
    change.contact(putMoved(core, change, contact, message, after));
  });
  core.takeBacks.tend(contactId);
  core.strings.consider(contactId);
  core.outbox.pump(contactId);
}

export function createTakeBacks(core: Core): TakeBacks {
  const { journal, lane, world } = core;
  const asking = new Set<string>();
  /** What was added while others were asked for must not wait for the next connection. */
  const wanted = new Set<string>();

  async function move(contactId: string, sequence: number, event: DeliveryEvent, more: (change: Change) => void): Promise<void> {
    const contact = journal.contacts.get(contactId);
    const message = (await journal.store.get(keys.message(contactId, sequence))) as MessageRecord | undefined;
    const over = message && event.kind === 'taken-back' ? await saidAbout(core, contactId, [message.id]) : [];
    await journal.commit((change) => {
      more(change);
      for (const said of over) endSaid(core, change, contactId, said);
      if (!contact || !message) return;
      const after = moved(contact, message, event);
      if (after !== message) change.contact(putMoved(core, change, contact, message, after));
    });
  }

  /** 'no': the relay was sure of every copy that nobody was handed it. */
  async function withdraw(copies: readonly Copy[]): Promise<'no' | 'maybe'> {
    let wasHanded: 'no' | 'maybe' = 'no';
    for (const { relay, sid, messageId } of copies) {
      const reply = await core.relays.ask(relay, { kind: 'del', queueId: sid, messageId });
      const isRefused = reply.kind === 'err' && reply.code !== 'NO_MSG';
      if (isRefused) throw new AppError('relay-refused');
      if (reply.kind !== 'ok-deleted' || reply.wasHanded !== 'no') wasHanded = 'maybe';
    }
    return wasHanded;
  }

  async function tendOne(contactId: string, sequence: number, { copies, wasOnString }: CopyRecord): Promise<void> {
    const key = keys.withdrawal(contactId, sequence);
    try {
      const wasHanded = await withdraw(copies);
      const atMs = world.clock.now();
      const event: DeliveryEvent = wasHanded === 'no' && !wasOnString ? { kind: 'taken-back', atMs } : { kind: 'fetched' };
      await lane.run(async () => {
        const now = (await journal.store.get(key)) as CopyRecord | undefined;
        // There is more to withdraw than was asked for: all of it is asked for again.
        if (now && now.copies.length !== copies.length) return;
        const message = (await journal.store.get(keys.message(contactId, sequence))) as MessageRecord | undefined;
        // It may have been chosen anew where it waits, or be gone: then nobody waits for this answer.
        const isAsked = message?.delivery?.takeBack != null;
        if (isAsked) await move(contactId, sequence, event, (change) => change.delete(key));
        else await journal.commit((change) => change.delete(key));
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      await lane.run(() => move(contactId, sequence, { kind: 'unanswered' }, () => undefined));
      world.clock.after(RETRY_MS, () => core.takeBacks.tend(contactId));
    }
  }

  async function tendAll(contactId: string): Promise<void> {
    const entries = await journal.store.range(['withdrawal', contactId]);
    for (const [[, , sequence], value] of entries) await tendOne(contactId, Number(sequence), value as CopyRecord);
  }

  async function tendUntilDone(contactId: string): Promise<void> {
    while (wanted.delete(contactId)) await tendAll(contactId);
  }

  return {
    async begin(contactId, messageId) {
      const contact = known(core, contactId);
      const message = await mineById(core, contactId, messageId);
      if (!message?.delivery) throw new AppError('message-unknown');
      const { delivery, sequence } = message;
      if (hasArrived(delivery)) throw new AppError('message-arrived');
      if (isGivenUp(delivery)) return;
      const rows = await rowsOf(core, contactId, message);
      // What was said of it goes no further either. It is kept for as long as the message may have come there.
      const said = await saidAbout(core, contactId, [messageId]);
      const given = await copiesOf(core, contact, message);
      const isOnlyHere = delivery.stage === 'local' && rows.length > 0 && rows.every(({ sealed, wasSealed }) => !sealed && !wasSealed);
      const event: DeliveryEvent = isOnlyHere ? { kind: 'taken-back', atMs: world.clock.now() } : { kind: 'take-back-asked' };
      const asked = moved(contact, message, event);
      const after = isOnlyHere || given.copies.length > 0 ? asked : moved(contact, asked, { kind: 'fetched' });
      await journal.commit((change) => {
        for (const { n } of rows) change.endOutbox(contactId, n);
        if (isOnlyHere) for (const each of said) endSaid(core, change, contactId, each);
        if (!isOnlyHere && given.copies.length > 0) change.put(keys.withdrawal(contactId, sequence), given);
        if (after !== message) change.contact(putMoved(core, change, contact, message, after));
      });
      core.takeBacks.tend(contactId);
    },
    tend(contactId) {
      wanted.add(contactId);
      if (asking.has(contactId)) return;
      asking.add(contactId);
      tendUntilDone(contactId)
        .catch(world.report)
        .finally(() => asking.delete(contactId));
    },
    async tick() {
      const left = await journal.store.range(['withdrawal']);
      for (const contactId of new Set(left.map(([[, id]]) => String(id)))) core.takeBacks.tend(contactId);
    },
  };
}
