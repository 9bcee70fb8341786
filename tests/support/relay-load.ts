/** Load on a relay, and a record of what it promised meanwhile. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { toHex } from '../../lib/protocol/bytes';
import type { ClientFrame } from '../../lib/protocol/relay';
import { RelayClient, type RelayProcess, sendFrame, startRelay, type TestQueue } from './relay';

const PLENTY = 1_000_000_000;
const UNLIMITED = ['sendsPerQueue', 'sendsPerConnection', 'sendsPerQueueBurst', 'sendsPerConnectionBurst', 'queueMessages', 'queueBytes'];
const FRAMES = ['framesPerConnection', 'framesPerConnectionBurst'];

/** A relay that never says "slower". */
export const PATIENT = { LIMITS: [...UNLIMITED, ...FRAMES].map((name) => `${name}=${PLENTY}`).join(',') };

const LANES = 16;

type SendFrame = Extract<ClientFrame, { kind: 'send' }>;

/** What a relay has been asked and what it has promised, across its lives. */
export class Ledger {
  readonly stored = new Set<string>();
  /** Sent, but the relay ended before it answered: to be sent again unchanged. */
  readonly unanswered: SendFrame[] = [];
  readonly acknowledging = new Set<string>();
  readonly acknowledged = new Set<string>();
}

/** Until the connection is cut, or `isOver` says so. A writer for these queues must be open. */
export async function sendUntilCut(
  writer: RelayClient,
  queues: readonly TestQueue[],
  ledger: Ledger,
  isOver: () => boolean = () => false,
): Promise<void> {
  const again = ledger.unanswered.splice(0);
  const lane = async (at: number) => {
    while (!isOver()) {
      const frame = again.shift() ?? sendFrame(queues[at % queues.length] as TestQueue);
      const answer = await writer.request(frame).catch(() => null);
      if (answer === null) {
        ledger.unanswered.push(frame);
        return;
      }
      expect(answer.kind).toBe('ok-stored');
      ledger.stored.add(toHex(frame.messageId));
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, at) => lane(at)));
  ledger.unanswered.push(...again);
}

/** As a reader who has subscribed. Acknowledges all but every eighth message, so that acknowledgements are under way at a kill too. */
async function acknowledgeUntilCut(reader: RelayClient, queue: TestQueue, ledger: Ledger): Promise<void> {
  for (;;) {
    const message = await reader.next('msg').catch(() => null);
    if (message === null) return;
    const id = toHex(message.messageId);
    expect(ledger.acknowledged.has(id), 'an acknowledged message came back').toBe(false);
    if ((message.messageId[0] as number) % 8 === 0) continue;
    ledger.acknowledging.add(id);
    reader.request({ kind: 'ack', rid: queue.rid, messageId: message.messageId }).then(
      () => ledger.acknowledged.add(id),
      () => null,
    );
  }
}

/** Reads and acknowledges everything that waits. */
export async function readAll(url: string, queue: TestQueue): Promise<readonly string[]> {
  const reader = await RelayClient.connect(url);
  const ids: string[] = [];
  await reader.subscribe(queue);
  for (;;) {
    const frame = await reader.nextOf(['msg', 'end']);
    if (frame.kind === 'end') break;
    ids.push(toHex(frame.messageId));
    await reader.expect({ kind: 'ack', rid: queue.rid, messageId: frame.messageId }, 'ok');
  }
  await reader.close();
  return ids;
}

export async function openWriter(url: string, queues: readonly TestQueue[]): Promise<RelayClient> {
  const writer = await RelayClient.connect(url);
  for (const queue of queues) await writer.openWriting(queue);
  return writer;
}

export interface KillFigures {
  readonly stored: number;
  readonly acknowledged: number;
  /** Answered OK, not acknowledged, and not there any more. */
  readonly lost: number;
  /** Acknowledged, and handed out again. */
  readonly revived: number;
  readonly twice: number;
}

async function figuresOf(url: string, queues: readonly TestQueue[], ledger: Ledger): Promise<KillFigures> {
  const delivered: string[] = [];
  for (const queue of queues) delivered.push(...(await readAll(url, queue)));
  const found = new Set(delivered);
  return {
    stored: ledger.stored.size,
    acknowledged: ledger.acknowledged.size,
    // An ACK that was never answered may or may not have been made.
    lost: [...ledger.stored].filter((id) => !found.has(id) && !ledger.acknowledging.has(id)).length,
    revived: delivered.filter((id) => ledger.acknowledged.has(id)).length,
    twice: delivered.length - found.size,
  };
}

/** Kills a relay with SIGKILL so often, each time after a drawn number of stored messages (10 to 310), and counts what became of them. */
export async function killUnderLoad(kills: number, random: () => number): Promise<KillFigures> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tincan-kill-'));
  const start = (): Promise<RelayProcess> => startRelay({ dataDir, env: PATIENT });
  let relay = await start();
  try {
    const ledger = new Ledger();
    const maker = await RelayClient.connect(relay.url);
    const queues = await Promise.all([1, 2, 3, 4].map(() => maker.createQueue()));
    for (let kill = 1; kill <= kills; kill++) {
      const [writer, reader] = [await openWriter(relay.url, queues), await RelayClient.connect(relay.url)];
      await reader.subscribe(queues[0] as TestQueue);
      const enough = ledger.stored.size + 10 + Math.floor(random() * 300);
      const work = [sendUntilCut(writer, queues, ledger), acknowledgeUntilCut(reader, queues[0] as TestQueue, ledger)];
      await expect.poll(() => ledger.stored.size, { timeout: 20_000, interval: 1 }).toBeGreaterThan(enough);
      await relay.kill('SIGKILL');
      await Promise.all(work);
      relay = await start();
    }
    return await figuresOf(relay.url, queues, ledger);
  } finally {
    await relay.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
