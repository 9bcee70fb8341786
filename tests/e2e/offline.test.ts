/** A contact who is away: what is written waits on this device, and goes by itself when they return. */
import { afterEach, test } from 'vitest';
import { until } from '../support/browsers';
import { allArrived, getInTouch, type InTouch, PAIRS } from '../support/in-touch';
import { openChat, say, shownMessages, word } from '../support/walk';

let pair: InTouch | null = null;
afterEach(async () => {
  await pair?.end();
  pair = null;
});

for (const [away, here] of PAIRS) {
  test(`${here} writes to a ${away} that is closed; it arrives once that is open again, with nothing touched`, async () => {
    pair = await getInTouch([away, here]);
    const { ana, jun } = pair;
    const texts = ['first', 'second', 'third'];
    const states = async () => (await shownMessages(jun.panel)).map(({ state }) => state);
    const whileClosed = async () => {
      for (const text of texts) await say(jun.panel, 'Ana', text);
      const waiting = texts.map(() => word('state_local_online', 'Ana'));
      await until(async () => (await states()).join() === waiting.join(), 'they wait on this device', 40_000);
    };
    await ana.browser.relaunch({ whileClosed });
    await until(async () => (await states()).every((state) => state.startsWith('Delivered')), 'all delivered', 45_000);
    ana.panel = await ana.browser.openPanel();
    await openChat(ana.panel, 'Jun');
    await allArrived(pair, [], texts, 20_000);
  }, 120_000);
}
