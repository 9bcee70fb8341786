/**
 * From the Enter key in one panel to the first animation frame after the message stands in the other, alternately with round
 * trips of a bare data channel between the same two pages. Both panels are visible; one machine, so both clocks are its clock.
 */
import { setTimeout as pause } from 'node:timers/promises';
import * as walk from '../support/walk';
import { type Figure, p95Of, ratioOf, spreadOf } from './figures';
import { openBareChannel, pingBare } from './pipe-bare';
import { openPair, type Person } from './pipe-pair';

const BLOCKS = 12;
const PER_BLOCK = 20;
/** The first block of each warms up and is not counted. */
const WARM_UP_BLOCKS = 1;
/** Between two messages of somebody who writes fast: receipts and drafts of the last one are through. */
const BREATH_MS = 120;

interface Watched {
  pressedAt: number;
  shown: (text: string) => Promise<number>;
}

/** In a panel: notes when Enter goes down, and tells when a text is first drawn. Milliseconds since 1970. */
export function watch(): void {
  const here = globalThis as unknown as Watched;
  const note = (event: KeyboardEvent) => {
    if (event.key === 'Enter') here.pressedAt = performance.timeOrigin + event.timeStamp;
  };
  addEventListener('keydown', note, { capture: true });
  const drawnAt = new Map<string, number>();
  // Always looking: a watch that began with the key press could come after the message.
  new MutationObserver(() => {
    // Only the newest, from the end: asking for all of them would be time that the product is then blamed for.
    const newest = document.querySelector('[role=log]')?.firstElementChild?.lastElementChild;
    for (const article of [newest, newest?.previousElementSibling, newest?.previousElementSibling?.previousElementSibling]) {
      const text = article?.querySelector('p')?.textContent ?? '';
      if (drawnAt.has(text)) continue;
      drawnAt.set(text, Number.NaN);
      requestAnimationFrame(() => drawnAt.set(text, performance.timeOrigin + performance.now()));
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
  here.shown = async (text) => {
    while (!(Number(drawnAt.get(text)) > 0)) await new Promise((resolve) => setTimeout(resolve, 5));
    return Number(drawnAt.get(text));
  };
}

export async function sendOne(from: Person, to: Person, text: string): Promise<number> {
  await from.panel.fill(walk.composer(to.name), text);
  const shown = to.panel.eval((wanted: string) => (globalThis as unknown as Watched).shown(wanted), text);
  await from.panel.press('Enter');
  const shownAt = await shown;
  const pressedAt = await from.panel.eval(() => (globalThis as unknown as Watched).pressedAt);
  await pause(BREATH_MS);
  return shownAt - pressedAt;
}

export async function* measureLatency(relay: string, say: (what: string) => void): AsyncGenerator<Figure> {
  say('two Chromiums meet');
  const { ana, jun } = await openPair(relay);
  const messages: number[] = [];
  const roundTrips: number[] = [];
  try {
    for (const { panel } of [ana, jun]) await panel.eval(watch);
    await openBareChannel(ana.panel, jun.panel);
    for (let block = 0; block < BLOCKS; block++) {
      say(`messages and bare round trips, block ${block + 1} of ${BLOCKS}`);
      const isCounted = block >= WARM_UP_BLOCKS;
      const [from, to] = block % 2 === 0 ? [ana, jun] : [jun, ana];
      for (let i = 0; i < PER_BLOCK; i++) {
        const tookMs = await sendOne(from, to, `message ${block}-${i}`);
        if (isCounted) messages.push(tookMs);
      }
      const pings = await pingBare(ana.panel, PER_BLOCK);
      if (isCounted) roundTrips.push(...pings);
    }
  } finally {
    await Promise.all([ana.browser.close(), jun.browser.close()]);
  }
  yield p95Of('pipe/enter-to-shown/p95', messages);
  yield ratioOf('pipe/enter-to-shown/over-raw-rtt', spreadOf(messages), spreadOf(roundTrips));
}
