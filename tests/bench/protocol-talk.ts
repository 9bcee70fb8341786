/** Two people who write to one another, over whichever protocol: what a bench may ask of it, and how it makes them talk. */
import type { Bytes } from '../../lib/protocol/bytes';

export type Side = 'alice' | 'bob';

/** Each step reads its side's session from stored bytes and stores it as bytes again. */
export interface Talk<Message> {
  seal(from: Side, text: Bytes): Promise<Message>;
  open(at: Side, message: Message): Promise<void>;
}

/** What is measured, ours or another's. */
export interface Workload<Message, Made extends Talk<Message> = Talk<Message>> {
  /** Two people with identities and prekeys. What it gives sets a session up: agreement and first message, on both sides. */
  prepare(): Promise<(text: Bytes) => Promise<Made>>;
}

export const TEXT_BYTES = 256;

export function otherSide(side: Side): Side {
  return side === 'alice' ? 'bob' : 'alice';
}

export async function sendOne<Message>(talk: Talk<Message>, from: Side, text: Bytes): Promise<void> {
  await talk.open(otherSide(from), await talk.seal(from, text));
}

/** As two devices do: while one opens a message the other seals the next. Each does its own in order. */
export async function sendMany<Message>(talk: Talk<Message>, from: Side, text: Bytes, count: number): Promise<void> {
  let opened = Promise.resolve();
  for (let i = 0; i < count; i++) {
    const message = await talk.seal(from, text);
    opened = opened.then(() => talk.open(otherSide(from), message));
  }
  await opened;
}

/** Ends with the side that did not begin, if `count` is even. */
export async function takeTurns<Message>(talk: Talk<Message>, text: Bytes, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await sendOne(talk, i % 2 === 0 ? 'alice' : 'bob', text);
}
