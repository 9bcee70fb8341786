/**
 * Words as they are looked for: without case, accents and points. A word is found by its beginning; writing that puts no
 * spaces between words (Han, kana, Thai and the like), and a picture, is found anywhere.
 */

/** Combining accents and joiners of every script (UAX #24 calls them inherited), and the points of Hebrew. Vowel signs stay. */
const MARKS = /[\p{Script=Inherited}\u0591-\u05c7]/gu;
const LETTER = String.raw`[\p{L}\p{N}\p{M}]`;
const UNSPACED_SCRIPT = String.raw`[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]`;
const UNSPACED = String.raw`[[${UNSPACED_SCRIPT}&&${LETTER}]\p{Extended_Pictographic}]`;
const WORD = new RegExp(`${UNSPACED}+|[${LETTER}--${UNSPACED}]+`, 'gv');
const STARTS_UNSPACED = new RegExp(`^${UNSPACED}`, 'v');
/** What may belong to a word before it is folded, its marks and joiners included. */
const TOKEN = new RegExp(String.raw`[${LETTER}${UNSPACED}\p{Cf}]+`, 'gv');

const BEFORE_MATCH = 32;
const EXCERPT_LETTERS = 180;

/** Letter by letter, so that the beginning of a text folds to the beginning of what the text folds to. Twice to upper: ẞ, ß and SS are one. */
function fold(text: string): string {
  const bare = text.normalize('NFKD').replace(MARKS, '');
  return bare.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

function wordsOf(text: string): readonly string[] {
  return fold(text).match(WORD) ?? [];
}

/** The words of a text, each once and with a space before it. */
export function wordLine(text: string): string {
  return [...new Set(wordsOf(text))].map((word) => ` ${word}`).join('');
}

/** What must all occur in a text's word line. Empty when nothing is looked for. */
export function needlesOf(query: string): readonly string[] {
  return [...new Set(wordsOf(query))].map((word) => (STARTS_UNSPACED.test(word) ? word : ` ${word}`));
}

export function isFound(needles: readonly string[], text: string): boolean {
  const line = wordLine(text);
  return needles.length > 0 && needles.every((needle) => line.includes(needle));
}

export interface ExcerptPart {
  readonly text: string;
  readonly isMatch: boolean;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where in the token the needle stands, in the token's own letters. */
function spanIn(token: string, needle: string): Span | null {
  let folded = '';
  const ends: number[] = [];
  const starts: number[] = [];
  let at = 0;
  for (const letter of token) {
    const plain = fold(letter);
    for (let i = 0; i < plain.length; i++) starts.push(at);
    at += letter.length;
    for (let i = 0; i < plain.length; i++) ends.push(at);
    // What folds to nothing belongs to the letter before it.
    if (plain === '') for (let i = ends.length - 1; ends[i] === at - letter.length; i--) ends[i] = at;
    folded += plain;
  }
  const word = needle.trimStart();
  for (const match of folded.matchAll(WORD)) {
    const inWord = match[0].indexOf(word);
    if (inWord < 0 || (inWord > 0 && word !== needle)) continue;
    const first = match.index + inWord;
    return { from: starts[first] ?? 0, to: ends[first + word.length - 1] ?? token.length };
  }
  return null;
}

/** Of every token that holds a needle, up to an excerpt's length after the first. */
function spansIn(text: string, needles: readonly string[]): readonly Span[] {
  const spans: Span[] = [];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (spans[0] && index > spans[0].from + EXCERPT_LETTERS) break;
    const line = wordLine(token);
    for (const needle of needles) {
      const span = line.includes(needle) ? spanIn(token, needle) : null;
      if (span) spans.push({ from: index + span.from, to: index + span.to });
    }
  }
  return spans.sort((a, b) => a.from - b.from);
}

/** The place nearest before `at` where a text may be cut: after a space if there is one, never inside a letter of two units. */
function cutBefore(text: string, at: number, earliest: number): number {
  const space = text.indexOf(' ', earliest);
  if (space >= 0 && space < at) return space + 1;
  const unit = text.charCodeAt(earliest);
  return unit >= 0xdc00 && unit <= 0xdfff ? earliest + 1 : earliest;
}

/** A line of the text around the first word found, with every word found in it marked. */
export function excerptOf(text: string, needles: readonly string[]): readonly ExcerptPart[] {
  const line = text.replace(/\s+/gu, ' ').trim();
  const spans = spansIn(line, needles);
  const first = spans[0]?.from ?? 0;
  const start = first > BEFORE_MATCH ? cutBefore(line, first, first - BEFORE_MATCH) : 0;
  const limit = start + EXCERPT_LETTERS;
  const end = line.length > limit ? cutBefore(line, limit, limit) : line.length;
  const parts: ExcerptPart[] = [];
  let at = start;
  for (const { from, to } of spans) {
    if (to <= at || from >= end) continue;
    const [begin, stop] = [Math.max(from, at), Math.min(to, end)];
    if (begin > at) parts.push({ text: line.slice(at, begin), isMatch: false });
    parts.push({ text: line.slice(begin, stop), isMatch: true });
    at = stop;
  }
  if (at < end) parts.push({ text: line.slice(at, end), isMatch: false });
  const ellipsis = (isCut: boolean) => (isCut ? [{ text: '…', isMatch: false }] : []);
  return [...ellipsis(start > 0), ...parts, ...ellipsis(end < line.length)];
}
