/** An in-memory pair of Channels: Firefox's background page talks to its own network host through one; tests use it too. */
import type { Channel } from './channel';

interface End<In> {
  readonly frameListeners: ((frame: In) => void)[];
  readonly closeListeners: (() => void)[];
}

/** Frames arrive in order, each in a microtask of its own, as they would from another context. */
export function loopback<A, B>(): [Channel<A, B>, Channel<B, A>] {
  const left: End<A> = { frameListeners: [], closeListeners: [] };
  const right: End<B> = { frameListeners: [], closeListeners: [] };
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    for (const listener of [...left.closeListeners, ...right.closeListeners]) listener();
  };
  function channel<In, Out>(mine: End<In>, theirs: End<Out>): Channel<In, Out> {
    return {
      send(frame) {
        queueMicrotask(() => {
          if (isOpen) for (const listener of theirs.frameListeners) listener(frame);
        });
      },
      onFrame: (listener) => mine.frameListeners.push(listener),
      onClose: (listener) => (isOpen ? mine.closeListeners.push(listener) : listener()),
      close,
    };
  }
  return [channel(left, right), channel(right, left)];
}
