/** Routing within one process. */
import type { Bytes } from '../../lib/protocol/bytes';
import type { QueueNumber } from '../store/store';
import type { Bell, Leave, LiveReader, Router } from './router';

export class LocalRouter implements Router {
  readonly #readers = new Map<QueueNumber, LiveReader>();
  readonly #bells = new Map<QueueNumber, Set<Bell>>();

  attachReader(queue: QueueNumber, reader: LiveReader): Leave {
    const older = this.#readers.get(queue);
    this.#readers.set(queue, reader);
    older?.replaced();
    return () => {
      if (this.#readers.get(queue) === reader) this.#readers.delete(queue);
    };
  }

  attachBell(queue: QueueNumber, bell: Bell): Leave {
    const bells = this.#bells.get(queue) ?? new Set<Bell>();
    this.#bells.set(queue, bells.add(bell));
    return () => {
      bells.delete(bell);
      if (bells.size === 0 && this.#bells.get(queue) === bells) this.#bells.delete(queue);
    };
  }

  wake(queue: QueueNumber): void {
    this.#readers.get(queue)?.wake();
    for (const bell of this.#bells.get(queue) ?? []) bell.ring();
  }

  async signal(queue: QueueNumber, payload: Bytes): Promise<boolean> {
    return this.#readers.get(queue)?.signal(payload) ?? false;
  }
}
