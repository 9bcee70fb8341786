import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ViewErrorCode } from '../../../lib/app/errors';
import { ROOT } from '../../support/build';
import { filesUnder } from '../../support/imports';

interface Message {
  readonly message: string;
  readonly description?: string;
}

const MESSAGES = JSON.parse(readFileSync(join(ROOT, 'components/public/_locales/en/messages.json'), 'utf8')) as Record<string, Message>;
const read = (path: string) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') });
const isScript = (path: string) => /\.tsx?$/u.test(path);
const PAGES = [...filesUnder('components', isScript), ...filesUnder('entrypoints', isScript)].map(read);
const SPEAKERS = [...PAGES, ...filesUnder('lib/ui', isScript).map(read), ...filesUnder('lib/bus', isScript).map(read)];

/** The compiler keeps this complete: a new code without a line here does not build. */
const ERROR_CODES: Record<ViewErrorCode, true> = {
  'bad-command': true,
  'no-profile': true,
  'name-empty': true,
  'name-too-long': true,
  'invite-malformed': true,
  'invite-truncated': true,
  'invite-version': true,
  'invite-expired': true,
  'invite-used': true,
  'invite-own': true,
  'invite-contact-exists': true,
  'invite-wrong-identity': true,
  'invite-relay-refused': true,
  'relay-unreachable': true,
  'relay-address': true,
  'relay-password': true,
  'relay-refused': true,
  'contact-unknown': true,
  'identity-other': true,
  'contact-not-accepted': true,
  'contact-blocked': true,
  'routing-ask': true,
  'message-unknown': true,
  'message-arrived': true,
  'message-left': true,
  'message-over': true,
  'message-theirs': true,
  'reaction-none': true,
  'text-empty': true,
  'text-too-long': true,
  'storage-failed': true,
  'storage-full': true,
  'storage-outdated': true,
  'storage-older': true,
  'vault-damaged': true,
  'vault-weakened': true,
  'vault-older': true,
  'lock-wrong': true,
  'lock-wait': true,
  'lock-wiped': true,
  'lock-secret': true,
  'passkey-wrong': true,
  'passkey-alone': true,
  'passkey-many': true,
  'passkey-refused': true,
  'passkey-unsupported': true,
  locked: true,
  'backup-passphrase': true,
  'backup-ended': true,
  'backup-none': true,
  'backup-later': true,
  'backup-wrong': true,
  'backup-damaged': true,
  'backup-truncated': true,
  'backup-known': true,
  'backup-unreadable': true,
  'profile-unknown': true,
  'profile-in-call': true,
  internal: true,
};
const errorKeys = Object.keys(ERROR_CODES).map((code) => `error_${code.replaceAll('-', '_')}`);

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//gu, '').replace(/^\s*\/\/.*$/gmu, '');
}

/** Words between tags, and words in the attributes that people see or hear. */
function hardCoded(text: string): string[] {
  const code = withoutComments(text).replaceAll('=>', '  ');
  const between = [...code.matchAll(/>([^<>{}()=;]*\p{L}[^<>{}()=;]*)<\//gu)].map((match) => match[1]?.trim() ?? '');
  const attributes = [...code.matchAll(/\b(?:aria-label|aria-description|title|placeholder|alt|label)=["']([^"']*\p{L}[^"']*)["']/gu)];
  return [...between, ...attributes.map((match) => match[1] ?? '')].filter((words) => words !== '');
}

/** Everything in single quotes that looks like a key. */
function namedKeys(text: string): string[] {
  const code = withoutComments(text);
  return [...code.matchAll(/'([a-z][a-z0-9]*(?:_[a-z0-9]+)*)'/gu)].map((match) => match[1] ?? '');
}

const MANIFEST_KEYS = [...read('wxt.config.ts').text.matchAll(/__MSG_(\w+)__/gu)].map((match) => match[1] ?? '');

describe('every word comes from the locale file', () => {
  it('is checked on all pages', () => {
    expect(PAGES.length).toBeGreaterThan(30);
  });

  it('finds a hard-coded word where there is one', () => {
    expect(hardCoded('<p class="x">Hello there</p>')).toEqual(['Hello there']);
    expect(hardCoded('<input placeholder="Your name" />')).toEqual(['Your name']);
    expect(hardCoded("<p>{t('x')}</p>; const a = (b: Array<string>) => b.length < 3")).toEqual([]);
  });

  it.each(PAGES)('$path has none of its own', ({ text }) => {
    expect(hardCoded(text)).toEqual([]);
  });

  it('no page is given words by its HTML but the product name', () => {
    for (const path of filesUnder('entrypoints', (file) => file.endsWith('.html'))) {
      const body = read(path).text.replace(/<title>Tincan<\/title>/u, '');
      expect(hardCoded(body), path).toEqual([]);
    }
  });
});

describe('keys', () => {
  const used = new Set([...SPEAKERS.flatMap(({ text }) => namedKeys(text)), ...MANIFEST_KEYS, ...errorKeys]);

  it('that are named all have words', () => {
    // Two words joined by "_" in quotes are a key; nothing else in these files is written so.
    const missing = [...used].filter((key) => key.includes('_') && !(key in MESSAGES));
    expect(missing).toEqual([]);
  });

  it('given to t() directly all have words', () => {
    const direct = SPEAKERS.flatMap(({ text }) => [...text.matchAll(/\bt\('([^']+)'/gu)].map((match) => match[1] ?? ''));
    expect(direct.length).toBeGreaterThan(50);
    expect(direct.filter((key) => !(key in MESSAGES))).toEqual([]);
  });

  it('that have words are all named somewhere', () => {
    expect(Object.keys(MESSAGES).filter((key) => !used.has(key))).toEqual([]);
  });

  it('of errors name a cause and an action, without alarm', () => {
    for (const key of errorKeys) {
      const words = MESSAGES[key]?.message ?? '';
      expect(words.split(/[.;](?:\s|$)/u).filter(Boolean).length, key).toBeGreaterThanOrEqual(2);
      expect(words, key).not.toMatch(/!|oops|sorry/iu);
    }
  });

  it('with a gap to fill say what fills it', () => {
    const silent = Object.entries(MESSAGES).filter(([, { message, description }]) => /\$\d/u.test(message) && !description);
    expect(silent.map(([key]) => key)).toEqual([]);
  });
});
