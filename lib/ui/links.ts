/**
 * Addresses in a text that may be pressed: http, https and mailto, as somebody wrote them out. What is shown is where it leads: an
 * address whose host reads otherwise than it is written is shown as the browser understands it.
 */
export interface Link {
  /** As it stands in the text. */
  readonly source: string;
  /** As it is shown. */
  readonly shown: string;
  readonly href: string;
}

// One pass: each character belongs to one match at most. Characters that can't be seen end an address.
const CANDIDATE = /(?<![\p{L}\p{N}_])(?:https?:\/\/|mailto:)[^\s<>"\\`\p{Cc}\p{Cf}]+/giu;
const TRAILING = new Set([...".,;:!?'*~’”»…"]);
const CLOSING: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
const MAX_LINK_CHARS = 2048;
/** Of one text; nobody presses more. */
const MAX_LINKS = 200;

function count(text: string, sign: string): number {
  let found = 0;
  for (const each of text) if (each === sign) found += 1;
  return found;
}

/** A sentence's end, or a bracket around the address, is not part of it. */
function withoutTrailing(text: string): string {
  let end = text.length;
  for (; end > 0; end -= 1) {
    const sign = text[end - 1] ?? '';
    const open = CLOSING[sign];
    const isUnbalanced = open !== undefined && count(text.slice(0, end), sign) > count(text.slice(0, end), open);
    if (!TRAILING.has(sign) && !isUnbalanced) break;
  }
  return text.slice(0, end);
}

/** Latin with the letters of European languages; those that look like plain ones are left out. */
const PLAIN_LATIN = /^[a-z0-9\u00df-\u00f6\u00f8-\u0130\u0132-\u0137\u0139-\u017e-]+$/u;
/** Whole alphabets that nobody takes for Latin. */
const OTHERS = [
  /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー0-9-]+$/u,
  /^[\p{sc=Han}\p{sc=Hangul}0-9-]+$/u,
  /^[\p{sc=Arabic}0-9-]+$/u,
  /^[\p{sc=Hebrew}0-9-]+$/u,
  /^[\p{sc=Devanagari}0-9-]+$/u,
  /^[\p{sc=Thai}0-9-]+$/u,
];

/** Cyrillic, Greek and others look like Latin letter by letter, and so does any mixture. */
function isPlain(host: string): boolean {
  return host.split('.').every((label) => PLAIN_LATIN.test(label) || OTHERS.some((alphabet) => alphabet.test(label)));
}

/** What stands between "//" and the first "/", "?" or "#". */
function writtenHost(source: string): string {
  const rest = source.slice(source.indexOf('//') + 2);
  return /^[^/?#]*/u.exec(rest)?.[0] ?? '';
}

function webLink(source: string, url: URL): Link | null {
  // What stands before an "@" looks like the host and is not.
  if (url.username !== '' || url.password !== '' || url.hostname === '') return null;
  const written = writtenHost(source);
  const host = written.replace(/:\d*$/u, '').toLowerCase();
  const isAsWritten = host === url.hostname || (url.hostname.includes('xn--') && isPlain(host) && host === host.normalize('NFKC'));
  const at = source.indexOf(written);
  const shown = isAsWritten ? source : `${source.slice(0, at)}${url.host}${source.slice(at + written.length)}`;
  return { source, shown, href: url.href };
}

function parse(source: string): URL | null {
  try {
    return new URL(source);
  } catch {
    return null;
  }
}

function linkOf(source: string): Link | null {
  const url = source.length > MAX_LINK_CHARS ? null : parse(source);
  if (!url) return null;
  if (url.protocol === 'mailto:') return url.pathname.includes('@') ? { source, shown: source, href: url.href } : null;
  return url.protocol === 'http:' || url.protocol === 'https:' ? webLink(source, url) : null;
}

export interface LinkPlace extends Link {
  readonly at: number;
}

/** In the order of the text, never over each other. */
export function findLinks(text: string): readonly LinkPlace[] {
  if (!/:\/\/|mailto:/iu.test(text)) return [];
  const found: LinkPlace[] = [];
  for (const match of text.matchAll(CANDIDATE)) {
    const link = linkOf(withoutTrailing(match[0].slice(0, MAX_LINK_CHARS + 1)));
    if (link) found.push({ ...link, at: match.index });
    if (found.length === MAX_LINKS) break;
  }
  return found;
}
