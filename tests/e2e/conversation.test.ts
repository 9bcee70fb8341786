/** Two real browsers talk: the whole way from first run, over the real relay and a real string. */
import { afterEach, expect, test } from 'vitest';
import { allArrived, getInTouch, type InTouch, PAIRS, type Person, pathOf, stringIsWhole } from '../support/in-touch';
import { composer } from '../support/walk';

let pair: InTouch | null = null;
afterEach(async () => {
  await pair?.end();
  pair = null;
});

async function sayAll({ panel }: Person, other: string, texts: readonly string[]): Promise<void> {
  await panel.click(composer(other));
  for (const text of texts) {
    await panel.type(text);
    await panel.press('Enter');
  }
}

for (const kinds of PAIRS) {
  test(`${kinds.join(' and ')}: 100 messages each way, once, in order, over a direct pair`, async () => {
    pair = await getInTouch(kinds);
    const { ana, jun } = pair;
    const [byAna, byJun] = ['a', 'j'].map((who) => Array.from({ length: 100 }, (_, i) => `${who}${i}`)) as [string[], string[]];
    await Promise.all([sayAll(ana, jun.name, byAna), sayAll(jun, ana.name, byJun)]);
    await allArrived(pair, byAna, byJun, 60_000);
    await stringIsWhole(pair);
    for (const person of [ana, jun]) expect(await pathOf(person)).toMatchObject({ isDirect: true });
  }, 180_000);
}
