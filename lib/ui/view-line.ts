/**
 * One page's line to the background.
 *
 *   closed ──hello──▶ open ──port closed──▶ closed
 *
 * It wakes little: a closed line stays closed until this page has something to say, the background announces itself while
 * the page is visible, or the page becomes visible. A command that has a result is kept until the result arrives and is
 * said again, under the same id, on every new port.
 */
import type { CommandId, ViewChannel, ViewCommand, ViewFrame, ViewResult } from '../app/view';
import type { StateFrame } from './view-state';

export type AskedCommand = Extract<ViewCommand, { id: CommandId }>;

export interface LinePorts {
  /** Opens a port to the background, waking it. */
  connect(): ViewChannel;
  /** The background has woken. */
  onAwake(listener: () => void): void;
  isVisible(): boolean;
  /** Runs once after `delayMs`; the returned function cancels. */
  after(delayMs: number, run: () => void): () => void;
}

export interface LineEvents {
  hello(): ViewCommand;
  /** Hello and all kept commands have just been sent. */
  onOpen(): void;
  onFrame(frame: StateFrame): void;
  /** Something this page shows or needs has not come yet. */
  isWaiting(): boolean;
}

export interface ViewLine {
  isOpen(): boolean;
  open(): void;
  say(command: ViewCommand): void;
  ask(command: AskedCommand): Promise<ViewResult>;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 8_000;

interface Asked {
  readonly command: AskedCommand;
  settle(result: ViewResult): void;
}

export function createViewLine(ports: LinePorts, events: LineEvents): ViewLine {
  const asked = new Map<CommandId, Asked>();
  let channel: ViewChannel | null = null;
  let retryMs = FIRST_RETRY_MS;
  let cancelRetry: (() => void) | null = null;

  function open(): void {
    if (channel) return;
    cancelRetry?.();
    cancelRetry = null;
    const opened = ports.connect();
    channel = opened;
    opened.onClose(() => lose(opened));
    opened.onFrame((frame) => {
      if (channel === opened) take(frame);
    });
    opened.send(events.hello());
    for (const { command } of asked.values()) opened.send(command);
    events.onOpen();
  }

  function take(frame: ViewFrame): void {
    retryMs = FIRST_RETRY_MS;
    if (frame.kind !== 'result') {
      events.onFrame(frame);
      return;
    }
    const question = asked.get(frame.id);
    asked.delete(frame.id);
    question?.settle(frame.result);
  }

  /** A dropped port is normal. Only an unanswered question is a reason to wake the background again. */
  function lose(lost: ViewChannel): void {
    if (channel !== lost) return;
    channel = null;
    const isWorthIt = asked.size > 0 || (ports.isVisible() && events.isWaiting());
    if (!isWorthIt) return;
    cancelRetry = ports.after(retryMs, open);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  }

  function say(command: ViewCommand): void {
    open();
    channel?.send(command);
  }

  ports.onAwake(() => {
    if (ports.isVisible()) open();
  });

  return {
    isOpen: () => channel !== null,
    open,
    say,
    ask(command) {
      open();
      return new Promise((settle) => {
        asked.set(command.id, { command, settle });
        channel?.send(command);
      });
    },
  };
}
