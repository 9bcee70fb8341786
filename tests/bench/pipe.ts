/** The pipe from one person's keyboard to the other's screen: how long, and how much code. */
import { buildApart, buildExtension } from '../support/build';
import { startRelay } from '../support/relay';
import type { Measure } from './figures';
import { measureLatency } from './pipe-latency';
import { measurePanel } from './pipe-panel';
import { measureSizes } from './pipe-sizes';
import { measureWake } from './pipe-wake';

export const measurePipe: Measure = async function* (say) {
  say('building');
  const remove = buildApart();
  const built = await buildExtension('chromium');
  if (!built.isOk) throw new Error(built.output);
  yield* measureSizes();
  const relay = await startRelay({ env: { LOG_LEVEL: 'error' } });
  try {
    yield* measureLatency(relay.url, say);
    yield* measureWake(relay.url, say);
    yield* measurePanel(relay.url, say);
  } finally {
    await relay.stop();
    remove();
  }
};
