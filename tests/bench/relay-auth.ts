/** How long a refusal takes when there is no such queue, and when there is one and the key is wrong: by turns, as a client sees it. */

import { type ClientFrame, QUEUE_ID_BYTES, SIGNATURE_BYTES } from '../../lib/protocol/relay';
import { encodeClientFrame } from '../../lib/protocol/relay-codec';
import { randomBytes } from '../support/relay';
import { type Figure, type Measure, quantileOf, ratioOf, spreadOf } from './figures';
import { connectRelay, makeQueues, startUnlimited } from './relay-tincan';
import { masked, type Wire } from './relay-wire';

const COUNT = 4000;
const SHORT_COUNT = 300;
const WARM_UP = 100;

type Right = 'sub' | 'open';

function wrongProof(right: Right, id: Uint8Array<ArrayBuffer>): ClientFrame {
  const signature = randomBytes(SIGNATURE_BYTES);
  return right === 'sub'
    ? { kind: 'sub', proofs: [{ rid: id, role: 'reader', isLive: true, signature }] }
    : { kind: 'open', proofs: [{ sid: id, signature }] };
}

async function timed(wire: Wire, frame: ClientFrame): Promise<number> {
  const bytes = masked(encodeClientFrame(frame, 1));
  const start = performance.now();
  wire.send(bytes);
  await wire.next();
  return performance.now() - start;
}

function figureOf(right: Right, missing: readonly number[], wrong: readonly number[]): Figure {
  const ratio = ratioOf(`relay/auth-timing/${right}/missing-over-wrong`, spreadOf(missing), spreadOf(wrong));
  const p5 = { missing: quantileOf(missing, 0.05), wrong: quantileOf(wrong, 0.05) };
  return { ...ratio, raw: { missing: ratio.raw.ours, wrong: ratio.raw.theirs, p5 } };
}

function line({ figure, raw, n }: Figure): string {
  return `${figure}, ms, n ${n}: ${JSON.stringify(raw)}`;
}

export const measureAuth: Measure = async function* (say, isShort) {
  const relay = await startUnlimited();
  try {
    const [queue] = await makeQueues(relay.url, 1);
    const { wire } = await connectRelay(relay.port);
    if (!queue) return;
    for (const right of ['sub', 'open'] as const) {
      const [missing, wrong]: [number[], number[]] = [[], []];
      const id = right === 'sub' ? queue.rid : queue.sid;
      for (let i = 0; i < WARM_UP + (isShort ? SHORT_COUNT : COUNT); i++) {
        const ofMissing = await timed(wire, wrongProof(right, randomBytes(QUEUE_ID_BYTES)));
        const ofWrong = await timed(wire, wrongProof(right, id));
        if (i >= WARM_UP) {
          missing.push(ofMissing);
          wrong.push(ofWrong);
        }
      }
      const figure = figureOf(right, missing, wrong);
      say(line(figure));
      yield figure;
    }
  } finally {
    await relay.stop();
  }
};
