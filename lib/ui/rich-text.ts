/**
 * Light markdown: *bold* _italic_ ~strike~ `code` ```block``` and "> quote". Nothing is lost: the sources of all pieces, one after the
 * other, are the text. Every step passes over the text once, whatever it contains.
 */
import { findLinks, type Link } from './links';

export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  /** Says how its neighbours look, and is not shown itself. */
  | { readonly kind: 'marker'; readonly text: string }
  /** Would reorder what follows: shown by its number. */
  | { readonly kind: 'control'; readonly text: string }
  | ({ readonly kind: 'link' } & Link)
  | { readonly kind: 'code' | 'block'; readonly pieces: readonly Piece[] }
  | { readonly kind: Mark | 'quote'; readonly pieces: readonly Piece[] };

type Mark = 'bold' | 'italic' | 'strike';

const MARKS: Readonly<Record<string, Mark>> = { '*': 'bold', _: 'italic', '~': 'strike' };
const FENCE = '```';
/** Overrides and embeddings: nobody types them, and they turn around what is read. */
const CONTROL = /[\u202a-\u202e]/u;
const SPECIAL = /[*_~`>\u202a-\u202e]|:\/\/|mailto:/iu;
const WORD = /[\p{L}\p{N}]/u;

function isWordAt(text: string, index: number): boolean {
  const code = text.codePointAt(index);
  return code !== undefined && WORD.test(String.fromCodePoint(code));
}

function isWordBefore(text: string, index: number): boolean {
  if (index <= 0) return false;
  const isPair = index > 1 && /[\udc00-\udfff]/u.test(text[index - 1] ?? '');
  return isWordAt(text, isPair ? index - 2 : index - 1);
}

function isSpace(sign: string | undefined): boolean {
  return sign === undefined || /\s/u.test(sign);
}

/** At a word's beginning, with something to mark. */
function canOpen(text: string, index: number): boolean {
  const next = text[index + 1];
  return !isWordBefore(text, index) && !isSpace(next) && next !== text[index];
}

function canClose(text: string, index: number): boolean {
  const before = text[index - 1];
  return !isWordAt(text, index + 1) && !isSpace(before) && before !== text[index];
}

interface Open {
  readonly sign: string;
  readonly pieces: Piece[];
}

/** Collects pieces of one line under the marks that are open. A mark that finds no end is text. */
class Line {
  private readonly stack: Open[] = [{ sign: '', pieces: [] }];

  private get top(): Piece[] {
    return this.stack.at(-1)?.pieces ?? [];
  }

  add(piece: Piece): void {
    this.top.push(piece);
  }

  text(text: string): void {
    if (text !== '') this.add({ kind: 'text', text });
  }

  isOpen(sign: string): boolean {
    return this.stack.some((open) => open.sign === sign);
  }

  open(sign: string): void {
    this.stack.push({ sign, pieces: [] });
  }

  private give(open: Open): void {
    this.text(open.sign);
    this.top.push(...open.pieces);
  }

  close(sign: string): void {
    for (let open = this.stack.pop(); open; open = this.stack.pop()) {
      if (open.sign !== sign) {
        this.give(open);
        continue;
      }
      const marker: Piece = { kind: 'marker', text: sign };
      this.add({ kind: MARKS[sign] ?? 'bold', pieces: [marker, ...open.pieces, marker] });
      return;
    }
  }

  end(): readonly Piece[] {
    for (let open = this.stack.pop(); open; open = this.stack.pop()) {
      if (open.sign === '') return open.pieces;
      this.give(open);
    }
    return [];
  }
}

/** `code`, at word borders and with something in it; null where there is none. */
function codeAt(text: string, index: number): string | null {
  const end = text.indexOf('`', index + 1);
  const isAlone = text[index - 1] !== '`' && text[end + 1] !== '`';
  const isCode = end > index + 1 && isAlone && !isWordBefore(text, index) && !isWordAt(text, end + 1);
  return isCode ? text.slice(index + 1, end) : null;
}

function readLine(text: string): readonly Piece[] {
  if (!SPECIAL.test(text)) return [{ kind: 'text', text }];
  const line = new Line();
  const links = findLinks(text);
  // Where no "`" follows, none is looked for again.
  const lastTick = text.lastIndexOf('`');
  let next = 0;
  let from = 0;
  let at = 0;
  const take = (length: number, act: () => void) => {
    line.text(text.slice(from, at));
    act();
    at += length;
    from = at;
  };
  while (at < text.length) {
    const sign = text[at] ?? '';
    const link = links[next];
    if (link && link.at < at) next += 1;
    else if (link?.at === at) take(link.source.length, () => line.add({ kind: 'link', ...link }));
    else if (CONTROL.test(sign)) take(1, () => line.add({ kind: 'control', text: sign }));
    else if (sign === '`' && at < lastTick) {
      const code = codeAt(text, at);
      if (code === null) at += 1;
      else take(code.length + 2, () => line.add(codePiece('`', code, '`')));
    } else if (sign in MARKS && line.isOpen(sign) && canClose(text, at)) take(1, () => line.close(sign));
    else if (sign in MARKS && !line.isOpen(sign) && canOpen(text, at)) take(1, () => line.open(sign));
    else at += 1;
  }
  line.text(text.slice(from));
  return line.end();
}

function codePiece(open: string, code: string, close: string): Piece {
  const kind = open.startsWith(FENCE) ? 'block' : 'code';
  return {
    kind,
    pieces: [
      { kind: 'marker', text: open },
      { kind: 'text', text: code },
      { kind: 'marker', text: close },
    ],
  };
}

/** With its line's end. */
function* linesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    const to = end < 0 ? text.length : end + 1;
    yield text.slice(from, to);
    from = to;
  }
}

/** A quoted line stands on a line of its own anyway: its end is not shown once more. */
function quoteOf(line: string): Piece {
  const start = line.startsWith('> ') ? '> ' : '>';
  const hasEnd = line.endsWith('\n');
  const inner = line.slice(start.length, hasEnd ? -1 : undefined);
  const end: readonly Piece[] = hasEnd ? [{ kind: 'marker', text: '\n' }] : [];
  return { kind: 'quote', pieces: [{ kind: 'marker', text: start }, ...(inner === '' ? [] : readLine(inner)), ...end] };
}

function readLines(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (const line of linesOf(text)) pieces.push(...(line.startsWith('>') ? [quoteOf(line)] : readLine(line)));
  return pieces;
}

/** A block's own line ends go with its fences. */
function blockOf(text: string, from: number, to: number): Piece {
  const inner = text.slice(from + FENCE.length, to - FENCE.length);
  const start = inner.startsWith('\n') ? 1 : 0;
  const end = inner.length > start && inner.endsWith('\n') ? 1 : 0;
  const after = text[to] === '\n' ? '\n' : '';
  return codePiece(
    `${FENCE}${inner.slice(0, start)}`,
    inner.slice(start, inner.length - end),
    `${inner.slice(inner.length - end)}${FENCE}${after}`,
  );
}

/** Fences stand at the beginning of a line. */
function fenceFrom(text: string, from: number): number {
  if (from === 0 && text.startsWith(FENCE)) return 0;
  const found = text.indexOf(`\n${FENCE}`, Math.max(0, from - 1));
  return found < 0 ? -1 : found + 1;
}

export function readText(text: string): readonly Piece[] {
  if (!SPECIAL.test(text)) return [{ kind: 'text', text }];
  const pieces: Piece[] = [];
  let from = 0;
  for (let open = fenceFrom(text, 0); open >= 0; open = fenceFrom(text, from)) {
    const close = text.indexOf(FENCE, open + FENCE.length + 1);
    if (close < 0) break;
    const to = close + FENCE.length;
    pieces.push(...readLines(text.slice(from, open)), blockOf(text, open, to));
    from = text[to] === '\n' ? to + 1 : to;
  }
  return [...pieces, ...readLines(text.slice(from))];
}

/** What a long message shows at first. */
const SHOWN_LINES = 40;
const LINE_CHARS = 50;

/** Null when a text is short enough to be shown whole; else its beginning, cut between words. */
export function beginningOf(text: string): string | null {
  if (text.length <= SHOWN_LINES) return null;
  let lines = 0;
  let end = 0;
  for (const line of linesOf(text)) {
    const need = Math.max(1, Math.ceil(line.length / LINE_CHARS));
    if (lines + need > SHOWN_LINES) return text.slice(0, end + cutWithin(line, (SHOWN_LINES - lines) * LINE_CHARS)).trimEnd();
    lines += need;
    end += line.length;
  }
  return null;
}

function cutWithin(line: string, most: number): number {
  if (most <= 0) return 0;
  const space = line.lastIndexOf(' ', most);
  const cut = space > most / 2 ? space : most;
  return /[\udc00-\udfff]/u.test(line[cut] ?? '') ? cut - 1 : cut;
}
