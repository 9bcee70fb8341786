import { describe, expect, it } from 'vitest';
import type { MessageRecord } from '../../../lib/app/records';
import { candidatesIn, encodeSegment } from '../../../lib/app/search-segments';
import { excerptOf, isFound, needlesOf } from '../../../lib/app/search-words';
import { seeded } from '../../support/seed';

const finds = (query: string, text: string) => isFound(needlesOf(query), text);
const marked = (query: string, text: string) =>
  excerptOf(text, needlesOf(query)).map((part) => (part.isMatch ? `[${part.text}]` : part.text));

describe('a word is found', () => {
  it.each([
    ['blu', 'Under the blue pot'],
    ['pot under', 'Under the blue pot'],
    ['PÖT', 'under the pot'],
    ['cafe', 'Le Café du Marché'],
    ['café', 'le cafe du marche'],
    ['strasse', 'In der Straße'],
    ['straße', 'STRASSE'],
    ['GROẞ', 'gross'],
    ['istanbul', 'İSTANBUL'],
    ['οδοσ', 'Η ΟΔΟΣ εδώ'],
    ['οδός', 'ΟΔΟΣΤΡΩΤΗΡΑΣ'],
    ['елка', 'Ёлка стоит'],
    ['שלום', 'שָׁלוֹם לכם'],
    ['سلام', 'سَلَامٌ عليكم'],
    ['नमस', 'नमस्ते दुनिया'],
    ['14 30', 'at 14:30 sharp'],
    ['example', 'see https://example.org/a'],
    ['ﬁre', 'a FIRE'],
    ['２０２６', 'in 2026'],
    ['하', '한국어 시험'],
    ['👍', 'yes👍🏽!'],
  ])('%s in %s', (query, text) => expect(finds(query, text)).toBe(true));

  it.each([
    ['京都', '東京都に行く'],
    ['に行', '東京都に行く'],
    ['ラーメン', '美味しいラーメン'],
    ['手机', '我的iPhone手机'],
    ['iphone手', '我的iPhone手机'],
    ['ข้าว', 'กินข้าวกัน'],
  ])('anywhere in writing without spaces: %s in %s', (query, text) => expect(finds(query, text)).toBe(true));

  it.each([
    ['lue', 'Under the blue pot'],
    ['blue pan', 'Under the blue pot'],
    ['ke', 'cake'],
    ['कि', 'का'],
    ['...', 'anything... at all'],
    ['', 'anything'],
  ])('not: %s in %s', (query, text) => expect(finds(query, text)).toBe(false));
});

describe('an excerpt', () => {
  it('marks every word found, as it is written', () => {
    expect(marked('cafe mar', 'Le Café du Marché')).toEqual(['Le ', '[Café]', ' du ', '[Mar]', 'ché']);
    expect(marked('strass', 'In der Straße dort')).toEqual(['In der ', '[Straß]', 'e dort']);
    expect(marked('京都', '東京都に行く')).toEqual(['東', '[京都]', 'に行く']);
    expect(marked('cafe', 'cafe\u0301 noir')).toEqual(['[cafe\u0301]', ' noir']);
  });

  it('does not mark the middle of a word', () => {
    expect(marked('an', 'Banana and an anchor')).toEqual(['Banana ', '[an]', 'd ', '[an]', ' ', '[an]', 'chor']);
  });

  it('is one line around the first word found', () => {
    const text = `${'before '.repeat(60)}needle\n\n${'after '.repeat(60)}`;
    const parts = excerptOf(text, needlesOf('needle'));
    const line = parts.map((part) => part.text).join('');
    expect(line).toMatch(/^…before .*before needle after .*…$/u);
    expect(line.length).toBeLessThan(200);
    expect(parts.filter((part) => part.isMatch).map((part) => part.text)).toEqual(['needle']);
  });

  it('cuts no letter of two units in half', () => {
    const text = '👍'.repeat(300);
    for (const part of [...excerptOf(`x${text}needle${text}`, needlesOf('needle')), ...excerptOf(text, needlesOf('👍'))])
      expect(part.text.isWellFormed()).toBe(true);
  });

  it('of the longest message with nothing but matches is short and quick', () => {
    const startMs = performance.now();
    const parts = excerptOf('a '.repeat(6000), needlesOf('a'));
    expect(parts.map((part) => part.text).join('').length).toBeLessThan(200);
    expect(performance.now() - startMs).toBeLessThan(300);
  });
});

/** Written apart from the product's: letter by letter, over an alphabet whose letters fold one to one. */
function naively(query: string, text: string): boolean {
  const plain: Record<string, string> = { Ä: 'a', ä: 'a', A: 'a', B: 'b', É: 'e', é: 'e' };
  const spaceless = '東京都';
  const words = (all: string) => {
    const found: string[] = [];
    let previous = ' ';
    for (const raw of all) {
      const letter = plain[raw] ?? raw;
      const isLetter = /[a-z0-9東京都]/u.test(letter);
      const continues = /[a-z0-9東京都]/u.test(previous) && spaceless.includes(letter) === spaceless.includes(previous);
      if (isLetter && continues) found[found.length - 1] += letter;
      else if (isLetter) found.push(letter);
      previous = letter;
    }
    return found;
  };
  const wanted = words(query);
  const given = words(text);
  const isIn = (word: string) => given.some((each) => (spaceless.includes(word[0] ?? '') ? each.includes(word) : each.startsWith(word)));
  return wanted.length > 0 && wanted.every(isIn);
}

it('a segment gives exactly the messages that a plain look at each gives, newest first', () => {
  const random = seeded('search words');
  const letters = [...'aAäÄbBeéÉ12東京都  ..\n-'];
  const write = (length: number) => Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('');
  let hits = 0;
  for (let round = 0; round < 30; round++) {
    const messages = Array.from({ length: 40 }, (_, i): MessageRecord => {
      const text = write(Math.floor(random() * 24));
      return {
        id: `${i}`,
        sequence: i + 1,
        order: i + 1,
        isMine: false,
        text,
        sentAtMs: 0,
        receivedAtMs: 1e12 + i,
        delivery: null,
        mayWait: false,
      };
    });
    const segment = encodeSegment(messages);
    for (let i = 0; i < 30; i++) {
      const query = write(1 + Math.floor(random() * 5));
      const expected = messages.filter(({ text }) => naively(query, text)).map(({ sequence, receivedAtMs: atMs }) => ({ sequence, atMs }));
      expect([...candidatesIn(segment, needlesOf(query))], JSON.stringify(query)).toEqual(expected.toReversed());
      expect(messages.filter(({ text }) => finds(query, text)).length).toBe(expected.length);
      hits += expected.length;
    }
  }
  expect(hits).toBeGreaterThan(500);
});
