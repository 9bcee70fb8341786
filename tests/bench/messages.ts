/** Messages between two people with much said already: how soon they are shown, told and drained, and what a quiet day costs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApart, buildExtension } from '../support/build';
import { startRelay } from '../support/relay';
import type { Figure, Measure } from './figures';
import { measureBurst } from './messages-burst';
import { measureHeld } from './messages-held';
import { measureIdle } from './messages-idle';
import { markBackground, openStoredPair, PATIENT, type Size } from './messages-lab';
import { measureLatency } from './messages-latency';

const FULL: Size = { stored: 10_000, blocks: 12, burst: 1000, starts: 20, drained: 500, drains: 3, quietContacts: 50, idleMinutes: 30 };
const SHORT: Size = { ...FULL, stored: 1000, blocks: 3, starts: 3, drains: 1, idleMinutes: 3 };

type Say = (what: string) => void;

async function* measureTalk(size: Size, say: Say, isWanted: (part: string) => boolean): AsyncGenerator<Figure> {
  const profile = await mkdtemp(join(tmpdir(), 'tincan-messages-'));
  const relay = await startRelay({ env: PATIENT });
  try {
    say(`two people meet, and have ${size.stored} messages each`);
    const { ana, jun } = await openStoredPair(relay.url, size.stored, profile);
    try {
      if (isWanted('enter-to-shown')) yield* measureLatency(ana, jun, size.blocks, say);
      if (isWanted('burst')) yield* measureBurst(ana, jun, size.burst, say);
      await jun.browser.close();
      yield* measureHeld(ana, { name: jun.name, profile }, size, say, isWanted);
    } finally {
      await Promise.all([ana.browser.close(), jun.browser.close()]);
    }
  } finally {
    await relay.stop();
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** `only`: `enter-to-shown`, `burst`, `held`, `drain` or `idle`. */
export const measureMessages: Measure = async function* (say, isShort, only) {
  const size = isShort ? SHORT : FULL;
  const isWanted = (part: string) => only === undefined || only === part;
  say('building');
  const remove = buildApart();
  try {
    const built = await buildExtension('chromium');
    if (!built.isOk) throw new Error(built.output);
    await markBackground();
    if (only !== 'idle') yield* measureTalk(size, say, isWanted);
    if (isWanted('idle')) yield* measureIdle(size, say);
  } finally {
    remove();
  }
};
