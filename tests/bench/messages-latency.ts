/** From the Enter key to the other's screen, as in pipe/enter-to-shown: with much stored, receipts both ways, and both routings in turn. */
import { contactOf } from '../support/in-touch';
import { type Figure, p95Of, spreadOf } from './figures';
import { give } from './messages-lab';
import { sendOne, watch } from './pipe-latency';
import type { Person } from './pipe-pair';

const PER_BLOCK = 20;
/** The first block of each routing warms up and is not counted. */
const WARM_UP_BLOCKS = 2;

export async function* measureLatency(ana: Person, jun: Person, blocks: number, say: (what: string) => void): AsyncGenerator<Figure> {
  const tookMs = { device: [] as number[], relay: [] as number[] };
  for (const { panel } of [ana, jun]) await panel.eval(watch);
  for (let block = 0; block < blocks + WARM_UP_BLOCKS; block++) {
    say(`messages, block ${block + 1} of ${blocks + WARM_UP_BLOCKS}`);
    const [from, to] = block % 4 < 2 ? [ana, jun] : [jun, ana];
    const routing = block % 2 === 0 ? 'device' : 'relay';
    await give(from.panel, { kind: 'contact.choose', contactId: (await contactOf(from.panel)).id, choices: { routing } });
    for (let i = 0; i < PER_BLOCK; i++) {
      const each = await sendOne(from, to, `message ${block}-${i}`);
      if (block >= WARM_UP_BLOCKS) tookMs[routing].push(each);
    }
  }
  const { device, relay } = tookMs;
  yield p95Of('messages/enter-to-shown/p95', [...device, ...relay], { device: spreadOf(device), relay: spreadOf(relay) });
}
