/**
 * Contents that wait for another: pieces of a text for the rest of it, and what was said of a message that has not come. A contact may
 * leave only so many here; what does not fit is not confirmed, so that it is sent again.
 */
import { toHex } from '../protocol/bytes';
import type { Content } from '../protocol/content';
import type { Core } from './core';
import type { Change } from './journal';
import { dayOf, keys } from './records';

export type TextContent = Extract<Content, { kind: 'text' }>;
export type EditContent = Extract<Content, { kind: 'edit' }>;
export type PartContent = Extract<Content, { kind: 'part' }>;
export type SaidContent = Extract<Content, { kind: 'edit' | 'reaction' | 'delete' }>;
export type LifeContent = TextContent | PartContent | SaidContent;

export interface EarlyRecord {
  readonly content: LifeContent;
  readonly atMs: number;
  /** So long it had lain on a relay. */
  readonly ageSeconds: number;
}

/** Nothing new is begun beyond so many, nor added to one target beyond so many: the pieces of a text are fewer. */
const MOST = 64;
const MOST_OF_ONE = 24;

export async function earlyOf({ journal }: Core, contactId: string, target: string): Promise<readonly EarlyRecord[]> {
  return (await journal.store.range(['early', contactId, target])).map(([, value]) => value as EarlyRecord);
}

/** Null: there is no room for it. In the lane. */
export async function keepEarly(
  core: Core,
  contactId: string,
  target: string,
  { content, ageSeconds }: Pick<EarlyRecord, 'content' | 'ageSeconds'>,
): Promise<((change: Change) => void) | null> {
  const { store } = core.journal;
  const kept = await store.count(['early', contactId, target]);
  if (kept >= MOST_OF_ONE || (kept === 0 && (await store.count(['early', contactId])) >= MOST)) return null;
  const atMs = core.world.clock.now();
  const id = toHex(content.contentId);
  return (change) => {
    change.put(keys.early(contactId, target, id), { content, atMs, ageSeconds } satisfies EarlyRecord);
    change.put(keys.earlyOn(dayOf(atMs), contactId, target, id), null);
  };
}

export function endEarly(change: Change, contactId: string, target: string, rows: readonly EarlyRecord[]): void {
  for (const { content, atMs } of rows) {
    const id = toHex(content.contentId);
    change.delete(keys.early(contactId, target, id));
    change.delete(keys.earlyOn(dayOf(atMs), contactId, target, id));
  }
}

/** What comes of this and the pieces that are here; null while some are missing. */
export function joined(pieces: readonly EarlyRecord[]): { readonly whole: TextContent | EditContent; readonly first: EarlyRecord } | null {
  const texts = new Map<number, string>();
  let found: { whole: TextContent | EditContent; first: EarlyRecord } | null = null;
  for (const piece of pieces) {
    const { content } = piece;
    if (content.kind === 'part') texts.set(content.index, content.text);
    else if (content.kind === 'text' || content.kind === 'edit') found = { whole: content, first: piece };
  }
  if (!found) return null;
  const { whole, first } = found;
  let text = whole.text;
  for (let index = 1; index < whole.parts; index++) {
    const part = texts.get(index);
    if (part === undefined) return null;
    text += part;
  }
  return { whole: { ...whole, text, parts: 1 }, first };
}
