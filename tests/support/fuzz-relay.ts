/**
 * Frames that nobody meant, through the relay's whole border: real WebSockets into a relay on a real store, in this process. Each
 * connection proves rights of its own first, so that what is changed, repeated, cut short or out of order meets queues that are there.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bytes, equalBytes, toHex } from '../../lib/protocol/bytes';
import {
  BOX_ID_BYTES,
  type ClientFrame,
  INVITE_ID_BYTES,
  MAX_FRAME_BYTES,
  MESSAGE_ID_BYTES,
  SEALED_BUNDLE_BYTES,
  type ServerFrame,
} from '../../lib/protocol/relay';
import { decodeServerFrame, encodeClientFrame } from '../../lib/protocol/relay-codec';
import { createApp } from '../../server/app';
import { readConfig } from '../../server/config';
import { openLog } from '../../server/log';
import { openDatabase } from '../../server/store/engine';
import { heldBytes, Mutator } from './fuzz';
import { newFrame, newKeyPair, RelayClient, randomBytes, sendFrame, type TestQueue } from './relay';

const PER_CONNECTION = 2000;
const MAX_TOGETHER = 100;
const WITNESSED = 5;
const ANSWER_MS = 30_000;
/** None of these may answer in the place of what is looked for. Memory is bounded by the others. */
const RATES = [
  ...['malformedFrames', 'connectionsPerAddress', 'framesPerConnectionBurst', 'proofsPerConnectionBurst', 'knocksBurst'],
  ...[
    'sendsPerQueueBurst',
    'sendsPerConnectionBurst',
    'newQueuesBurst',
    'allQueuesBurst',
    'worksPerConnectionBurst',
    'newInvitesBurst',
    'boxPutsBurst',
    'takesBurst',
    'takesPerBoxBurst',
  ],
];
const LIMITS = RATES.map((name) => `${name}=1000000000`).join(',');

const UNASKED: ReadonlySet<ServerFrame['kind']> = new Set(['hello', 'msg', 'sig', 'bell', 'end', 'drain', 'idle']);

type Random = () => number;

export interface RelayFuzzResult {
  /** How often each kind of answer was given. */
  readonly answers: ReadonlyMap<string, number>;
  readonly grownBytes: number;
}

async function startRelayHere(dataDir: string) {
  const settings = readConfig({ DATA_DIR: dataDir, PORT: '0', STUN_PORT: 'off', LIMITS });
  if (!settings.ok) throw new Error(settings.faults.join(' '));
  const troubles: string[] = [];
  const app = await createApp(settings.config, { log: openLog('warn', (line) => troubles.push(line)) });
  const { port } = await app.listen();
  return { url: `ws://127.0.0.1:${port}`, troubles, close: () => app.close() };
}

interface Premises {
  readonly mine: TestQueue;
  readonly other: TestQueue;
  /** One of the frames ends it. */
  readonly closing: TestQueue;
  readonly door: { readonly sid: Bytes };
}

async function takePremises(client: RelayClient): Promise<Premises> {
  const [mine, other, closing] = [await client.createQueue(), await client.createQueue(), await client.createQueue()];
  return { mine, other, closing, door: await client.expect(newFrame({ doorBits: 1 }), 'ok-queue') };
}

/** Frames that all make sense on this connection, some of them only in an order or only once. */
function sensibleFrames(client: RelayClient, { mine, other, closing, door }: Premises): readonly Bytes[] {
  const [owner, taker] = [newKeyPair(), newKeyPair()];
  const [boxId, inviteId] = [randomBytes(BOX_ID_BYTES), randomBytes(INVITE_ID_BYTES)];
  const messageIds = Array.from({ length: 4 }, () => randomBytes(MESSAGE_ID_BYTES));
  const sealed = randomBytes(SEALED_BUNDLE_BYTES);
  const put = { boxId, ownerKey: owner.publicKey, isReplacement: false, lastResort: sealed, oneTimes: [sealed, sealed] };
  const knock = { kind: 'knock' as const, sid: door.sid, ttlSeconds: 0, cell: randomBytes(4096) };
  const ofMessages = messageIds.flatMap((messageId): ClientFrame[] => [
    sendFrame(mine, { messageId }),
    sendFrame(mine, { messageId, ttlSeconds: 1, cell: randomBytes(16_384) }),
    { kind: 'ack', rid: mine.rid, messageId },
    { kind: 'del', queueId: mine.sid, messageId },
  ]);
  const frames: readonly ClientFrame[] = [
    ...ofMessages,
    sendFrame(other),
    newFrame({ readerKey: owner.publicKey, doorbellKey: taker.publicKey }),
    newFrame({ readerKey: owner.publicKey, doorBits: 32, work: randomBytes(8) }),
    // Half of these pay enough.
    ...messageIds.map((messageId): ClientFrame => ({ ...knock, messageId, work: randomBytes(8) })),
    { kind: 'sub', proofs: [client.subProof(closing.rid, closing.reader)] },
    { kind: 'open', proofs: [client.openProof(closing.sid, closing.writer)] },
    sendFrame(closing),
    { kind: 'close', rid: closing.rid },
    { kind: 'pass', proof: randomBytes(32) },
    { kind: 'key', sid: mine.sid, writerKey: mine.writer.publicKey },
    { kind: 'sub', proofs: [client.subProof(mine.rid, mine.reader), client.subProof(other.rid, other.doorbell, { role: 'doorbell' })] },
    { kind: 'sub', proofs: [client.subProof(mine.rid, mine.reader, { isLive: false })] },
    { kind: 'open', proofs: [client.openProof(mine.sid, mine.writer), client.openProof(other.sid, other.writer)] },
    { kind: 'unsub', rids: [mine.rid, other.rid] },
    { kind: 'sig', sid: mine.sid, payload: randomBytes(300) },
    { kind: 'inv-put', inviteId, ownerKey: owner.publicKey, ttlSeconds: 0, sealed: randomBytes(400) },
    { kind: 'inv-take', inviteId, takerKey: taker.publicKey },
    { kind: 'inv-del', inviteId, signature: client.signDeletion(inviteId, owner) },
    ...[1, 2].map((revision): ClientFrame => ({ kind: 'pre-put', ...put, revision, signature: client.signBox(boxId, revision, owner) })),
    { kind: 'pre-take', boxId },
    { kind: 'pre-del', boxId, signature: client.signBox(boxId, 0, owner) },
    { kind: 'ping' },
  ];
  return frames.map((frame, index) => encodeClientFrame(frame, index + 1));
}

/** One connection's inputs. */
class Intruder {
  readonly answers = new Map<string, number>();
  readonly #random: Random;
  readonly #mutator: Mutator;
  /** The mutator's too, exchanged for each connection's own. */
  readonly #valid: Bytes[] = [];
  #answered = 0;
  #onAnswered: () => void = () => undefined;

  constructor(random: Random) {
    this.#random = random;
    this.#mutator = new Mutator(random, this.#valid);
  }

  /** @throws {Error} when an input is not answered exactly once, or the connection is closed for it. */
  async connect(url: string, count: number): Promise<void> {
    const client = await RelayClient.connect(url);
    client.socket.on('message', (data) => this.#note(data as Buffer));
    this.#valid.splice(0, this.#valid.length, ...sensibleFrames(client, await takePremises(client)));
    for (let left = count; left > 0; ) {
      const burst = Array.from({ length: Math.min(left, 1 + Math.floor(this.#random() * MAX_TOGETHER)) }, () => this.#next());
      left -= burst.length;
      await this.#send(client, burst);
    }
    await client.expect({ kind: 'ping' }, 'pong');
    await client.close();
  }

  #next(): Bytes {
    const isSensible = this.#random() < 0.5;
    const at = Math.floor(this.#random() * this.#valid.length);
    return isSensible ? (this.#valid[at] as Bytes) : this.#mutator.next().slice(0, MAX_FRAME_BYTES);
  }

  async #send(client: RelayClient, burst: readonly Bytes[]): Promise<void> {
    this.#answered = 0;
    const all = new Promise<void>((resolve) => {
      this.#onAnswered = () => this.#answered >= burst.length && resolve();
    });
    for (const bytes of burst) client.socket.send(bytes);
    const closed = client.closed.then((code) => `closed with ${code}`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve('were not all answered'), ANSWER_MS);
    });
    const fault = await Promise.race([all.then(() => null), closed, late]);
    clearTimeout(timer);
    if (fault !== null || this.#answered !== burst.length)
      throw new Error(`${burst.length} inputs, ${this.#answered} answers: ${fault ?? 'too many'}: ${burst.map(toHex).join(' ')}`);
  }

  #note(bytes: Buffer): void {
    const { frame } = decodeServerFrame(bytes);
    const kind = frame.kind === 'err' ? frame.code : frame.kind;
    this.answers.set(kind, (this.answers.get(kind) ?? 0) + 1);
    // A signal asked for has its answer and comes as well.
    if (UNASKED.has(frame.kind)) return;
    this.#answered++;
    this.#onAnswered();
  }
}

interface Witness {
  readonly queue: TestQueue;
  readonly cells: readonly Bytes[];
}

async function storeWitness(url: string): Promise<Witness> {
  const client = await RelayClient.connect(url);
  const queue = await client.createQueue();
  await client.openWriting(queue);
  const frames = Array.from({ length: WITNESSED }, () => sendFrame(queue));
  for (const frame of frames) await client.expect(frame, 'ok-stored');
  await client.close();
  return { queue, cells: frames.map(({ cell }) => cell) };
}

/** What somebody else stored is all there, in order, byte by byte. */
async function checkWitness(url: string, { queue, cells }: Witness): Promise<void> {
  const client = await RelayClient.connect(url);
  await client.subscribe(queue);
  for (const cell of cells) {
    const message = await client.next('msg');
    if (!equalBytes(message.cell, cell)) throw new Error('a message of somebody else has changed');
  }
  await client.next('end');
  await client.close();
}

function checkDatabase(dataDir: string): void {
  const database = openDatabase(join(dataDir, 'relay.db'));
  const [{ integrity_check: verdict }] = database.prepare('PRAGMA integrity_check').all() as [{ integrity_check: string }];
  database.close();
  if (verdict !== 'ok') throw new Error(`the database is damaged: ${verdict}`);
}

/** @throws {Error} at the first input that harms anything. */
export async function fuzzRelay(random: Random, count: number): Promise<RelayFuzzResult> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tincan-fuzz-'));
  const relay = await startRelayHere(dataDir);
  const intruder = new Intruder(random);
  try {
    const witness = await storeWitness(relay.url);
    let warmBytes = 0;
    for (let done = 0; done < count; done += PER_CONNECTION) {
      if (warmBytes === 0 && done >= count / 10) warmBytes = heldBytes();
      await intruder.connect(relay.url, Math.min(PER_CONNECTION, count - done));
      if (relay.troubles.length > 0) throw new Error(`the relay was in trouble: ${relay.troubles.join('')}`);
    }
    await checkWitness(relay.url, witness);
    return { answers: intruder.answers, grownBytes: heldBytes() - warmBytes };
  } finally {
    await relay.close();
    checkDatabase(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  }
}
