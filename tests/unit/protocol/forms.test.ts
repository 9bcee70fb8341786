import { expect, it } from 'vitest';
import { forms } from './forms';

/** `npx vitest run --project unit tests/unit/protocol/forms.test.ts -u` writes it anew: only when a form changes, together with PROTOCOL.md. */
it('no form reads or refuses anything else than before', async () => {
  await expect(`${JSON.stringify(await forms(), null, 2)}\n`).toMatchFileSnapshot('../../vectors/forms.json');
}, 30_000);
