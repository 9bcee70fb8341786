/**
 * Owed receipts: written with the message they confirm, gathered for a second, sent as one content. They go wherever the
 * message itself might have gone, and are never answered by receipts.
 */
import { MAX_RECEIPT_IDS } from '../protocol/content';
import type { Core } from './core';
import { newContentId } from './ids';
import type { Change } from './journal';
import type { ReceiptRow } from './records';

const GATHER_MS = 1000;
const RETRY_MS = 15_000;

export interface Receipts {
  owe(change: Change, contactId: string, row: ReceiptRow): void;
  /** Now if none was sent within the last second, else when that second is over. */
  flushSoon(contactId: string): void;
  flushAll(): void;
}

export function createReceipts(core: Core): Receipts {
  const { journal, world } = core;
  const flushedAt = new Map<string, number>();
  const scheduled = new Set<string>();

  function sendable(contactId: string, mayWait: boolean): readonly ReceiptRow[] {
    const contact = journal.contacts.get(contactId);
    if (contact?.state !== 'accepted') return [];
    const hasRoute = core.strings.openId(contactId) !== null || (mayWait && core.rights.canWrite(contact.theirs));
    if (!hasRoute) return [];
    const rows = [...journal.receiptsOf(contactId).values()].filter((row) => row.mayWait === mayWait);
    return rows.slice(0, MAX_RECEIPT_IDS);
  }

  async function flush(contactId: string): Promise<void> {
    for (const mayWait of [true, false]) {
      const rows = sendable(contactId, mayWait);
      const contact = journal.contacts.get(contactId);
      if (rows.length === 0 || !contact) continue;
      const delivered = rows.filter((row) => !row.isRead).map((row) => row.contentId);
      const read = rows.filter((row) => row.isRead).map((row) => row.contentId);
      await journal.commit((change) => {
        const body = { kind: 'receipt', delivered, read, missing: [] } as const;
        change.contact(core.outbox.add(change, contact, newContentId(world.random), body, mayWait));
        for (const row of rows) change.endReceipt(contactId, row.contentId);
      });
      flushedAt.set(contactId, world.clock.now());
      core.outbox.pump(contactId);
      if (rows.length === MAX_RECEIPT_IDS) receipts.flushSoon(contactId);
    }
  }

  const receipts: Receipts = {
    owe(change, contactId, row) {
      const owed = journal.receiptsOf(contactId).get(row.contentId);
      change.receipt(contactId, { ...row, isRead: row.isRead || owed?.isRead === true });
    },
    flushSoon(contactId) {
      if (scheduled.has(contactId) || journal.receiptsOf(contactId).size === 0) return;
      scheduled.add(contactId);
      const waitMs = Math.max(0, (flushedAt.get(contactId) ?? 0) + GATHER_MS - world.clock.now());
      const run = () => {
        scheduled.delete(contactId);
        core.lane
          .run(() => flush(contactId))
          .catch((error: unknown) => {
            world.report(error);
            world.clock.after(RETRY_MS, () => receipts.flushSoon(contactId));
          });
      };
      if (waitMs === 0) run();
      else world.clock.after(waitMs, run);
    },
    flushAll() {
      for (const contactId of journal.contacts.keys()) receipts.flushSoon(contactId);
    },
  };
  return receipts;
}
