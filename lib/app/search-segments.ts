/**
 * What a segment holds: a line a message, in the order of sequences, of its words without case and accents.
 *
 *   segment = ( "\n" sequence ":" time ( " " word )* )*        the time to base 36, the sequence, which may be no whole number, to base 10
 *
 * One string, for a string is the cheapest thing to seal, to keep in memory and to look through.
 */
import { type MessageRecord, messageAtMs } from './records';
import { wordLine } from './search-words';

/** Messages of one conversation that share a segment: those whose sequence has the same quotient. */
export const BLOCK = 256;

export const blockOf = (sequence: number): number => Math.floor(sequence / BLOCK);

/** The greatest number below the first sequence of a block. */
export const beforeBlock = (block: number): number => block * BLOCK * (1 - 2 ** -53);

/** A message whose words stand in a segment. */
export interface Candidate {
  readonly sequence: number;
  readonly atMs: number;
}

/** '' when no message has a word. */
export function encodeSegment(messages: readonly MessageRecord[]): string {
  const lines = messages.map((message) => {
    const words = wordLine(message.text);
    return words && `\n${message.sequence}:${messageAtMs(message).toString(36)}${words}`;
  });
  return lines.join('');
}

/** Newest first. The longest needle is looked for, being the rarest; the others only in its lines. */
export function* candidatesIn(segment: string, needles: readonly string[]): Generator<Candidate> {
  const [rarest, ...others] = [...needles].sort((a, b) => b.length - a.length);
  if (rarest === undefined) return;
  let end = segment.length;
  while (end > 0) {
    const found = segment.lastIndexOf(rarest, end - 1);
    if (found < 0) return;
    const start = segment.lastIndexOf('\n', found);
    const next = segment.indexOf('\n', found);
    const line = segment.slice(start + 1, next < 0 ? segment.length : next);
    end = start;
    if (!others.every((needle) => line.includes(needle))) continue;
    const [sequence = '', atMs = ''] = line.slice(0, line.indexOf(' ')).split(':');
    yield { sequence: Number(sequence), atMs: Number.parseInt(atMs, 36) };
  }
}
