/**
 * What arrives. An envelope is opened on a copy and counted only by one commit of message, session, owed receipt and its hash,
 * which must be new; the caller acknowledges after that. What can't be opened is looked up, for it may be a repeat, and changes
 * nothing.
 */
import { type Bytes, equalBytes, toHex } from '../protocol/bytes';
import { type Content, decodeContent } from '../protocol/content';
import { ProtocolError } from '../protocol/errors';
import { hash } from '../protocol/kdf';
import type { Opened, Session } from '../protocol/session';
import { openWithAny } from '../protocol/session-set';
import type { Core } from './core';
import type { LifeContent } from './early';
import { afterBeginning, afterOpening, type Begun, noteChanged, openBeginning, refresh } from './heal';
import { type Application, NOTHING, type Taken, takeLife } from './incoming';
import { applyReceipt, resend, unconfirmedIds } from './messages';
import { takeAddress } from './moves';
import { answerQuery } from './queries';
import { movesOf } from './queues';
import { type ContactRecord, dayOf, keys, type SeenRecord } from './records';
import { introduced, metHalfway } from './requests';
import { afterTelling } from './untold';

const HEARD_STEP_MS = 24 * 3600_000;

export function envelopeHash(envelope: Bytes): string {
  return toHex(hash(envelope).slice(0, 16));
}

function withLiveKey(contact: ContactRecord, liveKey: Bytes): ContactRecord {
  const [newest] = contact.live.theirs.slice(-1);
  if (newest && equalBytes(newest, liveKey)) return contact;
  return { ...contact, live: { ...contact.live, theirs: newest ? [newest, liveKey] : [liveKey] } };
}

async function takeReceipt(core: Core, contactId: string, content: Extract<Content, { kind: 'receipt' }>): Promise<Application> {
  const atMs = core.world.clock.now();
  const receipted = await applyReceipt(core, contactId, [
    ...content.delivered.map((id) => ({ contentId: toHex(id), event: { kind: 'receipt-delivered' as const, atMs } })),
    ...content.read.map((id) => ({ contentId: toHex(id), event: { kind: 'receipt-read' as const, atMs } })),
  ]);
  const resent = await resend(core, contactId, content.missing.map(toHex));
  return (change, contact) => resent(change, receipted(change, contact));
}

async function applyContent(core: Core, contactId: string, content: Exclude<Content, LifeContent>): Promise<Application> {
  switch (content.kind) {
    case 'request':
      // One that comes over an invite's own queue is contacts.ts's; here only of somebody this user has asked too.
      return (change, contact) => {
        if (contact.state !== 'requested') return contact;
        change.after(() => core.strings.onAccepted(contactId));
        return metHalfway(core, contact, content);
      };
    case 'accept':
      return (change, contact) => {
        if (contact.state !== 'requested') return contact;
        change.after(() => core.strings.onAccepted(contactId));
        return withLiveKey({ ...introduced(contact, content), state: 'accepted' }, content.liveKey);
      };
    case 'profile': {
      const settle = await afterTelling(core, contactId, content.tells);
      return (change, contact) => {
        change.after(() => core.strings.consider(contactId));
        return settle(change, introduced(contact, content));
      };
    }
    case 'live-key':
      return (_, contact) => withLiveKey(contact, content.liveKey);
    case 'prekey-box':
      return (change, contact) => {
        change.after(() => core.heal.tend(content.box.relay));
        return { ...contact, box: { ...contact.box, theirs: content.box } };
      };
    case 'address':
      return (change, contact) => takeAddress(core, change, contact, content);
    case 'heal': {
      const settle = await afterTelling(core, contactId, content.tells);
      return (change, contact) => {
        change.after(() => core.strings.consider(contactId));
        return settle(change, withLiveKey(introduced(contact, content), content.liveKey));
      };
    }
    case 'receipt':
      return takeReceipt(core, contactId, content);
    case 'query':
      return answerQuery(core, contactId, content);
    default:
      return content satisfies never;
  }
}

async function take(core: Core, contactId: string, content: Content | null, ageSeconds: number): Promise<Taken> {
  if (!content) return NOTHING;
  switch (content.kind) {
    case 'text':
    case 'part':
    case 'edit':
    case 'reaction':
    case 'delete':
      return takeLife(core, contactId, content, ageSeconds);
    default:
      return { apply: await applyContent(core, contactId, content), confirms: null };
  }
}

/** Null: the plaintext was authentic but is no content this version knows; the ratchet still moves on. */
function decodeOrNull(core: Core, plaintext: Bytes): Content | null {
  try {
    return decodeContent(plaintext);
  } catch (error) {
    core.world.report(error);
    return null;
  }
}

/** `before`: the session as it was; null when the envelope began it. */
type Found = (Opened & { readonly begun: Begun | null; readonly before: Session | null }) | ProtocolError;

/** Opened by a session of this contact, or as the beginning of a new one. */
async function openOrFault(core: Core, contact: ContactRecord, envelope: Bytes, nowMs: number): Promise<Found> {
  try {
    const sessions = await core.sessions.of(contact.id);
    const opened = await openWithAny(core.world.engine, sessions, envelope, nowMs);
    const held = sessions.find(({ session }) => opened && equalBytes(session.id, opened.session.id));
    if (opened) return { ...opened, begun: null, before: held?.session ?? null };
    const begun = await openBeginning(core, contact, envelope);
    const { statement } = begun.theirIdentity;
    if (equalBytes(statement, contact.statement)) return { ...begun, begun, before: null };
    await noteChanged(core, contact.id, statement);
    return new ProtocolError('identity-changed');
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

/** To the day: most of what comes writes nothing else of the contact. */
function heardNow(contact: ContactRecord, nowMs: number): ContactRecord {
  const moves = movesOf(contact);
  return nowMs - moves.heardAtMs < HEARD_STEP_MS ? contact : { ...contact, moves: { ...moves, heardAtMs: nowMs } };
}

async function repeat(core: Core, contactId: string, seen: SeenRecord): Promise<void> {
  const { confirms } = seen;
  if (!confirms) return;
  await core.journal.commit((change) => core.receipts.owe(change, contactId, { ...confirms, isRead: false }));
  core.receipts.flushSoon(contactId);
}

export interface Arrival {
  readonly envelope: Bytes;
  /** So long it lay on a relay. */
  readonly ageSeconds: number;
  /** Said once, before any page is told: in Chrome the host draws no page, yet waits for their drawing. */
  readonly acknowledge: () => void;
}

/** Runs in the lane. Acknowledges once what the envelope changed is stored. @throws {AppError} storage-failed, storage-full */
export async function receiveEnvelope(core: Core, contactId: string, { acknowledge, ...arrival }: Arrival): Promise<void> {
  let isAcknowledged = false;
  const acknowledgeOnce = () => {
    if (!isAcknowledged) acknowledge();
    isAcknowledged = true;
  };
  await takeEnvelope(core, contactId, { ...arrival, acknowledge: acknowledgeOnce });
  acknowledgeOnce();
}

async function takeEnvelope(core: Core, contactId: string, { envelope, ageSeconds, acknowledge }: Arrival): Promise<void> {
  const { journal, world } = core;
  const known = journal.contacts.get(contactId);
  if (!known) return;
  const seenAs = envelopeHash(envelope);
  const nowMs = world.clock.now();
  const readSeen = () => journal.store.get(keys.seen(contactId, seenAs)) as Promise<SeenRecord | undefined>;
  const opened = await openOrFault(core, known, envelope, nowMs);
  if (opened instanceof ProtocolError) {
    // What was opened once can't be opened again: a fault is only named once it is known to be no repeat.
    const seen = await readSeen();
    if (seen) return repeat(core, contactId, seen);
    world.report(opened);
    return core.heal.consider(contactId, opened);
  }
  const content = decodeOrNull(core, opened.plaintext);
  const { apply, confirms } = await take(core, contactId, content, ageSeconds);
  const missing = opened.begun ? await unconfirmedIds(core, contactId) : [];
  const commit = (application: Application) =>
    journal.commit((change) => {
      change.after(acknowledge);
      const contact = journal.contacts.get(contactId) as ContactRecord;
      core.sessions.put(change, contactId, opened.session);
      change.add(keys.seen(contactId, seenAs), { atMs: nowMs, confirms } satisfies SeenRecord);
      change.put(keys.seenOn(dayOf(nowMs), contactId, seenAs), null);
      opened.begun?.use(change);
      const begun =
        opened.begun && contact.state === 'accepted'
          ? refresh(core, change, afterBeginning(core, contact, opened.session), missing)
          : afterOpening(contact, opened.before, opened.session);
      if (confirms) core.receipts.owe(change, contactId, { ...confirms, isRead: false });
      const next = heardNow(application(change, begun), nowMs);
      if (next !== contact) change.contact(next);
      change.after(() => core.hub.contact(contactId));
    });
  if (!(await commit(apply))) {
    // Either the envelope was seen, whatever the session says, or its content came before under another.
    const seen = await readSeen();
    if (seen) return repeat(core, contactId, seen);
    // Then its first receipt was lost.
    if (confirms) await commit(NOTHING.apply);
  }
  core.receipts.flushSoon(contactId);
  core.outbox.pump(contactId);
  if (opened.begun) core.boxes.tend(known.mine.relay);
}
