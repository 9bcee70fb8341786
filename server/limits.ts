/** What one address, connection or queue may use. Addresses are held only as keyed hashes under a salt that changes daily. */
import { createHmac, randomBytes } from 'node:crypto';

export const DEFAULT_LIMITS = {
  connections: 10_000,
  connectionsPerAddress: 50,
  /** From the first byte to the complete request for a WebSocket. */
  handshakeMs: 10_000,
  heartbeatMs: 30_000,
  newQueuesPerHour: 60,
  newQueuesBurst: 20,
  /** Beyond that, for work: a user who moves here brings all queues at once. */
  paidQueuesPerHour: 600,
  paidQueuesBurst: 1000,
  /** For all addresses together. */
  allQueuesPerHour: 36_000,
  allQueuesBurst: 10_000,
  /** Half a second in a browser. */
  newWorkBits: 18,
  /** At most so many more when the relay as a whole runs short. */
  newWorkExtraBits: 4,
  knocksPerHour: 60,
  knocksBurst: 20,
  /** Cells waiting at one door. */
  doorMessages: 50,
  /** What a knock at a door that is not there costs: as much as at most doors. */
  missingDoorBits: 18,
  /** Wrong ones. */
  passwordsPerHour: 30,
  passwordsBurst: 10,
  newInvitesPerHour: 60,
  newInvitesBurst: 20,
  boxPutsPerHour: 300,
  boxPutsBurst: 200,
  takesPerHour: 60,
  takesBurst: 20,
  takesPerBoxPerHour: 20,
  takesPerBoxBurst: 10,
  /** One-time bundles in one box. */
  boxBundles: 100,
  /** An owner who comes back within this time finds the box as it was. */
  boxMs: 60 * 24 * 3600_000,
  sendsPerQueue: 20,
  sendsPerQueueBurst: 200,
  sendsPerConnection: 100,
  sendsPerConnectionBurst: 500,
  proofsPerConnection: 200,
  proofsPerConnectionBurst: 2000,
  /** Looks at work: each hashes a whole frame. */
  worksPerConnection: 20,
  worksPerConnectionBurst: 100,
  framesPerConnection: 1000,
  framesPerConnectionBurst: 4000,
  /** Requests one connection may have under way before the relay stops reading from it. */
  pendingRequests: 256,
  malformedFrames: 20,
  subscriptions: 1000,
  inFlight: 64,
  queueMessages: 1000,
  queueBytes: 8 * 1024 * 1024,
  /** Days of running time without a reader, after which a queue is forgotten. */
  queueIdleDays: 400,
  queueWarnDays: 300,
  bufferPauseBytes: 1024 * 1024,
  bufferCloseBytes: 4 * 1024 * 1024,
  stallMs: 30_000,
  /** STUN answers a second to one source, which may be false: a victim is sent 3 kB a second at most. */
  stunPerAddress: 50,
  stunPerAddressBurst: 500,
  /** New things are refused under the larger of the two. */
  diskFloorBytes: 512 * 1024 * 1024,
  diskFloorPercent: 5,
  diskLookMs: 1000,
  sweepMs: 60_000,
  drainMs: 10_000,
};

export type Limits = { readonly [Name in keyof typeof DEFAULT_LIMITS]: number };

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

const MONOTONIC = (): number => performance.now();

/** A token bucket: starts full, refills evenly. */
export class Bucket {
  readonly #rate: Rate;
  readonly #nowMs: () => number;
  #tokens: number;
  #atMs: number;

  constructor(rate: Rate, nowMs = MONOTONIC) {
    this.#rate = rate;
    this.#nowMs = nowMs;
    this.#tokens = rate.burst;
    this.#atMs = nowMs();
  }

  #refill(): void {
    const nowMs = this.#nowMs();
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + ((nowMs - this.#atMs) / 1000) * this.#rate.perSecond);
    this.#atMs = nowMs;
  }

  /** 0 when taken; else the milliseconds until there is enough, and nothing is taken. */
  take(cost = 1): number {
    this.#refill();
    if (this.#tokens < cost) return Math.ceil(((cost - this.#tokens) / this.#rate.perSecond) * 1000);
    this.#tokens -= cost;
    return 0;
  }

  giveBack(): void {
    this.#tokens += 1;
  }

  get isFull(): boolean {
    this.#refill();
    return this.#tokens >= this.#rate.burst;
  }

  /** How often what is left has been halved: 0 while more than half is there. */
  scarcity(): number {
    this.#refill();
    return Math.floor(Math.log2(this.#rate.burst / Math.max(1, this.#tokens)));
  }
}

/** One bucket per key, forgotten when full again. */
export class Buckets<Key> {
  readonly #rate: Rate;
  readonly #nowMs: () => number;
  readonly #buckets = new Map<Key, Bucket>();

  constructor(rate: Rate, nowMs = MONOTONIC) {
    this.#rate = rate;
    this.#nowMs = nowMs;
  }

  take(key: Key): number {
    const bucket = this.#buckets.get(key) ?? new Bucket(this.#rate, this.#nowMs);
    this.#buckets.set(key, bucket);
    return bucket.take();
  }

  giveBack(key: Key): void {
    this.#buckets.get(key)?.giveBack();
  }

  forgetFull(): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull) this.#buckets.delete(key);
  }

  get size(): number {
    return this.#buckets.size;
  }
}

const DAY_MS = 86_400_000;

/** IPv6 by its /64, since a household has that many addresses. */
function network(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}

/** Turns an address into a key for counting; the same address has another key the next day. */
export function addressKeys(nowMs = MONOTONIC): (address: string) => string {
  let salt = randomBytes(32);
  let saltedAtMs = nowMs();
  return (address) => {
    if (nowMs() - saltedAtMs > DAY_MS) {
      salt = randomBytes(32);
      saltedAtMs = nowMs();
    }
    return createHmac('sha256', salt).update(network(address)).digest('base64url');
  };
}
