/** The same in Chromium's worker and in Firefox's background page: ours over WebCrypto's own calls, by turns in one run. */

import type { BrowserKind, ExtensionBrowser } from '../support/browsers';
import { launchChromium, launchFirefox } from '../support/browsers-launch';
import { type Figure, ratioOf } from './figures';
import type { BuiltLab } from './protocol-build';
import type { Contest } from './protocol-lab';

type Lab = typeof import('./protocol-lab');

/** A call must be answered in ten seconds, on a slow machine too. */
const ROUNDS: Record<Contest, number> = { 'same-direction': 40, 'dh-turn': 25, 'session-setup': 15 };

async function* measureIn(kind: BrowserKind, browser: ExtensionBrowser): AsyncGenerator<Figure> {
  for (const [contest, rounds] of Object.entries(ROUNDS) as [Contest, number][]) {
    const measure = (scope: typeof globalThis, what: Contest, count: number) =>
      (scope as unknown as { lab: Pick<Lab, 'measureHere'> }).lab.measureHere(what, count);
    const { ours, raw } = await browser.background(measure, contest, rounds);
    yield ratioOf(`protocol/${contest}/${kind}/over-webcrypto`, ours, raw);
  }
}

/** Firefox else rounds its clock to a millisecond. */
const launchExactFirefox = (options: { readonly extension: string }) =>
  launchFirefox({ ...options, preferences: { 'privacy.reduceTimerPrecision': false } });

export async function* measureBrowsers(lab: BuiltLab, say: (what: string) => void): AsyncGenerator<Figure> {
  for (const [kind, launch] of [
    ['chromium', launchChromium],
    ['firefox', launchExactFirefox],
  ] as const) {
    say(`in ${kind}`);
    const browser = await launch({ extension: lab.extension(kind) });
    try {
      yield* measureIn(kind, browser);
    } finally {
      await browser.close();
    }
  }
}
