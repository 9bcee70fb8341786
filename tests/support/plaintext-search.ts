/** Looks for a text in bytes, whichever way it may be spelled there. Knows spellings; decrypts and decompresses nothing but what it says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export interface Needle {
  /** What was looked for, for the one who reads the failure. */
  readonly what: string;
  readonly bytes: Buffer;
}

export interface Haystack {
  readonly where: string;
  readonly bytes: Uint8Array;
}

/** A needle shorter than this is found in random bytes too. */
const LEAST_BYTES = 8;
const PIECE_CHARS = 10;
const PIECE_STEP = 3;

/** Wherever the text begins within a group of three bytes, its inner letters are one of three spellings. */
function base64Spellings(raw: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), raw])
      .toString('base64')
      .replace(/=+$/, '');
    // The letters at either end depend on the neighbours.
    return text.slice(Math.ceil((before * 4) / 3), -1);
  });
}

function spellingsOf(what: string, raw: Buffer): Needle[] {
  const hex = raw.toString('hex');
  const base64 = base64Spellings(raw);
  const letters = [hex, hex.toUpperCase(), ...base64, ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))];
  const needles = [raw, ...new Set(letters)].map((spelling) => ({ what, bytes: Buffer.from(spelling as string) }));
  const short = needles.find(({ bytes }) => bytes.length < LEAST_BYTES);
  if (short) throw new Error(`too short to look for: ${what}`);
  return needles;
}

/** The text as UTF-8 and UTF-16LE, each as it is and in hex, base64 and base64url. */
export function everySpelling(text: string): Needle[] {
  return [...spellingsOf(text, Buffer.from(text, 'utf8')), ...spellingsOf(text, Buffer.from(text, 'utf16le'))];
}

/** Bytes as they are and in hex, base64 and base64url. */
export function spellingsOfBytes(what: string, bytes: Uint8Array): Needle[] {
  return spellingsOf(what, Buffer.from(bytes));
}

/**
 * Short pieces of the text as UTF-8 and UTF-16LE. Snappy and LZ4, which browsers use in their own files, write what they meet for
 * the first time as it is, though they may break it anywhere.
 */
export function piecesOf(text: string): Needle[] {
  const starts = Array.from({ length: Math.ceil((text.length - PIECE_CHARS + 1) / PIECE_STEP) }, (_, i) => i * PIECE_STEP);
  return starts.flatMap((start) => {
    const piece = text.slice(start, start + PIECE_CHARS);
    return (['utf8', 'utf16le'] as const).map((encoding) => ({ what: text, bytes: Buffer.from(piece, encoding) }));
  });
}

/** One line per text and place, empty when nothing is found. */
export function findIn(haystacks: Iterable<Haystack>, needles: readonly Needle[]): string[] {
  const found = new Set<string>();
  for (const { where, bytes } of haystacks) {
    const hay = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const needle of needles) if (hay.includes(needle.bytes)) found.add(`${needle.what} in ${where}`);
  }
  return [...found];
}

/** Every file below the folder, whole. */
export function* filesUnder(folder: string): Generator<Haystack> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    yield { where: relative(folder, path), bytes: readFileSync(path) };
  }
}
