/** What a page asks of messages that were said: edit one, react to one, delete some. Runs in the lane; asked again, it changes nothing more. */
import { hasArrived, isGivenUp } from '../domain/delivery';
import type { Core } from './core';
import { afterEdit } from './drafts';
import { isEmoji } from './emoji';
import { AppError } from './errors';
import { newContentId } from './ids';
import type { Change } from './journal';
import { edited, emptied, putChanged, reacted } from './life';
import { addText, checkText, removal, writable } from './messages';
import { moved } from './moved';
import { type ContactRecord, isOver, keys, type MessageRecord, nextOrder, type SaidRecord } from './records';
import { endSaid, piecesAbout, saidAbout, say } from './said';
import { letGo } from './take-back';
import type { MessageCommand } from './view-messages';

type Of<Kind extends MessageCommand['kind']> = Extract<MessageCommand, { kind: Kind }>;

/** Null when it is not here. */
async function byId({ journal }: Core, contactId: string, messageId: string): Promise<MessageRecord | null> {
  const sequence = (await journal.store.get(keys.content(contactId, messageId))) as number | undefined;
  if (sequence === undefined) return null;
  return ((await journal.store.get(keys.message(contactId, sequence))) as MessageRecord | undefined) ?? null;
}

/** @throws {AppError} message-unknown, message-over */
async function living(core: Core, contactId: string, messageId: string): Promise<MessageRecord> {
  const message = await byId(core, contactId, messageId);
  if (!message) throw new AppError('message-unknown');
  const isEnded = message.delivery !== null && (isGivenUp(message.delivery) || message.delivery.takeBack != null);
  if (message.deleted || isEnded || isOver(message, core.expiry.now())) throw new AppError('message-over');
  return message;
}

async function isDone({ journal }: Core, contactId: string, commandId: string): Promise<boolean> {
  return (await journal.store.get(keys.content(contactId, commandId))) !== undefined;
}

/** All of it waits, and nothing of it was ever sealed: nobody else has heard of it. */
function isUnheard({ journal }: Core, contactId: string, { delivery, sequence }: MessageRecord): boolean {
  if (delivery === null) return true;
  const rows = [...journal.outboxOf(contactId).values()].filter(({ body }) => body.kind === 'text' && body.sequence === sequence);
  return rows.length > 0 && rows.every(({ sealed, wasSealed }) => !sealed && !wasSealed);
}

function withOrder(contact: ContactRecord, mine: number): ContactRecord {
  return { ...contact, order: { ...contact.order, mine } };
}

/** One content in the place of those of its kind that are unconfirmed. */
async function saying(
  core: Core,
  contact: ContactRecord,
  { id, target, kind }: { readonly id: string; readonly target: MessageRecord; readonly kind: 'edit' | 'reaction' },
): Promise<(change: Change, contact: ContactRecord) => ContactRecord> {
  const earlier = (await saidAbout(core, contact.id, [target.id])).filter(({ what }) => what.kind === kind);
  const what: SaidRecord['what'] = { kind, target: target.id, sequence: target.sequence };
  return (change, next) => {
    for (const said of earlier) endSaid(core, change, contact.id, said);
    return say(core, change, next, { id, what, mayWait: target.mayWait }, piecesAbout(target, what));
  };
}

/** One that nobody has heard yet reads so from the beginning. */
async function rewrite(core: Core, contact: ContactRecord, message: MessageRecord, text: string): Promise<void> {
  const after = { ...message, text };
  await core.journal.commit((change) => {
    const changed = putChanged(core, change, contact, message, after);
    core.outbox.endText(change, contact.id, message.sequence);
    change.contact(addText(core, change, afterEdit(changed, message.id), after));
  });
}

/** @throws {AppError} contact-…, text-…, message-unknown, message-over, message-theirs */
export async function editText(core: Core, { id, contactId, messageId, text }: Of<'message.edit'>): Promise<void> {
  const contact = writable(core, contactId);
  if (await isDone(core, contactId, id)) return;
  checkText(text);
  const message = await living(core, contactId, messageId);
  if (!message.isMine) throw new AppError('message-theirs');
  if (message.text === text) return;
  if (message.delivery !== null && isUnheard(core, contactId, message)) return rewrite(core, contact, message, text);
  const nowMs = core.world.clock.now();
  const order = nextOrder(contact, nowMs);
  const after = edited(message, { text, order, atMs: nowMs });
  const tell = message.delivery && (await saying(core, contact, { id, target: after, kind: 'edit' }));
  await core.journal.commit((change) => {
    const changed = afterEdit(withOrder(putChanged(core, change, contact, message, after), order), messageId);
    change.contact(tell ? tell(change, changed) : changed);
  });
  core.strings.consider(contactId);
  core.outbox.pump(contactId);
}

/** @throws {AppError} contact-…, reaction-none, message-unknown, message-over */
export async function react(core: Core, { id, contactId, messageId, emoji }: Of<'message.react'>): Promise<void> {
  const contact = writable(core, contactId);
  if (await isDone(core, contactId, id)) return;
  if (emoji !== '' && !isEmoji(emoji)) throw new AppError('reaction-none');
  const message = await living(core, contactId, messageId);
  if ((message.reactions?.mine?.emoji ?? '') === emoji) return;
  const order = nextOrder(contact, core.world.clock.now());
  const after = reacted(message, 'mine', { emoji, order });
  const tell = contact.state === 'self' ? null : await saying(core, contact, { id, target: after, kind: 'reaction' });
  await core.journal.commit((change) => {
    const changed = withOrder(putChanged(core, change, contact, message, after), order);
    change.contact(tell ? tell(change, changed) : changed);
  });
  core.strings.consider(contactId);
  core.outbox.pump(contactId);
}

async function deleteHere(core: Core, contact: ContactRecord, messages: readonly MessageRecord[]): Promise<void> {
  const remove = await removal(core, contact.id, new Set(messages.map(({ sequence }) => sequence)));
  await core.journal.commit((change) => change.contact(remove(change, contact)));
}

interface Deletion {
  readonly before: MessageRecord;
  readonly after: MessageRecord;
  /** Ends its sends, and asks the relay for what it holds. */
  readonly letGo: (change: Change) => void;
  readonly isToBeTold: boolean;
}

async function deletion(core: Core, contact: ContactRecord, before: MessageRecord): Promise<Deletion> {
  const atMs = core.world.clock.now();
  const isHere = isUnheard(core, contact.id, before);
  const ended = isHere ? moved(contact, before, { kind: 'taken-back', atMs }) : before;
  const isBack = before.delivery?.outcome?.kind === 'taken-back' && !hasArrived(before.delivery);
  return { before, after: emptied(ended, atMs), letGo: await letGo(core, contact, before), isToBeTold: !isHere && !isBack };
}

/** A content each for those that may wait on a relay and those that may not. */
function tellDeleted(core: Core, change: Change, contact: ContactRecord, deletions: readonly Deletion[]): ContactRecord {
  let next = contact;
  for (const mayWait of [true, false]) {
    const told = deletions.filter(({ before, isToBeTold }) => isToBeTold && before.mayWait === mayWait);
    const targets = told.map(({ before }) => before.id);
    const said = { id: newContentId(core.world.random), what: { kind: 'delete' as const, targets }, mayWait };
    if (targets.length > 0) next = say(core, change, next, said);
  }
  return next;
}

async function deleteEverywhere(core: Core, contact: ContactRecord, messages: readonly MessageRecord[]): Promise<void> {
  const { journal } = core;
  if (messages.some(({ isMine }) => !isMine)) throw new AppError('message-theirs');
  const mine = messages.filter(({ deleted }) => !deleted);
  const deletions = await Promise.all(mine.map((message) => deletion(core, contact, message)));
  const ids = mine.map(({ id }) => id);
  const said = await saidAbout(core, contact.id, ids);
  await journal.commit((change) => {
    let next = contact;
    for (const each of said) endSaid(core, change, contact.id, each);
    for (const { before, after, letGo: end } of deletions) {
      end(change);
      change.delete(keys.unconfirmed(contact.id, before.sequence));
      change.delete(keys.copy(contact.id, before.sequence));
      next = putChanged(core, change, next, before, after);
    }
    change.contact(tellDeleted(core, change, next, deletions));
  });
  core.takeBacks.tend(contact.id);
  core.strings.consider(contact.id);
  core.outbox.pump(contact.id);
}

/** Those that are gone already are passed by. @throws {AppError} contact-unknown, message-theirs */
export async function deleteMessages(core: Core, { contactId, messageIds, scope }: Of<'message.delete'>): Promise<void> {
  const contact = core.journal.contacts.get(contactId);
  if (!contact) throw new AppError('contact-unknown');
  const found = await Promise.all([...new Set(messageIds)].map((id) => byId(core, contactId, id)));
  const messages = found.filter((message) => message !== null);
  if (messages.length === 0) return;
  if (scope === 'me' || contact.state === 'self') await deleteHere(core, contact, messages);
  else await deleteEverywhere(core, contact, messages);
}
