import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toHex } from '../../../lib/protocol/bytes';
import type { ClientFrame } from '../../../lib/protocol/relay';
import { RelayClient, type RelayProcess, sendFrame, startRelay, type TestQueue } from '../../support/relay';

const PLENTY = 1_000_000_000;
const UNLIMITED = ['sendsPerQueue', 'sendsPerConnection', 'sendsPerQueueBurst', 'sendsPerConnectionBurst', 'queueMessages', 'queueBytes'];
const env = { LIMITS: UNLIMITED.map((name) => `${name}=${PLENTY}`).join(',') };
const KILLS = 3;
const SENDS_PER_ROUND = 150;
const LANES = 16;

type SendFrame = Extract<ClientFrame, { kind: 'send' }>;

/** What the relay has been asked and what it has promised, across its lives. */
class Ledger {
  readonly stored = new Set<string>();
  /** Sent, but the relay died before it answered: to be sent again unchanged. */
  readonly unanswered: SendFrame[] = [];
  readonly acknowledging = new Set<string>();
  readonly acknowledged = new Set<string>();
}

let dataDir: string;
let relay: RelayProcess;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tincan-kill-'));
  relay = await startRelay({ dataDir, env });
});
afterEach(async () => {
  await relay.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function sendUntilCut(writer: RelayClient, queues: readonly TestQueue[], ledger: Ledger): Promise<void> {
  const again = ledger.unanswered.splice(0);
  const lane = async (at: number) => {
    for (;;) {
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

/** Acknowledges every second message, so that acknowledgements are under way at the kill too. */
async function acknowledgeUntilCut(reader: RelayClient, queue: TestQueue, ledger: Ledger): Promise<void> {
  await reader.subscribe(queue);
  for (;;) {
    const message = await reader.next('msg').catch(() => null);
    if (message === null) return;
    const id = toHex(message.messageId);
    expect(ledger.acknowledged.has(id), 'an acknowledged message came back').toBe(false);
    if ((message.messageId[0] as number) % 2 === 0) continue;
    ledger.acknowledging.add(id);
    reader.request({ kind: 'ack', rid: queue.rid, messageId: message.messageId }).then(
      () => ledger.acknowledged.add(id),
      () => null,
    );
  }
}

async function readAll(queue: TestQueue): Promise<readonly string[]> {
  const reader = await RelayClient.connect(relay.url);
  const ids: string[] = [];
  await reader.subscribe(queue);
  for (;;) {
    const frame = await reader.nextOf(['msg', 'end']);
    if (frame.kind === 'end') break;
    ids.push(toHex(frame.messageId));
    await reader.request({ kind: 'ack', rid: queue.rid, messageId: frame.messageId });
  }
  await reader.close();
  return ids;
}

test(`${KILLS} kills under load lose nothing that was answered OK, repeat nothing acknowledged, store nothing twice`, async () => {
  const ledger = new Ledger();
  const maker = await RelayClient.connect(relay.url);
  const queues = await Promise.all([1, 2, 3, 4].map(() => maker.createQueue()));
  for (let kill = 1; kill <= KILLS; kill++) {
    const [writer, reader] = [await RelayClient.connect(relay.url), await RelayClient.connect(relay.url)];
    for (const queue of queues) await writer.openWriting(queue);
    const enough = ledger.stored.size + SENDS_PER_ROUND;
    const sending = sendUntilCut(writer, queues, ledger);
    const reading = acknowledgeUntilCut(reader, queues[0] as TestQueue, ledger);
    await expect.poll(() => ledger.stored.size, { timeout: 10_000, interval: 1 }).toBeGreaterThan(enough);
    await relay.kill('SIGKILL');
    await Promise.all([sending, reading]);
    relay = await startRelay({ dataDir, env });
  }
  const delivered = (await Promise.all(queues.map(readAll))).flat();
  const found = new Set(delivered);
  // An ACK that was never answered may or may not have been made.
  expect([...ledger.stored].filter((id) => !found.has(id) && !ledger.acknowledging.has(id))).toEqual([]);
  expect(delivered.filter((id) => ledger.acknowledged.has(id))).toEqual([]);
  expect(found.size).toBe(delivered.length);
  expect(ledger.acknowledged.size).toBeGreaterThan(0);
});

test('a queue, its keys and an invite survive a kill right after their answers', async () => {
  const client = await RelayClient.connect(relay.url);
  const queue = await client.createQueue();
  const invite: ClientFrame = {
    kind: 'inv-put',
    inviteId: queue.rid.slice(0, 16),
    ownerKey: queue.reader.publicKey,
    ttlSeconds: 0,
    sealed: queue.sid,
  };
  const taken: ClientFrame = { kind: 'inv-take', inviteId: queue.rid.slice(0, 16), takerKey: queue.writer.publicKey };
  await client.expect(invite, 'ok');
  await client.expect(taken, 'ok-invite');
  await relay.kill('SIGKILL');
  relay = await startRelay({ dataDir, env });
  const later = await RelayClient.connect(relay.url);
  await later.subscribe(queue);
  await later.openWriting(queue);
  expect(await later.request({ ...taken, takerKey: queue.reader.publicKey })).toMatchObject({ code: 'GONE' });
  expect(await later.request(taken)).toEqual({ kind: 'ok-invite', sealed: queue.sid });
});
