/**
 * Owed sends. A row is written with what it belongs to, sealed only when a route is ready, and its sealed bytes are
 * repeated unchanged until the send ends:
 *
 *   written ──route ready: sealed, in one commit with the session──▶ sealed ──handed to the host──▶ …
 *     … relay OK ──▶ ended          … string: a text, and what is said of one, ends by its receipt, all else by the other side's commit
 *
 * What was handed over is remembered only here: a new worker or a new string is given everything again, and the other
 * side drops what it has seen.
 */
import { type Bytes, fromHex } from '../protocol/bytes';
import { type Content, encodeContent } from '../protocol/content';
import { decodeServerFrame } from '../protocol/relay-codec';
import { type Session, sealEnvelope } from '../protocol/session';
import { sendingSession } from '../protocol/session-set';
import type { Core } from './core';
import { messageIdOf, noteHeld, noteRefused } from './held';
import type { Change } from './journal';
import type { LinkEvent } from './link';
import { bodyOf } from './outbox-body';
import { movesOf } from './queues';
import { type ContactRecord, isOver, type OutboxBody, type OutboxRow, type TheirQueue } from './records';

const BATCH = 32;
const NO_RECEIPT_MS = 10_000;
const RESEAL_MS = 7 * 24 * 3600_000;
/** What is over at a time says how old it is: that must stay nearly true. */
const RESEAL_OVER_MS = 60_000;
const RETRY_MS = 15_000;

type Via =
  | { readonly kind: 'string'; readonly stringId: string; readonly atMs: number }
  | { readonly kind: 'relay'; readonly relay: string; readonly atMs: number };

/** Sealed before it is written: what is written and the session that sealed it go in one commit. */
export interface SealedEarly {
  readonly envelope: Bytes;
  readonly atMs: number;
  readonly session: Session;
}

interface OwedMore {
  readonly sealed?: SealedEarly | null;
  readonly expiresAtMs?: number | null;
  /** Something with its content id may have come there. */
  readonly wasSealed?: boolean;
  readonly wasOnString?: boolean;
}

export interface Outbox {
  /** Adds an owed send to a change; returns the contact with its counter moved on. One sealed early goes out right after the commit. */
  add(change: Change, contact: ContactRecord, contentId: string, body: OutboxBody, mayWait: boolean, more?: OwedMore): ContactRecord;
  /** Null unless a route is ready now and nothing written earlier waits for one. */
  sealEarly(contact: ContactRecord, content: Content): Promise<SealedEarly | null>;
  /** Seals and hands over whatever has a route. Safe to call at any time. */
  pump(contactId: string): void;
  pumpAll(): void;
  /** Everything handed to this string may be lost: it will be handed to the next. */
  onStringClosed(contactId: string): void;
  onRelayClosed(relay: string): void;
  /** Replies and acknowledgements that end an owed send. Runs in the lane. */
  onEvent(event: Extract<LinkEvent, { kind: 'relay.reply' | 'relay.unanswered' | 'string.ack' }>): Promise<void>;
  /** Ends the sends of a text, as part of the change that says why. */
  endText(change: Change, contactId: string, sequence: number): void;
  end(change: Change, contactId: string, isOf: (body: OutboxBody) => boolean): void;
  /** What is sealed is sealed anew when it next has a route: the session it was sealed in is given up. */
  resealAll(change: Change, contactId: string): void;
}

/** Names what was sealed, not only the row: an answer to an earlier sealing ends nothing. */
function token(contactId: string, { n, sealed }: OutboxRow): string {
  return `send:${contactId}:${n}:${sealed?.atMs ?? 0}`;
}

export function createOutbox(core: Core): Outbox {
  const { journal, world } = core;
  const handed = new Map<string, Via>();
  /** Refused for want of a right once: the connection may have changed under it. */
  const refused = new Set<string>();
  const pumping = new Set<string>();

  /** What may be held by the relay has a cell's size from the start, so that the same bytes fit either way. */
  function sealContent(session: Session, content: Content): ReturnType<typeof sealEnvelope> {
    return sealEnvelope(world.engine, session, encodeContent(content), content.mayWait ? 'cell' : 'string');
  }

  /** Which way something new could go now. */
  function way(contact: ContactRecord, mayWait: boolean): Via | null {
    if (contact.changed || contact.choices.isBlocked) return null;
    const atMs = world.clock.now();
    const stringId = core.strings.openId(contact.id);
    if (stringId) return { kind: 'string', stringId, atMs };
    return mayWait && core.rights.canWrite(contact.theirs) ? { kind: 'relay', relay: contact.theirs.relay, atMs } : null;
  }

  /** Which way a row can go now; null: it waits. */
  function route(contact: ContactRecord, row: OutboxRow): Via | null {
    const atMs = world.clock.now();
    if (contact.changed || contact.choices.isBlocked || isOver(row, core.expiry.now())) return null;
    const before = handed.get(token(contact.id, row));
    if (before?.kind === 'relay') return null;
    if (before?.kind === 'string') {
      const isOverdue = atMs - before.atMs >= NO_RECEIPT_MS;
      const isReady = isOverdue && row.mayWait && core.rights.canWrite(contact.theirs);
      return isReady ? { kind: 'relay', relay: contact.theirs.relay, atMs } : null;
    }
    // Before acceptance only the request travels; texts written meanwhile wait behind it.
    if (contact.state === 'requested' && row.body.kind !== 'request') return null;
    // It names where to answer: that place must have been made first, on a relay that may be another.
    if (row.body.kind === 'request' && !contact.mine.sid) return null;
    return way(contact, row.mayWait);
  }

  /** What goes over a string is known to do so from the same commit on. */
  async function sealRows(contact: ContactRecord, rows: readonly OutboxRow[], onString: boolean): Promise<OutboxRow[]> {
    const now = world.clock.now();
    const isFresh = (row: OutboxRow) =>
      row.sealed !== null && now - row.sealed.atMs < (row.expiresAtMs == null ? RESEAL_MS : RESEAL_OVER_MS);
    if (rows.every((row) => isFresh(row) && (!onString || row.wasOnString === true))) return [...rows];
    let session = sendingSession(await core.sessions.of(contact.id));
    if (!session) {
      await core.heal.consider(contact.id, null);
      return [];
    }
    const sealedRows: OutboxRow[] = [];
    const dropped: OutboxRow[] = [];
    for (const row of rows) {
      const body = isFresh(row) ? null : await bodyOf(core, contact, row);
      const wasOnString = onString || row.wasOnString === true;
      if (isFresh(row)) sealedRows.push({ ...row, wasOnString });
      else if (!body) dropped.push(row);
      else {
        const step = await sealContent(session, { contentId: fromHex(row.contentId), mayWait: row.mayWait, ...body });
        session = step.session;
        sealedRows.push({ ...row, sealed: { envelope: step.envelope, atMs: now }, wasSealed: true, wasOnString });
      }
    }
    const advanced = session;
    // Commit before sending: a worker killed between the two would reuse these message keys.
    await journal.commit((change) => {
      core.sessions.put(change, contact.id, advanced);
      for (const row of sealedRows) change.outbox(contact.id, row);
      for (const row of dropped) change.endOutbox(contact.id, row.n);
    });
    return sealedRows;
  }

  /** Whole seconds; 0: as long as the relay keeps anything. It never keeps what is over. */
  function ttlOf({ expiresAtMs }: OutboxRow): number {
    return expiresAtMs == null ? 0 : Math.max(1, Math.floor((expiresAtMs - core.expiry.now()) / 1000));
  }

  function handOver(contact: ContactRecord, row: OutboxRow, via: Via): void {
    const key = token(contact.id, row);
    const envelope = row.sealed?.envelope as Bytes;
    handed.set(key, via);
    if (via.kind === 'string') {
      core.link.send({ kind: 'string.send', peer: contact.id, token: key, bytes: envelope });
      if (row.mayWait) world.clock.after(NO_RECEIPT_MS, () => pump(contact.id));
      return;
    }
    sendCell(contact.theirs, key, envelope, ttlOf(row));
    const { former } = movesOf(contact).theirs;
    // A copy of this contact that knows only the queue we leave (a restored device) learns there that it is left. Nobody waits for it.
    if (row.body.kind === 'address-taken' && former) sendCell(former.queue, `copy:${key}`, envelope, 0);
  }

  function sendCell({ relay, sid }: TheirQueue, key: string, cell: Bytes, ttlSeconds: number): void {
    core.relays.tell(relay, key, { kind: 'send', sid, messageId: messageIdOf(cell), ttlSeconds, cell });
  }

  /** What was sealed early leaves with its commit, before any page is told: in Chrome the host draws no page, yet waits for their drawing. */
  function handOverIfReady(contact: ContactRecord, row: OutboxRow): void {
    const via = route(contact, row);
    // One that is not known to go over a string waits for the pump, which notes it first.
    if (via && (via.kind === 'relay' || row.wasOnString)) handOver(contact, row, via);
  }

  async function pumpOnce(contactId: string): Promise<boolean> {
    const contact = journal.contacts.get(contactId);
    if (!contact || contact.state === 'preview' || contact.state === 'request') return false;
    const ready: { row: OutboxRow; via: Via }[] = [];
    for (const row of journal.outboxOf(contactId).values()) {
      const via = route(contact, row);
      if (via) ready.push({ row, via });
      if (ready.length === BATCH) break;
    }
    if (ready.length === 0) return false;
    const sealed = await sealRows(
      contact,
      ready.map(({ row }) => row),
      ready.some(({ via }) => via.kind === 'string'),
    );
    const ways = new Map(ready.map(({ row, via }) => [row.n, via]));
    for (const row of sealed) handOver(contact, row, ways.get(row.n) as Via);
    return sealed.length > 0;
  }

  function pump(contactId: string): void {
    if (pumping.has(contactId)) return;
    pumping.add(contactId);
    const run = core.lane.run(async () => {
      pumping.delete(contactId);
      if (await pumpOnce(contactId)) pump(contactId);
    });
    run.catch((error: unknown) => {
      world.report(error);
      world.clock.after(RETRY_MS, () => pump(contactId));
    });
  }

  function parseToken(text: string): { contactId: string; row: OutboxRow } | null {
    const [, contactId = '', n = ''] = text.split(':');
    const row = journal.outboxOf(contactId).get(Number(n));
    return row && token(contactId, row) === text ? { contactId, row } : null;
  }

  async function onRefused(contact: ContactRecord, row: OutboxRow, code: string): Promise<void> {
    const key = token(contact.id, row);
    if (code === 'QUOTA' || code === 'FULL') return noteRefused(core, contact, row, 'queue-full');
    if (code !== 'AUTH') return;
    if (refused.has(key)) return noteRefused(core, contact, row, 'queue-gone');
    refused.add(key);
  }

  const outbox: Outbox = {
    add(
      change,
      contact,
      contentId,
      body,
      mayWait,
      { sealed: early = null, expiresAtMs = null, wasSealed = false, wasOnString = false } = {},
    ) {
      const row = {
        n: contact.nextOutbox,
        contentId,
        body,
        mayWait,
        expiresAtMs,
        sealed: early && { envelope: early.envelope, atMs: early.atMs },
        wasSealed: wasSealed || early !== null,
        wasOnString: wasOnString || (early !== null && core.strings.openId(contact.id) !== null),
      };
      change.outbox(contact.id, row);
      if (early) {
        core.sessions.put(change, contact.id, early.session);
        change.after(() => handOverIfReady(contact, row));
      }
      return { ...contact, nextOutbox: contact.nextOutbox + 1 };
    },
    async sealEarly(contact, content) {
      const owed = [...journal.outboxOf(contact.id).values()];
      const session = sendingSession(await core.sessions.of(contact.id));
      if (!session || !way(contact, content.mayWait) || owed.some(({ sealed }) => !sealed)) return null;
      const step = await sealContent(session, content);
      return { ...step, atMs: world.clock.now() };
    },
    pump,
    pumpAll() {
      for (const contactId of journal.contacts.keys()) if (journal.outboxOf(contactId).size > 0) pump(contactId);
    },
    onStringClosed(contactId) {
      for (const [key, via] of handed) if (via.kind === 'string' && key.startsWith(`send:${contactId}:`)) handed.delete(key);
      pump(contactId);
    },
    onRelayClosed(relay) {
      for (const [key, via] of handed) if (via.kind === 'relay' && via.relay === relay) handed.delete(key);
    },
    async onEvent(event) {
      const owed = parseToken(event.token);
      if (!owed) return;
      const { contactId, row } = owed;
      const contact = journal.contacts.get(contactId);
      if (!contact) return;
      if (event.kind === 'string.ack') {
        // What is confirmed by a receipt waits for it: only content authenticated in the session may say "delivered".
        if (row.body.kind === 'text' || row.body.kind === 'said') return;
        await journal.commit((change) => change.endOutbox(contactId, row.n));
        handed.delete(event.token);
        return;
      }
      if (event.kind === 'relay.unanswered') {
        handed.delete(event.token);
        return;
      }
      const { frame } = decodeServerFrame(event.frame);
      if (frame.kind === 'ok-stored') {
        await noteHeld(core, contact, row, frame.expiresInSeconds);
        handed.delete(event.token);
        refused.delete(event.token);
        return;
      }
      if (frame.kind === 'err') await onRefused(contact, row, frame.code);
      const retryMs = frame.kind === 'err' && frame.code !== 'POW' && frame.retryMs > 0 ? frame.retryMs : RETRY_MS;
      world.clock.after(retryMs, () => {
        handed.delete(event.token);
        pump(contactId);
      });
    },
    endText(change, contactId, sequence) {
      outbox.end(change, contactId, (body) => body.kind === 'text' && body.sequence === sequence);
    },
    end(change, contactId, isOf) {
      for (const row of journal.outboxOf(contactId).values()) {
        if (!isOf(row.body)) continue;
        change.endOutbox(contactId, row.n);
        change.after(() => handed.delete(token(contactId, row)));
      }
    },
    resealAll(change, contactId) {
      for (const row of journal.outboxOf(contactId).values()) {
        if (!row.sealed) continue;
        change.outbox(contactId, { ...row, sealed: null });
        change.after(() => handed.delete(token(contactId, row)));
      }
    },
  };
  return outbox;
}
