/**
 * The background's end of the link to the network host. Events are taken one at a time and acknowledged once what they
 * changed is durable; the host says the rest again to the next worker. Replies to questions that somebody here awaits are
 * handed over at once, outside the lane, so that a task may wait for them.
 */
import { AppError } from './errors';
import { createLane, type Lane } from './lane';
import type { HostHello, LinkChannel, LinkCommand, LinkEvent } from './link';
import type { Clock } from './ports';

const RETRY_MS = 1000;

export interface HostLink {
  /** A command for a host that isn't there is dropped: `hello` brings everything up to date. */
  send(command: LinkCommand): void;
  isAttached(): boolean;
  /** More has come than has been taken yet. */
  isBusy(): boolean;
  attach(channel: LinkChannel): void;
}

export interface HostLinkOptions {
  readonly lane: Lane;
  readonly clock: Clock;
  readonly report: (fault: unknown) => void;
  readonly onHello: (hello: HostHello) => Promise<void>;
  /** True when somebody awaited this reply. */
  readonly onReply: (event: LinkEvent) => boolean;
  /** Nothing more is to be taken, or not now. */
  readonly onRest: () => void;
  /** Runs in the lane. Throws AppError storage-failed or storage-full to be given the event again. */
  readonly onEvent: (event: LinkEvent) => Promise<void>;
}

export function createHostLink({ lane, clock, report, onHello, onReply, onRest, onEvent }: HostLinkOptions): HostLink {
  const events = createLane();
  let current: LinkChannel | null = null;
  let epoch = '';
  let taken = 0;
  let waiting = 0;

  /** False: it could not be stored, and nothing changed. */
  async function take(event: LinkEvent): Promise<boolean> {
    try {
      await onEvent(event);
    } catch (error) {
      report(error);
      return !(error instanceof AppError && error.code.startsWith('storage-'));
    }
    return true;
  }

  /** The disk may come back. Until then the event is not acknowledged, and those behind it wait; pages are served in between. */
  async function takeUntilStored(event: LinkEvent): Promise<void> {
    while (!(await lane.run(() => take(event)))) {
      onRest();
      await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
    }
  }

  function attach(channel: LinkChannel): void {
    current?.close();
    current = channel;
    channel.onClose(() => {
      if (current === channel) current = null;
    });
    channel.onFrame((frame) => {
      if (frame.kind === 'hello') {
        const { hello } = frame;
        if (hello.epoch !== epoch) taken = 0;
        epoch = hello.epoch;
        void events.run(() => lane.run(() => onHello(hello))).catch(report);
        return;
      }
      const { sequence, event } = frame;
      const isRepeat = sequence <= taken;
      taken = Math.max(taken, sequence);
      const isDone = isRepeat || onReply(event);
      waiting += 1;
      void events.run(async () => {
        if (!isDone) await takeUntilStored(event);
        channel.send({ kind: 'event.ack', upTo: sequence });
        waiting -= 1;
        if (waiting === 0) onRest();
      });
    });
  }

  return { attach, isAttached: () => current !== null, isBusy: () => waiting > 1, send: (command) => current?.send(command) };
}
