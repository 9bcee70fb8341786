/** Knows what the background has not acknowledged. An event leaves by acknowledgement, or when a later one makes it untrue. */
import type { LinkEvent } from '../app/link';

const MAX_HELD_EVENTS = 2000;
const MAX_HELD_BYTES = 8 * 1024 * 1024;
/** What an event weighs beside the bytes it carries. */
const EVENT_OVERHEAD_BYTES = 256;

export interface HeldEvent {
  readonly sequence: number;
  readonly event: LinkEvent;
  readonly sizeBytes: number;
}

export class EventQueue {
  #held: HeldEvent[] = [];
  #sizeBytes = 0;
  #sequence = 0;

  /** True when nothing more should be read from outside until the background has caught up. */
  get isFull(): boolean {
    return this.#held.length >= MAX_HELD_EVENTS || this.#sizeBytes >= MAX_HELD_BYTES;
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  get held(): readonly HeldEvent[] {
    return this.#held;
  }

  /** Numbers rise by one for every event of this host, held or not. */
  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  hold(event: LinkEvent): HeldEvent {
    const held = { sequence: this.nextSequence(), event, sizeBytes: sizeOf(event) };
    this.#held.push(held);
    this.#sizeBytes += held.sizeBytes;
    return held;
  }

  acknowledge(upTo: number): void {
    this.#keep((held) => held.sequence > upTo);
  }

  /** Forgets events that a later one makes untrue. */
  supersede(isStale: (event: LinkEvent) => boolean): void {
    this.#keep((held) => !isStale(held.event));
  }

  #keep(isKept: (held: HeldEvent) => boolean): void {
    this.#held = this.#held.filter(isKept);
    this.#sizeBytes = this.#held.reduce((sum, held) => sum + held.sizeBytes, 0);
  }
}

function sizeOf(event: LinkEvent): number {
  if ('bytes' in event) return EVENT_OVERHEAD_BYTES + event.bytes.length;
  if ('frame' in event && typeof event.frame !== 'number') return EVENT_OVERHEAD_BYTES + event.frame.length;
  if (event.kind === 'string.signal' && 'sdp' in event.signal) return EVENT_OVERHEAD_BYTES + event.signal.sdp.length;
  return EVENT_OVERHEAD_BYTES;
}
