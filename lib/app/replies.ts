/** What a message answers, as it is now: of what is deleted or over nothing is left in its answers either. */
import { firstLetters, REPLY_LETTERS } from '../domain/excerpt';
import type { Core } from './core';
import { isOver, keys, type MessageRecord } from './records';
import type { ReplyView } from './view';

export async function replyOf({ journal, expiry }: Core, contactId: string, { replyTo }: MessageRecord): Promise<ReplyView | null> {
  if (!replyTo) return null;
  const sequence = (await journal.store.get(keys.content(contactId, replyTo))) as number | undefined;
  const message = sequence && ((await journal.store.get(keys.message(contactId, sequence))) as MessageRecord | undefined);
  if (!message || message.text === '' || isOver(message, expiry.now())) return { kind: 'gone' };
  const { id, isMine, text } = message;
  return { kind: 'known', id, sequence: message.sequence, isMine, excerpt: firstLetters(text, REPLY_LETTERS) };
}
