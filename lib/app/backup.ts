/**
 * A backup of this profile: what it knows, sealed under a passphrase, one block at a time for a page that asks for the next. It is of
 * the moment it was begun: contacts as they were then, and of each conversation what was in it then.
 *
 *   idle ──start──▶ header ──next──▶ block … last block ──▶ idle
 *            └── stopped, page closed, locked, worker dead: nothing is left of it
 *
 * Who is restored begins every session anew, so no session, no prekey and nothing owed is in it. Open invites and unanswered requests
 * lead nowhere without their prekeys: they stay behind too.
 */

import { type BackupItem, type BackupProfile, frameBackupItem } from '../protocol/backup-items';
import { BACKUP_CONTENT_BYTES, type BackupStream, sealBackupBlock, startBackup } from '../protocol/backup-stream';
import { type Bytes, concat } from '../protocol/bytes';
import { contactItem, messageItem, profileItem } from './backup-records';
import type { Core } from './core';
import { AppError } from './errors';
import type { StoreKey } from './ports';
import {
  type BackupRecord,
  type ContactRecord,
  keys,
  type LockRecord,
  type MessageRecord,
  type RelayRecord,
  type SaidRecord,
} from './records';
import type { BackupPart } from './view-backup';
import type { Page } from './view-hub';

/** Longer than for the lock: whoever has the file may try without end. */
const LEAST_PASSPHRASE_CHARS = 12;
const WINDOW = 200;

export interface Backups {
  /** The header. @throws {AppError} no-profile, backup-passphrase */
  start(page: Page, passphrase: string): Promise<BackupPart>;
  /** @throws {AppError} backup-ended when none was begun for this page, or it has ended; storage-failed */
  next(page: Page): Promise<BackupPart>;
  stop(page: Page): void;
}

/** As they were at one moment. */
interface Moment {
  readonly profile: BackupProfile;
  readonly contacts: readonly ContactRecord[];
  /** How many messages there are at most. */
  readonly messages: number;
}

interface Export {
  readonly stream: BackupStream;
  readonly contents: AsyncGenerator<Content, void, void>;
  readonly messages: number;
  readonly atMs: number;
  index: number;
}

/** What one block is to hold. */
interface Content {
  readonly content: Bytes;
  readonly isLast: boolean;
  /** Messages written until now. */
  readonly messages: number;
}

/** Which sequences of a conversation have been written: a bit for each whole one. */
function marks(nextSequence: number) {
  const bits = new Uint8Array(Math.ceil(nextSequence / 8));
  const between = new Set<number>();
  return {
    set(sequence: number): void {
      if (!Number.isInteger(sequence)) between.add(sequence);
      else bits[sequence >> 3] = (bits[sequence >> 3] ?? 0) | (1 << (sequence & 7));
    },
    has: (sequence: number): boolean =>
      between.has(sequence) || (Number.isInteger(sequence) && ((bits[sequence >> 3] ?? 0) & (1 << (sequence & 7))) !== 0),
  };
}

export function createBackups(core: Core): Backups {
  const { journal, lane, world } = core;
  const { store } = journal;
  /** Gone with its page. */
  const exports = new WeakMap<Page, Export>();

  /** In the lane. */
  async function moment(): Promise<Moment> {
    const { profile } = journal;
    if (!profile) throw new AppError('no-profile');
    const relay = (await store.get(keys.relay)) as RelayRecord | undefined;
    const lock = (await store.get(keys.lock)) as LockRecord | undefined;
    const contacts = [...journal.contacts.values()].filter(({ state }) => state === 'accepted' || state === 'self');
    const messages = contacts.reduce((sum, { nextSequence }) => sum + nextSequence - 1, 0);
    return { profile: profileItem(world.clock.now(), { profile, relay, lock, settings: journal.settings }), contacts, messages };
  }

  /** A message and whether it is confirmed are read between two events: never one without the other. */
  async function* messagesOf({ id, nextSequence }: ContactRecord): AsyncGenerator<BackupItem, void, void> {
    const written = marks(nextSequence);
    const nowMs = core.expiry.now();
    let after = 0;
    for (let isMore = true; isMore; ) {
      const [entries, unconfirmed] = await lane.run(async () => {
        const window = await store.range(['message', id], { after, before: nextSequence, limit: WINDOW });
        const last = window.at(-1)?.[0][2];
        const owed = last === undefined ? [] : await store.range(['unconfirmed', id], { after, before: Number(last) + 1 });
        return [window, new Set(owed.map(([key]) => Number(key[2])))] as const;
      });
      for (const [, value] of entries) {
        const message = value as MessageRecord;
        after = message.sequence;
        if (message.expiresAtMs && message.expiresAtMs <= nowMs) continue;
        written.set(message.sequence);
        yield messageItem(message, unconfirmed.has(message.sequence));
      }
      isMore = entries.length === WINDOW;
    }
    yield* tombstonesOf(id, nextSequence, written.has);
  }

  /** Contents whose message is gone. */
  async function* tombstonesOf(
    id: string,
    nextSequence: number,
    isWritten: (sequence: number) => boolean,
  ): AsyncGenerator<BackupItem, void, void> {
    let after: string | undefined;
    for (let isMore = true; isMore; ) {
      const options = { limit: WINDOW, ...(after === undefined ? {} : { after }) };
      const entries: readonly (readonly [StoreKey, unknown])[] = await store.range(['content', id], options);
      for (const [key, value] of entries) {
        const [contentId, sequence] = [String(key[2]), value as number];
        after = contentId;
        if (sequence < nextSequence && !isWritten(sequence)) yield { kind: 'tombstone', id: contentId, sequence };
      }
      isMore = entries.length === WINDOW;
    }
  }

  /** What was said since of messages that are not in this backup stays out of it. */
  async function* saidOf({ id, nextSequence }: ContactRecord): AsyncGenerator<BackupItem, void, void> {
    for (const [key, value] of await store.range(['said', id])) {
      const { what, mayWait, atMs } = value as SaidRecord;
      if (what.kind === 'delete' || what.sequence < nextSequence) yield { kind: 'said', id: String(key[2]), what, mayWait, atMs };
    }
  }

  async function* itemsOf({ profile, contacts }: Moment): AsyncGenerator<BackupItem, void, void> {
    yield profile;
    for (const contact of contacts) {
      yield contactItem(contact);
      yield* messagesOf(contact);
      yield* saidOf(contact);
    }
  }

  async function* contentsOf(then: Moment): AsyncGenerator<Content, void, void> {
    let held: Bytes[] = [];
    let size = 0;
    let messages = 0;
    for await (const item of itemsOf(then)) {
      const bytes = frameBackupItem(item);
      held.push(bytes);
      size += bytes.length;
      if (item.kind === 'message') messages += 1;
      // More than one block is held: this one is not the last.
      while (size > BACKUP_CONTENT_BYTES) {
        const whole = concat(...held);
        yield { content: whole.slice(0, BACKUP_CONTENT_BYTES), isLast: false, messages };
        held = [whole.slice(BACKUP_CONTENT_BYTES)];
        size -= BACKUP_CONTENT_BYTES;
      }
    }
    yield { content: concat(...held), isLast: true, messages };
  }

  function stop(page: Page): void {
    const ended = exports.get(page);
    exports.delete(page);
    ended?.contents.return().catch(world.report);
  }

  /** A disk that takes no more is a reason to make a backup, not to refuse it. */
  async function remember(atMs: number): Promise<void> {
    await lane.run(() => journal.commit((change) => change.put(keys.backup, { atMs } satisfies BackupRecord))).catch(world.report);
  }

  async function block(page: Page, running: Export): Promise<BackupPart> {
    const step = await running.contents.next();
    if (step.done || exports.get(page) !== running) throw new AppError('backup-ended');
    const { content, isLast, messages } = step.value;
    const bytes = await sealBackupBlock(world.engine, running.stream, { index: running.index, isLast }, content);
    running.index += 1;
    if (isLast) {
      exports.delete(page);
      await remember(running.atMs);
    }
    return { bytes, isLast, share: isLast ? 1 : Math.min(1, messages / Math.max(1, running.messages)) };
  }

  return {
    async start(page, passphrase) {
      stop(page);
      if ([...passphrase.normalize('NFC')].length < LEAST_PASSPHRASE_CHARS) throw new AppError('backup-passphrase');
      const then = await lane.run(moment);
      const stream = await startBackup(world.engine, world.argon2id, passphrase);
      exports.set(page, { stream, contents: contentsOf(then), messages: then.messages, atMs: then.profile.atMs, index: 0 });
      return { bytes: stream.header, isLast: false, share: 0 };
    },
    async next(page) {
      const running = exports.get(page);
      if (!running) throw new AppError('backup-ended');
      try {
        return await block(page, running);
      } catch (error) {
        stop(page);
        throw error;
      }
    },
    stop,
  };
}
