/**
 * A quiet day: the panel open on the list, 50 contacts on two relays who say nothing, no string. How much of it the worker sleeps,
 * asked from outside and never attached; and what passes between this browser and its relays meanwhile.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { toHex } from '../../lib/protocol/bytes';
import { decodeClientFrame, decodeServerFrame } from '../../lib/protocol/relay-codec';
import { until } from '../support/browsers';
import { requireBrowser } from '../support/browsers-installed';
import { builtFolder } from '../support/build';
import { RawChromium } from '../support/chromium-raw';
import { viewOf } from '../support/in-touch';
import { type PassedFrame, RecordingProxy } from '../support/recording-proxy';
import { newFrame, RelayClient, startRelay } from '../support/relay';
import type { Figure } from './figures';
import { PATIENT, type Size } from './messages-lab';
import { openPair } from './pipe-pair';
import { openLab } from './storage-seed';

const POLL_MS = 1000;
const SETTLE_MS = 4000;
/** Until the queues of all contacts are made and proved, the boxes filled, and the worker has fallen asleep over it. */
const ASLEEP_MS = 300_000;

interface Counted {
  readonly frames: number;
  readonly bytes: number;
}

/** By kind, pings apart. */
function trafficOf(frames: readonly PassedFrame[]): Readonly<Record<string, Counted>> {
  const byKind: Record<string, Counted> = {};
  for (const { to, payload } of frames) {
    if (typeof payload === 'string') throw new Error('a text frame passed');
    const { kind } = (to === 'relay' ? decodeClientFrame(payload) : decodeServerFrame(payload)).frame;
    const { frames: before, bytes } = byKind[kind] ?? { frames: 0, bytes: 0 };
    byKind[kind] = { frames: before + 1, bytes: bytes + payload.length };
  }
  return byKind;
}

/** Queues that nobody reads, for contacts who are away. */
async function awayQueues(relay: string, count: number): Promise<{ readonly relay: string; readonly sids: readonly string[] }> {
  const client = await RelayClient.connect(relay);
  const sids: string[] = [];
  for (let i = 0; i < count; i++) sids.push(toHex((await client.expect(newFrame(), 'ok-queue')).sid));
  await client.close();
  return { relay, sids };
}

/** One who has these contacts besides a true one, everything made and proved; the browser is closed again. */
async function makeProfile(profile: string, relays: readonly [string, string], contacts: number): Promise<void> {
  const { ana, jun } = await openPair(relays[0], profile);
  await pause(SETTLE_MS);
  await ana.browser.close();
  await jun.panel.close();
  const lab = await openLab(jun.browser);
  const quiet = contacts - 1;
  const half = Math.floor(quiet / 2);
  await lab.call('addQuietContacts', [await awayQueues(relays[0], half), await awayQueues(relays[1], quiet - half)]);
  await lab.close();
  // It has read what was there before.
  await jun.browser.killWorker();
  const panel = await jun.browser.openPanel();
  if ((await viewOf(panel)).contacts.length !== contacts) throw new Error('the contacts are not there');
  await jun.browser.close();
}

export async function* measureIdle({ quietContacts, idleMinutes }: Size, say: (what: string) => void): AsyncGenerator<Figure> {
  say(`${quietContacts} quiet contacts on two relays`);
  const profile = await mkdtemp(join(tmpdir(), 'tincan-idle-'));
  const relays = [await startRelay({ env: PATIENT }), await startRelay({ env: PATIENT })] as const;
  const proxies = [await RecordingProxy.before(relays[0]), await RecordingProxy.before(relays[1])] as const;
  try {
    await makeProfile(profile, [proxies[0].url, proxies[1].url], quietContacts);
    const raw = await RawChromium.launch({ executable: requireBrowser('chromium'), extension: builtFolder('chromium'), profile });
    try {
      await raw.openPage('sidepanel.html');
      await raw.closeOtherPages();
      await until(async () => !(await raw.hasWorker()), 'the worker falls asleep', ASLEEP_MS);
      say(`idle for ${idleMinutes} minutes`);
      const before = proxies.map(({ frames }) => frames.length);
      const startMs = performance.now();
      let [polls, asleep] = [0, 0];
      while (performance.now() - startMs < idleMinutes * 60_000) {
        polls += 1;
        if (!(await raw.hasWorker())) asleep += 1;
        await pause(POLL_MS - ((performance.now() - startMs) % POLL_MS));
      }
      const minutes = (performance.now() - startMs) / 60_000;
      yield* figuresOf({ polls, asleep, minutes, traffic: trafficOf(proxies.flatMap(({ frames }, i) => frames.slice(before[i]))) });
    } finally {
      await raw.close();
    }
  } finally {
    for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
    for (const relay of relays) await relay.stop();
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

interface Idle {
  readonly polls: number;
  readonly asleep: number;
  readonly minutes: number;
  readonly traffic: Readonly<Record<string, Counted>>;
}

function* figuresOf({ polls, asleep, minutes, traffic }: Idle): Generator<Figure> {
  const perMinute = (kinds: readonly (readonly [string, Counted])[]) =>
    Number((kinds.reduce((sum, [, { bytes }]) => sum + bytes, 0) / 1000 / minutes).toPrecision(4));
  const all = Object.entries(traffic);
  const ratio = Number((asleep / polls).toPrecision(4));
  yield { figure: 'messages/idle-worker-asleep', value: ratio, unit: 'ratio', n: polls, raw: { asleep, polls, minutes } };
  const withoutPings = perMinute(all.filter(([kind]) => kind !== 'ping' && kind !== 'pong'));
  yield { figure: 'messages/idle-traffic', value: perMinute(all), unit: 'kB/min', n: 1, raw: { withoutPings, traffic, minutes } };
}
