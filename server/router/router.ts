/**
 * Finds who reads a queue now. Wake-ups may be lost (a reader asks the store again when it subscribes), so that a router
 * between processes needs no memory.
 */
import type { Bytes } from '../../lib/protocol/bytes';
import type { QueueNumber } from '../store/store';

export interface LiveReader {
  /** Something new waits in the store. */
  wake(): void;
  /** False when the reader can't take it now. Never kept. */
  signal(payload: Bytes): boolean;
  /** A newer connection proved the same right. */
  replaced(): void;
}

export interface Bell {
  ring(): void;
}

/** Call it to leave. Leaving twice, or after having been replaced, does nothing. */
export type Leave = () => void;

export interface Router {
  /** At most one reader per queue: the newer replaces the older. */
  attachReader(queue: QueueNumber, reader: LiveReader): Leave;
  attachBell(queue: QueueNumber, bell: Bell): Leave;
  /** To be called after the commit. */
  wake(queue: QueueNumber): void;
  /** True when a live reader was handed the payload. */
  signal(queue: QueueNumber, payload: Bytes): Promise<boolean>;
}
