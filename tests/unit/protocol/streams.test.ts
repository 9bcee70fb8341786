import { expect, it } from 'vitest';
import { streams } from './streams';

/** `npx vitest run --project unit tests/unit/protocol/streams.test.ts -u` writes it anew: only for a new version, together with PROTOCOL.md. */
it('no byte of a sealed file, a number, a membership log or a backup has changed: the same randomness gives the stored vectors', async () => {
  await expect(`${JSON.stringify(await streams(), null, 2)}\n`).toMatchFileSnapshot('../../vectors/streams.json');
  // Argon2id at 64 MiB, twice, and at 128 MiB.
}, 30_000);
