/**
 * A second reader of the whole protocol in another language, written from PROTOCOL.md before its author had read lib/protocol: it
 * shares no library with the product, the curves and ciphers included. What it prints is one line for each group of checks.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { requirePython } from '../../support/python';

const READER = join(import.meta.dirname, '../../second-reader/reader.py');

it('reads every vector in Python, from the document alone', async () => {
  const { stdout } = await promisify(execFile)(requirePython(), ['-B', READER]).catch((error: { stdout?: string }) => {
    throw new Error(error.stdout || String(error));
  });
  const groups = stdout.trimEnd().split('\n');
  expect(groups.length).toBeGreaterThan(20);
  for (const group of groups) expect(group).toMatch(/^ok {2}.+ [1-9]\d* checks$/);
}, 120_000);
