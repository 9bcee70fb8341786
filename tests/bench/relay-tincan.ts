/** This relay in the contest: on its embedded store, with no limit that a bench would run into. */
import { createPrivateKey, sign } from 'node:crypto';
import type { Bytes } from '../../lib/protocol/bytes';
import { type ClientFrame, type ProofRole, RELAY_PATH, RELAY_SUBPROTOCOL, type ServerFrame } from '../../lib/protocol/relay';
import { decodeServerFrame, encodeClientFrame, encodeServerFrame } from '../../lib/protocol/relay-codec';
import { proofMessage } from '../../lib/protocol/relay-proof';
import { type KeyPair, RelayClient, type RelayOptions, type RelayProcess, randomBytes, startRelay, type TestQueue } from '../support/relay';
import { CELL_BYTES, type Keeper, PAIRS, type Pair } from './relay-contest';
import { connectWebSocket, masked, patched, type Wire } from './relay-wire';

const PLENTY = 1_000_000_000;
const UNLIMITED = [
  ...['connections', 'connectionsPerAddress', 'newQueuesPerHour', 'newQueuesBurst', 'queueMessages', 'queueBytes'],
  ...['sendsPerQueue', 'sendsPerQueueBurst', 'sendsPerConnection', 'sendsPerConnectionBurst'],
  ...['framesPerConnection', 'framesPerConnectionBurst', 'proofsPerConnection', 'proofsPerConnectionBurst'],
];

export function startUnlimited(options: Pick<RelayOptions, 'dataDir'> = {}): Promise<RelayProcess> {
  const LIMITS = UNLIMITED.map((name) => `${name}=${PLENTY}`).join(',');
  return startRelay({ ...options, env: { LIMITS, LOG_LEVEL: 'error' } });
}

interface RelayWire {
  readonly wire: Wire;
  readonly nonce: Bytes;
}

export async function connectRelay(port: number, localAddress?: string): Promise<RelayWire> {
  const wire = await connectWebSocket({ port, path: RELAY_PATH, protocol: RELAY_SUBPROTOCOL, ...(localAddress && { localAddress }) });
  const { frame } = decodeServerFrame(await wire.next());
  if (frame.kind !== 'hello') throw new Error(`the relay began with ${frame.kind}`);
  return { wire, nonce: frame.nonce };
}

interface Claim {
  readonly port: number;
  readonly nonce: Bytes;
  readonly role: ProofRole;
  readonly queueId: Bytes;
}

// PrivateKeyInfo of an Ed25519 key up to the key itself (RFC 8410, section 7).
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** By OpenSSL: tens of thousands at a time. */
function signed({ port, ...claim }: Claim, keys: KeyPair): Bytes {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, keys.secretKey]), format: 'der', type: 'pkcs8' });
  return new Uint8Array(sign(null, proofMessage({ origin: `ws://127.0.0.1:${port}`, ...claim }), key));
}

/** SUB as the reader of all of them. */
export function signedSub({ port }: RelayProcess, nonce: Bytes, queues: readonly Pick<TestQueue, 'rid' | 'reader'>[]): Bytes {
  const proofs = queues.map(({ rid, reader }) => {
    const signature = signed({ port, nonce, role: 'reader', queueId: rid }, reader);
    return { rid, role: 'reader' as const, isLive: true, signature };
  });
  return encodeClientFrame({ kind: 'sub', proofs }, 1);
}

/** A connection with one right. */
async function connectAs(port: number, role: 'reader' | 'writer', queueId: Bytes, keys: KeyPair): Promise<Wire> {
  const { wire, nonce } = await connectRelay(port);
  const signature = signed({ port, nonce, role, queueId }, keys);
  const proof: ClientFrame =
    role === 'writer'
      ? { kind: 'open', proofs: [{ sid: queueId, signature }] }
      : { kind: 'sub', proofs: [{ rid: queueId, role, isLive: true, signature }] };
  wire.send(masked(encodeClientFrame(proof, 1)));
  const { frame } = decodeServerFrame(await wire.next());
  if (frame.kind !== 'ok-proofs' || !frame.accepted[0]) throw new Error(`the relay refused the ${role}`);
  return wire;
}

const kindOf = (frame: ServerFrame): number => encodeServerFrame(frame, 0)[0] as number;
const ID = new Uint8Array(24);
const OK = kindOf({ kind: 'ok' });
const STORED = kindOf({ kind: 'ok-stored', expiresInSeconds: 0 });
const MSG = kindOf({ kind: 'msg', rid: ID, messageId: new Uint8Array(16), ageSeconds: 0, cell: new Uint8Array(CELL_BYTES) });
const END = kindOf({ kind: 'end', rid: ID });

// Where PROTOCOL.md has them: a request id behind the kind; a message's id behind the queue's. The number ends the message's id.
const REQUEST_AT = 1;
const MESSAGE_ID_AT = 29;
const MESSAGE_ID_END = 45;
const NUMBER_AT = MESSAGE_ID_END - 4;

function sendTemplate(queue: TestQueue): Buffer {
  const frame: ClientFrame = { kind: 'send', sid: queue.sid, messageId: randomBytes(16), ttlSeconds: 0, cell: randomBytes(CELL_BYTES) };
  return masked(encodeClientFrame(frame, 0));
}

class TincanPair implements Pair {
  onAnswered: (number: number) => void = () => undefined;
  onArrived: (number: number) => void = () => undefined;
  readonly #port: number;
  readonly #queue: TestQueue;
  readonly #template: Buffer;
  #writer: Wire | null = null;
  #reader: Wire | null = null;
  #sent = 0;

  constructor(port: number, queue: TestQueue) {
    this.#port = port;
    this.#queue = queue;
    this.#template = sendTemplate(queue);
  }

  async startWriting(): Promise<void> {
    this.#writer = await connectAs(this.#port, 'writer', this.#queue.sid, this.#queue.writer);
    this.#writer.listen((payload) => {
      if (payload[0] !== STORED) throw new Error(`a message was not stored: ${JSON.stringify(decodeServerFrame(payload).frame)}`);
      this.onAnswered(payload.readUInt32BE(REQUEST_AT));
    });
  }

  /** Resolves when everything that waited has been read, and its acknowledgements are durable. */
  async startReading(): Promise<void> {
    const reader = await connectAs(this.#port, 'reader', this.#queue.rid, this.#queue.reader);
    this.#reader = reader;
    await new Promise<void>((resolve) => {
      let [isEnded, unanswered] = [false, 0];
      reader.listen((payload) => {
        if (payload[0] === MSG) {
          unanswered++;
          reader.send(this.#acknowledgement(payload.subarray(MESSAGE_ID_AT, MESSAGE_ID_END)));
          this.onArrived(payload.readUInt32BE(NUMBER_AT));
        }
        if (payload[0] === OK) unanswered--;
        if (payload[0] === END) isEnded = true;
        if (isEnded && unanswered === 0) resolve();
      });
    });
  }

  #acknowledgement(messageId: Buffer): Buffer {
    return masked(encodeClientFrame({ kind: 'ack', rid: this.#queue.rid, messageId: new Uint8Array(messageId) }, 1));
  }

  async stopReading(): Promise<void> {
    await this.#reader?.end();
  }

  send(): number {
    const number = this.#sent++;
    this.#writer?.send(patched(patched(this.#template, REQUEST_AT, number), NUMBER_AT, number));
    return number;
  }
}

/** NEW and KEY for so many queues. */
export async function makeQueues(url: string, count: number): Promise<readonly TestQueue[]> {
  const client = await RelayClient.connect(url);
  const queues: TestQueue[] = [];
  while (queues.length < count) queues.push(await client.createQueue());
  await client.close();
  return queues;
}

export async function startTincan(): Promise<Keeper> {
  const relay = await startUnlimited();
  const pairs = (await makeQueues(relay.url, PAIRS)).map((queue) => new TincanPair(relay.port, queue));
  for (const pair of pairs) await pair.startWriting();
  const all = async (step: (pair: TincanPair) => Promise<void>) => {
    await Promise.all(pairs.map(step));
  };
  return {
    pid: relay.pid,
    pairs,
    leaveReaders: () => all((pair) => pair.stopReading()),
    drain: () => all((pair) => pair.startReading()),
    stop: () => relay.stop(),
  };
}
