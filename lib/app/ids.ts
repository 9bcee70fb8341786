/** Random names for contacts and contents: they say nothing about what they name. */
import { toHex } from '../protocol/bytes';
import { CONTENT_ID_BYTES } from '../protocol/content-life';
import type { Random } from './ports';

export type ContactId = string;
/** 32 hex digits; for a message it is also the content id that the other side sees. */
export type CommandId = string;

/** 32 hex digits, as a content id travels. */
export function newContentId(random: Random): string {
  return toHex(random.bytes(CONTENT_ID_BYTES));
}

export function newContactId(random: Random): string {
  return toHex(random.bytes(16));
}

export function isContentId(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{32}$/.test(text);
}
