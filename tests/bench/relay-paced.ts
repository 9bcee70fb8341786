/**
 * 2,000 messages a second, evenly: from the write to the answer that says it is on the disk, and to the reader's socket. Both as the
 * clients see it, their own waiting for the CPU included.
 */
import { type Figure, type Measure, quantileOf, spreadOf } from './figures';
import type { Pair } from './relay-contest';
import { startTincan } from './relay-tincan';

const PER_SECOND = 2000;
const SECONDS = 20;
const SHORT_SECONDS = 3;
const WARM_UP_SECONDS = 5;
const TICK_MS = 1;

interface Latencies {
  readonly answered: number[];
  readonly arrived: number[];
}

/** Resolves when the last one is answered and has arrived. */
function paced(pairs: readonly Pair[], seconds: number): Promise<Latencies> {
  const count = seconds * PER_SECOND;
  const latencies: Latencies = { answered: [], arrived: [] };
  const sentAt = pairs.map(() => new Map<number, number>());
  return new Promise((resolve) => {
    const note = (samples: number[], sentMs: number | undefined) => {
      samples.push(performance.now() - (sentMs ?? Number.NaN));
      if (Math.min(latencies.answered.length, latencies.arrived.length) === count) resolve(latencies);
    };
    for (const [index, pair] of pairs.entries()) {
      pair.onAnswered = (number) => note(latencies.answered, sentAt[index]?.get(number));
      pair.onArrived = (number) => note(latencies.arrived, sentAt[index]?.get(number));
    }
    const startMs = performance.now();
    let sent = 0;
    const timer = setInterval(() => {
      const due = Math.min(count, ((performance.now() - startMs) * PER_SECOND) / 1000);
      for (; sent < due; sent++) {
        const at = sent % pairs.length;
        const sentMs = performance.now();
        sentAt[at]?.set((pairs[at] as Pair).send(), sentMs);
      }
      if (sent >= count) clearInterval(timer);
    }, TICK_MS);
  });
}

function p99Of(figure: string, samples: readonly number[]): Figure {
  return { figure, value: quantileOf(samples, 0.99), unit: 'ms', n: samples.length, raw: { ...spreadOf(samples) } };
}

export const measurePaced: Measure = async function* (say, isShort) {
  const relay = await startTincan();
  try {
    await relay.drain();
    say(`${PER_SECOND} messages a second`);
    await paced(relay.pairs, WARM_UP_SECONDS);
    const { answered, arrived } = await paced(relay.pairs, isShort ? SHORT_SECONDS : SECONDS);
    yield p99Of('relay/paced/p99', answered);
    yield p99Of('relay/paced/delivered-p99', arrived);
  } finally {
    await relay.stop();
  }
};
