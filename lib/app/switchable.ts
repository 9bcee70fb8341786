/** A channel whose other end stays while this end is served by one after another. */
import type { Channel } from '../bus/channel';

export interface Switchable<In, Out> {
  readonly outer: Channel<In, Out>;
  /** A channel for the next to serve; the one before is closed, and hears nothing more. */
  next(): Channel<In, Out>;
  /** Ends the service without another. */
  pause(): void;
}

/** Frames that come while nobody listens wait for who listens next. `onFrame` decides what is forwarded to who serves. */
export function switchable<In, Out>(
  outer: Channel<In, Out>,
  onFrame: (frame: In, forward: (frame: In) => void) => void,
): Switchable<In, Out> {
  let frameListeners: ((frame: In) => void)[] = [];
  let closeListeners: (() => void)[] = [];
  let waiting: In[] = [];
  let isOpen = true;
  let served: object | null = null;

  const forward = (frame: In) => {
    if (frameListeners.length === 0) waiting.push(frame);
    for (const listener of frameListeners) listener(frame);
  };
  const pause = () => {
    const ended = closeListeners;
    served = null;
    frameListeners = [];
    closeListeners = [];
    for (const listener of ended) listener();
  };
  outer.onClose(() => {
    isOpen = false;
    pause();
  });
  outer.onFrame((frame) => onFrame(frame, forward));

  return {
    outer,
    pause,
    next() {
      pause();
      const me = {};
      served = me;
      return {
        send(frame) {
          if (isOpen && served === me) outer.send(frame);
        },
        onFrame(listener) {
          if (served !== me) return;
          frameListeners.push(listener);
          const early = waiting;
          waiting = [];
          for (const frame of early) listener(frame);
        },
        onClose(listener) {
          if (isOpen && served === me) closeListeners.push(listener);
          else listener();
        },
        close() {
          if (served === me) outer.close();
        },
      };
    },
  };
}
