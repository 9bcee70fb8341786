import { expect, it } from 'vitest';
import { transcript } from './transcript';

/** `npx vitest run --project unit tests/unit/protocol/transcript.test.ts -u` writes it anew: only for a new wire version, together with PROTOCOL.md. */
it('no byte of wire version 4 has changed: the same randomness gives the stored transcript', async () => {
  await expect(`${JSON.stringify(await transcript(), null, 2)}\n`).toMatchFileSnapshot('../../vectors/transcript.json');
});
