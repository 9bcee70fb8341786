import { EventEmitter } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { decodeServerFrame } from '../../../lib/protocol/relay-codec';
import { Deliveries, type Subscription } from '../../../server/deliveries';
import { Handovers } from '../../../server/handovers';
import { DEFAULT_LIMITS } from '../../../server/limits';
import { openLog } from '../../../server/log';
import { Metrics } from '../../../server/metrics';
import { Outlet } from '../../../server/outlet';
import type { Store, WaitingMessage } from '../../../server/store/store';

/** A socket whose peer reads only when told to. */
class SlowSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  closeCode: number | null = null;
  readonly frames: ReturnType<typeof decodeServerFrame>['frame'][] = [];
  readonly #unread: { readonly size: number; readonly written: () => void }[] = [];

  send(bytes: Uint8Array, written: () => void): void {
    this.frames.push(decodeServerFrame(bytes).frame);
    this.bufferedAmount += bytes.length;
    this.#unread.push({ size: bytes.length, written });
  }

  cork(): void {}

  uncork(): void {}

  read(): void {
    for (const { size, written } of this.#unread.splice(0)) {
      this.bufferedAmount -= size;
      written();
    }
  }

  close(code: number): void {
    this.readyState = 2;
    this.closeCode = code;
  }

  terminate(): void {
    this.emit('close');
  }
}

const CELL = new Uint8Array(16_384);

const SILENT = openLog('silent', () => {});

function setup(waitingPerQueue: number, limits = DEFAULT_LIMITS) {
  const socket = new SlowSocket();
  const outlet = new Outlet({ socket: socket as unknown as WebSocket, stream: socket }, { limits, log: SILENT, metrics: new Metrics() });
  const store = {
    waiting: async ({ after, limit, queue }: { after: number; limit: number; queue: number }): Promise<readonly WaitingMessage[]> =>
      Array.from({ length: Math.max(0, Math.min(limit, waitingPerQueue - after)) }, (_, index) => ({
        sequence: after + index + 1,
        messageId: new Uint8Array(16).fill(after + index + 1).fill(queue, 8),
        storedAtMs: 0,
        cell: CELL,
      })),
  } as unknown as Store;
  const clock = { now: () => 5000, wallDriftMs: () => 0 };
  const deliveries = new Deliveries({ store, clock, limits, handovers: new Handovers(), log: SILENT }, outlet);
  const subscribe = (queue: number): Subscription => {
    const subscription = {
      queue,
      rid: new Uint8Array(24).fill(queue),
      cursor: 0,
      inFlight: new Set<string>(),
      endAt: waitingPerQueue,
      isEnded: false,
    };
    deliveries.wake(subscription);
    return subscription;
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { socket, deliveries, subscribe, settled };
}

describe('a reader that does not read', () => {
  test('is owed at most the pause limit and one turn, however many queues wait', async () => {
    const { socket, subscribe, settled } = setup(64);
    for (let queue = 1; queue <= 40; queue++) subscribe(queue);
    await settled();
    expect(socket.bufferedAmount).toBeGreaterThan(DEFAULT_LIMITS.bufferPauseBytes);
    expect(socket.bufferedAmount).toBeLessThan(DEFAULT_LIMITS.bufferPauseBytes + 17 * 16_500);
  });

  test('gets the rest as it reads, each queue in order with one end', async () => {
    const { socket, subscribe, settled } = setup(64);
    for (let queue = 1; queue <= 8; queue++) subscribe(queue);
    for (let turn = 0; turn < 40; turn++) {
      await settled();
      socket.read();
    }
    const ofQueue = (queue: number) => socket.frames.filter((frame) => 'rid' in frame && frame.rid[0] === queue);
    for (let queue = 1; queue <= 8; queue++) {
      const frames = ofQueue(queue);
      expect(frames.map((frame) => (frame.kind === 'msg' ? frame.messageId[0] : frame.kind))).toEqual([
        ...Array.from({ length: 64 }, (_, index) => index + 1),
        'end',
      ]);
    }
  });

  test('is closed for overload after it has stalled', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { socket, subscribe, settled } = setup(64);
      for (let queue = 1; queue <= 3; queue++) subscribe(queue);
      await settled();
      vi.advanceTimersByTime(DEFAULT_LIMITS.stallMs - 1);
      expect(socket.closeCode).toBeNull();
      vi.advanceTimersByTime(1);
      expect(socket.closeCode).toBe(1013);
    } finally {
      vi.useRealTimers();
    }
  });

  test('is not closed when it reads in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { socket, subscribe, settled } = setup(64);
      for (let queue = 1; queue <= 2; queue++) subscribe(queue);
      await settled();
      vi.advanceTimersByTime(DEFAULT_LIMITS.stallMs - 1);
      for (let turn = 0; turn < 10; turn++) {
        socket.read();
        await settled();
      }
      vi.advanceTimersByTime(DEFAULT_LIMITS.stallMs * 2);
      expect(socket.closeCode).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });

  test('is closed at once when even answers pile up beyond the bound', () => {
    const socket = new SlowSocket();
    const outlet = new Outlet(
      { socket: socket as unknown as WebSocket, stream: socket },
      { limits: { ...DEFAULT_LIMITS, bufferCloseBytes: 1000 }, log: SILENT, metrics: new Metrics() },
    );
    for (let count = 0; count < 300; count++) outlet.send({ kind: 'pong' });
    expect(socket.bufferedAmount).toBeLessThanOrEqual(1005);
    expect(socket.closeCode).toBe(1013);
  });
});

describe('a window', () => {
  test('of 64 unacknowledged is never exceeded, and each acknowledgement lets one more through', async () => {
    const { socket, subscribe, deliveries, settled } = setup(200, { ...DEFAULT_LIMITS, bufferPauseBytes: 1e9 });
    const subscription = subscribe(1);
    const messages = () => socket.frames.filter((frame) => frame.kind === 'msg');
    await settled();
    expect(messages()).toHaveLength(64);
    const first = messages()[0];
    if (first) deliveries.settle(subscription, first.messageId);
    await settled();
    expect(messages()).toHaveLength(65);
    if (first) deliveries.settle(subscription, first.messageId);
    await settled();
    expect(messages()).toHaveLength(65);
  });

  test('that has been left gets nothing more', async () => {
    const { socket, subscribe, settled } = setup(64);
    subscribe(1).isEnded = true;
    await settled();
    expect(socket.frames).toEqual([]);
  });
});
