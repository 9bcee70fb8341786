/** Owed sends become contents only when they are sealed, so that what they say is true at that moment. */
import { chosenFor } from '../domain/choices';
import { fromHex } from '../protocol/bytes';
import { CONTENT_VERSION, type ContentBody } from '../protocol/content';
import { MAX_EXPIRY_SECONDS, splitText } from '../protocol/content-life';
import type { Core } from './core';
import { movesOf } from './queues';
import { type ContactRecord, isOver, keys, type MessageRecord, type OutboxRow } from './records';
import { saidBody } from './said';

/** A text, or its first part, as it is sealed at that moment. */
export function textBody({ text, sentAtMs, order, expiry, replyTo }: MessageRecord, nowMs: number): Extract<ContentBody, { kind: 'text' }> {
  const [first = '', ...others] = splitText(text);
  const ageSeconds = Math.min(MAX_EXPIRY_SECONDS, Math.max(0, Math.floor((nowMs - sentAtMs) / 1000)));
  return {
    ...{ kind: 'text', text: first, parts: 1 + others.length, sentAtMs, order },
    expiry: expiry ? { ...expiry, ageSeconds } : null,
    replyTo: replyTo ? fromHex(replyTo) : null,
  };
}

function partBody({ id, text }: MessageRecord, index: number): ContentBody | null {
  const piece = splitText(text)[index];
  return piece === undefined ? null : { kind: 'part', of: fromHex(id), index, text: piece };
}

/** What an owed send says now. Null: nothing any more, and the send ends. */
export async function bodyOf(core: Core, contact: ContactRecord, { body }: OutboxRow): Promise<ContentBody | null> {
  const { journal, world, expiry } = core;
  const { tellsReading, tellsTyping } = chosenFor(contact.choices, journal.settings);
  const introduction = {
    name: journal.profile?.name ?? '',
    direct: contact.direct.mine ?? 'denied',
    tells: { reading: tellsReading, typing: tellsTyping },
    version: CONTENT_VERSION,
  } as const;
  const sentAtMs = world.clock.now();
  switch (body.kind) {
    case 'request': {
      const { relay, sid } = contact.mine;
      return sid && { kind: 'request', ...introduction, address: { relay, sid }, liveKey: contact.live.mine, sentAtMs };
    }
    case 'accept':
      return { kind: 'accept', ...introduction, liveKey: contact.live.mine, sentAtMs };
    case 'profile':
      return { kind: 'profile', ...introduction };
    case 'heal':
      return { kind: 'heal', ...introduction, liveKey: contact.live.mine };
    case 'prekey-box':
      return contact.box.mine && { kind: 'prekey-box', box: contact.box.mine };
    case 'address': {
      // Only the newest is worth telling.
      const newest = movesOf(contact).pending.at(-1);
      const { relay, sid } = newest?.queue ?? contact.mine;
      return newest?.order === body.order && sid ? { kind: 'address', order: body.order, address: { relay, sid } } : null;
    }
    case 'address-taken': {
      const { order, next } = movesOf(contact).theirs;
      return order === body.order && !next ? { kind: 'address', order, address: null } : null;
    }
    case 'live-key':
      return body;
    case 'text': {
      const message = (await journal.store.get(keys.message(contact.id, body.sequence))) as MessageRecord | undefined;
      if (!message || message.deleted || isOver(message, expiry.now())) return null;
      return body.part ? partBody(message, body.part) : textBody(message, sentAtMs);
    }
    case 'said':
      return saidBody(core, contact.id, body);
    case 'receipt':
      return {
        kind: 'receipt',
        delivered: body.delivered.map(fromHex),
        read: body.read.map(fromHex),
        missing: body.missing.map(fromHex),
      };
    case 'query':
      return { kind: 'query', ids: body.ids.map(fromHex) };
    default:
      return body satisfies never;
  }
}
