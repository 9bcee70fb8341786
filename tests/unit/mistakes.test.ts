/** The mistakes that protocols of this kind are known for: for each there are tests that bear its name. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/build';

const MISTAKES: readonly string[] = [
  'state changed before the tag verifies',
  'two concurrent encrypts with one key',
  'worker death between send and persist',
  'restored old state does not reuse key and nonce',
  'skipped-key flood',
  'keys kept after use',
  'PN off by one; old-chain message after a DH step',
  'header-key rotation order',
  'all-zero X25519',
  'non-canonical and small-order points',
  'wrong-length KEM ciphertext',
  'swapped identities, reflected messages, role confusion',
  'KEM key accepted as an EC key',
  'unsigned PQ prekey',
  'PQ silently left out',
  'one-time prekey reused',
  'one-time prekey deleted before the first message commits',
  'last-resort replay',
  'duplicate chunks',
  'foreign epoch',
  'parity chunks',
  'index wrap',
  'long one-sided runs',
  'downgrade',
  'noble and WebCrypto disagreeing',
  'subarray views leaking larger buffers',
  'padding outside the AEAD',
  'leaking through first messages and receipts',
  'reset storms',
  'forged resets',
  'secrets compared with ===',
  'secrets in logs',
  'secrets in errors',
  'Math.random',
];

/** What tests and groups of tests are called, under one folder. */
function namesUnder(folder: string): string {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((file) => /\.test\.tsx?$/.test(file));
  const sources = files.filter((file) => !file.endsWith('mistakes.test.ts')).map((file) => readFileSync(join(ROOT, folder, file), 'utf8'));
  return sources
    .flatMap((text) => [...text.matchAll(/\b(?:it|test|describe)(?:\.each\([^`'"]*\))?\(\s*([`'"].*)/g)].map(([, name]) => name))
    .join('\n');
}

const NAMES = namesUnder('tests/unit');

describe('a test is named after each mistake', () => {
  it.each(MISTAKES)('%s', (mistake) => {
    expect(NAMES).toContain(mistake);
  });
});
