/**
 * A worker that is dead is woken by a message: from the frame's arrival at the network host to the host's ACK, which goes out only
 * after the background has committed. The receiving browser has nothing attached; its worker is killed before each message.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../support/browsers';
import { requireBrowser } from '../support/browsers-installed';
import { builtFolder } from '../support/build';
import { RawChromium } from '../support/chromium-raw';
import * as walk from '../support/walk';
import { type Figure, p95Of } from './figures';
import { openPair, type Person } from './pipe-pair';

const COUNT = 40;
const WARM_UP = 3;
/** Workers that really idle to death lie longer apart than the second for which a host holds back after its last port. */
const SETTLE_MS = 1500;

/** In the offscreen document, before any string is opened: times each DATA frame from its arrival to its ACK. */
export function watchChannels(): void {
  const here = globalThis as unknown as { committedAfterMs: number[] };
  here.committedAfterMs = [];
  const [DATA, ACK] = [1, 2];
  const arrived = new Map<number, number>();
  const frameOf = (bytes: Uint8Array) => ({ kind: bytes[0], number: new DataView(bytes.buffer, bytes.byteOffset).getUint32(1) });
  const create = RTCPeerConnection.prototype.createDataChannel;
  RTCPeerConnection.prototype.createDataChannel = function (...args) {
    const channel = create.apply(this, args);
    const send = channel.send.bind(channel) as (bytes: Uint8Array<ArrayBuffer>) => void;
    channel.addEventListener('message', ({ data }) => {
      const { kind, number } = frameOf(new Uint8Array(data as ArrayBuffer));
      if (kind === DATA) arrived.set(number, performance.now());
    });
    channel.send = (data: unknown) => {
      const bytes = data as Uint8Array<ArrayBuffer>;
      const { kind, number } = frameOf(bytes);
      const at = arrived.get(number);
      if (kind === ACK && at !== undefined) here.committedAfterMs.push(performance.now() - at);
      send(bytes);
    };
    return channel;
  };
}

async function wakeOnce(ana: Person, jun: RawChromium, text: string): Promise<number> {
  await jun.killWorker();
  await pause(SETTLE_MS);
  const before = await jun.offscreen(() => (globalThis as unknown as { committedAfterMs: number[] }).committedAfterMs.length);
  await walk.say(ana.panel, 'Jun', text);
  const tookMs = () =>
    jun.offscreen((index: number) => (globalThis as unknown as { committedAfterMs: number[] }).committedAfterMs[index], before);
  return until(tookMs, `“${text}” is committed by a woken worker`, 20_000);
}

export async function* measureWake(relay: string, say: (what: string) => void): AsyncGenerator<Figure> {
  say('a worker is killed and woken');
  const profile = await mkdtemp(join(tmpdir(), 'tincan-wake-'));
  const { ana, jun } = await openPair(relay, profile);
  await jun.browser.close();
  await ana.panel.press('Escape');
  const raw = await RawChromium.launch({ executable: requireBrowser('chromium'), extension: builtFolder('chromium'), profile });
  const samples: number[] = [];
  try {
    await raw.offscreen(watchChannels);
    await walk.openChat(ana.panel, 'Jun');
    await ana.panel.waitForText(walk.word('string_open'), 60_000);
    for (let i = 0; i < COUNT + WARM_UP; i++) {
      const tookMs = await wakeOnce(ana, raw, `wake ${i}`);
      if (i >= WARM_UP) samples.push(tookMs);
    }
  } finally {
    await Promise.all([raw.close(), ana.browser.close()]);
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
  yield p95Of('pipe/worker-wake-to-stored/p95', samples);
}
