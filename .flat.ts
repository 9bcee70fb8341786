import { setTimeout as pause } from 'node:timers/promises';
import { buildApart, buildExtension } from './tests/support/build';
import { startRelay } from './tests/support/relay';
import { openPair } from './tests/bench/pipe-pair';
import { openLab, padTalk } from './tests/bench/storage-seed';
import { flatness } from './tests/bench/storage-commit';
const remove = buildApart();
const built = await buildExtension('chromium'); if (!built.isOk) throw new Error(built.output);
const relay = await startRelay({ env: { LOG_LEVEL: 'error' } });
const { ana, jun } = await openPair(relay.url);
try {
  await pause(3000); await ana.panel.close(); await jun.panel.close();
  const [much, little] = [await openLab(ana.browser), await openLab(jun.browser)];
  const t0 = performance.now();
  await padTalk(much, 1_000_000); await padTalk(little, 100);
  console.log('filled in s', Math.round((performance.now() - t0) / 1000), new Date().toISOString());
  for (const wait of [0, 60_000, 60_000]) { await pause(wait); console.log(wait, JSON.stringify(await flatness(much, little, [1e6, 100], 8))); }
} finally { await Promise.all([ana.browser.close(), jun.browser.close()]); await relay.stop(); remove(); }
