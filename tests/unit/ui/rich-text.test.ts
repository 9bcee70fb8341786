import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findLinks } from '../../../lib/ui/links';
import { beginningOf, type Piece, readText } from '../../../lib/ui/rich-text';

function sourceOf(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => {
      if (piece.kind === 'link') return piece.source;
      return 'pieces' in piece ? sourceOf(piece.pieces) : piece.text;
    })
    .join('');
}

/** As `<bold>` … `</bold>`, markers left out. */
function shown(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => {
      if (piece.kind === 'marker') return '';
      if (piece.kind === 'link') return `<link>${piece.shown}</link>`;
      return 'pieces' in piece ? `<${piece.kind}>${shown(piece.pieces)}</${piece.kind}>` : piece.text;
    })
    .join('');
}

const read = (text: string) => shown(readText(text));

describe('marks', () => {
  it.each([
    ['*bold* _italic_ ~strike~ `code`', '<bold>bold</bold> <italic>italic</italic> <strike>strike</strike> <code>code</code>'],
    ['(*so*), _indeed_.', '(<bold>so</bold>), <italic>indeed</italic>.'],
    ['*a _b_ c*', '<bold>a <italic>b</italic> c</bold>'],
    ['*two words*', '<bold>two words</bold>'],
  ])('%s', (text, expected) => expect(read(text)).toBe(expected));

  it.each([
    '2*3*4 and snake_case_name',
    'a * b * c',
    '** not **',
    '*open, and never closed',
    '*over\nlines*',
    '`',
    '``',
    'don`t and can`t',
    '***',
    '_ _',
  ])('leave %j as it is', (text) => expect(read(text)).toBe(text));

  it('do not cross: the one that closes first wins', () => {
    expect(read('*a _b* c_')).toBe('<bold>a _b</bold> c_');
  });

  it('are not looked for in code, nor in links', () => {
    expect(read('`*a*`')).toBe('<code>*a*</code>');
    expect(read('https://a.example/_x_/*y*z')).toBe('<link>https://a.example/_x_/*y*z</link>');
    expect(read('*see https://a.example*')).toBe('<bold>see <link>https://a.example</link></bold>');
  });
});

describe('blocks', () => {
  it('keep their lines, and show their fences nowhere', () => {
    expect(read('look:\n```\nlet a = *1*;\n  b\n```\nso')).toBe('look:\n<block>let a = *1*;\n  b</block>so');
    expect(read('```one line```')).toBe('<block>one line</block>');
  });

  it('need both fences, at the beginning of a line', () => {
    expect(read('```never closed')).toBe('```never closed');
    expect(read('a ``` b ``` c')).toBe('a ``` b ``` c');
  });

  it('of quoted lines are marked as such, with marks of their own', () => {
    expect(read('> *one*\n>two\nthree > four')).toBe('<quote><bold>one</bold></quote><quote>two</quote>three > four');
  });
});

describe('a link', () => {
  const link = (text: string) => findLinks(text).map(({ shown: words, href }) => [words, href]);

  it('ends where the sentence goes on', () => {
    expect(findLinks('See https://a.example/b_(c), (https://d.example/e) or https://f.example/?g=h.').map(({ source }) => source)).toEqual([
      'https://a.example/b_(c)',
      'https://d.example/e',
      'https://f.example/?g=h',
    ]);
  });

  it('is http, https or mailto, and written out', () => {
    expect(link('javascript:alert(1) data:text/html,x file:///etc/passwd ftp://a.example www.a.example xhttp://a.example')).toEqual([]);
    expect(link('mailto:ana@a.example HTTPS://A.example/B')).toEqual([
      ['mailto:ana@a.example', 'mailto:ana@a.example'],
      ['HTTPS://A.example/B', 'https://a.example/B'],
    ]);
    expect(link('mailto:nobody https://')).toEqual([]);
  });

  it('never shows another host than it leads to', () => {
    // Cyrillic а; all of it Cyrillic; dotless i; Greek omicron; a number; a wide full stop.
    expect(link('https://pаypal.example/x')).toEqual([['https://xn--pypal-4ve.example/x', 'https://xn--pypal-4ve.example/x']]);
    expect(link('https://аррӏе.example')[0]?.[0]).toMatch(/^https:\/\/xn--/u);
    expect(link('https://twıtter.example')[0]?.[0]).toMatch(/^https:\/\/xn--/u);
    expect(link('https://gοοgle.example')[0]?.[0]).toMatch(/^https:\/\/xn--/u);
    expect(link('https://2130706433/a')).toEqual([['https://127.0.0.1/a', 'https://127.0.0.1/a']]);
    expect(link('https://good。example')[0]?.[0]).toBe('https://good.example');
    expect(link('https://%65vil.example')[0]?.[0]).toBe('https://evil.example');
  });

  it('shows a host in its own letters where nobody can mistake them', () => {
    expect(link('https://bücher.example/')[0]?.[0]).toBe('https://bücher.example/');
    expect(link('https://日本語.example/')[0]?.[0]).toBe('https://日本語.example/');
  });

  it('with a name before the host is none', () => {
    expect(link('https://bank.example@evil.example/ https://bank.example\\@evil.example')).toEqual([
      ['https://bank.example', 'https://bank.example/'],
    ]);
  });

  it('ends before what can not be seen', () => {
    expect(link('https://a.example/\u202egpj.exe')[0]?.[0]).toBe('https://a.example/');
    expect(link('https://a.example/\u200bx')[0]?.[0]).toBe('https://a.example/');
  });
});

it('what would turn the reading around is named', () => {
  expect(readText('a\u202eb')).toEqual([
    { kind: 'text', text: 'a' },
    { kind: 'control', text: '\u202e' },
    { kind: 'text', text: 'b' },
  ]);
});

describe('any text', () => {
  const signs = fc.constantFrom(...'*_~`> \nab(.)\u202e😀é', '```', 'https://', 'mailto:a@b', '\n> ', 'xn--', '@', '\\');
  const texts = fc.array(signs, { maxLength: 200 }).map((parts) => parts.join(''));

  it('is whole again when its pieces are put together', () => {
    fc.assert(
      fc.property(texts, (text) => sourceOf(readText(text)) === text),
      { numRuns: 2000 },
    );
  });

  it('never leads elsewhere than to the web or to mail', () => {
    const isSafe = (text: string) => findLinks(text).every(({ href }) => /^(?:https?:\/\/|mailto:)/u.test(href));
    fc.assert(fc.property(texts, isSafe), { numRuns: 1000 });
  });

  const LONG = 20_000;
  const fill = (part: string) => part.repeat(Math.ceil(LONG / part.length)).slice(0, LONG);
  it.each(
    [
      '*',
      '_a ',
      '*a_b~',
      '`',
      '`a',
      '```',
      '\n```',
      '> ',
      '>\n',
      'https://',
      'https://a/(',
      'https://a.b ',
      'https://a))',
      'mailto:',
      '\u202e',
      '*a ',
      'a* ',
      '😀*',
    ].map((part) => [JSON.stringify(part), fill(part)] as const),
  )('of 20,000 characters is read in a time that grows with its length and no faster: %s', (_, text) => {
    const quarter = [...text].slice(0, 5000).join('');
    const timeOf = (read: string) => {
      const from = performance.now();
      expect(sourceOf(readText(read))).toBe(read);
      return performance.now() - from;
    };
    // The least of several: a busy machine only ever adds to one, and the two are taken in turns.
    const times = Array.from({ length: 9 }, () => [timeOf(quarter), timeOf(text)] as const);
    const least = (of: 0 | 1) => Math.min(...times.map((pair) => pair[of]));
    // Quadratic would be sixteen times as long. Below that a timer's grain counts for more than the parser.
    expect(least(1)).toBeLessThan(Math.max(5, 8 * least(0)));
  });
});

describe('a long text', () => {
  it('begins with forty lines, cut between words', () => {
    expect(beginningOf('short')).toBeNull();
    expect(beginningOf(Array.from({ length: 40 }, () => 'line').join('\n'))).toBeNull();
    expect(beginningOf(Array.from({ length: 41 }, (_, i) => `line ${i}`).join('\n'))?.split('\n')).toHaveLength(40);
    const words = beginningOf('seven kettles '.repeat(1000)) ?? '';
    expect(words.length).toBeLessThanOrEqual(2000);
    expect(words).toMatch(/(?:seven|kettles)$/u);
  });

  it('is never cut inside a character', () => {
    expect(beginningOf(`a${'😀'.repeat(5000)}`)?.isWellFormed()).toBe(true);
    expect(beginningOf('😀'.repeat(5000))?.isWellFormed()).toBe(true);
  });
});
