/** A slice of `npm run fuzz` through the relay's whole border. */
import { expect, it } from 'vitest';
import { fuzzRelay } from '../../support/fuzz-relay';
import { seeded } from '../../support/seed';

const INPUTS = 8000;
const MAX_GROWN_BYTES = 32 * 1024 * 1024;

it('whatever comes, the relay answers each frame once, harms nobody else and keeps its database whole', async () => {
  const { answers, grownBytes } = await fuzzRelay(seeded('relay frames'), INPUTS);
  // Both what makes sense and what does not has come as far as it can.
  for (const kind of ['ok-queue', 'ok-proofs', 'ok-stored', 'ok-invite', 'ok-box', 'ok-bundle', 'msg', 'sig', 'bell', 'end'])
    expect(answers.get(kind), kind).toBeGreaterThan(0);
  for (const code of ['SYNTAX', 'AUTH', 'NO_MSG', 'GONE', 'TAKEN']) expect(answers.get(code), code).toBeGreaterThan(0);
  expect(answers.get('RETRY')).toBeUndefined();
  console.log(`${(grownBytes / 1024).toFixed(0)} KiB more held`);
  expect(grownBytes).toBeLessThan(MAX_GROWN_BYTES);
}, 60_000);
